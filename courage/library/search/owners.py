"""Whose responses there are, and which of them an organisation may be offered."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import DEFAULT_ORGANISATION, Organisation
from courage.db.models.organisations import OrganisationSettings
from courage.db.scope import scope_to_every

_WITH_A_LIBRARY = (None, "organisation", "starter")


@dataclass(slots=True)
class Owners:
    """What is known of the organisations; :meth:`read` brings it up to date."""

    sessions: sessionmaker[Session]
    starters: frozenset[int] = field(default=frozenset())
    #: Organisations that go by their own library only.
    alone: frozenset[int] = field(default=frozenset())
    erased: frozenset[int] = field(default=frozenset())

    def read(self) -> list[tuple[int, int]]:
        """Return (organisation, library revision) of those that have a library of their own; practice has none."""
        with self.sessions() as session:
            scope_to_every(session, "the index keeps a shard of each organisation")
            found = session.execute(
                select(
                    Organisation.id,
                    Organisation.library_revision,
                    OrganisationSettings.kind,
                    OrganisationSettings.shared_library,
                ).outerjoin(OrganisationSettings, OrganisationSettings.organisation_id == Organisation.id)
            ).all()
        self.starters = frozenset(row.id for row in found if row.kind == "starter")
        self.alone = frozenset(row.id for row in found if row.shared_library is False)
        self.erased = frozenset(row.id for row in found if row.kind == "erased")
        return [(row.id, row.library_revision) for row in found if row.kind in _WITH_A_LIBRARY]

    def offers(self, owner: int, scope: str, organisation_id: int) -> bool:
        """Say whether responses of ``owner`` and ``scope`` may be offered to an organisation.

        Its own may, and what others share if it wants that. The first organisation has the starter library as its own,
        so it does not need the one that all others share.
        """
        if owner == organisation_id:
            return True
        if scope != "shared" or organisation_id in self.alone:
            return False
        return not (organisation_id == DEFAULT_ORGANISATION and owner in self.starters)
