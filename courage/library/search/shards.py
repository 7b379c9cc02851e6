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

from courage.db.models.library import Claim, Response
from courage.library.search.bases import build_base, vectors_of
from courage.library.search.vector_index import VectorIndex
from courage.library.search.vectors import Vectors

SLOTS: Final = 64  # FAISS id = response number * SLOTS + place (0 the text, 1… the claims)
PART: Final = 2_000

Progress = Callable[[int, int], None]


@dataclass
class Shard:
    """Responses of one organisation and scope."""

    texts: VectorIndex
    claims: VectorIndex
    versions: dict[int, int] = field(default_factory=dict)  # number → version that is indexed


def drop(shard: Shard, number: int) -> None:
    """Forget a response's text and claims."""
    shard.versions.pop(number, None)
    for index in (shard.texts, shard.claims):
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
    """Return rows of approved responses (number, text, language, version) and of their claims."""
    texts = session.execute(
        select(Response.number, Response.text, Response.language, Response.version)
        .where(Response.number.in_(numbers), Response.state == "approved")
        .order_by(Response.number)
    ).all()
    claims = session.execute(
        select(Claim.response_number, Claim.position, Claim.text, Response.language)
        .join(Response, Response.number == Claim.response_number)
        .where(Claim.response_number.in_(numbers), Response.state == "approved")
        .order_by(Claim.number)
    ).all()
    return list(texts), list(claims)


@dataclass(frozen=True, slots=True)
class Read:
    """Some approved responses as an index needs them: versions by number, ids and vectors."""

    versions: dict[int, int]
    text_ids: np.ndarray
    texts: np.ndarray
    claim_ids: np.ndarray
    claims: np.ndarray


def encoded(session: Session, vectors: Vectors, numbers: Sequence[int]) -> Read:
    """Read those of ``numbers`` that are approved at this moment, with the vectors of texts and claims."""
    texts, claims = read(session, numbers)
    words = [text for _, text, _, _ in texts] + [claim for _, _, claim, _ in claims]
    found = vectors.many(words, languages(texts, claims))
    return Read(
        {number: version for number, _, _, version in texts},
        np.array([number * SLOTS for number, *_ in texts], dtype=np.int64),
        found[: len(texts)],
        np.array([number * SLOTS + 1 + place for number, place, *_ in claims], dtype=np.int64),
        found[len(texts) :],
    )


def take(shard: Shard, new: Read) -> None:
    """Add responses beside a shard's bases, in place of their older versions."""
    shard.texts.put(new.text_ids, new.texts)
    shard.claims.put(new.claim_ids, new.claims)
    claims_of = Counter((new.claim_ids // SLOTS).tolist())
    shard.versions |= new.versions
    for number in new.versions:
        first = number * SLOTS + 1
        surplus = shard.claims.ids_between(first + claims_of[number], first - 1 + SLOTS)
        if len(surplus):  # an older version answered more claims
            shard.claims.remove(surplus)


def built(
    session: Session, vectors: Vectors, numbers: Sequence[int], flat_limit: int, progress: Progress | None
) -> tuple[Shard, dict[str, tuple[Any, np.ndarray]]]:
    """Return a new shard, and its bases with their ids, of those of ``numbers`` that are approved.

    Everything goes straight into the bases: a million responses put beside them a part at a time would be copied
    again with each part.
    """
    claims = sum(
        session.scalar(
            select(func.count()).select_from(Claim).where(Claim.response_number.in_(numbers[i : i + PART]))
        )
        or 0
        for i in range(0, len(numbers), PART)
    )
    versions: dict[int, int] = {}
    room = {"texts": _Room(len(numbers), vectors.dimensions), "claims": _Room(claims, vectors.dimensions)}
    for start in range(0, len(numbers), PART):
        new = encoded(session, vectors, numbers[start : start + PART])
        room["texts"].add(new.text_ids, new.texts)
        room["claims"].add(new.claim_ids, new.claims)
        versions |= new.versions
        if progress is not None:
            progress(min(start + PART, len(numbers)), len(numbers))
    bases = {}
    for name in ("texts", "claims"):
        ids, rows = room.pop(name).filled()  # popped, so that memory is given back before the next is built
        bases[name] = build_base(ids, rows, flat_limit=flat_limit), ids
    texts, claims_at = (VectorIndex(vectors.dimensions, *bases[name]) for name in ("texts", "claims"))
    return Shard(texts, claims_at, versions), bases


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


def languages(texts: list[Any], claims: list[Any]) -> list[str]:
    """Return the language of each text, then of each claim."""
    return [language for _, _, language, _ in texts] + [language for *_, language in claims]
