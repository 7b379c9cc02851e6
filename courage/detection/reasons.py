"""Why a verdict is what it is, as codes that ``courage.detection.wording`` puts into words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from courage.detection.model.assessment import Assessor
from courage.detection.model.evidence import ADDRESS, GROUP_WORD, NEGATION
from courage.detection.model.heads import HATEFUL, Outputs, Settings
from courage.detection.text.matchers import Match, frames, is_known_term, named_targets
from courage.detection.text.normaliser import Normalised
from courage.detection.text.pivot import to_pivot
from courage.detection.text.preparation import Prepared
from courage.detection.verdict import Reason

_WORD = re.compile(r"\w+(?:['’-]\w+)*")
_MOST_WORDS = 5
_MOST_TOTAL = 80
_SHOWN = 3
_LEAST_DROP = 0.03


def explain(
    assessor: Assessor, message: Prepared, outputs: Outputs, row: int, found: Sequence[Match],
    category: str, score: float, words: Sequence[Reason],
) -> tuple[Reason, ...]:  # fmt: skip
    """Return the reasons of a hateful or borderline verdict, weightiest of each sort first.

    ``words`` are those that decided, from :func:`deciding_words`.
    """
    reasons: list[Reason] = []
    if category != "none":
        reasons.append(Reason("category", category, round(score, 3)))
    reasons += words
    normal = message.normal
    for match in named_targets(found):
        start, end = normal.original(match.start, match.end)
        reasons.append(Reason("target", match.label, 0.0, start, end))
    kind = int(np.argmax(outputs.kind[row]))
    if float(outputs.kind[row, kind]) >= 0.3:
        name = assessor.heads.kinds[kind]
        weight = float(outputs.kind[row, kind]) * (1 if kind < HATEFUL else -1)
        reasons.append(Reason("example", name, round(weight, 3)))
    seen: set[str] = set()
    for match in frames(found):
        if match.label not in seen:
            seen.add(match.label)
            start, end = normal.original(match.start, match.end)
            reasons.append(Reason("frame", match.label, -0.1, start, end))
    if normal.disguised:
        reasons.append(Reason("word", "disguised", 0.0))
    return tuple(reasons)


def deciding_words(
    assessor: Assessor, settings: Settings, messages: Sequence[tuple[Prepared, float]]
) -> list[list[Reason]]:
    """Leave out one word after the other and return, per message, those whose absence changes its score most.

    Messages come with their probability. Only the likeliest words of messages of one window are tried, all in one
    batch: signs of a group, an insult or violence first, then by the weight that the n-gram model gives them.
    """
    tried = [_likeliest(assessor, message) for message, _ in messages]
    variants = [
        _without(assessor, message, start, end)
        for (message, _), spans in zip(messages, tried, strict=True)
        for start, end in spans
    ]
    if not variants:
        return [[] for _ in messages]
    features = assessor(variants).features
    found: list[list[Reason]] = []
    row = 0
    for (message, score), spans in zip(messages, tried, strict=True):
        part = settings.probability(features[row : row + len(spans)], message.language)
        row += len(spans)
        drops = sorted(
            ((score - float(left), span) for left, span in zip(part, spans, strict=True)), reverse=True
        )
        found.append([_word(message, span, drop) for drop, span in drops[:_SHOWN] if drop >= _LEAST_DROP])
    return found


def _without(assessor: Assessor, message: Prepared, start: int, end: int) -> Prepared:
    text = message.normal.text[:start] + message.normal.text[end:]
    return assessor.prepare.part(Normalised(text, None, len(text)), (0, len(text)), message.language)


def _likeliest(assessor: Assessor, message: Prepared) -> list[tuple[int, int]]:
    text = message.normal.text
    spans = [match.span() for match in _WORD.finditer(text) if len(match[0]) > 1]
    if len(spans) > _MOST_TOTAL or len(message.windows) > 1:
        return []

    def promise(span: tuple[int, int]) -> float:
        word = text[span[0] : span[1]]
        signs = assessor.evidence.flags(to_pivot(word, message.language))
        return 3.0 * bool(signs & ~(GROUP_WORD | ADDRESS | NEGATION)) + abs(assessor.ngrams.logit(word))

    return sorted(sorted(spans, key=promise, reverse=True)[:_MOST_WORDS])


def _word(message: Prepared, span: tuple[int, int], drop: float) -> Reason:
    start, end = span
    word = message.normal.text[start:end]
    # That a word decided which only names a group makes it no hateful word.
    kind, code = ("target", "mention") if is_known_term(word, message.language) else ("word", "word")
    return Reason(kind, code, round(drop, 3), *message.normal.original(start, end), {"word": word})
