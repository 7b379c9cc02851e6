"""Row-level security of a real PostgreSQL: the second wall holds where somebody takes the first one down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, sessionmaker

from courage.backup.restore import Target, restore
from courage.backup.take import Place, take
from courage.db import scope
from courage.db.engine import Base, make_engine, make_sessions, reading, writing
from courage.db.migrations import downgrade, upgrade
from courage.db.models.people import Person
from courage.db.row_security import POLICY, owned
from courage.db.scope import ScopedSession, every, scope_to, scope_to_every
from courage.people.organisations import Organisations
from courage.people.people import People
from tests.postgresql import empty_database

pytestmark = pytest.mark.slow


@pytest.fixture
def address(server: str) -> str:
    """Return the address of an empty database whose owner is no superuser, as it should be."""
    made = empty_database(server)
    name = made.rpartition("/")[2]
    engine = make_engine(f"{server}/postgres")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE ROLE keeper_{name} LOGIN"))
        connection.execute(text(f"ALTER DATABASE {name} OWNER TO keeper_{name}"))
    engine.dispose()
    return made.replace("//courage@", f"//keeper_{name}@")


@pytest.fixture
def database(address: str) -> Iterator[Engine]:
    engine = make_engine(address)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(database: Engine) -> sessionmaker[Session]:
    """Return sessions of an installation with organisations of a person each."""
    sessions = make_sessions(database, strict=True)
    other = Organisations(sessions).create("Berlin", "berlin")
    People(sessions).add("Ann", "volunteer", 1)
    People(sessions).add("Bea", "volunteer", other.id)
    return sessions


def berlin(sessions: sessionmaker[Session]) -> int:
    return Organisations(sessions).find("berlin").id


def names(session: Session) -> set[str]:
    return {str(name) for name in session.execute(text("SELECT name FROM people")).scalars()}


def test_every_table_of_organisations_rows_stands_behind_the_wall(database: Engine) -> None:
    with database.connect() as connection:
        tables = set(owned(connection))
        walls = set(
            connection.execute(
                text("SELECT tablename FROM pg_policies WHERE policyname = :p"), {"p": POLICY}
            ).scalars()
        )
        forced = set(
            connection.execute(
                text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")
            ).scalars()
        )
    assert tables == walls == forced
    marked = {m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, scope.Owned)}
    assert marked == tables


def test_text_that_no_session_narrows_is_narrowed_by_the_database(sessions: sessionmaker[Session]) -> None:
    with reading(sessions, 1) as session:
        assert names(session) == {"Ann"}  # plain SQL: nothing of ours saw this statement
    with reading(sessions, berlin(sessions)) as session:
        assert names(session) == {"Bea"}
    with reading(sessions, 1, berlin(sessions)) as session:
        assert names(session) == {"Ann", "Bea"}


def test_the_wall_holds_where_the_narrowing_of_sessions_is_taken_out(
    sessions: sessionmaker[Session],
) -> None:
    other = berlin(sessions)
    event.remove(ScopedSession, "do_orm_execute", scope._narrow)
    event.remove(ScopedSession, "before_flush", scope._check_written)
    try:
        with reading(sessions, 1) as session:
            assert set(session.scalars(select(Person.name))) == {"Ann"}
            assert session.scalar(select(func.count()).select_from(Person)) == 1
        with pytest.raises(DBAPIError, match="row-level security"), writing(sessions, 1) as session:
            session.add(Person(organisation_id=other, name="Eve", role="admin"))
        with pytest.raises(DBAPIError, match="row-level security"), writing(sessions, 1) as session:
            session.execute(
                insert(Person).values(organisation_id=other, name="Eve", role="admin", languages=[])
            )
        with writing(sessions, 1) as session:
            changed = session.execute(update(Person).values(role="admin").where(Person.name == "Bea"))
            assert changed.rowcount == 0  # type: ignore[attr-defined]
        with pytest.raises(DBAPIError, match="row-level security"), writing(sessions, 1) as session:
            session.execute(update(Person).values(organisation_id=other).where(Person.name == "Ann"))
    finally:
        event.listen(ScopedSession, "do_orm_execute", scope._narrow)
        event.listen(ScopedSession, "before_flush", scope._check_written)


def test_a_scope_that_changes_within_a_transaction_is_told(sessions: sessionmaker[Session]) -> None:
    with writing(sessions) as session:
        scope_to(session, 1)
        assert names(session) == {"Ann"}
        with every(session, "a test looks whose something is"):
            assert names(session) == {"Ann", "Bea"}
        assert names(session) == {"Ann"}
        scope_to_every(session, "a test of the whole installation")
        assert names(session) == {"Ann", "Bea"}
    with reading(sessions, berlin(sessions)) as session:
        assert names(session) == {"Bea"}  # nothing of the last transaction stays on the connection


def test_a_connection_that_says_nothing_sees_nothing(address: str, sessions: sessionmaker[Session]) -> None:
    from sqlalchemy import create_engine

    stranger = create_engine(address)
    with stranger.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM people")).scalar_one() == 0
    stranger.dispose()


def test_a_backup_by_the_owner_holds_every_row_and_the_wall_comes_back(
    server: str, address: str, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    if shutil.which("pg_dump") is None:
        pytest.skip("pg_dump is not installed")
    manifest = take(Place(make_engine(address), tmp_path), tmp_path / "b", keep=timedelta(days=1))
    assert manifest.tables["people"] == 2
    fresh = empty_database(server)
    engine = make_engine(f"{server}/postgres")
    role, name = address.split("//")[1].split("@")[0], fresh.rpartition("/")[2]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"ALTER DATABASE {name} OWNER TO {role}"))
    target = fresh.replace("//courage@", f"//{role}@")
    restore(tmp_path / "b", Target(target, tmp_path))
    again = make_sessions(make_engine(target), strict=True)
    with reading(again, 1) as session:
        assert names(session) == {"Ann"}
    with reading(again, 1, berlin(again)) as session:
        assert names(session) == {"Ann", "Bea"}


def test_an_older_version_finds_every_row(
    database: Engine, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    downgrade(database, "0015", copies=tmp_path)
    plain: Any = database.connect()
    with plain as connection:
        connection.execute(text("RESET courage.organisations"))
        assert connection.execute(text("SELECT count(*) FROM people")).scalar_one() == 2
    upgrade(database, copies=tmp_path)
    with database.connect() as connection:
        assert inspect(connection).has_table("recovery_codes")
        assert connection.execute(text("SELECT count(*) FROM pg_policies")).scalar_one() > 10
