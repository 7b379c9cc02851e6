"""What an organisation practises with: what comes with Courage, and the scenarios that its own trainers offer."""

from __future__ import annotations

import threading
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.catalogue import Catalogue, read_text
from courage.academy.scenario import Scenario
from courage.db.engine import reading
from courage.db.models.own_scenarios import OwnScenario

#: Organisations whose own scenarios are kept read; one installation serves about a hundred.
_KEPT: Final = 200
_Stands = tuple[tuple[int, int | None, bool], ...]


class Shelf:
    """Catalogues by organisation. Read scenarios are kept until the database has others. Thread-safe.

    :param shipped: what comes with Courage, for everybody.
    """

    def __init__(self, shipped: Catalogue, sessions: sessionmaker[Session]) -> None:
        self.shipped = shipped
        self._sessions = sessions
        self._read: dict[int, tuple[_Stands, Catalogue]] = {}
        self._lock = threading.Lock()

    def of(self, organisation_id: int) -> Catalogue:
        """Return what an organisation practises with."""
        with reading(self._sessions, organisation_id) as session:
            return self.within(session, organisation_id)

    def within(self, session: Session, organisation_id: int) -> Catalogue:
        """Return the same, asked in a session that may read the organisation's rows."""
        stands: _Stands = tuple(
            (row.id, row.offered_revision, row.retired)
            for row in session.execute(
                select(OwnScenario.id, OwnScenario.offered_revision, OwnScenario.retired)
                .where(OwnScenario.organisation_id == organisation_id, OwnScenario.offered.is_not(None))
                .order_by(OwnScenario.id)
            )
        )
        if not stands:
            return self.shipped
        kept = self._read.get(organisation_id)
        if kept is not None and kept[0] == stands:
            return kept[1]
        found = self._load(session, organisation_id)
        with self._lock:
            if len(self._read) >= _KEPT:
                self._read.clear()
            self._read[organisation_id] = (stands, found)
        return found

    def _load(self, session: Session, organisation_id: int) -> Catalogue:
        query = select(OwnScenario.offered, OwnScenario.retired).where(
            OwnScenario.organisation_id == organisation_id, OwnScenario.offered.is_not(None)
        )
        more: dict[str, Scenario] = {}
        retired = set()
        for row in session.execute(query.order_by(OwnScenario.id)):
            scenario, _ = read_text(row.offered)
            if scenario is None:  # it was offered when other rules held
                continue
            more[scenario.id] = scenario
            if row.retired:
                retired.add(scenario.id)
        return self.shipped.with_scenarios(more, retired)
