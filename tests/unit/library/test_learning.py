"""Use moves the ranking, spite does not last."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from courage.library.errors import LibraryError, NotFoundError
from courage.library.suggest.fitting import train_ranking
from courage.library.suggest.ranking import PARTS, RankingWeights

from .conftest import Kit

TEXT = "migrants do not belong here"


@pytest.fixture
def twins(kit: Kit) -> Kit:
    """Two responses that fit equally well; the older one wins ties."""
    kit.approved("One answer.", id="a")
    kit.approved("Some reply.", id="b")
    return kit


def best(kit: Kit) -> str:
    kit.clock.forward(minutes=2)
    return str(kit.ask(TEXT, limit=1).suggestions[0].id)


def other(name: str) -> str:
    return "b" if name == "a" else "a"


def test_what_people_choose_rises(twins: Kit) -> None:
    first = best(twins)
    for person in range(4):
        twins.recommender.feedback(1, first, "shown")
        twins.recommender.feedback(1, other(first), "chosen", person=str(person))
    assert best(twins) == other(first)


def test_one_loud_voice_weighs_no_more_than_a_few_observations(twins: Kit) -> None:
    first = best(twins)
    for person in range(6):
        twins.recommender.feedback(1, first, "rated", 1.0, person=str(person))
    for _ in range(200):
        twins.recommender.feedback(1, first, "rated", 0.0, person="spite")
    assert best(twins) == first


def test_spite_fades(twins: Kit) -> None:
    first = best(twins)
    twins.recommender.feedback(1, other(first), "chosen", person="9")
    twins.recommender.feedback(1, other(first), "rated", 1.0, person="9")
    for person in range(5):
        for _ in range(10):
            twins.recommender.feedback(1, other(first), "rated", 0.0, person=f"spite {person}")
    assert best(twins) == first
    twins.clock.forward(days=200)
    for person in range(3):
        twins.recommender.feedback(1, other(first), "chosen", person=str(person))
    assert best(twins) == other(first)


def test_frozen_ranking_does_not_move(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit(frozen=True)
    kit.approved("One answer.", id="a")
    kit.approved("Some reply.", id="b")
    first = best(kit)
    for person in range(20):
        kit.recommender.feedback(1, other(first), "chosen", person=str(person))
    assert best(kit) == first


def test_feedback_that_makes_no_sense_is_refused(twins: Kit) -> None:
    with pytest.raises(LibraryError, match="'clicked' is not known; allowed are shown"):
        twins.recommender.feedback(1, "a", "clicked")
    with pytest.raises(LibraryError, match="between 0 and 1"):
        twins.recommender.feedback(1, "a", "rated", 5.0)
    with pytest.raises(NotFoundError):
        twins.recommender.feedback(1, "zzz", "shown")


def test_training_finds_the_part_that_people_go_by() -> None:
    rng = np.random.default_rng(3)
    parts = [rng.random((8, len(PARTS))) for _ in range(60)]
    tone = PARTS.index("tone")
    chosen = [(rows[:, tone] == rows[:, tone].max()).astype(int) for rows in parts]
    trained = train_ranking(parts, chosen)
    assert int(np.argmax(trained.array() - RankingWeights().array())) == tone
    assert min(trained.values) >= 0
    with pytest.raises(LibraryError, match="nothing to learn from"):
        train_ranking([parts[0]], [np.ones(8)])


def test_weights_survive_a_file_and_a_bad_file_is_refused(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "weights.json"
    RankingWeights().save(path)
    assert RankingWeights.load(path) == RankingWeights()
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(LibraryError, match="needs a number for each of narrative"):
        RankingWeights.load(path)
