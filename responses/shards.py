"""Parts of the search index: one organisation's shard, and what is read from the database for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from responses.tables import Claim, Response
from responses.vector_index import VectorIndex, build_base, vectors_of

SLOTS: Final = 64  # FAISS id = response number * SLOTS + place (0 the text, 1… the claims)


@dataclass
class Shard:
    """Responses of one organisation and scope."""

    texts: VectorIndex
    claims: VectorIndex
    versions: dict[int, int] = field(default_factory=dict)  # number → version that is indexed
    language_of: dict[int, str] = field(default_factory=dict)


def drop(shard: Shard, number: int) -> None:
    """Forget a response's text and claims."""
    shard.versions.pop(number, None)
    shard.language_of.pop(number, None)
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


def languages(texts: list[Any], claims: list[Any]) -> list[str]:
    """Return the language of each text, then of each claim."""
    return [language for _, _, language, _ in texts] + [language for *_, language in claims]
