"""Shards on disk: loaded only where they fit the encoder and are whole, saved without a moment of being half there."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from courage.library.search import generations
from courage.library.search.shards import Shard, digest_of
from courage.library.search.vector_index import VectorIndex
from courage.library.search.vectors import Vectors

log = logging.getLogger(__name__)


class ShardFiles:
    """Keeps the bases of shards below a directory; without one, nothing is kept and every load is empty."""

    def __init__(self, directory: Path | None, vectors: Vectors) -> None:
        self._directory = directory
        self._vectors = vectors

    def empty(self) -> Shard:
        """Return a shard with nothing in it."""
        return Shard(VectorIndex(self._vectors.dimensions), VectorIndex(self._vectors.dimensions))

    def load(self, organisation_id: int, scope: str) -> Shard:
        """Return the newest whole saved shard of this encoder, or an empty one."""
        if self._directory is None:
            return self.empty()
        loaded = generations.load(
            self._place(self._directory, organisation_id, scope), self._belongs(organisation_id, scope)
        )
        if loaded is None:
            return self.empty()
        indexes, manifest = loaded
        versions = {int(n): int(v) for n, v in indexes["versions"][1]}
        if manifest["fingerprint"] != digest_of(versions, self._vectors.fingerprint):
            return self.empty()
        texts, narratives = (
            VectorIndex(self._vectors.dimensions, *indexes[name]) for name in ("texts", "narratives")
        )
        return Shard(texts, narratives, versions)

    def save(
        self,
        organisation_id: int,
        scope: str,
        bases: dict[str, tuple[Any, np.ndarray]],
        versions: dict[int, int],
    ) -> None:
        """Save bases with their ids, and the versions of the responses in them."""
        if self._directory is None:
            return
        manifest = {
            **self._belongs(organisation_id, scope),
            "fingerprint": digest_of(versions, self._vectors.fingerprint),
        }
        numbers = np.array(sorted(versions.items()), dtype=np.int64).reshape(-1, 2)
        try:
            generations.save(
                self._place(self._directory, organisation_id, scope),
                bases,
                manifest,
                arrays={"versions": numbers},
            )
        except OSError as error:  # a full disk must not stop suggestions; the next start rebuilds
            log.warning("the search index could not be saved: %s", error.strerror)

    def _belongs(self, organisation_id: int, scope: str) -> dict[str, Any]:
        return {"encoder": self._vectors.fingerprint, "organisation": organisation_id, "scope": scope}

    @staticmethod
    def _place(directory: Path, organisation_id: int, scope: str) -> Path:
        return directory / f"organisation-{organisation_id}-{scope}"
