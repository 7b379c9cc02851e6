"""Editorial rule 2: no life story in the first person; whoever posts it would tell a lie, or give a family away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.patterns import compiled, found
from courage.library.lint.rule import Context, Issue, Rule

STORIES: Final = compiled(
    en=r"\bmy (?:own )?(?:\w+ )?(?:neighbou?rs?|friends?|colleagues?|co-?workers?|boss|doctor|dentist|nurse|teacher|"
    r"landlord|hairdresser|mechanic|classmates?|flatmates?|aunt|uncle|wife|husband|partner|girlfriend|boyfriend|kids?|"
    r"children|sons?|daughters?|mum|mom|mother|dad|father|parents|brothers?|sisters?|siblings|cousins?|grandmother|"
    r"grandma|grandfather|grandpa|gran|nan|grand?dad|grandparents|family|relatives)\b"
    r"|\b(?:friends?|neighbours?|colleagues?) of mine\b|\b(?:someone|somebody|people|a \w+) I (?:know|knew|met)\b"
    r"|\bI (?:grew up|was (?:born|raised)|used to|once|work(?:ed)? (?:with|as|in|at|for)|lived? (?:with|next|in|near)|"
    r"went to (?:school|university)|use a wheelchair|got married|married|teach|taught|fled|came here|came to this)\b"
    r"|\bI(?:'ve| have)? (?:met|known|know) (?:a|an|some|many|several|lots of|plenty of)\b"
    r"|\bI have (?:\w+ )?(?:friends|family|neighbours|colleagues|relatives)\b|\bwhen I was\b|\bat my (?:work|job|school|church)\b",
    fr=r"\b(?:mon|ma|mes) (?:\w+ )?(?:voisine?s?|amie?s?|collègues?|patronn?e?|médecin|dentiste|infirmi\w+|profs?|"
    r"professeure?|institut\w+|coiffeu\w+|tante|oncle|femme|mari|conjointe?|compagne|compagnon|copines?|copains?|enfants?|"
    r"fils|filles?|mère|père|parents|frères?|sœurs?|soeurs?|cousine?s?|grands?-(?:mère|père|parents)|mamie|mémé|papi|"
    r"pépé|famille)\b"
    r"|\bje (?:suis née?|travaillais?|vis (?:avec|à|en)|habite|suis en fauteuil|suis malentendante?)\b"
    r"|\bj'(?:ai (?:grandi|travaillé|vécu|connu|rencontré|une? amie?|des amis|un voisin|une voisine|fui)|habite|étais)\b"
    r"|\bje connais (?:une?|des|plusieurs|beaucoup|pas mal)\b|\bquand j'étais\b|\bamie?s? à moi\b",
    de=r"\bmein(?:e|en|em|er|es)? (?:\w+ )?(?:Nachbar\w*|Freund\w*|Kolleg\w*|Chef\w*|Arzt|Ärztin|Zahnarzt|Zahnärztin|"
    r"Lehrer\w*|Friseur\w*|Tante|Onkel|Frau|Mann|Partner\w*|Kind|Kinder|Kindern|Sohn|Söhne|Tochter|Töchter|Mutter|Mama|"
    r"Vater|Papa|Eltern|Bruder|Brüder|Schwestern?|Cousin\w*|Großmutter|Großvater|Großeltern|Oma|Opa|Familie)\b"
    r"|\bich (?:bin (?:hier |in \w+ )?(?:geboren|aufgewachsen)|arbeite|wohne|lebe|sitze im Rollstuhl|bin schwerhörig|"
    r"kenne (?:einen|eine|viele|einige|ein paar)|habe (?:früher|lange|selbst|mit \w+ (?:gearbeitet|gelebt)))\b"
    r"|\bals ich (?:klein|jung|ein Kind|Kind|noch)\b|\b(?:Freund|Freundin|Kollege|Kollegin) von mir\b",
    ar=r"(?<!يا )\b(?:و|ف|ل|ب)?(?:جاري|جارتي|جيراني|صديقي|صديقتي|أصدقائي|صاحبي|صاحبتي|أصحابي|زميلي|زميلتي|زملائي|مديري|"
    r"طبيبي|طبيبتي|أستاذي|معلمتي|معلمي|زوجي|زوجتي|ابني|ابنتي|بنتي|أولادي|أطفالي|أمي|والدتي|أبي|والدي|أخي|أختي|إخوتي|"
    r"عمي|عمتي|خالي|خالتي|جدي|جدتي|عائلتي|أهلي|أسرتي)\b"
    r"|\b(?:عندي|لدي|لديّ|لي) (?:صديق|صديقة|أصدقاء|جار|جارة|جيران|زميل|زميلة|زملاء|أصحاب|قريب)\b"
    r"|\b(?:نشأتُ?|وُلدتُ?|ولدتُ|ترعرعتُ?|عشتُ?|عملتُ? مع|درستُ? مع) |\bأعرف (?:شخص|ناس|كثير|عائلة|واحد)",
)


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find the first words that tell of the writer's own life; a marked gap tells nothing yet."""
    told = found(STORIES, draft.language, f"{draft.text} {draft.longer}")
    if told is not None:
        said = f"tells of a life ({told!r}) that whoever posts it may not have; use a gap such as [your own example]"
        yield Issue("warning", "life_story", said)


RULE = Rule(("life_story",), check, editorial=2)
