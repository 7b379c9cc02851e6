"""A small library in a real database, an encoder that needs no model, and people to act."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courage.db.engine import make_sessions
from courage.detection.verdict import Verdict
from courage.library.drafts import ResponseDraft
from courage.library.search.index import LibraryIndex
from courage.library.service import Library
from courage.library.suggest.generality import Generality
from courage.library.suggest.recommend import Recommender
from courage.library.views import Actor, ResponseView
from tests.databases import open_database

ANNA, BILAL, CHLOE = Actor(1, "Anna"), Actor(2, "Bilal"), Actor(3, "Chloé")

#: Weights of generality by file and encoder.
_LEARNT: dict[tuple[Path, str], np.ndarray] = {}


class WordEncoder:
    """Texts that share words are near each other; deterministic and quick."""

    dimensions = 256
    name = "words"

    def __init__(self, fingerprint: str = "words-1") -> None:
        self.fingerprint = fingerprint
        self.encoded = 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.encoded += len(texts)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()):
                digest = blake2b(word.encode(), digest_size=4).digest()
                vectors[row, int.from_bytes(digest, "big") % self.dimensions] += 0.3 if len(word) < 4 else 1.0
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(norms == 0, 1, norms)


@dataclass
class Clock:
    """A clock that tests turn."""

    now: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **how: float) -> None:
        self.now += timedelta(**how)


def draft(text: str = "They are our neighbours and friends.", **changes: Any) -> ResponseDraft:
    values: dict[str, Any] = {
        "language": "en",
        "strategy": "affiliation",
        "targets": ("migrants",),
        "narratives": ("migrants do not belong here", "migrants will never fit in", "send migrants home"),
    }
    return ResponseDraft(text=text, **{**values, **changes})


def verdict(text: str, **changes: Any) -> Verdict:
    values: dict[str, Any] = {
        "hateful": True,
        "score": 0.9,
        "category": "derogation",
        "severity": 2,
        "targets": ("migrants",),
        "language": "en",
        "route": "counter",
    }
    return Verdict(text, **{**values, **changes})


@dataclass
class Kit:
    """Everything a test needs, over one database."""

    folder: Path
    clock: Clock
    library: Library
    encoder: WordEncoder
    index: LibraryIndex
    recommender: Recommender

    def approved(self, text: str, **changes: Any) -> ResponseView:
        organisation_id = changes.pop("organisation_id", 1)
        added = self.library.add(draft(text, **changes), by=ANNA, organisation_id=organisation_id)
        self.library.submit(added.id, by=ANNA, organisation_id=organisation_id)
        return self.library.approve(added.id, by=BILAL, organisation_id=organisation_id)

    def ask(self, text: str, **options: Any) -> Any:
        judged = options.pop("verdict", None) or verdict(text)
        return self.recommender.suggest(text, judged, **{"organisation_id": 1, **options})

    def offered(self, text: str, *targets: str) -> set[str]:
        """Return the ids of what is offered where screening finds these groups attacked."""
        advice = self.ask(text, verdict=verdict(text, targets=targets), limit=10)
        return {one.id for one in advice.suggestions}


@pytest.fixture(autouse=True)
def generality_learnt_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Learn what fits many messages once for each encoder, not once for each test."""
    learn = Generality._learnt

    def learnt(self: Generality) -> np.ndarray:
        key = (self._judged, self._vectors.fingerprint)
        if key not in _LEARNT:
            _LEARNT[key] = learn(self)
        return _LEARNT[key]

    monkeypatch.setattr(Generality, "_learnt", learnt)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make_kit(tmp_path: Path, clock: Clock) -> Iterator[Callable[..., Kit]]:
    opened: list[Any] = []

    def make(**options: Any) -> Kit:
        engine = open_database(tmp_path / "library.db")
        library = Library(make_sessions(engine), clock=clock)
        encoder = options.pop("encoder", None) or WordEncoder()
        index = LibraryIndex(
            library.sessions,
            encoder,
            tmp_path / "index",
            **{k: options.pop(k) for k in list(options) if k in ("pivot", "exact_limit", "save_after")},
        )
        recommender = Recommender(library, index, **{"explore": False, **options})
        opened.append((engine, index))
        return Kit(tmp_path, clock, library, encoder, index, recommender)

    yield make
    for engine, index in opened:
        index.close()
        engine.dispose()


@pytest.fixture
def kit(make_kit: Callable[..., Kit]) -> Kit:
    return make_kit()


@pytest.fixture
def stocked(kit: Kit) -> Kit:
    """Nine responses for three groups in three strategies."""
    words = {
        "migrants": (
            "migrants steal our jobs and wages",
            "foreigners take all the work away",
            "migrants ruin jobs here",
        ),
        "women": ("women belong in the kitchen", "women cannot lead a company", "a woman boss is a joke"),
        "muslims": ("muslims want to rule the country", "islam takes over our towns", "muslims are invading"),
    }
    for group, narratives in words.items():
        for strategy in ("facts", "question", "positive"):
            kit.approved(
                f"About {narratives[0]}: think again, a {strategy} answer for {group}.",
                id=f"en-{group}-{strategy}",
                targets=(group,),
                strategy=strategy,
                narratives=narratives,
                review_on=date(2027, 1, 1),
            )
    return kit
