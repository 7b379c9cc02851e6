"""Pairs of message and answer that people judged, and such as the starter library says itself."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from courage.errors import CourageError

HIGHEST: Final = 3  # of each judgement
PARTS: Final = ("train", "choose", "blind")
_KEYS: Final = (
    "pair",
    "part",
    "lang",
    "message_id",
    "kind",
    "group",
    "message",
    "answer_id",
    "answer",
    "judged",
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair with the judgements of one or two people: relevance, aggressiveness, coherence, suitability, 0 to 3 each.

    ``part`` says what it is for: to train on, to choose by, or to be measured with at the end.
    """

    pair: str
    part: str
    language: str
    message_id: str
    kind: str
    group: str
    message: str
    answer_id: str
    answer: str
    judgements: tuple[tuple[int, ...], ...]

    def means(self) -> tuple[float, ...]:
        """Return the mean of what the judges said, each dimension from 0 to 3."""
        return tuple(sum(column) / len(self.judgements) for column in zip(*self.judgements, strict=True))


@dataclass(frozen=True, slots=True)
class Lesson:
    """A message with answers, and for each what the network should say: its outputs, each 0 to 1."""

    message: str
    answers: tuple[str, ...]
    wanted: tuple[tuple[float, ...], ...]
    weight: float = 1.0


def read_judged(folder: Path, name: str = "pairs") -> list[Judged]:
    """Read ``<name>-<language>.jsonl`` of a folder.

    :raises CourageError: naming file and line, where one is malformed, or where there is none.
    """
    found: list[Judged] = []
    for path in sorted(folder.glob(f"{name}-*.jsonl")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                row: dict[str, Any] = json.loads(line)
                judged = tuple(tuple(map(int, one)) for one in row["judged"])
                if row["part"] not in PARTS or not judged:
                    raise ValueError(row["part"])
                if any(len(one) != 4 or not all(0 <= n <= HIGHEST for n in one) for one in judged):
                    raise ValueError("judged")
                pair, part, language, number_of, kind, group, message, answer_id, answer = (
                    str(row[key]) for key in _KEYS[:-1]
                )
                found.append(
                    Judged(pair, part, language, number_of, kind, group, message, answer_id, answer, judged)
                )
            except (ValueError, KeyError, TypeError) as error:
                raise CourageError(
                    f"{path.name} line {number}: needs {', '.join(_KEYS)}; "
                    f"part one of {', '.join(PARTS)}, judged lists of four numbers from 0 to {HIGHEST}"
                ) from error
    if not found:
        raise CourageError(f"{folder} holds no {name}-<language>.jsonl")
    return found


def by_message(pairs: Sequence[Judged]) -> list[list[Judged]]:
    """Return pairs of the same message together."""
    found: defaultdict[str, list[Judged]] = defaultdict(list)
    for pair in pairs:
        found[pair.message_id].append(pair)
    return list(found.values())


def lessons_of(pairs: Sequence[Judged]) -> list[Lesson]:
    """Return what the judgements teach."""
    lessons = []
    for group in by_message(pairs):
        wanted = []
        for pair in group:
            relevance, sharp, coherence, suitable = (value / HIGHEST for value in pair.means())
            wanted.append((relevance, 1.0 - sharp, coherence, suitable))
        lessons.append(Lesson(group[0].message, tuple(p.answer for p in group), tuple(wanted)))
    return lessons


def lessons_of_library(folder: Path, *, count: int, weight: float = 0.3, seed: int = 3) -> list[Lesson]:
    """Return lessons from ``folder/<language>/*.yml``: a narrative, a response that answers it, and others that do not.

    Beside it stand one for the same group, one for anybody, and two for other groups. Nobody judged these; what
    answers a narrative and what does not is the authors' word, so they count less.

    :param count: lessons, of all languages together.
    """
    pick = random.Random(seed)
    lessons: list[Lesson] = []
    languages = sorted(
        path.name for path in folder.iterdir() if any(path.glob("*.yml")) and len(path.name) == 2
    )
    for language in languages:
        entries = [
            entry
            for path in sorted((folder / language).glob("*.yml"))
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []
            if entry.get("kind", "counter_narrative") == "counter_narrative"
        ]
        anybody = [e for e in entries if not e.get("targets") and e.get("general")]
        told = [(n, e) for e in entries for n in e.get("narratives") or () if e.get("targets")]
        for narrative, entry in pick.sample(told, min(len(told), count // len(languages))):
            mine = set(entry["targets"])
            same = [
                e
                for e in entries
                if set(e.get("targets") or ()) & mine and narrative not in (e.get("narratives") or ())
            ]
            others = [e for e in entries if e.get("targets") and not set(e["targets"]) & mine]
            rows = [(entry, (0.9, 0.95, 0.9, 0.85))]
            rows += [(e, (0.45, 0.95, 0.65, 0.45)) for e in pick.sample(same, min(1, len(same)))]
            rows += [(e, (0.7, 0.95, 0.9, 0.75)) for e in pick.sample(anybody, min(1, len(anybody)))]
            rows += [(e, (0.03, 0.95, 0.4, 0.03)) for e in pick.sample(others, min(2, len(others)))]
            lessons.append(
                Lesson(
                    str(narrative),
                    tuple(" ".join(str(e["text"]).split()) for e, _ in rows),
                    tuple(w for _, w in rows),
                    weight,
                )
            )
    return lessons
