"""Responses that suit nearly any message about a group, or about any: candidates whatever a message's words are.

They are like no message in particular, so that no search by likeness finds them; judges find them right more often than
what is alike, above all where a message only hints at what it means (docs/measurements.md).
"""

from __future__ import annotations

import threading
from typing import Final

import numpy as np
from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.models.library import Response
from courage.db.scope import scope_to_every
from courage.library.search.index import LibraryIndex
from courage.library.suggest.generality import Generality
from courage.library.suggest.specificity import specificity

MOST: Final = 150  # of a language


class Anybody:
    """Knows the approved general responses of each language, the most usable ones first. Thread-safe.

    They are looked up anew when the library has changed.
    """

    def __init__(
        self, sessions: sessionmaker[Session], index: LibraryIndex, generality: Generality, most: int = MOST
    ) -> None:
        self._sessions = sessions
        self._index = index
        self._generality = generality
        self._most = most
        self._known: dict[tuple[int, str], tuple[object, list[int]]] = {}
        self._lock = threading.Lock()

    def numbers(self, organisation_id: int, language: str) -> list[int]:
        """Return the numbers of what an organisation may be offered in a language."""
        state, key = self._index.state(), (organisation_id, language)
        with self._lock:
            known = self._known.get(key)
        if known is not None and known[0] == state:
            return known[1]
        found = self._look_up(organisation_id, language)
        with self._lock:
            self._known[key] = state, found
        return found

    def _look_up(self, organisation_id: int, language: str) -> list[int]:
        with self._sessions() as session:
            scope_to_every(session, "shared responses are of other organisations")
            rows = session.execute(
                select(Response.number, Response.text).where(
                    or_(Response.organisation_id == organisation_id, Response.scope == "shared"),
                    Response.state == "approved",
                    Response.general,
                    Response.language == language,
                )
            ).all()
        vectors = self._index.vectors_for([(row.number, 0) for row in rows])
        there = [(row, vector[0]) for row, vector in zip(rows, vectors, strict=True) if vector is not None]
        if not there:
            return []
        usable = self._generality.of(
            np.stack([vector for _, vector in there]), np.array([specificity(row.text) for row, _ in there])
        )
        order = np.argsort(-usable, kind="stable")[: self._most]
        return [int(there[i][0].number) for i in order]
