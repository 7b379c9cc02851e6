"""The search index over approved responses and the narratives they answer; everything in it comes from the database.

Each organisation's own and shared responses form a shard of their own, so one organisation never sees another's.
Before each request the index compares library revisions and takes over what changed, so an approval, an edit or a
retirement counts for the very next request, in every process.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.library import Narrative, Response
from courage.db.scope import scope_to_every
from courage.library import store
from courage.library.search import files
from courage.library.search.owners import Owners
from courage.library.search.rows import Rows
from courage.library.search.shard import READ_BATCH, SLOTS, Encoded, Shard
from courage.library.search.vector_index import EXACT_LIMIT, VectorIndex
from courage.library.search.vectors import Beside, Pivot, Vectors
from courage.library.search.words import WordIndex, bag_of

SCOPES: Final = ("organisation", "shared")
TEXTS, NARRATIVES, VERSIONS, WORDS = "texts.faiss", "narratives.faiss", "versions.npy", "words.npz"
_WHOSE: Final = "the index keeps a shard of each organisation, and checks whose is searched"
INLINE_LIMIT: Final = 200  # more changes than this are encoded in the background
SAVE_AFTER: Final = 1_000  # changes that are not on disk before the index is saved again

Progress = Callable[[int, int], None]
ShardKey = tuple[int, str]  # organisation, scope


@dataclass(frozen=True, slots=True)
class Hit:
    """A response found: its number, how near its text and its nearest narrative are (cosine; -1 unknown), and the
    share of the message's words, by weight, that it or its narratives have."""

    number: int
    text: float
    narrative: float
    words: float = 0.0


class LibraryIndex:
    """Nearest responses to a message, always in step with the database. Thread-safe.

    Changes are made one after the other, under a lock of this class; searches only wait while FAISS itself adds or
    removes (see :mod:`courage.library.search.vector_index`).
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        encoder: Any,
        directory: Path | None = None,
        *,
        pivot: Pivot | None = None,
        pivot_fingerprint: str = "",
        prefixes: tuple[str, str] = ("", ""),
        beside: Beside | None = None,
        exact_limit: int = EXACT_LIMIT,
        save_after: int = SAVE_AFTER,
    ) -> None:
        self._sessions = sessions
        self._directory = directory
        self._exact_limit = exact_limit
        self._save_after = save_after
        self.vectors = Vectors(encoder, directory, pivot, pivot_fingerprint, prefixes, beside)
        self._shards: dict[ShardKey, Shard] = {}
        self._seen: dict[int, int] = {}  # organisation → library revision that is in the index
        self._owners = Owners(sessions)
        self._lock = threading.RLock()
        self._opened = False
        self._upkeep: threading.Thread | None = None
        self._catching_up: threading.Thread | None = None

    # opening and closing

    def open(self, progress: Progress | None = None) -> None:
        """Load what is on disk, compare it with the database and bring it up to date; rebuild what does not fit."""
        with self._lock:
            if self._opened:
                return
            revisions = self._owners.read()
            for organisation_id, revision in revisions:
                for scope in SCOPES:
                    self._open_shard((organisation_id, scope), progress)
                self._seen[organisation_id] = revision
            self._opened = True

    def close(self) -> None:
        """Wait for background work to end."""
        for thread in (self._catching_up, self._upkeep):
            if thread is not None:
                thread.join()

    def __len__(self) -> int:
        """Return how many approved responses are indexed, of all organisations."""
        return sum(len(shard.versions) for shard in list(self._shards.values()))

    def ready(self) -> bool:
        """Say whether nothing is being caught up in the background."""
        return self._catching_up is None or not self._catching_up.is_alive()

    def size(self, organisation_id: int) -> int:
        """Return how many responses an organisation can be offered."""
        return sum(len(shard.texts) for shard in self._visible(organisation_id))

    def state(self) -> tuple[tuple[int, int], ...]:
        """Return which revisions of which organisations' libraries are in the index: another one after each change."""
        return tuple(sorted(self._seen.items()))

    def fingerprint(self, organisation_id: int, scope: str = "organisation") -> str:
        """Return the digest of ids, versions and encoder that a saved shard must match."""
        shard = self._shards.get((organisation_id, scope))
        return self._digest(shard.versions if shard else {})

    def _open_shard(self, key: ShardKey, progress: Progress | None) -> None:
        organisation_id, scope = key
        approved = select(Response.number, Response.version).where(
            Response.organisation_id == organisation_id, Response.scope == scope, Response.state == "approved"
        )
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            wanted = {row.number: row.version for row in session.execute(approved)}
        shard = self._load(key)
        stale, missing = shard.difference(wanted)
        if shard.outgrown or len(stale) + len(missing) > max(self._save_after, len(wanted) // 5):
            shard = self._build(key, sorted(wanted), progress)
        else:
            self._bring_to(key, shard, wanted)
        self._shards[key] = shard  # whole before anybody can search it
        if shard.unsaved:
            self._save(key)

    # keeping in step

    def refresh(self) -> None:
        """Take over what changed in the database since the last time; cheap when nothing did. Opens at first."""
        if not self._opened:
            self.open()
            return
        revisions = self._owners.read()
        for organisation_id in self._owners.erased & self._seen.keys():
            self._drop(organisation_id)
        if all(self._seen.get(o) == r for o, r in revisions):
            return
        with self._lock:
            for organisation_id, revision in revisions:
                if self._seen.get(organisation_id, 0) < revision:
                    self._catch_up(organisation_id, revision)

    def _drop(self, organisation_id: int) -> None:
        """Forget the shards of an organisation that was erased, and what is on disk of them."""
        with self._lock:
            self._seen.pop(organisation_id, None)
            for scope in SCOPES:
                self._shards.pop((organisation_id, scope), None)
                if self._directory is not None:
                    shutil.rmtree(
                        self._place(self._directory, (organisation_id, scope))[0], ignore_errors=True
                    )

    def _catch_up(self, organisation_id: int, revision: int) -> None:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            changed = session.execute(
                select(Response.number, Response.state, Response.scope, Response.version).where(
                    Response.organisation_id == organisation_id,
                    Response.revision > self._seen.get(organisation_id, 0),
                )
            ).all()
        waiting: dict[ShardKey, list[int]] = {}
        for scope in SCOPES:
            key = (organisation_id, scope)
            shard = self._shards.setdefault(key, self._empty())
            wanted = {row.number for row in changed if row.state == "approved" and row.scope == scope}
            shard.drop([row.number for row in changed if row.number not in wanted])
            # Of an edited response the older version stays to be found until the new one is there.
            waiting[key] = [
                row.number
                for row in changed
                if row.number in wanted and shard.versions.get(row.number) != row.version
            ]
        if sum(map(len, waiting.values())) > INLINE_LIMIT:
            self._catching_up = threading.Thread(
                target=self._take_later, args=(waiting, self._catching_up), daemon=True
            )
            self._catching_up.start()
        else:
            for key, numbers in waiting.items():
                self._shards[key].take(self._encode(key, numbers))
                self._look_after(key)
        self._seen[organisation_id] = revision  # last: whoever comes meanwhile waits for the change

    def _take_later(self, waiting: dict[ShardKey, list[int]], before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        for key, numbers in waiting.items():
            for start in range(0, len(numbers), INLINE_LIMIT):
                batch = numbers[start : start + INLINE_LIMIT]
                self._encode(
                    key, batch
                )  # outside the lock: this is the slow part, and the vectors are remembered
                with self._lock:  # read again, for somebody may have changed them meanwhile
                    self._shards[key].take(self._encode(key, batch))
                    self._look_after(key)

    def _look_after(self, key: ShardKey) -> None:
        """Rebuild or save a shard in the background if that is due. The lock is held."""
        shard = self._shards[key]
        if self._upkeep is not None and self._upkeep.is_alive():
            return
        if shard.outgrown:
            work = partial(self._rebuild, key)
        elif shard.unsaved > max(self._save_after, len(shard.versions) // 50):
            work = partial(self._save, key)
        else:
            return
        self._upkeep = threading.Thread(target=work, daemon=True)
        self._upkeep.start()

    def _rebuild(self, key: ShardKey) -> None:
        """Put a newly built shard in the place of one that is outgrown, and save it."""
        with self._lock:
            wanted = dict(self._shards[key].versions)
        shard = self._build(key, sorted(wanted))
        with self._lock:
            wanted = dict(self._shards[key].versions)
        self._bring_to(
            key, shard, wanted
        )  # what changed while it was built, and then while that was taken over
        with self._lock:
            self._bring_to(key, shard, self._shards[key].versions)
            self._shards[key] = shard
        self._save(key)

    def _bring_to(self, key: ShardKey, shard: Shard, wanted: dict[int, int]) -> None:
        """Make a shard hold exactly the responses wanted, number → version."""
        stale, missing = shard.difference(wanted)
        shard.drop(stale)
        for start in range(0, len(missing), READ_BATCH):
            shard.take(self._encode(key, missing[start : start + READ_BATCH]))

    def _build(self, key: ShardKey, numbers: Sequence[int], progress: Progress | None = None) -> Shard:
        """Return a new shard of those of ``numbers`` that are approved."""
        versions: dict[int, int] = {}
        texts, narratives = Rows(self.vectors.dimensions), Rows(self.vectors.dimensions)
        words = WordIndex()
        for start in range(0, len(numbers), READ_BATCH):
            new = self._encode(key, numbers[start : start + READ_BATCH])
            texts.add(new.text_ids, new.texts)
            narratives.add(new.narrative_ids, new.narratives)
            words.put(new.bags)
            versions |= new.versions
            if progress is not None:
                progress(min(start + READ_BATCH, len(numbers)), len(numbers))
        return Shard(
            texts.indexed(self._exact_limit),
            narratives.indexed(self._exact_limit),
            versions,
            words,
            len(versions),
        )

    def _encode(self, key: ShardKey, numbers: Sequence[int]) -> Encoded:
        """Read those of ``numbers`` that belong into a shard at this moment, with their vectors."""
        organisation_id, scope = key
        approved = (
            Response.number.in_(numbers),
            Response.organisation_id == organisation_id,
            Response.scope == scope,
            Response.state == "approved",
        )
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            texts = session.execute(
                select(Response.number, Response.text, Response.language, Response.version)
                .where(*approved)
                .order_by(Response.number)
            ).all()
            narratives = session.execute(
                select(Narrative.response_number, Narrative.text, Response.language)
                .join(Response, Response.number == Narrative.response_number)
                .where(*approved)
                .order_by(Narrative.response_number, Narrative.position)
            ).all()
        rows = [*texts, *narratives]
        found = self.vectors.many([row.text for row in rows], [row.language for row in rows])
        places: Counter[int] = Counter()
        narrative_ids = []
        said: defaultdict[int, list[str]] = defaultdict(list)
        for response in texts:
            said[response.number].append(response.text)
        for row in narratives:
            said[row.response_number].append(row.text)
            places[row.response_number] += 1
            narrative_ids.append(row.response_number * SLOTS + places[row.response_number])
        return Encoded(
            {row.number: row.version for row in texts},
            np.array([row.number * SLOTS for row in texts], dtype=np.int64),
            found[: len(texts)],
            np.array(narrative_ids, dtype=np.int64),
            found[len(texts) :],
            {number: bag_of(told) for number, told in said.items()},
        )

    # on disk

    def _empty(self) -> Shard:
        texts, narratives = (
            VectorIndex(self.vectors.dimensions, exact_limit=self._exact_limit) for _ in range(2)
        )
        return Shard(texts, narratives)

    def _digest(self, versions: dict[int, int]) -> str:
        digest = blake2b(self.vectors.fingerprint.encode(), digest_size=16)
        digest.update(np.array(sorted(versions.items()), dtype="<i8").tobytes())
        return digest.hexdigest()

    def _place(self, directory: Path, key: ShardKey) -> tuple[Path, str]:
        organisation_id, scope = key
        name = f"organisation-{organisation_id}-{scope}"
        return directory / name, f"{name} {self.vectors.fingerprint}"

    def _load(self, key: ShardKey) -> Shard:
        if self._directory is None:
            return self._empty()
        return files.load(*self._place(self._directory, key), self._read) or self._empty()

    def _read(self, folder: Path, details: dict[str, str | int]) -> Shard:
        versions = {int(number): int(version) for number, version in np.load(folder / VERSIONS)}
        if details["fingerprint"] != self._digest(versions):
            raise ValueError("the versions are not those that were saved")
        texts, narratives = (
            VectorIndex.read(folder / name, self.vectors.dimensions, exact_limit=self._exact_limit)
            for name in (TEXTS, NARRATIVES)
        )
        words = WordIndex.read(folder / WORDS)
        if len(words) != len(versions):
            raise ValueError("the words are not those of the responses that were saved")
        shard = Shard(texts, narratives, versions, words)
        shard.texts.changed = int(details["texts_changed"])
        shard.narratives.changed = int(details["narratives_changed"])
        return shard

    def _save(self, key: ShardKey) -> None:
        if self._directory is None:
            return

        def write(folder: Path) -> dict[str, str | int]:
            with self._lock:  # nothing changes while it is written, and searches go on
                shard = self._shards[key]
                shard.texts.write(folder / TEXTS)
                shard.narratives.write(folder / NARRATIVES)
                shard.words.write(folder / WORDS)
                versions = np.array(sorted(shard.versions.items()), dtype=np.int64).reshape(-1, 2)
                np.save(folder / VERSIONS, versions)
                shard.unsaved = 0
                return {
                    "fingerprint": self._digest(shard.versions),
                    "texts_changed": shard.texts.changed,
                    "narratives_changed": shard.narratives.changed,
                }

        files.save(*self._place(self._directory, key), write)

    # search

    def search(self, vector: np.ndarray, organisation_id: int, k: int = 100, words: str = "") -> list[Hit]:
        """Return up to about ``2 k`` responses near a message's vector by text or by narrative, nearest first.

        :param words: the message itself: the responses that have most of its words are found too, a quarter of ``k``.
        """
        text_of: dict[int, float] = {}
        narrative_of: dict[int, float] = {}
        shards = self._visible(organisation_id)
        for shard in shards:
            for found, index, fetch in (
                (text_of, shard.texts, k),
                (narrative_of, shard.narratives, 3 * k),
            ):
                scores, ids = index.search(vector, fetch)
                for score, number in zip(scores[0].tolist(), (ids[0] // SLOTS).tolist(), strict=True):
                    if number >= 0 and score > found.get(number, -1.0):
                        found[number] = score
        matches = [shard.words.match(words) for shard in shards] if words else []
        numbers = sorted(narrative_of, key=lambda n: -narrative_of[n])[:k]
        numbers += sorted(text_of, key=lambda n: -text_of[n])[:k]
        numbers += [number for match in matches for number in match.nearest(k // 4)]
        numbers = list(dict.fromkeys(numbers))
        common = {number: share for match in matches for number, share in match.of(numbers).items()}
        hits = [Hit(n, text_of.get(n, -1.0), narrative_of.get(n, -1.0), common.get(n, 0.0)) for n in numbers]
        return sorted(hits, key=lambda hit: -max(hit.text, hit.narrative))

    def near_copies(
        self, text: str, language: str, organisation_id: int, except_number: int | None, least: float
    ) -> list[tuple[str, float]]:
        """Return (id, cosine) of approved responses in the language whose text is at least that near."""
        self.refresh()
        vector = self.vectors.passages([text], language)[0]
        found: dict[int, float] = {}
        for shard in self._visible(organisation_id):
            scores, ids = shard.texts.search(vector, 5)
            for score, number in zip(scores[0].tolist(), ids[0].tolist(), strict=True):
                if number >= 0 and score > least:
                    found[number // SLOTS] = score
        found.pop(except_number or -1, None)
        if not found:
            return []
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            rows = session.execute(
                select(Response.number, Response.id).where(
                    Response.number.in_(found),
                    Response.language == language,
                    Response.state == "approved",
                    Response.stands_for.is_(None),
                )
            )
            return sorted(((row.id, found[row.number]) for row in rows), key=lambda pair: -pair[1])

    def same_text(self, digest: str, organisation_id: int, except_number: int | None) -> str | None:
        """Return the id of another living response of the organisation with the same words, or ``None``."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return store.exact_copy(session, organisation_id, digest, except_number)

    def nearest_scores(self, vectors: np.ndarray, organisation_id: int) -> np.ndarray:
        """Return for each vector how near the nearest narrative comes (the nearest text where there are no narratives)."""
        best = np.full(len(vectors), -1.0)
        for shard in self._visible(organisation_id):
            scores, _ = (shard.narratives if len(shard.narratives) else shard.texts).search(vectors, 1)
            if scores.shape[1]:
                best = np.maximum(best, scores[:, 0])
        return best[best > -1.0]

    def vectors_for(self, numbers_and_narratives: Sequence[tuple[int, int]]) -> list[np.ndarray | None]:
        """Return per (response number, count of narratives) its vectors, text first, or ``None`` if not indexed so."""
        found: dict[int, np.ndarray] = {}
        for shard in list(self._shards.values()):
            here = [(number, count) for number, count in numbers_and_narratives if number in shard.versions]
            if not here:
                continue
            text_ids = [number * SLOTS for number, _ in here]
            narrative_ids = [number * SLOTS + 1 + place for number, count in here for place in range(count)]
            try:
                texts = shard.texts.get(np.array(text_ids))
                narratives = shard.narratives.get(np.array(narrative_ids, dtype=np.int64))
            except KeyError:  # some are just being replaced: the caller encodes instead
                continue
            start = 0
            for text, (number, count) in zip(texts, here, strict=True):
                found[number] = np.concatenate([text[None], narratives[start : start + count]])
                start += count
        return [found.get(number) for number, _ in numbers_and_narratives]

    def _visible(self, organisation_id: int) -> list[Shard]:
        return [
            shard
            for (owner, scope), shard in list(self._shards.items())
            if self._owners.offers(owner, scope, organisation_id)
        ]
