"""The database that all rooms share: base class, engine, sessions and the organisations table."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, Engine, Integer, MetaData, String, create_engine, event, select, text, update
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import StaticPool
from sqlalchemy.types import TypeDecorator

from courage.clock import utcnow
from courage.db.erasures import Erasures, listing
from courage.db.locks import hold
from courage.db.row_security import name_every
from courage.db.scope import ScopedSession, scope_to, strictly
from courage.errors import DatabaseError

DEFAULT_ORGANISATION: Final = 1
BUSY_TIMEOUT_MS: Final = 15_000


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; SQLite would otherwise hand back naive ones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a naive value is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"datetime {value!r} has no time zone; use an aware one in UTC")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the value its time zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables; the naming convention gives every constraint a name that migrations can use."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  # SQLAlchemy reads it from the class


class Organisation(Base):
    """A community or NGO whose library, people and cases are kept apart from every other's.

    ``library_revision`` counts changes to the library. Writers raise it first, in the same transaction; the row
    lock keeps revisions in the order of their commits, so a reader that has seen revision n has seen all before it.
    ``decisions_revision`` does the same for what people decided about texts.
    """

    __tablename__ = "organisations"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    library_revision: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    decisions_revision: Mapped[int] = mapped_column(Integer, default=0, server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    @property
    def organisation_id(self) -> int:
        """The organisation's own id, under the name that every other row uses."""
        return self.id


def make_engine(url: str, *, echo: bool = False) -> Engine:
    """Return an engine for ``url`` (``sqlite:///path``, ``sqlite://`` in memory, ``postgresql+psycopg://…``).

    SQLite gets write-ahead logging, foreign keys and a busy timeout; every commit reaches the disk before it is
    acknowledged (``synchronous=FULL``), and what is deleted is overwritten. Errors never carry the values of a
    statement, which may be what people wrote.

    :raises DatabaseError: if the address cannot be understood.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseError(
            "the database address is not valid; allowed are sqlite:///FILE and postgresql+psycopg://…"
        ) from error
    if parsed.get_backend_name() != "sqlite":
        engine = create_engine(parsed, echo=echo, pool_pre_ping=True, hide_parameters=True)
        if parsed.get_backend_name() == "postgresql":
            name_every(engine)
        return engine
    in_memory = parsed.database in (None, "", ":memory:")
    options: dict[str, Any] = {
        "connect_args": {"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    }
    if in_memory:
        options["poolclass"] = StaticPool  # one connection, or every thread would see its own empty database
    engine = create_engine(parsed, echo=echo, hide_parameters=True, **options)
    _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we begin ourselves, see _begin
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute("PRAGMA secure_delete=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # A transaction that reads before it writes fails at once in WAL mode when another writer was faster;
        # one that announces the write waits its turn.
        write = connection.get_execution_options().get("courage_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def make_sessions(
    engine: Engine, *, strict: bool = False, erasures: Erasures | None = None
) -> sessionmaker[Session]:
    """Return the session factory; objects stay readable after the session is closed.

    :param strict: refuse statements that say of no organisation (see :mod:`courage.db.scope`); the running program's
        factory is strict, tests that look into the database need not be.
    :param erasures: where sessions note what they erase, so that no restored backup brings it back; ``None``: nowhere.
    """
    info = {**strictly(strict), **listing(erasures)}
    return sessionmaker(engine, class_=ScopedSession, expire_on_commit=False, info=info)


@contextmanager
def writing(sessions: sessionmaker[Session], *organisation_ids: int) -> Iterator[Session]:
    """Open a session for writing, commit at the end, roll back on any error.

    On SQLite the write lock is taken at the start, so a read followed by a write cannot fail half-way.

    :param organisation_ids: whose rows the session is for; none: each statement says so itself, or the scope is set
        when it is known (see :mod:`courage.db.scope`).
    """
    with sessions() as session:
        if organisation_ids:
            scope_to(session, *organisation_ids)
        session.connection(execution_options={"courage_write": True})
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise


@contextmanager
def reading(sessions: sessionmaker[Session], *organisation_ids: int) -> Iterator[Session]:
    """Open a session for reading the rows of these organisations and no other's."""
    with sessions() as session:
        scope_to(session, *organisation_ids)
        yield session


def empty_log(sessions: sessionmaker[Session]) -> bool:
    """Write SQLite's log into the database and empty it, so that no text that was deleted stands there; return whether
    that was possible: somebody may be reading. Other databases look after theirs.
    """
    engine = sessions.kw["bind"]
    if engine.dialect.name != "sqlite" or engine.url.database in (None, "", ":memory:"):
        return True
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()[0]
    return not busy


def create_all(engine: Engine, *, organisation: str = "Default organisation") -> None:
    """Create all known tables and the default organisation, for tests and scratch databases."""
    Base.metadata.create_all(engine)
    ensure_default(engine, organisation)


def ensure_default(engine: Engine, name: str = "Default organisation") -> None:
    """Make sure that organisation 1 exists."""
    with writing(make_sessions(engine)) as session:
        hold(session, "organisations")
        if session.scalar(select(Organisation.id).where(Organisation.id == DEFAULT_ORGANISATION)) is None:
            session.add(Organisation(id=DEFAULT_ORGANISATION, name=name))
            if engine.dialect.name == "postgresql":  # keep the sequence ahead of the id given by hand
                session.flush()
                session.execute(
                    text(
                        "SELECT setval(pg_get_serial_sequence('organisations','id'), max(id)) FROM organisations"
                    )
                )


def next_revision(session: Session, organisation_id: int) -> int:
    """Raise the organisation's library revision and return it; holds the row until commit.

    :raises DatabaseError: if there is no such organisation.
    """
    session.execute(
        update(Organisation)
        .where(Organisation.id == organisation_id)
        .values(library_revision=Organisation.library_revision + 1)
        .execution_options(synchronize_session=False)
    )
    revision = session.scalar(select(Organisation.library_revision).where(Organisation.id == organisation_id))
    if revision is None:
        raise DatabaseError(f"there is no organisation {organisation_id}")
    return revision
