"""The search index over approved responses and the narratives they answer; everything in it comes from the database.

Each organisation's own and shared responses form a shard of their own, so one organisation never sees another's.
Before each request the index compares library revisions and takes over what changed, so an approval, an edit or a
retirement counts for the very next request, in every process.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import Organisation
from courage.db.models.library import Response
from courage.library import store
from courage.library.search import lookup
from courage.library.search.bases import FLAT_LIMIT
from courage.library.search.lookup import Hit
from courage.library.search.shard_files import ShardFiles
from courage.library.search.shards import PART, Progress, Shard, built, digest_of, drop, encoded, folded, take
from courage.library.search.vectors import Pivot, Vectors

FOLD_AFTER: Final = 1_000  # changes waiting beside the base before they are folded in
INLINE_LIMIT: Final = 200  # more changes than this are encoded in the background


class LibraryIndex:
    """Nearest responses to a message, always in step with the database. Thread-safe."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        encoder: Any,
        directory: Path | None = None,
        *,
        pivot: Pivot | None = None,
        pivot_fingerprint: str = "",
        flat_limit: int = FLAT_LIMIT,
        fold_after: int = FOLD_AFTER,
    ) -> None:
        self._sessions = sessions
        self._flat_limit = flat_limit
        self._fold_after = fold_after
        self.vectors = Vectors(encoder, directory, pivot, pivot_fingerprint)
        self._files = ShardFiles(directory, self.vectors)
        self._shards: dict[tuple[int, str], Shard] = {}
        self._seen: dict[int, int] = {}
        self._lock = threading.RLock()
        self._opened = False
        self._folding: threading.Thread | None = None
        self._catching_up: threading.Thread | None = None

    # life

    def open(self, progress: Progress | None = None) -> None:
        """Load what is on disk, compare it with the database and bring it up to date; rebuild what does not fit."""
        with self._lock, self._sessions() as session:
            if self._opened:
                return
            for organisation_id, revision in session.execute(
                select(Organisation.id, Organisation.library_revision)
            ).all():
                for scope in ("organisation", "shared"):
                    self._open_shard(session, organisation_id, scope, progress)
                self._seen[organisation_id] = revision
            self._opened = True

    def __len__(self) -> int:
        """Return how many approved responses are indexed, of all organisations."""
        return sum(len(shard.versions) for shard in list(self._shards.values()))

    def close(self) -> None:
        """Wait for background work to end."""
        for thread in (self._folding, self._catching_up):
            if thread is not None:
                thread.join()

    def ready(self) -> bool:
        """Say whether nothing is being caught up in the background."""
        return self._catching_up is None or not self._catching_up.is_alive()

    def size(self, organisation_id: int) -> int:
        """Return how many responses an organisation can be offered."""
        return sum(len(shard.texts) for shard in self._visible(organisation_id))

    def fingerprint(self, organisation_id: int, scope: str = "organisation") -> str:
        """Return the digest of ids, versions and encoder that a saved shard must match."""
        shard = self._shards.get((organisation_id, scope))
        return digest_of(shard.versions if shard else {}, self.vectors.fingerprint)

    def _open_shard(
        self, session: Session, organisation_id: int, scope: str, progress: Progress | None
    ) -> None:
        approved = select(Response.number, Response.version).where(
            Response.organisation_id == organisation_id, Response.scope == scope, Response.state == "approved"
        )
        wanted = {row.number: row.version for row in session.execute(approved)}
        shard = self._files.load(organisation_id, scope)
        stale = [number for number, version in shard.versions.items() if wanted.get(number) != version]
        missing = [number for number, version in wanted.items() if shard.versions.get(number) != version]
        if len(stale) + len(missing) > max(self._fold_after, len(wanted) // 5):
            numbers = sorted(wanted)
            shard, bases = built(session, self.vectors, numbers, self._flat_limit, progress)
            self._shards[organisation_id, scope] = shard
            self._files.save(organisation_id, scope, bases, dict(shard.versions))
            return
        for number in stale:
            drop(shard, number)
        for start in range(0, len(missing), PART):
            take(shard, encoded(session, self.vectors, missing[start : start + PART]))
        self._shards[organisation_id, scope] = shard  # whole before anybody can search it
        if stale or missing:
            self._fold(organisation_id, scope)

    # keeping in step

    def refresh(self) -> None:
        """Take over what changed in the database since the last time; cheap when nothing did. Opens at first."""
        if not self._opened:
            self.open()
            return
        with self._sessions() as session:
            revisions = session.execute(select(Organisation.id, Organisation.library_revision)).all()
            if all(self._seen.get(o) == r for o, r in revisions):
                return
            with self._lock:
                for organisation_id, revision in revisions:
                    seen = self._seen.get(organisation_id, 0)
                    if seen < revision:
                        self._catch_up(session, organisation_id, seen, revision)

    def _catch_up(self, session: Session, organisation_id: int, seen: int, revision: int) -> None:
        changed = session.execute(
            select(Response.number, Response.state, Response.scope, Response.version).where(
                Response.organisation_id == organisation_id, Response.revision > seen
            )
        ).all()
        waiting: dict[str, list[int]] = {"organisation": [], "shared": []}
        for number, state, scope, version in changed:
            for place in waiting:
                shard = self._shards.setdefault((organisation_id, place), self._files.empty())
                belongs = state == "approved" and scope == place
                if not belongs:
                    drop(shard, number)
                elif shard.versions.get(number) != version:
                    waiting[place].append(
                        number
                    )  # an older version stays to be found until the new one is there
        if sum(map(len, waiting.values())) > INLINE_LIMIT:
            self._seen[organisation_id] = revision
            self._catching_up = threading.Thread(
                target=self._take_later, args=(organisation_id, waiting, self._catching_up), daemon=True
            )
            self._catching_up.start()
            return
        for place, numbers in waiting.items():
            shard = self._shards.setdefault((organisation_id, place), self._files.empty())
            take(shard, encoded(session, self.vectors, numbers))
            self._fold_if_due(organisation_id, place)
        self._seen[organisation_id] = revision  # last: whoever comes meanwhile waits for the news

    def _take_later(
        self, organisation_id: int, waiting: dict[str, list[int]], before: threading.Thread | None
    ) -> None:
        if before is not None:
            before.join()
        for place, numbers in waiting.items():
            for start in range(0, len(numbers), INLINE_LIMIT):
                part = numbers[start : start + INLINE_LIMIT]
                with self._sessions() as session:
                    encoded(session, self.vectors, part)  # outside the lock: this is the slow part
                    with self._lock:  # read again, for somebody may have changed them meanwhile
                        take(self._shards[organisation_id, place], encoded(session, self.vectors, part))
                self._fold_if_due(organisation_id, place)

    def _fold_if_due(self, organisation_id: int, scope: str) -> None:
        shard = self._shards[organisation_id, scope]
        pending = max(shard.texts.pending, shard.narratives.pending)
        due = max(self._fold_after, len(shard.versions) // 50)
        if pending > due and (self._folding is None or not self._folding.is_alive()):
            self._folding = threading.Thread(target=self._fold, args=(organisation_id, scope), daemon=True)
            self._folding.start()

    def _fold(self, organisation_id: int, scope: str) -> None:
        """Build new bases with all news in them, put them in place, and save them."""
        with self._lock:
            shard = self._shards[organisation_id, scope]
            before = {"texts": shard.texts.snapshot(), "narratives": shard.narratives.snapshot()}
            versions = dict(shard.versions)
        bases = {name: folded(snapshot, self._flat_limit) for name, snapshot in before.items()}
        with self._lock:
            shard.texts.rebase(*bases["texts"], since=before["texts"])
            shard.narratives.rebase(*bases["narratives"], since=before["narratives"])
        self._files.save(organisation_id, scope, bases, versions)

    # search

    def search(self, vector: np.ndarray, organisation_id: int, k: int = 100) -> list[Hit]:
        """Return up to about ``2 k`` responses near a message's vector by text or by narrative, nearest first."""
        return lookup.nearest(self._visible(organisation_id), vector, k)

    def near_copies(
        self, text: str, language: str, organisation_id: int, except_number: int | None, least: float
    ) -> list[tuple[str, float]]:
        """Return (id, cosine) of approved responses in the language whose text is at least that near."""
        self.refresh()
        vector = self.vectors.query(text, language)
        found = lookup.near_texts(self._visible(organisation_id), vector, least)
        found.pop(except_number or -1, None)
        if not found:
            return []
        with self._sessions() as session:
            rows = session.execute(
                select(Response.number, Response.id).where(
                    Response.number.in_(found), Response.language == language, Response.state == "approved"
                )
            )
            return sorted(((row.id, found[row.number]) for row in rows), key=lambda pair: -pair[1])

    def same_text(self, digest: str, organisation_id: int, except_number: int | None) -> str | None:
        """Return the id of another living response of the organisation with the same words, or ``None``."""
        with self._sessions() as session:
            return store.exact_copy(session, organisation_id, digest, except_number)

    def nearest_scores(self, vectors: np.ndarray, organisation_id: int) -> np.ndarray:
        """Return for each vector how near the nearest narrative comes (the nearest text where there are no narratives)."""
        return lookup.nearest_scores(self._visible(organisation_id), vectors)

    def vectors_for(self, numbers_and_narratives: Sequence[tuple[int, int]]) -> list[np.ndarray | None]:
        """Return per (response number, count of narratives) its vectors, text first, or ``None`` if not indexed so."""
        return lookup.vectors_for(list(self._shards.values()), numbers_and_narratives)

    def _visible(self, organisation_id: int) -> list[Shard]:
        return [
            shard
            for (owner, scope), shard in list(self._shards.items())
            if owner == organisation_id or scope == "shared"
        ]
