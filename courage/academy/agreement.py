"""How far the reading of replies agrees with people: tables for labelled replies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from courage.academy.errors import FormError
from courage.academy.feedback import measures
from courage.academy.labelled import LabelledReply
from courage.academy.reply import ReplyReading
from courage.taxonomy import GRADES, MEASURES

#: What must never be called safe.
COMES_BACK: Final = ("insults", "exposes", "threatens")

Read = Callable[[LabelledReply], ReplyReading]


@dataclass(slots=True)
class Agreement:
    """What was counted: pairs of grades (people's, ours) a measure, and what was called safe or unsafe wrongly."""

    replies: int = 0
    pairs: dict[str, Counter[tuple[str, str]]] = field(
        default_factory=lambda: {name: Counter() for name in MEASURES}
    )
    #: Of insulting, exposing and threatening replies: how many there are, how many are called safe.
    hurting: int = 0
    missed: list[LabelledReply] = field(default_factory=list)
    #: Of replies that people call good in all four measures: how many, and which are called not safe.
    good: int = 0
    reproached: list[LabelledReply] = field(default_factory=list)
    does: dict[str, Counter[str]] = field(default_factory=dict)
    #: Grades that were left out, as a second reader gave another one.
    disputed: int = 0

    def add(self, one: LabelledReply, reading: ReplyReading, second: LabelledReply | None = None) -> None:
        """Count one reply; with what a ``second`` person says of it, only the grades that both give."""
        self.replies += 1
        ours = {measure.name: measure.grade for measure in measures(reading)}
        certain = {
            name: grade
            for name, grade in one.grades.items()
            if second is None or second.grades[name] == grade
        }
        self.disputed += len(one.grades) - len(certain)
        for name, grade in certain.items():
            self.pairs[name][grade, ours[name]] += 1
        agreed = self.does.setdefault(one.does, Counter())
        agreed.update(name for name, grade in certain.items() if grade == ours[name])
        agreed.update(f"asked {name}" for name in certain)
        agreed["replies"] += 1
        if one.does in COMES_BACK:
            self.hurting += 1
            if ours["safe"] == "good":
                self.missed.append(one)
        if [*certain.values()] == ["good"] * len(MEASURES):
            self.good += 1
            if ours["safe"] == "not_good":
                self.reproached.append(one)

    def exact(self, measure: str) -> float:
        """Return the share of replies whose grade is people's; 1.0 where nobody gave one."""
        pairs = self.pairs[measure]
        right = sum(n for (theirs, ours), n in pairs.items() if theirs == ours)
        return right / pairs.total() if pairs else 1.0

    @property
    def overall(self) -> float:
        """The share over all four measures."""
        return sum(self.exact(name) for name in MEASURES) / len(MEASURES)

    def lines(self) -> list[str]:
        """Return the tables, one line a row, in Markdown."""
        shown = {"good": "good", "could_be_better": "better", "not_good": "not"}
        head = [f"{shown[theirs]}→{shown[ours]}" for theirs in GRADES for ours in GRADES if theirs != ours]
        rows = [
            f"| measure | agrees | {' | '.join(head)} |",
            "|---" * (len(head) + 2) + "|",
        ]
        for name in MEASURES:
            wrong = [self.pairs[name][theirs, ours] for theirs in GRADES for ours in GRADES if theirs != ours]
            rows.append(f"| {name} | {self.exact(name):.3f} | {' | '.join(map(str, wrong))} |")
        rows += [
            "",
            f"{self.replies} replies, all measures {self.overall:.3f}; insults, threats and exposures called "
            f"safe: {len(self.missed)} of {self.hurting}; good replies called not safe: "
            f"{len(self.reproached)} of {self.good}",
            "",
            f"| does | replies | {' | '.join(MEASURES)} |",
            "|---" * (len(MEASURES) + 2) + "|",
        ]
        for does, agreed in sorted(self.does.items()):
            shares = (f"{agreed[name] / max(1, agreed[f'asked {name}']):.2f}" for name in MEASURES)
            rows.append(f"| {does} | {agreed['replies']} | {' | '.join(shares)} |")
        if self.disputed:
            rows += ["", f"left out, as the second reader gives another grade: {self.disputed}"]
        return rows


def compare(labelled: Iterable[LabelledReply], read: Read, second: Sequence[LabelledReply] = ()) -> Agreement:
    """Return how far a reader agrees with people.

    :param second: the same replies as another person graded them, in any order; then only what both say counts.
    :raises FormError: where the second person did not grade one of the replies.
    """
    others = {_same(one): one for one in second}
    counted = Agreement()
    for one in labelled:
        if second and _same(one) not in others:
            raise FormError(f"the second reader did not grade this reply: {one.reply[:60]}")
        counted.add(one, read(one), others.get(_same(one)))
    return counted


def _same(one: LabelledReply) -> tuple[str, str, str]:
    return one.language, one.message, one.reply


def by_language(
    labelled: Sequence[LabelledReply], read: Read, second: Sequence[LabelledReply] = ()
) -> dict[str, Agreement]:
    """Return the agreement of each language; ``second`` as for `compare`."""
    languages = dict.fromkeys(one.language for one in labelled)
    return {
        language: compare([one for one in labelled if one.language == language], read, second)
        for language in languages
    }
