"""Themes on which nobody jokes: sexual violence, death, atrocity, dehumanisation, and stereotypes of bodies.

Lint reads them in responses and their narratives, suggestions in messages.
"""

from __future__ import annotations

import re
from typing import Final

#: Name of each theme and its words in each language, as the beginning of a word unless they end with ``$``.
_WORDS: Final[dict[str, dict[str, str]]] = {
    "sexual violence": {
        "en": "rape|raping|rapist|grooming gang|groomer|molest|sexual(?:ly)? (?:assault|abus|violen)|assaulted|paedo|pedo|"
        "child abuse|harass|nudes?$|deepfake|grop(?:e|ing)",
        "fr": "viol$|viols$|viole$|violer|violeur|violée|agress(?:ion|eur|ée)|pédo|attouchement|harcel|harcèl|abus sexuel|"
        "inceste|nudes$|deepfake",
        "de": "vergewaltig|grooming|missbrauch|sexuelle (?:gewalt|übergriff)|sexualstraft|übergriff|pädo|kinderschänder|"
        "begrapsch|belästig|deepfake|nacktbild",
        "ar": "اغتصاب|اغتصب|مغتصب|يغتصب|تحرش|متحرش|يتحرش|اعتداء جنسي|التحرش|الاغتصاب",
    },
    "death": {
        "en": "kill|murder|dead$|die$|dies$|died$|dying|death|drown|hang(?:ed)?$|shoot|shot$|stab|knife|knives|bomb|terror|"
        "suicid|euthan|assisted dying|grave$|lynch|execut|behead|put (?:down|to sleep)",
        "fr": "tuer$|tue$|tuent$|tué|tueur|meurtr|mort$|morts$|mourir|meurent|noyer|noyade|noyés|pendre|pendu|fusill|couteau|"
        "poignard|bombe|terror|suicid|euthanas|attentat|djihad|jihad|égorg|crever$|crèv|lynch",
        "de": "töte|getötet|mord|ermord|tot$|tote|sterb|stirbt|gestorben|ertrink|ertrunken|erschieß|erschoss|messer|erstech|"
        "bombe|terror|suizid|selbstmord|euthanas|sterbehilfe|anschl[aä]g|hinricht|aufhäng|abstech|dschihad|krepier",
        "ar": "قتل|يقتل|اقتل|نقتل|القتل|قاتل|موت|الموت|يموت|ماتوا|ذبح|يذبح|غرق|شنق|تفجير|إرهاب|ارهاب|الإرهاب|انتحار|سكين|طعن|اعدام|إعدام",
    },
    "atrocity": {
        "en": "holocaust|auschwitz|gas(?:sed|sing)?$|gas chamber|oven|genocid|massacre|ethnic cleans|slave|slavery|nazi|hitler|"
        "pogrom|concentration camp|7 october|october 7|october 7th|gaza|war crime|deport|atrocit|baby killer|child[- ]killer",
        "fr": "holocauste|shoah|auschwitz|gazer$|gazé|chambre(?:s)? à gaz|four(?:s)?$|génocid|massacr|épuration|esclav|nazi|"
        "hitler|pogrom|camp(?:s)? de concentration|7 octobre|gaza|crime(?:s)? de guerre|déport|tueurs d'enfants",
        "de": "holocaust|schoah|shoah|auschwitz|vergas|gaskammer|ofen$|öfen$|genozid|völkermord|massaker|säuberung|sklav|nazi|"
        "hitler|pogrom|konzentrationslager|kz$|7\\. oktober|gaza|kriegsverbrech|deport|remigra|kindermörder",
        "ar": "هولوكوست|الهولوكوست|المحرقة|محرقة|إبادة|ابادة|الإبادة|مجزرة|مذبحة|مجازر|عبيد|عبودية|نازي|هتلر|تطهير عرقي|"
        "7 أكتوبر|غزة|ترحيل",
    },
    "dehumanisation": {
        "en": "vermin|rats?$|cockroach|insects?$|parasit|leech|animals?$|apes?$|monkey|pigs?$|dogs?$|swarm|plague|virus|disease|"
        "cancer|infest|subhuman|savage|beast|inferior|pest$|pests$|filth|trash|garbage|scum|breed",
        "fr": "vermine|rats?$|cafard|insecte|parasit|sangsue|animal|animaux|singe|guenon|porcs?$|cochon|chiens?$|essaim|peste$|"
        "virus|maladie|cancer|sous-homme|sauvage|bête(?:s)?$|inférieur|nuisible|déchet|ordure|racaille",
        "de": "ungeziefer|ratten?$|kakerlake|insekt|parasit|schmarotz|tiere?$|affen?$|schweine?$|hunde?$|schwarm|pest$|seuche|"
        "virus|krankheit|krebs$|untermensch|wilde$|bestie|minderwert|abschaum|dreck|müll|gesindel",
        "ar": "حشرات|حشرة|جرذان|فئران|صراصير|طفيلي|حيوان|حيوانات|قرود|قرد|خنازير|خنزير|كلاب|كلب|وباء|سرطان|فيروس|همج|أنجاس|نجس|قذارة",
    },
    "bodies": {
        "en": "smell|stink|stank|unwashed|dirty|nose$|noses$|hooked|hair$|afro|lips$|skin$|fat$|obese|ugly|hairy|body$|bodies|"
        "body count|penis|breast|vagina|genital|retard|cripple|drool|circumcis|flat[- ]chested|adam's apple|curry",
        "fr": "pu(?:e|er|ent)$|puant|odeur|sale$|sales$|nez$|crochu|cheveux|lèvres|peau$|gros$|grosse|obès|moche|laid|poil|corps$|"
        "pénis|seins|vagin|génita|mongol|bave|circonci|curry",
        "de": "stink|gestank|geruch|riech|dreckig|nase$|nasen$|hakennase|haare?$|lippen$|haut$|hautfarbe|fett$|fette$|dick$|"
        "hässlich|behaart|körper|penis|brüste|vagina|genital|mongo|krüppel|sabber|beschneid|adamsapfel|curry",
        "ar": "رائحة|ريحة|نتن|قذر|وسخ|أنف|شعرها|شعره|بشرة|جلد|سمين|سمينة|قبيح|قبيحة|جسد|جسم|جسدها|معاق عقليا|منغولي",
    },
}


def _pattern(words: str) -> re.Pattern[str]:
    parts = [part[:-1] + r"\b" if part.endswith("$") else part for part in _split(words)]
    return re.compile(rf"\b(?:{'|'.join(parts)})", re.IGNORECASE)


def _split(words: str) -> list[str]:
    parts, depth, part = [], 0, ""
    for character in words:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and not depth:
            parts.append(part)
            part = ""
        else:
            part += character
    return [*parts, part]


_PATTERNS: Final = {
    language: tuple((theme, _pattern(words[language])) for theme, words in _WORDS.items())
    for language in ("en", "fr", "de", "ar")
}
_ARABIC_PREFIXED: Final = re.compile(r"\b[وف]?[بلك]?(?:ال|ل)?(?=\w{3})")


def grave_theme(text: str, language: str) -> tuple[str, str] | None:
    """Return the first grave theme of a text and the words that show it, or ``None``.

    A text in a language without words of its own is looked at in all of them.
    """
    text = text.replace("’", "'")
    languages = (language,) if language in _PATTERNS else tuple(_PATTERNS)
    for name in languages:
        # Arabic writes "and", "in", "the" onto the word; without them its beginning is found.
        forms = (text, _ARABIC_PREFIXED.sub("", text)) if name == "ar" else (text,)
        for theme, pattern in _PATTERNS[name]:
            for form in forms:
                found = pattern.search(form)
                if found is not None:
                    return theme, found.group()
    return None
