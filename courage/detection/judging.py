"""From readable messages to judged parts: a message is as bad as its worst sentence, read in its context.

Asks of the model only what ``Assessing`` names: one row of outputs for each prepared text, and a cheap promise by which
the sentences of an overlong message are chosen.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from courage.detection.model.assessment import Assessed
from courage.detection.model.evidence import AMBIGUOUS, GROUP_WORD, IDENTITY, INSULT, SLUR, VIOLENCE
from courage.detection.model.heads import Floats, Outputs, Settings
from courage.detection.text.language import identify, named_in
from courage.detection.text.normaliser import Normalised
from courage.detection.text.parts import LONG, Span, neighbourhood, sentence_spans
from courage.detection.text.preparation import Preparation, Prepared, spoken
from courage.detection.text.reference import refers_back
from courage.detection.text.stance import applauds, reports_or_opposes
from courage.taxonomy import CATEGORIES, NARRATIVE

#: Sentences of one message that are assessed; of more than that, those that promise most.
MOST_PARTS: Final = 400
#: Places of one message that are read once more with what stands around them.
MOST_CONTEXTS: Final = 12
#: Messages of no more words are read as a whole too: as an encoder was trained to, and as the people meant are.
WHOLE: Final = LONG
#: The least probability at which a sentence may add to its neighbour's.
_NOT_NOTHING: Final = 0.04
#: What applause adds to the log-odds of a reading that names people: the model hears a report in what is quoted or told.
_APPLAUSE: Final = 0.6
#: Signs of a sentence that names people of its own.
_NAMED: Final = IDENTITY | SLUR | AMBIGUOUS
#: Signs that a sentence is hostile, whoever it is about.
_HARSH: Final = INSULT | VIOLENCE
#: Words, less one, from which on a sentence has a language of its own; characters from which on a foreign one counts.
_OWN_LANGUAGE: Final = 3
_SURELY_FOREIGN: Final = 40


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
    """A readable message: the language of most of it, and its sentences that are read, each with its own language."""

    normal: Normalised
    language: str
    parts: tuple[tuple[Span, str], ...]


@dataclass(frozen=True, slots=True)
class Judged:
    """One part of a message as the model reads it.

    ``probability`` is the calibrated one of hate, ``grave`` that of a category that people must see at once,
    ``narrative`` that of a story that circulates; ``row`` is the part's row in ``outputs``, ``span`` its place in the
    readable message.
    """

    part: Prepared
    span: Span
    probability: float
    outputs: Outputs
    row: int
    grave: float
    narrative: float
    flags: int


class Judge:
    """Judges the sentences of messages; thread-safe."""

    def __init__(self, assessor: Assessing, settings: Settings, reads: Container[str]) -> None:
        self._assessor = assessor
        self._settings = settings
        self._reads = reads

    def spans(self, normal: Normalised, language: str, *, identified: bool = True) -> list[tuple[Span, str]]:
        """Return the sentences of a readable message that are in a language that is read, with that language.

        A sentence of some length has a language of its own unless the message's is given (``identified`` false). Of an
        overlong message what is said again is read once, and of what is left what promises most.
        """
        text = normal.text
        spans = sentence_spans(text)
        if len(spans) > MOST_PARTS:
            distinct = {text[start:end]: (start, end) for start, end in reversed(spans)}
            chosen = list(distinct)
            if len(chosen) > MOST_PARTS:
                chosen = sorted(chosen, key=self._assessor.promise, reverse=True)[:MOST_PARTS]
            spans = sorted(distinct[piece] for piece in chosen)
        if len(spans) == 1 or not identified:
            return [(span, language) for span in spans] if not identified or language in self._reads else []
        found: list[tuple[Span, str]] = []
        for start, end in spans:
            code = named_in(text[start:end]) or language
            if code not in self._reads:
                code = identify(spoken(normal.part(start, end)))
            if text.count(" ", start, end) >= _OWN_LANGUAGE:
                code = identify(spoken(normal.part(start, end)))
                if code == "und" or (
                    code not in self._reads and language in self._reads and end - start < _SURELY_FOREIGN
                ):
                    code = language
            if code in self._reads:
                found.append(((start, end), code))
        return found

    def __call__(self, messages: Sequence[Message]) -> list[list[Judged]]:
        """Return each message's judged parts, worst first; none where nothing is said."""
        first = self._judged(messages, [message.parts for message in messages])
        pairs = [_pairs(mine) for mine in first]
        around = [
            self._contexts(message, mine, beside) if len(mine) > 1 else []
            for message, mine, beside in zip(messages, first, pairs, strict=True)
        ]
        second = self._judged(messages, around)
        return [
            sorted(_in_context(message, mine, wider, beside), key=lambda one: one.probability, reverse=True)
            for message, mine, wider, beside in zip(messages, first, second, pairs, strict=True)
        ]

    def _judged(
        self, messages: Sequence[Message], spans: Sequence[Sequence[tuple[Span, str]]]
    ) -> list[list[Judged]]:
        prepare = self._assessor.prepare
        owners = [number for number, mine in enumerate(spans) for _ in mine]
        places = [span for mine in spans for span in mine]
        found: list[list[Judged]] = [[] for _ in messages]
        if not places:
            return found
        parts = [
            prepare.part(messages[number].normal, span, language)
            for number, (span, language) in zip(owners, places, strict=True)
        ]
        assessed = self._assessor(parts)
        grave = assessed.outputs.escalation()
        stories = assessed.outputs.category[:, CATEGORIES.index(NARRATIVE)]
        scores = self._probabilities(assessed.features, [part.language for part in parts])
        for row, (number, (span, _)) in enumerate(zip(owners, places, strict=True)):
            found[number].append(
                Judged(
                    parts[row],
                    span,
                    scores[row],
                    assessed.outputs,
                    row,
                    float(grave[row]),
                    float(stories[row]),
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

    def _contexts(
        self, message: Message, judged: Sequence[Judged], pairs: Mapping[int, _Pair]
    ) -> list[tuple[Span, str]]:
        """Return what is read once more: suspicious sentences with their neighbours, and neighbours that may add up."""
        spans = [one.span for one in judged]
        wanted: dict[Span, tuple[float, str]] = {}
        for place, one in enumerate(judged):
            language = one.part.language
            if one.probability >= self._settings.alarm(language) / 2 or one.grave >= self._settings.grave(
                language
            ):
                wanted[neighbourhood(message.normal.text, spans, place)] = (one.probability, language)
        for place, pair in pairs.items():
            worse = max(judged[place - 1], judged[place], key=lambda each: each.probability)
            wanted[pair.span] = (worse.probability, worse.part.language)
        if len(wanted) > MOST_CONTEXTS:
            wanted = dict(sorted(wanted.items(), key=lambda item: -item[1][0])[:MOST_CONTEXTS])
        whole = _whole(message, spans)
        if whole is not None:
            wanted.setdefault(whole, (0.0, message.language))
        return [(span, language) for span, (_, language) in wanted.items() if span not in spans]


def _in_context(
    message: Message, judged: list[Judged], wider: Sequence[Judged], pairs: Mapping[int, _Pair]
) -> list[Judged]:
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
        opposed = any(reports_or_opposes(near.part.normal.text, near.part.language) for near in beside)
        if opposed:
            used.add(around.span)
            found.append(min(one, around, key=lambda each: each.probability))
        else:
            found.append(one)
    # What no sentence says by itself, they may say together: applause for what is quoted, a wink after a name. The model
    # was taught on whole messages, which tell that from a report, so this reading counts whatever excused a sentence.
    whole = None if any(map(_of_something_else, judged)) else _whole(message, spans)
    # Neighbours add where each says something by itself; what merely stands beside adds nothing. A sentence that goes on
    # about a group cannot be understood without the one that names it: that reading counts even where it was opposed.
    goes_on = {pair.span: pair.goes_on for pair in pairs.values()}
    return [
        *found,
        *(
            _with_applause(one)
            for one in wider
            if one.span == whole or goes_on.get(one.span, False) or one.span in goes_on.keys() - used
        ),
    ]


def _with_applause(one: Judged) -> Judged:
    """Raise the probability of a reading of several sentences that names people and applauds."""
    if not one.flags & _NAMED or not applauds(one.part.normal.text, one.part.language):
        return one
    odds = one.probability / max(1e-6, 1.0 - one.probability) * math.exp(_APPLAUSE)
    return replace(one, probability=odds / (1.0 + odds))


def _whole(message: Message, spans: Sequence[Span]) -> Span | None:
    """Return the span of a message of a few sentences in one language that an encoder reads at once, else ``None``."""
    if len({language for _, language in message.parts}) != 1:
        return None
    whole = spans[0][0], spans[-1][1]
    return whole if message.normal.text.count(" ", *whole) < WHOLE else None


def _of_something_else(one: Judged) -> bool:
    """Tell whether a sentence is harsh about something that is no people: rats in the cellar, beside a neighbour's faith."""
    return bool(one.flags & _HARSH) and not one.flags & (_NAMED | GROUP_WORD) and not _refers(one)


def _refers(one: Judged) -> bool:
    return refers_back(one.part.normal.text, one.part.language)


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two neighbours that are read together, and whether the second goes on about whom the first names."""

    span: Span
    goes_on: bool


def _pairs(judged: Sequence[Judged]) -> dict[int, _Pair]:
    """Return, by place, the sentences that may add to the one before them: both say something, or it goes on about it."""
    found: dict[int, _Pair] = {}
    for place in range(1, len(judged)):
        before, one = judged[place - 1], judged[place]
        goes_on = _goes_on(before, one)
        apart = _of_something_else(before) or _of_something_else(one)
        if goes_on or (not apart and min(one.probability, before.probability) >= _NOT_NOTHING):
            found[place] = _Pair((before.span[0], one.span[1]), goes_on)
    return found


def _goes_on(before: Judged, one: Judged) -> bool:
    """Tell whether a sentence may be about the group that the one before it names, and that it does not name itself."""
    if not before.flags & _NAMED or one.flags & _NAMED:
        return False
    return _refers(one)
