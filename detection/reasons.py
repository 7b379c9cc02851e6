"""Why a verdict is what it is, in words that people understand."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np

from detection.assessment import Assessor
from detection.evidence import ADDRESS, GROUP_WORD, NEGATION
from detection.heads import Outputs, Settings
from detection.matchers import Match, frames, named_targets
from detection.patterns import FRAME_WORDS
from detection.pivot import to_pivot
from detection.preparation import Prepared
from detection.verdict import Reason

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_MOST_WORDS = 8
_MOST_TOTAL = 80
_SHOWN = 3
KIND_NAMES: Final = {
    "support_hate": "support for hate", "hate_question": "hate put as a question", "hate_opinion": "hate put as an opinion",
    "negated_praise": "denial of any good in a group", "profane_hate": "hate with swear words",
    "hate_spelling": "disguised spelling", "emoji_hate": "hate with emoji", "pronoun_hate": "hate said of 'them'",
    "implicit": "implied hate", "slur": "slurs", "quoted_opposed": "quoted and opposed", "reported": "reported, not meant",
    "negated": "negated", "counter_speech": "counter-speech", "neutral_mention": "neutral mention of a group",
    "positive_mention": "praise of a group", "reclaimed": "words that a group uses for itself",
    "homonym": "a harmless word that looks like a slur", "abuse_person": "insult of a single person",
    "abuse_object": "anger at a thing", "abuse_nongroup": "anger at no protected group", "news_history": "news or history",
    "child_abuse": "sexual abuse of children",
}  # fmt: skip


def explain(
    assessor: Assessor, settings: Settings, message: Prepared, outputs: Outputs, row: int, found: Sequence[Match],
    category: str, score: float, *, words: bool = True,
) -> tuple[Reason, ...]:  # fmt: skip
    """Return the reasons of a hateful or borderline verdict, weightiest of each sort first."""
    reasons: list[Reason] = []
    if category != "none":
        reasons.append(Reason("category", category.replace("_", " "), round(score, 3)))
    if words:
        reasons += deciding_words(assessor, settings, message)
    normal = message.normal
    for match in named_targets(found):
        start, end = normal.original(match.start, match.end)
        reasons.append(Reason("target", match.label, 0.0, start, end))
    kind = int(np.argmax(outputs.kind[row]))
    if float(outputs.kind[row, kind]) >= 0.3:
        name = assessor.heads.kinds[kind]
        weight = float(outputs.kind[row, kind]) * (1 if kind < 17 else -1)
        text = f"like known examples of {KIND_NAMES.get(name, name.replace('_', ' '))}"
        reasons.append(Reason("example", text, round(weight, 3)))
    seen: set[str] = set()
    for match in frames(found):
        if match.label not in seen:
            seen.add(match.label)
            start, end = normal.original(match.start, match.end)
            reasons.append(Reason("frame", FRAME_WORDS[match.label], -0.1, start, end))
    if normal.disguised:
        reasons.append(Reason("word", "disguised spelling was undone", 0.0))
    return tuple(reasons)


def deciding_words(assessor: Assessor, settings: Settings, message: Prepared) -> list[Reason]:
    """Leave out one word after the other and return those whose absence changes the score most.

    Only the eight likeliest words of messages of one window are tried, in one batch: signs of a group, an insult or
    violence first, then by the weight that the n-gram model gives them.
    """
    text = message.normal.text
    spans = [match.span() for match in _WORD.finditer(text) if len(match[0]) > 1]
    if not spans or len(spans) > _MOST_TOTAL or len(message.windows) > 1:
        return []

    def promise(span: tuple[int, int]) -> float:
        word = text[span[0] : span[1]]
        signs = assessor.evidence.flags(to_pivot(word, message.language))
        return 3.0 * bool(signs & ~(GROUP_WORD | ADDRESS | NEGATION)) + abs(assessor.ngrams.logit(word))

    spans = sorted(sorted(spans, key=promise, reverse=True)[:_MOST_WORDS])
    variants = [message]
    for start, end in spans:
        variants.append(assessor.prepare(text[:start] + text[end:], message.language))
    scores = settings.probability(assessor(variants).features, message.language)
    drops = [(float(scores[0] - scores[k + 1]), span) for k, span in enumerate(spans)]
    strongest = sorted(drops, key=lambda drop: -drop[0])[:_SHOWN]
    reasons = []
    for drop, (start, end) in strongest:
        if drop >= 0.03:
            first, last = message.normal.original(start, end)
            reasons.append(Reason("word", text[start:end], round(drop, 3), first, last))
    return reasons
