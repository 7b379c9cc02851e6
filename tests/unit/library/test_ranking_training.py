"""Ranking learns from choices: not from the choices of a few, and only what shows on those held aside."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from courage.library.errors import LibraryError
from courage.library.suggest.fitting import (
    Comparison,
    comparison,
    enough,
    fit,
    measure,
    read_weights,
    write_weights,
)
from courage.library.suggest.ranking import PARTS, RankingWeights
from courage.library.suggest.weights import weights_in_use

TONE = PARTS.index("tone")


def taste(part: int, count: int, people: int = 4) -> list[Comparison]:
    """Return choices of people who go by one part of the score alone."""
    rng = np.random.default_rng(1)
    made = []
    for number in range(count):
        rows = rng.random((3, len(PARTS)))
        chosen = (rows[:, part] == rows[:, part].max()).astype(int)
        made.append(Comparison(f"case {number}", rows, chosen, str(number % people)))
    return made


def test_what_people_go_by_counts_more_and_shows_on_what_was_held_aside() -> None:
    trained = fit(taste(TONE, 200), RankingWeights())
    assert trained.better
    assert trained.after.first > trained.before.first
    assert trained.learned + trained.aside == 200
    assert 20 < trained.aside < 60
    assert trained.weights.values[TONE] > RankingWeights().values[TONE]


def test_nothing_is_gained_where_weights_are_right_already() -> None:
    right = RankingWeights(tuple(float(part == "tone") for part in PARTS))
    assert not fit(taste(TONE, 200), right).better


def test_what_is_held_aside_stays_so_when_more_choices_come() -> None:
    few, many = taste(TONE, 100), taste(TONE, 300)
    assert fit(few, RankingWeights()).aside <= fit(many, RankingWeights()).aside
    assert measure(few, RankingWeights()).ordered == measure(many[:100], RankingWeights()).ordered


@pytest.mark.parametrize(
    ("count", "people", "said"),
    [
        (0, 1, "0 choices by 0 people; it takes 50 by 3 or more"),
        (49, 3, "49 choices by 3 people; it takes"),
        (90, 2, "90 choices by 2 people; it takes"),
    ],
)
def test_the_choices_of_a_few_are_not_enough(count: int, people: int, said: str) -> None:
    with pytest.raises(LibraryError, match=said):
        enough(taste(TONE, count, people))


def test_nobody_counts_for_more_than_half() -> None:
    loud = [Comparison(c.key, c.parts, c.chosen, "loud") for c in taste(TONE, 500)]
    with pytest.raises(LibraryError, match="524 choices by 5 people, of which 48 count, as nobody's may be"):
        enough(loud + taste(TONE, 24))
    kept = enough(loud + taste(TONE, 40))
    assert len(kept) == 80
    assert kept[0] is loud[460]  # the oldest go


def test_parts_that_rank_no_more_are_left_out() -> None:
    whole = dict.fromkeys(PARTS, 0.5)
    made = comparison("case 1", [whole, whole], 1, "7")
    assert made is not None
    assert made.chosen.tolist() == [0, 1]
    assert comparison("case 1", [whole, {"narrative": 1.0}], 0, "7") is None
    assert comparison("case 1", [whole, {**whole, "use": float("nan")}], 0, "7") is None


def test_the_file_keeps_weights_and_how_they_came_about(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ranking.json"
    write_weights(path, RankingWeights(), {"at": "2026-11-24T08:00:00+00:00"})
    assert read_weights(path) == (RankingWeights(), {"at": "2026-11-24T08:00:00+00:00"})
    assert [file.name for file in path.parent.iterdir()] == ["ranking.json"]


def test_weights_trained_for_an_older_ranking_are_passed_over_and_said_to_be(tmp_path: Path) -> None:
    old = {**dict.fromkeys(PARTS, 1.0), "training": {"at": "2026-03-01T08:00:00+00:00"}}
    (tmp_path / "ranking.json").write_text(json.dumps(old))
    in_use = weights_in_use(tmp_path)
    assert in_use.weights == RankingWeights()
    assert "train it anew" in in_use.trouble


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_file_with_numbers_that_rank_nothing_is_refused(tmp_path: Path, value: float) -> None:
    path = tmp_path / "ranking.json"
    path.write_text(json.dumps({**dict.fromkeys(PARTS, 1.0), "tone": value}))
    with pytest.raises(LibraryError, match="each must be 0 or more"):
        read_weights(path)
    path.write_text(json.dumps(dict.fromkeys(PARTS, 0)))
    with pytest.raises(LibraryError, match="not all 0"):
        read_weights(path)
    path.write_text("[]")
    with pytest.raises(LibraryError, match="needs a number for each"):
        read_weights(path)
