"""The second step of the ranking: few candidates are read together with the message, and what is read decides."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from courage.detection.model.pairs import OUTPUTS
from courage.library.suggest.pair_reader import load_reader
from courage.library.suggest.ranker import MOST_READ
from courage.library.suggest.ranking import NOT_READ, PARTS, READ, RankingWeights

from .conftest import BILAL, Kit, verdict

JOBS = "migrants steal our jobs and wages"


class Marker:
    """Stands in for the cross-encoder: an answer with the word is all that one can wish for, any other is not."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked: list[tuple[str, list[str]]] = []

    def read(self, message: str, answers: Sequence[str]) -> np.ndarray:
        self.asked.append((message, list(answers)))
        return np.array([[0.95 if self.word in a else 0.05] * len(OUTPUTS) for a in answers])


def test_the_parts_of_the_ranking_are_the_outputs_of_the_network() -> None:
    assert READ == OUTPUTS
    assert all(part in PARTS for part in READ)


def test_what_is_read_decides_among_what_is_alike(make_kit: Callable[..., Kit]) -> None:
    reader = Marker("tangerine")
    kit = make_kit(reader=reader)
    for n in range(6):
        kit.approved(f"{JOBS}? Answer number {n} says no.", id=f"a-{n}", narratives=(JOBS,))
    kit.approved(f"{JOBS}? Jobs are no cake, tangerine.", id="a-best", narratives=(JOBS,))
    advice = kit.ask(JOBS)
    assert advice.suggestions[0].id == "a-best"
    parts = advice.suggestions[0].parts
    assert {parts[name] for name in READ} == {0.95}
    assert "answers" in " ".join(reason.text for reason in advice.suggestions[0].reasons)
    assert {message for message, _ in reader.asked} == {JOBS}


def test_no_more_are_read_than_there_is_time_for(make_kit: Callable[..., Kit]) -> None:
    reader = Marker("tangerine")
    kit = make_kit(reader=reader)
    for n in range(MOST_READ + 12):
        kit.approved(f"Answer number {n} to talk of jobs.", id=f"a-{n}", narratives=(JOBS,))
    kit.ask(JOBS)
    assert [len(answers) for _, answers in reader.asked] == [MOST_READ]


def test_without_a_cross_encoder_all_have_the_same_there_and_the_first_step_ranks(stocked: Kit) -> None:
    stocked.index.refresh()
    ranked = stocked.recommender.rank(stocked.index.vectors.query(JOBS), verdict(JOBS), organisation_id=1)
    columns = [PARTS.index(name) for name in READ]
    assert not ranked.read
    assert (ranked.parts[:, columns] == NOT_READ).all()
    assert ranked.candidates[0].targets == ("migrants",)


def test_words_bring_in_what_vectors_do_not(make_kit: Callable[..., Kit]) -> None:
    kit = make_kit()
    kit.approved(
        "Nobody at the Hagia checkpoint ever asked for that.", id="named", narratives=("nothing alike",)
    )
    for n in range(30):
        kit.approved(f"Filler answer number {n} about jobs.", id=f"a-{n}", narratives=(JOBS,))
    kit.index.refresh()
    hits = kit.index.search(kit.index.vectors.query(JOBS), 1, 20, "was at the Hagia")
    numbers = {hit.number: hit for hit in hits}
    found = next(view for view in kit.library.list(organisation_id=1, limit=100) if view.id == "named")
    assert numbers[found.number].words > 0.5


def test_a_response_that_is_changed_or_retired_is_found_by_its_new_words_only(kit: Kit) -> None:
    view = kit.approved("The zeppelin argument.", id="z", narratives=(JOBS,))
    other = kit.approved("Something else on jobs.", id="y", narratives=(JOBS,))
    vector = kit.index.vectors.query(JOBS)

    def common() -> dict[int, float]:
        kit.index.refresh()
        return {hit.number: hit.words for hit in kit.index.search(vector, 1, 20, "zeppelin")}

    assert common()[view.number] > 0 == common()[other.number]
    kit.library.retire("z", by=BILAL)
    assert view.number not in common()


def test_weights_of_before_the_cross_encoder_are_still_read(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    old = {part: 0.5 for part in PARTS if part not in ("words", *READ)}
    path.write_text(json.dumps(old))
    loaded = dict(zip(PARTS, RankingWeights.load(path).values, strict=True))
    shipped = dict(zip(PARTS, RankingWeights().values, strict=True))
    assert loaded["narrative"] == 0.5
    assert {part: loaded[part] for part in READ} == {part: shipped[part] for part in READ}


def test_the_first_step_knows_nothing_of_what_is_not_read() -> None:
    first = dict(zip(PARTS, RankingWeights().first().values, strict=True))
    assert {first[part] for part in READ} == {0.0}
    assert first["narrative"] > 0


def test_a_missing_cross_encoder_is_named_and_ranking_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        reader, trouble = load_reader(tmp_path / "nothing", tmp_path)
    assert reader is None
    assert "without the cross-encoder" in trouble
    assert "without the cross-encoder" in caplog.text
    (tmp_path / "pairs.safetensors").write_bytes(b"no")
    (tmp_path / "pairs.json").write_text('{"format": 99}')
    assert "99" in load_reader(tmp_path, tmp_path)[1]
