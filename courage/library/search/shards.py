"""Parts of the search index: one organisation's shard, and what is read from the database for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.db.models.library import Narrative, Response
from courage.library.search.bases import build_base, vectors_of
from courage.library.search.vector_index import VectorIndex
from courage.library.search.vectors import Vectors

SLOTS: Final = 64  # FAISS id = response number * SLOTS + place (0 the text, 1… the narratives)
PART: Final = 2_000

Progress = Callable[[int, int], None]


@dataclass
class Shard:
    """Responses of one organisation and scope."""

    texts: VectorIndex
    narratives: VectorIndex
    versions: dict[int, int] = field(default_factory=dict)  # number → version that is indexed


def drop(shard: Shard, number: int) -> None:
    """Forget a response's text and narratives."""
    shard.versions.pop(number, None)
    for index in (shard.texts, shard.narratives):
        ids = index.ids_between(number * SLOTS, (number + 1) * SLOTS)
        if len(ids):
            index.remove(ids)


def folded(snapshot: tuple[Any, ...], flat_limit: int) -> tuple[Any, np.ndarray]:
    """Return a new base, and its ids, with everything of a snapshot in it."""
    base, base_ids, removed, overlay_ids, overlay = snapshot
    kept = np.setdiff1d(base_ids, removed, assume_unique=True)
    ids = np.concatenate([kept, overlay_ids])
    vectors = overlay
    if len(kept):
        vectors = np.concatenate([vectors_of(base, kept), overlay])
    order = np.argsort(ids)
    return build_base(ids[order], vectors[order], flat_limit=flat_limit), ids[order]


def digest_of(versions: dict[int, int], encoder: str) -> str:
    """Return the digest of ids, versions and encoder."""
    digest = blake2b(encoder.encode(), digest_size=16)
    digest.update(np.array(sorted(versions.items()), dtype="<i8").tobytes())
    return digest.hexdigest()


def read(session: Session, numbers: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """Return rows of approved responses (number, text, language, version) and of their narratives."""
    texts = session.execute(
        select(Response.number, Response.text, Response.language, Response.version)
        .where(Response.number.in_(numbers), Response.state == "approved")
        .order_by(Response.number)
    ).all()
    narratives = session.execute(
        select(Narrative.response_number, Narrative.position, Narrative.text, Response.language)
        .join(Response, Response.number == Narrative.response_number)
        .where(Narrative.response_number.in_(numbers), Response.state == "approved")
        .order_by(Narrative.number)
    ).all()
    return list(texts), list(narratives)


@dataclass(frozen=True, slots=True)
class Read:
    """Some approved responses as an index needs them: versions by number, ids and vectors."""

    versions: dict[int, int]
    text_ids: np.ndarray
    texts: np.ndarray
    narrative_ids: np.ndarray
    narratives: np.ndarray


def encoded(session: Session, vectors: Vectors, numbers: Sequence[int]) -> Read:
    """Read those of ``numbers`` that are approved at this moment, with the vectors of texts and narratives."""
    texts, narratives = read(session, numbers)
    words = [text for _, text, _, _ in texts] + [narrative for _, _, narrative, _ in narratives]
    found = vectors.many(words, languages(texts, narratives))
    return Read(
        {number: version for number, _, _, version in texts},
        np.array([number * SLOTS for number, *_ in texts], dtype=np.int64),
        found[: len(texts)],
        np.array([number * SLOTS + 1 + place for number, place, *_ in narratives], dtype=np.int64),
        found[len(texts) :],
    )


def take(shard: Shard, new: Read) -> None:
    """Add responses beside a shard's bases, in place of their older versions."""
    shard.texts.put(new.text_ids, new.texts)
    shard.narratives.put(new.narrative_ids, new.narratives)
    narratives_of = Counter((new.narrative_ids // SLOTS).tolist())
    shard.versions |= new.versions
    for number in new.versions:
        first = number * SLOTS + 1
        surplus = shard.narratives.ids_between(first + narratives_of[number], first - 1 + SLOTS)
        if len(surplus):  # an older version answered more narratives
            shard.narratives.remove(surplus)


def built(
    session: Session, vectors: Vectors, numbers: Sequence[int], flat_limit: int, progress: Progress | None
) -> tuple[Shard, dict[str, tuple[Any, np.ndarray]]]:
    """Return a new shard, and its bases with their ids, of those of ``numbers`` that are approved.

    Everything goes straight into the bases: a million responses put beside them a part at a time would be copied
    again with each part.
    """
    narratives = sum(
        session.scalar(
            select(func.count())
            .select_from(Narrative)
            .where(Narrative.response_number.in_(numbers[i : i + PART]))
        )
        or 0
        for i in range(0, len(numbers), PART)
    )
    versions: dict[int, int] = {}
    room = {
        "texts": _Room(len(numbers), vectors.dimensions),
        "narratives": _Room(narratives, vectors.dimensions),
    }
    for start in range(0, len(numbers), PART):
        new = encoded(session, vectors, numbers[start : start + PART])
        room["texts"].add(new.text_ids, new.texts)
        room["narratives"].add(new.narrative_ids, new.narratives)
        versions |= new.versions
        if progress is not None:
            progress(min(start + PART, len(numbers)), len(numbers))
    bases = {}
    for name in ("texts", "narratives"):
        ids, rows = room.pop(name).filled()  # popped, so that memory is given back before the next is built
        bases[name] = build_base(ids, rows, flat_limit=flat_limit), ids
    texts, narratives_at = (VectorIndex(vectors.dimensions, *bases[name]) for name in ("texts", "narratives"))
    return Shard(texts, narratives_at, versions), bases


class _Room:
    """Space for vectors whose greatest number is known beforehand."""

    def __init__(self, most: int, dimensions: int) -> None:
        self._ids = np.empty(most, dtype=np.int64)
        self._vectors = np.empty((most, dimensions), dtype=np.float32)
        self._used = 0

    def add(self, ids: np.ndarray, vectors: np.ndarray) -> None:
        end = self._used + len(ids)
        self._ids[self._used : end], self._vectors[self._used : end] = ids, vectors
        self._used = end

    def filled(self) -> tuple[np.ndarray, np.ndarray]:
        return self._ids[: self._used], self._vectors[: self._used]


def languages(texts: list[Any], narratives: list[Any]) -> list[str]:
    """Return the language of each text, then of each narrative."""
    return [language for _, _, language, _ in texts] + [language for *_, language in narratives]
