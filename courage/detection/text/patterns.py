# ruff: noqa: E501
"""Token patterns per language: grave wording, and frames that speak against a flag.

The notation is explained in ``detection/matchers.py``. Patterns never decide alone: the model must find the
message at least suspicious, so that "kill the process" stays what it is.
"""

from __future__ import annotations

from typing import Final

_EN_KILL = "kill|murder|shoot|hang|burn|stab|gas|lynch|behead|slaughter|exterminate|execute|bomb|shot|killed|hanged|burned|burnt|gassed|lynched|executed|drowned|beaten|stabbed"
_EN_GROUP = "them|these|those|all|every|each|any|you|the|muslim~|jew~|women|woman|gay~|trans|migrant~|refugee~|immigrant~|black~|roma|disabled"
GRAVE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        "threat": (
            f"i|we|i'm|we're will|'ll|shall|gonna|would|wanna|could * {_EN_KILL} {_EN_GROUP}",
            f"i|we am|are|'m|'re going|coming to|for * {_EN_KILL} {_EN_GROUP}",
            "i|we know|knows where you|they|she|he live|lives|pray|sleep|sleeps|go|goes",
            "you|they|she will|'ll|wo regret|pay|bleed|n't * alive|bleed|regret|survive|breathing",
            "watch your|their back|backs", "your|their days are numbered", "next time i|we see * bullet|knife|bat|gun|blood|hospital",
            "one bullet|grenade|bomb|match for|through|in each|every|all|the|a", "see you|them|her|him hang|burn|bleed",
        ),
        "incitement": (
            f"someone|somebody|everyone|we|people|let|lets|let's should|must|need|needs|have|has|ought|'s * {_EN_KILL}",
            f"should|must|ought|deserve|deserves|need|needs|have to|be|all? * {_EN_KILL} {_EN_GROUP}?",
            "burn|bomb|torch|attack|storm|smash|blow the|their|that|every|a|down * mosque~|synagogue~|shelter~|hostel~|camp~|church~|club~|bar~|home~|house~|temple~",
            f"{_EN_KILL} all|every|these|those|them|any",
            "round|line them|these|those|all up", "to the gas|ovens|gallows|wall", "death to all|the|every|muslim~|jew~|gay~",
        ),
        "terrorism": (
            "join|support|praise|long the|live|our * caliphate|jihad|cell|martyr~|martyrs|brigade|attackers?",
            "make|build|plant|build a|the|our * bomb|explosive~|pipe * for|against|in|outside",
        ),
        "child_abuse": (
            "sex|naked|nude|nudes|porn|sexual with|pics|pictures|photos|of|videos * child|children|kid|kids|minor|minors|toddler~|underage|girl|boy",
            "child|kid|kiddie|underage|minor|minors porn|nudes|sex|pics|videos",
        ),
    },
    "de": {
        "threat": (
            "ich|wir werd~|bring~|mach~|schlag~|stech~|schieß~|knall~|hau~|zünd~ * um|ab|kalt|tot|an|fertig|töten|umbringen|abstechen|erschießen|verprügeln|abknallen|aufhängen",
            "ich|wir weiß|wissen wo ihr|du|sie|die * wohnt|wohnst|wohnen|betet|beten",
            "ihr|du|sie|die werd~|wirst|sollt * bluten|sterben|brennen|hängen|büßen|verrecken|bereuen",
            "eine|ne|die kugel|bombe|granate * kopf|euch|jeden|für|rein",
        ),
        "incitement": (
            "man|wir|jeder|alle|einer soll~|müss~|muss|sollte * umbringen|erschießen|abknallen|aufhängen|vergasen|verbrennen|anzünden|abstechen|ausrotten|totschlagen|verprügeln|steinigen|erschlagen|jagen|hängen",
            "gehör~|müss~|muss|soll~ * erschossen|vergast|aufgehängt|gehängt|verbrannt|abgestochen|erschlagen|getötet|ausgerottet|gesteinigt|verprügelt|wand|gas|galgen",
            "zünd~|fackel~|brenn~|schlag~|knall~|häng~|stech~|jag~|erschieß~|töte~|tötet|vergas~ * an|ab|tot|auf|nieder|alle|die|sie|weg",
            "an die wand|laternen|galgen", "ins gas", "tod den|allen",
        ),
    },
    "fr": {
        "threat": (
            "je|on|nous vais|va|allons|vont * tuer|crever|égorger|buter|cramer|brûler|pendre|frapper|casser|défoncer|violer|planter|fumer|saigner",
            "je|on sais|sait où|ou * tu|vous|ils|elles * habite~|prie~|vis|vivent|habitez",
            "tu|vous|ils|elles vas|allez|vont * crever|mourir|payer|regretter|saigner|brûler",
            "une balle|bombe|grenade * tête|chacun|tous|toutes",
        ),
        "incitement": (
            "il? faut|faudrait|devrait|doit|doivent|devraient|mérite~ * tuer|pendre|brûler|fusiller|exterminer|gazer|égorger|éliminer|lyncher|frapper|abattre|cramer|crever|noyer|décapiter|tabasser|pendus?|brûlés?|fusillés?|gazés?|tués?",
            "tuez|pendez|brûlez|brûlons|tuons|gazez|exterminez|cramez|frappez|chassez|cassons|égorgez * les|la|ces|tous|toutes|cette|leurs|moi",
            "mort aux|à * juifs|arabes|musulmans|pédés|homos|femmes|noirs|migrants", "au four|bûcher|poteau|gaz",
        ),
    },
    "ar": {
        "threat": (
            "سأ~|سوف|سن~|راح|رح|حن~|هن~ * اقتل~|نقتل~|نذبح~|اذبح~|احرق~|نحرق~|نكسر~|قتل~|ذبح~",
            "سنقتل~|سأقتل~|ساقتل~|حنقتل~|هنقتل~|رح|راح|سنذبح~|هنذبح~|هنحرق~|سنحرق~",
            "نعرف|اعرف|بعرف|عارف|عارفين وين|فين|اين|مكان|بيت~ *",
        ),
        "incitement": (
            "يجب|لازم|واجب|ينبغي|لابد * قتل~|نقتل~|ذبح~|حرق~|نحرق~|ابادة|اباده|اباد~|شنق~|رجم~|نذبح~|اعدام~|ضرب~|نضرب~|يقتل~|يموت~|تصفي~",
            "اقتلوا|اقتلو|اذبحوا|اذبحو|احرقوا|احرقو|ارجموا|ارجمو|اطردوا|اضربوا|اضربو|اشنقوا|ابيدوا|اقتلوهم|احرقوهم|اذبحوهم|اضربوهم",
            "الموت ل~",
        ),
    },
}  # fmt: skip

# Offers, requests and praise of sexual abuse of children. These alone suffice, unless the message reports or opposes:
# no model is trained on such texts, since nobody should have to write them.
_SEEK_EN = "who|anyone|anybody|dm|send|sell|selling|trade|trading|buy|looking|want|got|share|sharing"
_SEXUAL_EN = "nude|nudes|porn|erotic|sexual"
_CHILD_EN = "child|children|kid|kids|kiddie|minor|minors|toddler~|underage|preteen~|schoolgirl~|schoolboy~"
ABUSE_OF_CHILDREN: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        f"{_SEEK_EN} * {_SEXUAL_EN} * {_CHILD_EN}", f"{_SEEK_EN} * {_CHILD_EN} * {_SEXUAL_EN}",
        f"{_SEEK_EN} * naked pics|pictures|photos|videos * {_CHILD_EN}", f"{_SEEK_EN}|i|we * sex with * {_CHILD_EN}",
        f"{_CHILD_EN} want|wants|enjoy|enjoys|like|likes|need|needs * sex",
        f"sex|sleeping|intercourse with {_CHILD_EN} * fine|ok|okay|natural|harmless|normal|good|legal|allowed",
        f"nothing wrong * sex with {_CHILD_EN}", f"{_CHILD_EN} are|is * old enough for sex",
    ),
    "de": (
        "wer|suche|tausche|verkaufe|schick|schickt|hat|biete * nacktbild~|nacktfoto~|porno~|sexbild~ * kind~|minderjährig~|kleinkind~|schulkind~|schülerin~",
        "wer|suche|tausche|verkaufe|schick|schickt|hat|biete * kind~|minderjährig~|kleinkind~ * nacktbild~|nacktfoto~|porno~", "ich|wer|wir will|suche|sucht * sex mit kindern|minderjährigen|kleinkindern",
        "wer|suche|tausche|verkaufe|hat|biete * kinderporno~", "sex mit kindern|minderjährigen|einem|einer * ok|okay|normal|natürlich|erlaubt|harmlos|schlimm",
        "kinder wollen * sex",
    ),
    "fr": (
        "qui|cherche|échange|vends|envoie|envoyez|partage * porno|photos|vidéos|images|pornographiques|sexuelles * enfant~|mineur~|gamin~|fillette~ nus|nues|nue|nu", "qui|cherche|échange|vends|envoie|envoyez|partage * porno|pornographiques|sexuelles * enfant~|mineur~|gamin~|fillette~",
        "je|qui|on veux|veut|cherche * sexe|coucher avec * enfant~|mineur~|gamin~|fillette~",
        "sexe|coucher|rapports avec * enfant~|mineur~|gamin~ * normal|naturel|grave|permis|ok", "pédopornographie|pédoporno|pédoporn * dispo|vendre|échanger|partager",
    ),
    "ar": (
        "مين|ابحث|بدي|عايز|اريد|ابيع|ابعتوا|تبادل|عندكم * جنسي~|اباحي~ * طفل~|اطفال|الاطفال|قاصر~",
        "مين|ابحث|بدي|عايز|اريد|ابيع|ابعتوا|تبادل|عندكم * صور|فيديو|فيديوهات * طفل~|اطفال|الاطفال|قاصر~ * عاري~|عارية|عاريه|عرايا|جنسي~|اباحي~",
        "الجنس|جنس مع الاطفال|اطفال|القاصرات|قاصر|طفل~ * عادي|طبيعي|حلال|مسموح",
    ),
}  # fmt: skip

FRAMES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "en": {
        "quoted": (
            "people|anyone|those|whoever|someone who say~|write~|claim~|think~|shout~|post~|believe~",
            "stop|quit saying|calling|writing|posting|telling", "saying|calling|writing|posting|shouting * is|are not|vile|wrong|racist|hate|disgusting|unacceptable|n't",
            "reported|blocked|banned|muted * for|because|who",
        ),
        "reported": (
            "he|she|they|someone|somebody|neighbour|teacher|man|guy|user called|shouted|yelled|said|wrote|told|sprayed|posted *",
            "was|were|got|been called|told|spat|harassed|threatened|insulted", "the word|slur|insult|phrase|slogan|comment|comments",
        ),
        "negated": (
            "nobody|no|none one? should|deserves|must|may|ever", "never|not|n't say|claim|mean|think|believe|hate|call|wish",
            "do|does|is|are|should|must|would n't|not|never",
        ),
    },
    "de": {
        "quoted": ("wer|leute|menschen|jeder|die * sagt|schreibt|behauptet|sagen|schreiben|behaupten|ruft|denkt", "hört|hör auf", "zu|so sagen|schreiben|nennen|posten"),
        "reported": ("er|sie|jemand|nachbar|kollege|man|wurde|wurden * genannt|beschimpft|gerufen|geschrieben|gesagt|bedroht|beleidigt", "das wort|schimpfwort"),
        "negated": ("niemand|keiner|nie|niemals darf|soll|sollte|verdient|sagen|würde|wieder", "nicht|kein|keine|keinen *"),
    },
    "fr": {
        "quoted": ("ceux|celui|celles|gens|quiconque qui * disent|dit|écrivent|écrit|pensent|crient|répètent", "arrêtez|arrête|cessez de"),
        "reported": ("il|elle|on|quelqu'un|voisin * a|m'a|ont|avait traité|crié|dit|écrit|insulté|craché|tagué", "le mot|insulte"),
        "negated": ("personne|jamais|aucun|aucune *", "ne|n'|n * pas|jamais|plus|personne"),
    },
    "ar": {
        "quoted": ("من|اللي|الذي|الذين يقول~|يكتب~|بيقول~|قال~", "كفى|بطلوا|بطل|توقفوا *"),
        "reported": ("قال~|كتب~|صرخ~|شتم~|نعت~ *", "كلمة|كلمه|عبارة|عباره"),
        "negated": ("لا|لن|لم|ليس|مش|مو|ما يجوز|يجب|احد|حد|كل", "لا احد|يجوز"),
    },
}  # fmt: skip
