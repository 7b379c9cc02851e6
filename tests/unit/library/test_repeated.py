"""Which narrative of the library a message repeats."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest

from courage.library.suggest.nearness import Nearness
from courage.library.suggest.repeated import LEAST, RepeatedNarratives
from tests.unit.library.conftest import BILAL, Kit


@pytest.fixture
def repeated(kit: Kit) -> RepeatedNarratives:
    kit.approved(
        "We are all neighbours.", narratives=("migrants take our flats away", "rents rise because of them")
    )
    return RepeatedNarratives(kit.library.sessions, kit.index, kit.recommender.nearness)


def test_the_nearest_is_named_in_the_words_of_the_library(repeated: RepeatedNarratives) -> None:
    assert repeated.find("Migrants take our flats!", "en", 1) == "migrants take our flats away"
    assert repeated.find(
        "Good morning. So rents rise, because of them. Who brings bread on Sunday evening?", "en", 1
    ) == ("rents rise because of them")


@pytest.mark.parametrize(
    "text", ["Who brings the drinks on Saturday?", "flats with a view of the river", "?", ""]
)
def test_where_none_is_near_none_is_named(repeated: RepeatedNarratives, text: str) -> None:
    assert repeated.find(text, "en", 1) is None


def test_only_what_an_organisation_may_be_offered_is_named(kit: Kit, repeated: RepeatedNarratives) -> None:
    assert repeated.find("migrants take our flats away", "en", 2) is None
    response = kit.approved("Who says so?", narratives=("they never work at all",))
    assert repeated.find("they never work at all", "en", 1) == "they never work at all"
    kit.library.retire(response.id, by=BILAL)
    assert repeated.find("they never work at all", "en", 1) is None


def test_one_in_the_language_of_the_message_goes_before_another_that_is_as_near(
    kit: Kit, repeated: RepeatedNarratives
) -> None:
    kit.approved("Nous sommes voisins.", language="fr", narratives=("migrants take our flats partout",))
    assert repeated.find("migrants take our flats", "fr", 1) == "migrants take our flats partout"
    assert repeated.find("migrants take our flats", "en", 1) == "migrants take our flats away"


class As:
    """Stands in for the scale: narratives are as near as the test says, everyday talk comes near none."""

    def __init__(self, *near: float) -> None:
        self._near = np.array(near)

    def likeness(self, _: np.ndarray) -> np.ndarray:
        return self._near

    def everyday(self, _: int) -> float:
        return 0.0


@pytest.mark.parametrize(
    ("english", "french", "named"),
    [
        (LEAST + 0.01, LEAST, "partout"),
        (LEAST, LEAST - 0.1, "away"),  # near enough from this likeness on
        (LEAST + 0.01, LEAST - 0.001, "away"),  # the lead for French may not bring up what is not near enough
    ],
)
def test_a_lead_for_the_language_counts_among_those_near_enough(
    kit: Kit, english: float, french: float, named: str
) -> None:
    kit.approved("We are all neighbours.", narratives=("migrants take our flats away",))
    kit.approved("Nous sommes voisins.", language="fr", narratives=("migrants take our flats partout",))
    scale = cast("Nearness", As(english, french))
    found = RepeatedNarratives(kit.library.sessions, kit.index, scale).find(
        "migrants take our flats", "fr", 1
    )
    assert found is not None
    assert found.endswith(named)
