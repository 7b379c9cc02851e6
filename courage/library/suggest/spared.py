"""Whom a message names only to spare them: "nothing against X, but Y …" attacks Y, and an answer for X would miss it.

Read by words, clause by clause: a clause that says something kind, sorry or excusing of whom it names spares them, or calls
them as a witness ("even my X neighbour says so: Y …"), where another clause names somebody else or goes on after a "but".
Friendliness is no proof, so who is named nowhere else stays named: "lovely people, those X, if you like thieves".
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from courage.detection.text.parts import Span, sentence_spans

#: Words before which a new clause begins.
_TURNS: Final[dict[str, str]] = {
    "en": r"\b(?:but|however|whereas|while|except|it'?s|unlike|not like)\b|:",
    "fr": r"\b(?:mais|par contre|alors que|sauf|c'est (?:les|ces|des)|contrairement)\b|:",
    "de": r"\b(?:aber|sondern|dagegen|hingegen|nur die|außer|ausser|im gegensatz)\b|:",
    "ar": r"(?<!\w)(?:و?لكن|بس|أما|اما|إلا|الا|غير أن)(?!\w)|:",
}
#: Words of a clause that spares whom it names.
_KIND: Final[dict[str, str]] = {
    "en": (
        r"\b(?:no (?:problem|issue|beef|quarrel) with|nothing against|don'?t mind|feel (?:sorry )?for"
        r"|at least|(?<!no )respect|fine by me|fitted in|fit in|integrated|best people|good people|decent people|salt of the earth"
        r"|(?:are|were|is|always|so|very|really|all) (?:fine|lovely|great|nice|decent|kind|grand|sound|hard ?working)"
        r"|lovely (?:family|people|neighbours|lot)|hard ?work(?:ing|ers?)|work(?:s|ed)? (?:hard|twice)|not (?:the )?(?:\w+ )?i blame"
        r"|(?:aren|isn)'?t the problem|get along with|pay their way|earned it|on merit|quiet|polite"
        r"|fair enough|no bother|no trouble|credit where|not talking about|forget the|fair play|stand up for|i understand|i get"
        r"|rather have|any day|one of the good ones|spare a thought for|from nothing|yes(?=,)"
        r"|even (?:my|our|the)|my (?:\w+ ){1,2}(?:mates?|friends?|neighbou?rs?|colleagues?|cousins?|boss)"
        r" (?:says?|said|agrees?|told|thinks?)"
        r"|i'?m (?:\w+ ){1,2}myself|as an? \w+ (?:myself|i)|some of my best)\b"
    ),
    "fr": (
        r"\b(?:rien contre|aucun problème avec|pas de problème avec|au moins|(?<!aucun )respect|gentille?s?|sympas?|adorables?|polie?s?"
        r"|bosseurs?|bosseuses?|intégrée?s?|discrets?|discrètes?|courageux|bossent|travaillent dur|arrêtez d'accuser"
        r"|(?:c'est|ce n'est|ce sont|c'étaient) pas (?:les|des|la faute)|nickel|impeccables?|rien à dire|méritée?s?"
        r"|je m'en fiche|aucun souci|valent (?:cent|mille|dix) fois|ça va|je comprends|chapeau|je préfère|rien à voir avec|oui(?=,)"
        r"|même (?:les|mes|mon|ma)"
        r"|m(?:on|a|es) (?:voisin|pote|ami|collègue|cousin|copain|copine|patron)\w* .{0,30}\b(?:dit|disent|confirme)"
        r"|je suis moi-même|en tant que|je pense aux)\b"
    ),
    "de": (
        r"\b(?:n(?:ix|ichts) gegen|keiner was|kein(?:e)? problem(?:e)? mit|wenigstens|(?<!kein )(?<!keinen )respekt"
        r"|fleißig\w*|fleissig\w*|nett\w*|anständig\w*|ordentlich\w*|höflich\w*"
        r"|können (?:ja )?n(?:ix|ichts) dafür|nicht die|sind nicht das problem|packen an"
        r"|malocht\w*|integriert\w*|in ordnung|tun mir leid|da sag ich n(?:ix|ichts)|verdient|top"
        r"|klar,? immer|hut ab|strengt sich an|ist mir lieber|sind mir lieber|kein thema|gings? (?:diesmal )?(?:gar )?nicht|verstehe ich"
        r"|ja(?=,)"
        r"|(?:selbst|sogar) (?:die|mein\w*|unsere?)|mein\w* .{0,60}\b(?:sagt|sagen)|bin (?:ja )?(?:selbst|selber)|zum schutz|um den schutz"
        r"|kein \w+ und kein)\b"
    ),
    "ar": (
        r"(?:إخوت|اخوت|خوتنا|الله يعين|مزيانين|مزيان|طيبين|محترم|ما عندي (?:مشكل|شي ضد)|ما ?فيش مشكلة|مو مشكل|على الأقل|عالأقل"
        r"|ولاد ناس|غلابة|مساكين|شغيل|على راسي|فوق راسي|حرام عليكم|مالهم ذنب|كثر خيرهم|ناس كويس"
        r"|ساكتين|ما منهم أذى|مفيش منهم|أحسن من|احسن من|الله يعطيهم"
        r"|(?<!\w)حتى ال|صاحبي|صديقي|زميلي|جاري ال|كلنا|أنا مع (?!ال?طرد))"
    ),
}
#: How a clause begins that goes on about whom the one before it names.
_THEY: Final[dict[str, str]] = {
    "en": r"\W*(?:(?:but|however|though|except|because|cause|and|so|why|when|if|it'?s)\W+){0,2}"
    r"(?:they|them|their|these|those people|you)\b",
    "fr": r"\W*(?:(?:mais|sauf que|par contre|et|quand|pourquoi)\W+){0,2}(?:ils|elles|eux|leurs?|ces gens|ça|vous)\b",
    "de": r"\W*(?:(?:aber|nur|und|wenn|dass|warum)\W+){0,2}(?:die|sie|denen|deren|ihre?[nr]?|ihr)\b(?!\s+[a-zäöü]+en?\b.{0,12}\bsind\b)",
    "ar": r"\W*(?:(?:و?لكن|بس|أما|اما)\W+)?(?:هم|هني|هما|هوما|هاي العالم|هالناس|الناس دي)(?!\w)",
}

_TURN: Final = {language: re.compile(words) for language, words in _TURNS.items()}
_SPARES: Final = {language: re.compile(words) for language, words in _KIND.items()}
_GOES_ON: Final = {language: re.compile(words) for language, words in _THEY.items()}


def spared(text: str, language: str) -> list[Span]:
    """Return the spans of a casefolded text's clauses that spare whom they name; languages without words have none."""
    if language not in _SPARES:
        return []
    return [span for span in _clauses(text, _TURN[language]) if _SPARES[language].search(text, *span)]


def goes_on_about_them(text: str, language: str, end: int) -> bool:
    """Say whether what follows a clause that ends at ``end`` speaks of the same people: "but they …"."""
    return _GOES_ON[language].match(text, end) is not None


def _clauses(text: str, turn: re.Pattern[str]) -> list[Span]:
    found: list[Span] = []
    for start, end in sentence_spans(text):
        cuts = [
            start,
            *(match.start() for match in turn.finditer(text, start, end) if match.start() > start),
            end,
        ]
        found += list(pairwise(cuts))
    return found
