"""Erasing everything that an organisation owns, whatever tables there are."""

from __future__ import annotations

from typing import Final

from sqlalchemy import CursorResult, Table, delete, or_, select, update
from sqlalchemy.orm import Session

import courage.db.models  # noqa: F401  # so that every table is known
from courage.db.engine import Base, Organisation
from courage.db.erasures import digest, remember
from courage.db.models.organisations import Membership, OrganisationSettings, PracticeSpace
from courage.db.models.people import Person
from courage.db.scope import COLUMN, OF_ORGANISATIONS


def owned_tables() -> list[Table]:
    """Return the tables whose rows belong to organisations, those that others hang on first."""
    return [
        table
        for table in Base.metadata.sorted_tables
        if COLUMN in table.c and table.name not in OF_ORGANISATIONS
    ]


#: What emptying somebody's practice rooms leaves alone: runs of the academy are ended and deleted one by one.
OF_DRILLS: Final = frozenset({"drills", "drill_turns", "drill_chats"})


def erase_rows(
    session: Session, organisation_id: int, *, without: frozenset[str] = frozenset()
) -> dict[str, int]:
    """Delete every row that an organisation owns, in the session's transaction; return how many of each table.

    :param without: names of tables that are left alone.
    """
    erased = {}
    for table in reversed(owned_tables()):
        if table.name in without:
            continue
        result = session.execute(delete(table).where(table.c[COLUMN] == organisation_id))
        assert isinstance(result, CursorResult)
        erased[table.name] = result.rowcount
    return erased


def remember_organisation(session: Session, organisation_id: int, kind: str) -> None:
    """Put an organisation, or what was practised in it, on the list of what was erased."""
    found = session.get(Organisation, organisation_id)
    if found is not None:
        remember(session, kind, digest(found.id, found.created_at))


def erase_organisation(session: Session, organisation_id: int) -> dict[str, int]:
    """Delete all that an organisation is and owns but its number, its people's practice too; return rows by table."""
    people = select(Person.id).where(Person.organisation_id == organisation_id).scalar_subquery()
    spaces = session.scalars(
        select(PracticeSpace.organisation_id).where(PracticeSpace.person_id.in_(people))
    ).all()
    erased: dict[str, int] = {}
    for number in (*spaces, organisation_id):
        if number == organisation_id:
            session.execute(
                delete(Membership).where(
                    or_(Membership.person_id.in_(people), Membership.account_id.in_(people))
                )
            )
        for name, count in empty_for_good(session, number).items():
            erased[name] = erased.get(name, 0) + count
    return erased


def empty_for_good(session: Session, number: int) -> dict[str, int]:
    """Delete all that one organisation, real or of practice, owns; its own row stays, empty: its number is never given again."""
    remember_organisation(session, number, "organisation")
    erased = erase_rows(session, number)
    session.execute(delete(PracticeSpace).where(PracticeSpace.organisation_id == number))
    session.execute(update(Organisation).where(Organisation.id == number).values(name="(erased)"))
    settings = session.get(OrganisationSettings, number) or OrganisationSettings(organisation_id=number)
    settings.kind, settings.slug, settings.state, settings.signature = "erased", None, "active", ""
    session.add(settings)
    return erased
