"""An academy for tests: the test scenarios, a likeness that is sure of little, a screening that flags nothing."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, cast

from courage.academy.academy import Academy
from courage.academy.catalogue import Catalogue
from courage.academy.disputes import Disputes
from courage.academy.drills import Drills
from courage.academy.feedback import Coach
from courage.academy.likeness import Likeness
from courage.academy.own import OwnScenarios
from courage.academy.reader import ReplyReader
from courage.academy.shelf import Shelf
from courage.detection.verdict import Verdict
from courage.people.practice import PracticeSpaces

from .likeness import Told

SEEDS = Path(__file__).parent / "seeds"


@cache
def catalogue_of(exercises: Path = SEEDS) -> Catalogue:
    """Return what a folder of exercises holds, read once a process: nothing in a catalogue changes."""
    return Catalogue.load(exercises)


def make_academy(sessions: Any, recommender: Any, spaces: PracticeSpaces, exercises: Path = SEEDS) -> Academy:
    """Return the academy over a folder of exercises."""

    def screened(texts: Any, language: str) -> list[Verdict]:
        return [Verdict(text, False, 0.1, "none", 0, (), language, "none") for text in texts]

    reader = ReplyReader(cast(Likeness, Told()), None)
    shelf = Shelf(catalogue_of(exercises), sessions)
    return Academy(
        shelf, OwnScenarios(sessions, shelf), Drills(sessions, spaces), Disputes(sessions), Coach(recommender), spaces,
        lambda: reader, screened,
    )  # fmt: skip
