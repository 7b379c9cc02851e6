"""The starter library with the real encoder: right group, three strategies, silence where there is nothing to say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from courage.db.engine import create_all, make_engine, make_sessions
from courage.library.exchange.merge import merge_origin
from courage.library.search.index import LibraryIndex
from courage.library.service import Library
from courage.library.starter import load_seeds
from courage.library.suggest.offtopic import SENTENCES
from courage.library.suggest.recommend import DOUBT, Recommender
from courage.library.views import SEED_AUTHORS

from .conftest import verdict

pytestmark = pytest.mark.slow  # embeds a third of the starter library

SEEDS = Path(__file__).resolve().parents[3] / "responses"
MESSAGES = {
    "muslims": "muslims are taking over our country and want sharia law",
    "women": "women are far too emotional to lead anything",
    "jews": "jews control all the banks and the media",
    "lgbt": "trans people are just mentally ill",
    "migrants": "migrants only come here to live off our taxes",
    "disabled": "disabled people are a burden on all of us",
}


@pytest.fixture(scope="module")
def recommender(
    encoder_cache: Path, one_at_a_time: Callable[[], AbstractContextManager[object]]
) -> Iterator[Recommender]:
    encoders = pytest.importorskip("courage.detection.model.encoder")
    if not SEEDS.is_dir():
        pytest.skip("there is no starter library yet")
    with one_at_a_time():
        encoder = encoders.load_encoder(cache=encoder_cache, backend="torch")
    engine = make_engine("sqlite://")
    create_all(engine)
    library = Library(make_sessions(engine))
    some = [draft for draft in load_seeds(SEEDS) if draft.language == "en"][::3]
    merge_origin(library, some, origin="courage", by=SEED_AUTHORS, state="approved")
    yield Recommender(library, LibraryIndex(library.sessions, encoder), explore=False)
    engine.dispose()


@pytest.mark.parametrize("group", MESSAGES)
def test_each_group_gets_three_strategies_of_its_own(recommender: Recommender, group: str) -> None:
    text = MESSAGES[group]
    advice = recommender.suggest(text, verdict(text, targets=(group,)), organisation_id=1)
    assert len({s.strategy for s in advice.suggestions}) == 3
    for suggestion in advice.suggestions:
        response = recommender.library.get(suggestion.id)
        assert not response.targets or group in response.targets


def test_everyday_talk_gets_silence_even_if_somebody_flagged_it(recommender: Recommender) -> None:
    flagged = [verdict(text, targets=(), score=0.5 * DOUBT) for text in SENTENCES[::2]]
    silent = [recommender.suggest(v.text, v, organisation_id=1).abstained for v in flagged]
    assert sum(silent) >= 0.95 * len(silent)
