"""From readable messages to judged parts: a message is as bad as its worst sentence, read in its context.

Asks of the model only what ``Assessing`` names: one row of outputs for each prepared text, and a cheap promise by which
the sentences of an overlong message are chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from courage.detection.model.assessment import Assessed
from courage.detection.model.heads import Floats, Outputs, Settings
from courage.detection.text.normaliser import Normalised
from courage.detection.text.parts import Span, neighbourhood, sentence_spans
from courage.detection.text.preparation import Preparation, Prepared
from courage.detection.text.stance import reports_or_opposes

#: Sentences of one message that are assessed; of more than that, those that promise most.
MOST_PARTS: Final = 400
#: Places of one message that are read once more with what stands around them.
MOST_CONTEXTS: Final = 12
#: The least probability at which a sentence may add to its neighbour's.
_NOT_NOTHING: Final = 0.03


class Assessing(Protocol):
    """What judging needs of ``courage.detection.model.assessment.Assessor``."""

    prepare: Preparation

    def __call__(self, messages: Sequence[Prepared]) -> Assessed:
        """Return one row for each text, in the order given; what other texts there are changes no row."""
        ...

    def promise(self, text: str) -> float:
        """Return at a cheap look how much a prepared text may hold, in no particular unit."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """A readable message in one language."""

    normal: Normalised
    language: str


@dataclass(frozen=True, slots=True)
class Judged:
    """One part of a message as the model reads it.

    ``probability`` is the calibrated one of hate, ``grave`` that of a category that people must see at once; ``row`` is
    the part's row in ``outputs``, ``span`` its place in the readable message.
    """

    part: Prepared
    span: Span
    probability: float
    outputs: Outputs
    row: int
    grave: float
    flags: int


class Judge:
    """Judges the sentences of messages; thread-safe."""

    def __init__(self, assessor: Assessing, settings: Settings) -> None:
        self._assessor = assessor
        self._settings = settings

    def __call__(self, messages: Sequence[Message]) -> list[list[Judged]]:
        """Return each message's judged parts, worst first; none where nothing is said."""
        spans = [self._spans(message) for message in messages]
        first = self._judged(messages, spans)
        around = [
            self._contexts(message, mine) if len(mine) > 1 else []
            for message, mine in zip(messages, first, strict=True)
        ]
        second = self._judged(messages, around)
        return [
            sorted(_in_context(message, mine, wider), key=lambda one: one.probability, reverse=True)
            for message, mine, wider in zip(messages, first, second, strict=True)
        ]

    def _spans(self, message: Message) -> list[Span]:
        text = message.normal.text
        spans = sentence_spans(text)
        if len(spans) <= MOST_PARTS:
            return spans
        # What is said again is read once; of what is left, what promises most.
        distinct = {text[start:end]: (start, end) for start, end in reversed(spans)}
        chosen = list(distinct)
        if len(chosen) > MOST_PARTS:
            chosen = sorted(chosen, key=self._assessor.promise, reverse=True)[:MOST_PARTS]
        return sorted(distinct[piece] for piece in chosen)

    def _judged(self, messages: Sequence[Message], spans: Sequence[Sequence[Span]]) -> list[list[Judged]]:
        prepare = self._assessor.prepare
        owners = [number for number, mine in enumerate(spans) for _ in mine]
        places = [span for mine in spans for span in mine]
        found: list[list[Judged]] = [[] for _ in messages]
        if not places:
            return found
        parts = [
            prepare.part(messages[number].normal, span, messages[number].language)
            for number, span in zip(owners, places, strict=True)
        ]
        assessed = self._assessor(parts)
        grave = assessed.outputs.escalation()
        scores = self._probabilities(assessed.features, [part.language for part in parts])
        for row, (number, span) in enumerate(zip(owners, places, strict=True)):
            found[number].append(
                Judged(
                    parts[row],
                    span,
                    scores[row],
                    assessed.outputs,
                    row,
                    float(grave[row]),
                    assessed.flags[row],
                )
            )
        return found

    def _probabilities(self, features: Floats, languages: Sequence[str]) -> list[float]:
        scores = [0.0] * len(languages)
        for code in dict.fromkeys(languages):
            rows = [row for row, language in enumerate(languages) if language == code]
            for row, score in zip(rows, self._settings.probability(features[rows], code), strict=True):
                scores[row] = float(score)
        return scores

    def _contexts(self, message: Message, judged: Sequence[Judged]) -> list[Span]:
        """Return what is read once more: suspicious sentences with their neighbours, and neighbours that may add up."""
        floor = self._settings.alarm(message.language) / 2
        grave = float(self._settings.escalation["limit"])
        spans = [one.span for one in judged]
        wanted: dict[Span, float] = {}
        for place, one in enumerate(judged):
            if one.probability >= floor or one.grave >= grave:
                wanted[neighbourhood(message.normal.text, spans, place)] = one.probability
            elif place and min(one.probability, judged[place - 1].probability) >= _NOT_NOTHING:
                both = (judged[place - 1].span[0], one.span[1])
                wanted[both] = one.probability
        if len(wanted) > MOST_CONTEXTS:
            wanted = dict(sorted(wanted.items(), key=lambda item: -item[1])[:MOST_CONTEXTS])
        return [span for span in wanted if span not in spans]


def _in_context(message: Message, judged: list[Judged], wider: Sequence[Judged]) -> list[Judged]:
    """Weigh each sentence with its context: it excuses only where a neighbour reports or opposes, else it may add."""
    if not wider:
        return judged
    spans = [one.span for one in judged]
    context = {one.span: one for one in wider}
    text = message.normal.text
    found: list[Judged] = []
    used: set[Span] = set()
    for place, one in enumerate(judged):
        around = context.get(neighbourhood(text, spans, place)) if wider else None
        if around is None:
            found.append(one)
            continue
        beside = [judged[k] for k in (place - 1, place + 1) if 0 <= k < len(judged)]
        opposed = any(reports_or_opposes(near.part.normal.text, message.language) for near in beside)
        if opposed:
            used.add(around.span)
            found.append(min(one, around, key=lambda each: each.probability))
        else:
            found.append(one)
    return [*found, *(one for one in wider if one.span not in used)]
