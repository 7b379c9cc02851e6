"""What is known of each candidate for a message, as numbers that a person can understand."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.db.models.library import Narrative, Response, Source, unpack_targets
from courage.library.lint.patterns import found
from courage.library.lint.rules.life_story import STORIES
from courage.library.search.index import LibraryIndex
from courage.library.suggest.specificity import specificity

KEPT: Final = 5_000  # candidates held in memory; about 12 kB each with four narratives

_COLUMNS: Final = (
    "number", "id", "version", "text", "language", "targets_key", "strategy", "tone", "voice", "length",
    "translation_of", "review_on", "kind", "general", "needs_key", "for_role", "longer",
    "stands_for", "subgroups_key", "dialect",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Candidate:
    """An approved response with its vectors, as it was at ``version``."""

    number: int
    id: str
    version: int
    text: str
    language: str
    targets: tuple[str, ...]
    strategy: str
    tone: str
    voice: str
    length: str
    translation_of: str | None
    review_on: date | None
    sources: tuple[dict[str, Any], ...]
    vector: np.ndarray
    narrative_vectors: np.ndarray
    specificity: float
    kind: str = "counter_narrative"
    general: bool = False
    needs: tuple[str, ...] = ()
    for_role: str = ""
    longer: str = ""
    subgroups: tuple[str, ...] = ()
    dialect: str = ""
    own_life: bool = False  # tells of the life of whoever wrote it


class Candidates:
    """Approved responses by number, read from the database and kept while their version stands. Thread-safe."""

    def __init__(self, index: LibraryIndex, kept: int = KEPT) -> None:
        self._index = index
        self._kept = kept
        self._lock = threading.Lock()
        self._known: OrderedDict[int, Candidate] = OrderedDict()

    def get(self, session: Session, numbers: Sequence[int], organisation_id: int) -> list[Candidate]:
        """Return those of ``numbers`` that are approved right now and may be seen, in the order given."""
        current = {
            number: version
            for number, version, owner, scope in session.execute(
                select(Response.number, Response.version, Response.organisation_id, Response.scope).where(
                    Response.number.in_(numbers), Response.state == "approved"
                )
            )
            if owner == organisation_id or scope == "shared"
        }
        with self._lock:
            known = {
                n: self._known[n]
                for n in current
                if n in self._known and self._known[n].version == current[n]
            }
            for number in known:
                self._known.move_to_end(number)
        missing = [number for number in current if number not in known]
        if missing:
            loaded = self._load(session, missing)
            with self._lock:
                for candidate in loaded:
                    self._known[candidate.number] = known[candidate.number] = candidate
                    self._known.move_to_end(candidate.number)
                while len(self._known) > self._kept:
                    self._known.popitem(last=False)
        return [known[number] for number in numbers if number in known]

    def _load(self, session: Session, numbers: Sequence[int]) -> list[Candidate]:
        # Columns, not objects: a request loads up to two hundred responses, and half of its time went into objects.
        rows = session.execute(
            select(*(getattr(Response, name) for name in _COLUMNS)).where(
                Response.number.in_(numbers), Response.state == "approved"
            )
        ).all()
        standing = {row.stands_for for row in rows if row.stands_for is not None}
        names = {
            row.number: row.id
            for row in session.execute(
                select(Response.number, Response.id).where(Response.number.in_(standing))
            )
        }
        sources: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        for number, *parts in session.execute(
            select(Source.response_number, Source.title, Source.publisher, Source.year, Source.locator)
            .where(Source.response_number.in_(numbers))
            .order_by(Source.position)
        ):
            sources[number].append(dict(zip(("title", "publisher", "year", "locator"), parts, strict=True)))
        narratives = {
            row.response_number: int(row[1])
            for row in session.execute(
                select(Narrative.response_number, func.count())
                .where(Narrative.response_number.in_(numbers))
                .group_by(Narrative.response_number)
            )
        }
        # From the index, so that nothing is glossed or encoded within a request.
        found = self._index.vectors_for([(row.number, narratives.get(row.number, 0)) for row in rows])
        candidates = []
        for row, vectors in zip(rows, found, strict=True):
            if vectors is None:
                texts = [row.text, *_narratives_of(session, row.number)]
                vectors = self._index.vectors.many(texts, [row.language] * len(texts))
            name = names.get(row.stands_for, row.id)
            candidates.append(_candidate(row, name, tuple(sources[row.number]), vectors))
        return candidates


def _narratives_of(session: Session, number: int) -> Sequence[str]:
    return session.scalars(
        select(Narrative.text).where(Narrative.response_number == number).order_by(Narrative.position)
    ).all()


def _candidate(row: Any, name: str, sources: tuple[dict[str, Any], ...], vectors: np.ndarray) -> Candidate:
    return Candidate(
        number=row.number,
        id=name,  # suggested is the response, whichever of its versions is in use
        version=row.version,
        text=row.text,
        language=row.language,
        targets=unpack_targets(row.targets_key),
        strategy=row.strategy,
        tone=row.tone,
        voice=row.voice,
        length=row.length,
        translation_of=row.translation_of,
        review_on=row.review_on,
        sources=sources,
        vector=vectors[0],
        narrative_vectors=vectors[1:],
        specificity=specificity(row.text),
        kind=row.kind,
        general=row.general,
        needs=unpack_targets(row.needs_key),
        for_role=row.for_role,
        longer=row.longer,
        subgroups=unpack_targets(row.subgroups_key),
        dialect=row.dialect,
        own_life=found(STORIES, row.language, row.text) is not None,
    )


def assumed_narrative(text: np.ndarray) -> np.ndarray:
    """Return how near a narrative would probably be for responses that name none.

    Likeness of the words alone says little about that, so it is drawn half-way towards what narratives of fitting
    responses usually have, 0.4.
    """
    return np.asarray(0.5 * text + 0.2)
