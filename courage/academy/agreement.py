"""How far the reading of replies agrees with people: tables for labelled replies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

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

    def add(self, one: LabelledReply, reading: ReplyReading) -> None:
        """Count one reply."""
        self.replies += 1
        ours = {measure.name: measure.grade for measure in measures(reading)}
        for name, grade in one.grades.items():
            self.pairs[name][grade, ours[name]] += 1
        agreed = self.does.setdefault(one.does, Counter())
        agreed.update(name for name in MEASURES if one.grades[name] == ours[name])
        agreed["replies"] += 1
        if one.does in COMES_BACK:
            self.hurting += 1
            if ours["safe"] == "good":
                self.missed.append(one)
        if all(grade == "good" for grade in one.grades.values()):
            self.good += 1
            if ours["safe"] == "not_good":
                self.reproached.append(one)

    def exact(self, measure: str) -> float:
        """Return the share of replies whose grade is people's."""
        return sum(n for (theirs, ours), n in self.pairs[measure].items() if theirs == ours) / self.replies

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
            n = agreed["replies"]
            rows.append(f"| {does} | {n} | {' | '.join(f'{agreed[name] / n:.2f}' for name in MEASURES)} |")
        return rows


def compare(labelled: Iterable[LabelledReply], read: Read) -> Agreement:
    """Return how far a reader agrees with people."""
    counted = Agreement()
    for one in labelled:
        counted.add(one, read(one))
    return counted


def by_language(labelled: Sequence[LabelledReply], read: Read) -> dict[str, Agreement]:
    """Return the agreement of each language."""
    languages = dict.fromkeys(one.language for one in labelled)
    return {
        language: compare([one for one in labelled if one.language == language], read)
        for language in languages
    }
