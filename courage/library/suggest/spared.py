"""Whom a message names only to spare them: "nothing against X, but Y …" attacks Y, and an answer for X would miss it.

Read by words, clause by clause: a clause that says something kind, sorry or excusing of whom it names spares them, where
another clause names somebody else or goes on after a "but". Friendliness is no proof, so who is named nowhere else stays
named: "lovely people, those X, if you like thieves".
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from courage.detection.text.parts import Span, sentence_spans

#: Words before which a new clause begins.
_TURNS: Final[dict[str, str]] = {
    "en": r"\b(?:but|however|whereas|while|except|it'?s|unlike|not like)\b",
    "fr": r"\b(?:mais|par contre|alors que|sauf|c'est (?:les|ces|des)|contrairement)\b",
    "de": r"\b(?:aber|sondern|dagegen|hingegen|nur die|außer|ausser|im gegensatz)\b",
    "ar": r"(?<!\w)(?:و?لكن|بس|أما|اما|إلا|الا|غير أن)(?!\w)",
}
#: Words of a clause that spares whom it names.
_KIND: Final[dict[str, str]] = {
    "en": (
        r"\b(?:no (?:problem|issue|beef|quarrel) with|nothing against|got nothing against|don'?t mind|feel (?:sorry )?for"
        r"|at least|respect|fine by me|fitted in|fit in|integrated|best people|good people|decent people|salt of the earth"
        r"|(?:are|were|is|always|so|very|really|all) (?:fine|lovely|great|polite|quiet|nice|decent|kind|grand|sound|hard ?working)"
        r"|lovely (?:family|people|neighbours|lot)|hard ?work(?:ing|ers?)|work(?:s|ed)? (?:hard|twice)|not (?:the )?(?:\w+ )?i blame"
        r"|(?:aren|isn)'?t the problem|get along with|pay their way|earned it|on merit|quiet|polite)\b"
    ),
    "fr": (
        r"\b(?:rien contre|aucun problème avec|pas de problème avec|au moins|respect|gentille?s?|sympas?|adorables?|polie?s?"
        r"|bosseurs?|bosseuses?|intégrée?s?|discrets?|discrètes?|courageux|bossent|travaillent dur|arrêtez d'accuser"
        r"|(?:c'est|ce n'est|ce sont|c'étaient) pas (?:les|des|la faute)|nickel|impeccables?|rien à dire|méritée?s?)\b"
    ),
    "de": (
        r"\b(?:n(?:ix|ichts) gegen|keiner was|kein(?:e)? problem(?:e)? mit|wenigstens|respekt|fleißig\w*|fleissig\w*|nett\w*"
        r"|anständig\w*|ordentlich\w*|höflich\w*|können (?:ja )?n(?:ix|ichts) dafür|nicht die|sind nicht das problem|packen an"
        r"|malocht\w*|integriert\w*|in ordnung|tun mir leid|da sag ich n(?:ix|ichts)|verdient|top)\b"
    ),
    "ar": (
        r"(?:إخوت|اخوت|خوتنا|الله يعين|مزيانين|مزيان|طيبين|محترم|ما عندي (?:مشكل|شي ضد)|ما ?فيش مشكلة|مو مشكل|على الأقل|عالأقل"
        r"|ولاد ناس|غلابة|مساكين|شغيل|على راسي|فوق راسي|حرام عليكم|مالهم ذنب|كثر خيرهم|ناس كويس)"
    ),
}


def spared(text: str, language: str) -> list[Span]:
    """Return the spans of a casefolded text's clauses that spare whom they name; languages without words have none."""
    if language not in _KIND:
        return []
    turn, kind = re.compile(_TURNS[language]), re.compile(_KIND[language])
    return [span for span in _clauses(text, turn) if kind.search(text, *span)]


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
