"""A session reaches the rows of its organisations and no other's, and forgetting to say whose is an error."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import Table, delete, func, select, update
from sqlalchemy.orm import Session, aliased, sessionmaker

import courage.db.models
from courage.db.engine import Base, Organisation, create_all, make_engine, make_sessions, reading, writing
from courage.db.models.delivery import Counter
from courage.db.models.library import Narrative, Response
from courage.db.models.people import Person, Room
from courage.db.scope import (
    COLUMN,
    OF_ORGANISATIONS,
    OtherOrganisation,
    Owned,
    Unscoped,
    every,
    scope_to,
    scope_to_every,
)

PACKAGE = Path(courage.db.models.__file__).resolve().parents[2]


@pytest.fixture
def sessions() -> sessionmaker[Session]:
    """Return the sessions of a running program on a database with two organisations and a person in each."""
    engine = make_engine("sqlite://")
    create_all(engine)
    found = make_sessions(engine, strict=True)
    with writing(found) as session:
        session.add(Organisation(id=2, name="Two"))
        for number in (1, 2):
            session.add(Person(organisation_id=number, name=f"Ann {number}", role="admin"))
            session.add(Room(organisation_id=number, channel="test", room_id=f"r{number}"))
    return found


def test_a_scoped_session_sees_and_changes_one_organisation_whatever_a_statement_says(
    sessions: sessionmaker[Session],
) -> None:
    other = aliased(Person)
    with writing(sessions, 1) as session:
        assert session.scalars(select(Person.name)).all() == ["Ann 1"]
        assert session.scalar(select(func.count()).select_from(Person)) == 1
        assert session.scalars(select(other.name)).all() == ["Ann 1"]
        assert session.get(Person, 2) is None
        assert session.scalars(select(Person).where(Person.organisation_id == 2)).all() == []
        inner = select(Room.organisation_id).scalar_subquery()
        assert session.scalars(
            select(Organisation.id).where(Organisation.id.in_(select(Room.organisation_id)))
        ).all() == [1]
        assert session.scalars(select(Organisation.id).where(Organisation.id == inner)).all() == [1]
        joined = select(Person.name, Room.room_id).join(Room, Room.organisation_id == Person.organisation_id)
        assert session.execute(joined).all() == [("Ann 1", "r1")]
        session.execute(update(Person).values(role="volunteer"))
        session.execute(delete(Room))
    with sessions() as session:
        scope_to_every(session, "a test looks at both")
        assert session.scalars(select(Person.role).order_by(Person.id)).all() == ["volunteer", "admin"]
        assert session.scalars(select(Room.room_id)).all() == ["r2"]


def test_no_row_of_another_organisation_is_written(sessions: sessionmaker[Session]) -> None:
    with (
        pytest.raises(OtherOrganisation, match="Person is not of organisation 1"),
        writing(sessions, 1) as session,
    ):
        session.add(Person(organisation_id=2, name="Eve", role="admin"))
    with pytest.raises(OtherOrganisation), writing(sessions, 1) as session:
        session.get_one(Person, 1).organisation_id = 2
    with sessions() as session:
        with every(session, "a test fetches what is not its own"):
            foreign = session.get_one(Person, 2)
        scope_to(session, 1)
        session.delete(foreign)
        with pytest.raises(OtherOrganisation):
            session.flush()
    with sessions() as session:
        scope_to_every(session, "a test looks at both")
        assert session.scalar(select(func.count()).select_from(Person)) == 2


@pytest.mark.parametrize(
    "statement",
    [
        select(Person),
        select(Person.name).where(Person.id == 1),
        select(func.count()).select_from(Room),
        update(Person).values(role="admin"),
        delete(Room).where(Room.room_id == "r1"),
        select(Organisation.id).where(Organisation.id.in_(select(Person.organisation_id))),
        select(Person).where(Person.organisation_id == Room.organisation_id),
    ],
    ids=range(7),
)
def test_a_statement_of_nobody_is_refused(sessions: sessionmaker[Session], statement: object) -> None:
    with sessions() as session, pytest.raises(Unscoped, match="names no organisation"):
        session.execute(statement)  # type: ignore[call-overload]


def test_what_says_whose_it_is_passes(sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        assert session.scalars(select(Person.name).where(Person.organisation_id == 2)).all() == ["Ann 2"]
        assert session.scalars(select(Organisation.name)).all()
        with pytest.raises(Unscoped):
            session.get(Person, 1)
        with every(session, "a number says whose it is"):
            person = session.get_one(Person, 1)
        scope_to(session, person.organisation_id)
        assert session.scalars(select(Person.name)).all() == ["Ann 1"]


def test_what_hangs_on_a_row_is_read_with_it(sessions: sessionmaker[Session]) -> None:
    with writing(sessions, 1) as session:
        session.add(
            Response(
                organisation_id=1, id="r", text="t", text_hash="h", content_hash="h", search_key="t", language="en",
                strategy="facts", tone="calm", voice="ally", length="short", author_name="A", lock=1,
                narratives=[Narrative(organisation_id=1, position=0, text="n")],
            )
        )  # fmt: skip
    with sessions() as session:
        (found,) = session.scalars(select(Response).where(Response.organisation_id == 1))
        assert [narrative.text for narrative in found.narratives] == ["n"]
    with reading(sessions, 2) as session:
        assert session.scalars(select(Response)).all() == []


def test_every_table_of_rows_that_belong_to_somebody_is_marked() -> None:
    marked = {mapper.local_table for mapper in Base.registry.mappers if issubclass(mapper.class_, Owned)}
    owned = {t for t in Base.metadata.tables.values() if COLUMN in t.c and t.name not in OF_ORGANISATIONS}
    assert marked == owned
    of_nobody = {t.name for t in Base.metadata.tables.values() if isinstance(t, Table)} - {
        t.name for t in owned
    }
    assert of_nobody == {
        "organisations",
        "memberships",
        "restores",
        "leases",
        "login_tries",
        "used_tickets",
        *OF_ORGANISATIONS,
    }, "say why a table has no organisation"
    assert Counter.__table__ in owned


def test_whoever_leaves_the_walls_says_why() -> None:
    """``every`` and ``scope_to_every`` take a reason that readers of the code see, never an empty one."""
    calls = 0
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("every", "scope_to_every"):
                calls += 1
                why = node.args[1]
                known = isinstance(why, ast.Name) and why.id.startswith("_WHOSE")
                spoken = isinstance(why, ast.Constant) and len(str(why.value)) > 15
                assert known or spoken, f"{path.name}:{node.lineno}"
    assert calls > 20
