"""What a volunteer hears about a reply: four measures with their grounds, what was good, what to try, examples, research.

Codes and values only; the catalogues put them into words where they are shown.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from courage.academy.reply import Found, ReplyReading
from courage.cases.ports import Recommending
from courage.errors import CourageError
from courage.library.suggest.advice import Wish
from courage.library.suggest.conditions import Conditions

if TYPE_CHECKING:
    from courage.detection.verdict import Verdict

log = logging.getLogger(__name__)

GOOD: Final = "good"
BETTER: Final = "could_be_better"
NOT_GOOD: Final = "not_good"
#: Examples that are shown beside a reply.
EXAMPLES: Final = 2
#: Kinds of replies, and the kind of responses of the library that are examples of them.
_RESPONSES: Final = {
    "support": "support",
    "bystander": "bystander",
    "de_escalate": "de_escalation",
    "refer": "refer",
    "check": "check_before_sharing",
}


@dataclass(frozen=True, slots=True)
class Measure:
    """One of ``MEASURES`` with its grade (``GRADES``) and the grounds for it, none where it is good."""

    name: str
    grade: str
    grounds: tuple[Found, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A response of the library that would have answered, too."""

    id: str
    text: str
    strategy: str
    kind: str


@dataclass(frozen=True, slots=True)
class Research:
    """A finding by its code, and the public source that says so."""

    code: str
    source: str
    link: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """All that is said about a reply; ``good`` and ``try_next`` are codes."""

    measures: tuple[Measure, ...]
    good: tuple[str, ...]
    try_next: tuple[str, ...]
    examples: tuple[Example, ...] = ()
    research: Research | None = None

    def grade(self, name: str) -> str:
        """Return the grade of a measure."""
        return next(measure.grade for measure in self.measures if measure.name == name)


_EMPATHY: Final = ("Hangartner et al. 2021, PNAS", "https://doi.org/10.1073/pnas.2116310118")
_OPINIONS: Final = (
    "Lasser et al. 2023, Collective moderation of hate, toxicity, and extremity in online discussions",
    "https://arxiv.org/abs/2303.00357",
)
#: Findings by strategy; both studies looked at answers to hate in public, on one network.
_FINDINGS: Final = {
    "perspective": Research("empathy", *_EMPATHY),
    "humor": Research("humour", *_EMPATHY),
    "consequences": Research("warning", *_EMPATHY),
    "opinion": Research("opinion", *_OPINIONS),
    "facts": Research("facts", *_OPINIONS),
    "hypocrisy": Research("facts", *_OPINIONS),
    "affiliation": Research("groups", *_OPINIONS),
}


def measures(reading: ReplyReading) -> tuple[Measure, ...]:
    """Return the four measures of a reply, in the order of ``MEASURES``."""
    found = (_safe(reading), _kind(reading), _to_the_point(reading), _true(reading))
    return tuple(_judged(reading, measure) for measure in found)


def _measure(name: str, *steps: tuple[str, Sequence[Found]]) -> Measure:
    """Return a measure with its worst grade and the grounds for that grade."""
    worst = BETTER if any(grade == BETTER for grade, _ in steps) else GOOD
    worst = NOT_GOOD if any(grade == NOT_GOOD for grade, _ in steps) else worst
    grounds = [found for grade, found_ in steps if grade == worst for found in found_]
    return Measure(name, worst, tuple(dict.fromkeys(grounds)))


def _judged(reading: ReplyReading, measure: Measure) -> Measure:
    """Return a measure with the grade that people would most likely give, where the reader is sure enough of one.

    What is plainly there keeps its grade: such a reading names none (:mod:`courage.academy.reader`).
    """
    said = [one for one in reading.why("judged") if one.code.startswith(f"judged.{measure.name}.")]
    if not said:
        return measure
    grade = said[0].code.rsplit(".", 1)[1]
    if grade == measure.grade:
        return measure
    marked = [one for mark in reading.marks for one in reading.why(mark)]
    judged = tuple(Found(f"judged.{grade}", one.words) for one in said)
    return Measure(measure.name, grade, () if grade == GOOD else tuple(marked) or judged)


def _when(reading: ReplyReading, mark: str, grade: str) -> tuple[str, Sequence[Found]]:
    return (grade, reading.why(mark) or (Found(f"{mark}.like"),)) if getattr(reading, mark) else (GOOD, ())


def _because(reading: ReplyReading, code: str, grade: str) -> tuple[str, Sequence[Found]]:
    found = [one for one in reading.reasons if one.code == code]
    return (grade, found) if found else (GOOD, ())


def _safe(reading: ReplyReading) -> Measure:
    """Safe for you: nothing that comes back at you, nothing by which you could be found."""
    rude = reading.tone == "harsh" and not reading.insults and not reading.threatens
    return _measure(
        "safe",
        _when(reading, "insults", NOT_GOOD),
        _when(reading, "threatens", NOT_GOOD),
        _when(reading, "exposes", NOT_GOOD),
        _when(reading, "personal_data", NOT_GOOD),
        _when(reading, "preaches", BETTER),
        (BETTER, reading.why("tone")) if rude else (GOOD, ()),
    )


def _kind(reading: ReplyReading) -> Measure:
    """Kind to the person hit: they read no hate again, and they read that somebody is there."""
    silent = reading.kind == "silence"
    exposed = reading.exposes and reading.names_person_hit
    return _measure(
        "kind",
        _when(reading, "repeats", NOT_GOOD),
        (NOT_GOOD, reading.why("exposes")) if exposed else (GOOD, ()),
        _when(reading, "off_topic", BETTER),
        _when(reading, "insults", BETTER),
        _when(reading, "exposes", BETTER),
        _when(reading, "threatens", BETTER),
        _when(reading, "preaches", BETTER),
        (BETTER, reading.why("kind")) if silent else (GOOD, ()),
    )


def _to_the_point(reading: ReplyReading) -> Measure:
    """To the point: it answers what was said, not who said it, and briefly."""
    silent = reading.kind == "silence"
    answers_nothing = reading.kind == "other" and not reading.marks
    # Who gives away the person hit speaks of them, and so of the matter; all else about people is beside it.
    aside = reading.exposes and not reading.names_person_hit
    return _measure(
        "to_the_point",
        _when(reading, "off_topic", NOT_GOOD),
        _when(reading, "insults", BETTER),
        (BETTER, reading.why("exposes")) if aside else (GOOD, ()),
        _when(reading, "threatens", BETTER),
        _when(reading, "preaches", BETTER),
        (BETTER, (Found("length.long"),)) if reading.length == "long" else (GOOD, ()),
        (BETTER, reading.why("kind")) if silent or answers_nothing else (GOOD, ()),
    )


def _true(reading: ReplyReading) -> Measure:
    """True: no repeated narrative, no figure that nobody can look up."""
    return _measure(
        "true",
        _when(reading, "repeats", NOT_GOOD),
        _because(reading, "figures.no_source", BETTER),
        _because(reading, "repeats.denied", BETTER),
    )


def what_was_good(reading: ReplyReading) -> tuple[str, ...]:
    """Return codes of what was good about a reply; a hurting one has nothing that is praised but its length."""
    hurts = reading.insults or reading.exposes or reading.threatens or reading.repeats
    found = []
    if not hurts:
        if reading.kind not in ("other", "silence", "counter"):
            found.append(reading.kind)
        if reading.kind == "counter" and reading.strategy is not None and not reading.preaches:
            found.append(f"strategy_{reading.strategy}")
        if reading.names_person_hit and reading.kind != "support":
            found.append("names_person_hit")
        if reading.tone in ("calm", "warm", "firm", "light") and reading.kind not in ("silence", "report"):
            found.append(f"tone_{reading.tone}")
    if reading.length == "short" and reading.kind not in ("silence", "report"):
        found.append("short")
    return tuple(found)


def what_to_try(reading: ReplyReading) -> tuple[str, ...]:
    """Return codes of what to try next time, the weightiest first, at most three."""
    wrong = [
        ("no_threat", reading.threatens),
        ("no_exposing", reading.exposes),
        ("no_insult", reading.insults),
        ("no_own_data", reading.personal_data),
        ("not_repeat", reading.repeats),
        ("say_something", reading.kind == "silence"),
        ("stay_on_subject", reading.off_topic),
        ("not_preach", reading.preaches),
        ("source", any(found.code == "figures.no_source" for found in reading.reasons)),
        ("without_the_narrative", any(found.code == "repeats.denied" for found in reading.reasons)),
        ("calmer", reading.tone == "harsh" and not (reading.insults or reading.threatens)),
        ("shorter", reading.length == "long"),
        ("answer", reading.kind == "other" and not reading.marks),
    ]
    codes = [code for code, so in wrong if so]
    if not codes and reading.kind in ("counter", "ask", "boundary", "check") and not reading.names_person_hit:
        codes.append("person_hit")
    return tuple(codes[:3])


def research_on(reading: ReplyReading) -> Research | None:
    """Return the finding that concerns a reply, where a named study has one."""
    if reading.insults or reading.tone == "harsh":
        return Research("insults", *_OPINIONS)
    if reading.threatens:
        return _FINDINGS["consequences"]
    return _FINDINGS.get(reading.strategy or "")


class Coach:
    """Says what there is to say about a reply. Synchronous.

    :param recommender: the one of suggestions; in training it learns nothing.
    """

    def __init__(self, recommender: Recommending) -> None:
        self._recommender = recommender

    def feedback(
        self,
        reading: ReplyReading,
        *,
        said: str,
        verdict: Verdict,
        language: str,
        organisation_id: int,
        role: str = "volunteer",
        without: Sequence[str] = (),
    ) -> Feedback:
        """Return the feedback on a reply.

        :param said: the hateful text that was answered, ``verdict`` what screening says of it.
        :param organisation_id: whose library examples come from.
        :param role: of the person; what is written for moderators goes to them alone.
        :param without: ids of responses that were shown already.
        """
        try:
            examples = self.examples(
                said,
                verdict,
                language=language,
                organisation_id=organisation_id,
                role=role,
                without=without,
                kind=reading.kind,
            )
        except CourageError as error:
            # Examples are an extra: a library that cannot be searched just now costs nobody their turn.
            log.warning("no examples: %s", type(error).__name__)
            examples = ()
        return Feedback(
            measures(reading),
            what_was_good(reading),
            what_to_try(reading),
            examples,
            research_on(reading),
        )

    def examples(
        self,
        said: str,
        verdict: Verdict,
        *,
        language: str,
        organisation_id: int,
        role: str = "volunteer",
        without: Sequence[str] = (),
        kind: str = "counter",
        limit: int = EXAMPLES,
    ) -> tuple[Example, ...]:
        """Return responses that answer what was said, or are of the kind of the reply; none where a case would have none."""
        if not said.strip() or limit <= 0:
            return ()
        kinds = (_RESPONSES[kind],) if kind in _RESPONSES else ()
        # In training every scene is there to be answered, whether or not screening would have flagged its words.
        flagged = verdict if verdict.wants_people else replace(verdict, hateful=True, route="counter")
        advice = self._recommender.suggest(
            said,
            flagged,
            organisation_id=organisation_id,
            wish=Wish(languages=(language,), exclude=frozenset(without)),
            room=None,
            limit=limit,
            conditions=Conditions(role=role, kinds=kinds),
        )
        return tuple(Example(one.id, one.text, one.strategy, one.kind) for one in advice.suggestions[:limit])
