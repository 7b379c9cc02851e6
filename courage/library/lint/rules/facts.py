"""A statement of fact names its source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule

# What only a source can carry: shares, sums of people or money, and appeals to research.
FACTS: Final[dict[str, re.Pattern[str]]] = {
    "en": re.compile(
        r"\b(?:stud(?:y|ies)|research|data|statistics|figures|surveys?|scientists|experts|reports?) "
        r"(?:show|shows|prove|proves|find|finds|found|say|says|suggest|suggests|confirm|confirms|agree)\b"
        r"|\baccording to\b|\bstatistically\b|\b(?:one|two|three|four|nine) (?:in|out of) (?:two|three|four|five|ten|\d+)\b",
        re.I,
    ),
    "fr": re.compile(
        r"\b(?:les? |des |cette |plusieurs )?(?:études?|recherches?|données|statistiques|chiffres|enquêtes?|experts) "
        r"(?:montrent?|prouvent?|disent|confirment|indiquent?|révèlent)\b|\b(?:selon|d['’]après) (?:une|les?|l['’]|des) ?"
        r"(?:étude|chiffres|statistiques|données|institut|enquête|ONU)|\bstatistiquement\b",
        re.I,
    ),
    "de": re.compile(
        r"\b(?:studien?|forschung(?:en)?|daten|statistiken?|zahlen|umfragen?|fachleute|experten) "
        r"(?:zeigt|zeigen|beweist|beweisen|belegt|belegen|sagt|sagen|bestätigt|bestätigen)\b"
        r"|\blaut (?:einer |der |den )?(?:studie|statistik|zahlen|umfrage|bericht)|\bstatistisch\b",
        re.I,
    ),
    "ar": re.compile(
        r"(?:الدراسات|دراسة|دراسات|الأبحاث|البحوث|الإحصاءات|الإحصائيات|الأرقام|البيانات|الخبراء) "
        r"(?:تظهر|تُظهر|تثبت|تُثبت|تشير|تؤكد|تقول|أظهرت|أثبتت)|(?:وفق|وفقا|وفقًا|بحسب|حسب) "
        r"(?:ل)?(?:دراسة|إحصاءات|أرقام|الأمم)"
    ),
}
SHARE: Final = re.compile(
    r"[\d٠-٩]+(?:[.,٫][\d٠-٩]+)?\s?(?:%|٪|per ?cent\b|percent\b|pour ?cent\b|prozent\b|بالمئة|بالمائة|في المئة)"
    r"|\b\d[\d.,  ]*\s?(?:million|billion|thousand|millionen?|milliarden?|milliards?|tausend|mille)s?\b",
    re.I,
)
NUMBER: Final = re.compile(r"(?<![\w.])[\d٠-٩]{2,}(?:[.,][\d٠-٩]{3})*(?![\w])")


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Find statements of fact, and bare numbers, in a response without sources."""
    if draft.sources or (context.written is not None and context.written.fact_ids()):
        return
    pattern = FACTS.get(draft.language)
    found = SHARE.search(draft.text) or (pattern.search(draft.text) if pattern else None)
    if found:
        yield Issue("error", "no_source", f"states a fact ({found.group().strip()[:40]!r}) without a source")
    elif draft.strategy == "facts":
        yield Issue("error", "no_source", "the strategy facts needs a source")
    elif (number := NUMBER.search(draft.text)) is not None:
        yield Issue("warning", "unsourced_number", f"names the number {number.group()!r} without a source")


RULE = Rule(("no_source", "unsourced_number"), check, editorial=8)
