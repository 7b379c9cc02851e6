"""The organisations of an installation: made, set up, suspended, exported and erased."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import DEFAULT_ORGANISATION, Organisation, empty_log, reading, writing
from courage.db.models.cases import Case
from courage.db.models.library import Response
from courage.db.models.organisations import OrganisationSettings
from courage.db.models.people import Person, Room
from courage.db.scope import scope_to_every
from courage.people.erasing import erase_organisation, owned_tables
from courage.people.errors import OrganisationError
from courage.taxonomy import LANGUAGES

#: Where those are who look after the installation and see nothing of any organisation.
INSTALLATION: Final = "installation"
#: The starter library, which every organisation but the first shares; the first one has it as its own.
STARTER: Final = "starter"
OPERATOR: Final = "operator"
#: Short name of the first organisation, unless its settings say another.
FIRST: Final = "default"
#: Names that stand for something else at the login or in commands.
_TAKEN: Final = frozenset({INSTALLATION, STARTER, FIRST, "practice"})
#: What those may limit who look after the installation: least, most and what is counted.
LIMITS: Final = {
    "most_rooms": (0, 100_000, "rooms"),
    "most_messages": (1, 1_000_000, "messages a minute"),
    "most_bytes": (1_000_000, 1_000_000_000_000, "bytes of kept text"),
}
_SLUG: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
_MAX_NAME: Final = 200
_MAX_SIGNATURE: Final = 200
#: How long what is known of an organisation is kept in memory, in seconds.
FRESH: Final = 5.0
#: Columns that let somebody in; an export has none of them.
_SECRET: Final = frozenset(
    {
        "password_hash", "token_hash", "csrf_token", "signing_secret", "second_factor", "code_hash", "endpoint",
        "endpoint_hash", "auth_secret",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as it is set up; ``None`` means: as the installation's settings say, or without limit."""

    id: int
    slug: str
    name: str
    state: str
    language: str | None
    retention_days: int | None
    signature: str
    shared_library: bool
    most_rooms: int | None
    created_at: datetime
    most_messages: int | None = None
    most_bytes: int | None = None

    @property
    def active(self) -> bool:
        """Whether its people and programs may come in and its messages are read."""
        return self.state == "active"


@dataclass(frozen=True, slots=True)
class OrganisationNumbers:
    """How much an organisation has: what those see who look after the installation."""

    people: int
    rooms: int
    cases: int
    responses: int


def _view(row: Organisation, settings: OrganisationSettings | None) -> OrganisationView:
    if settings is None:
        slug = FIRST if row.id == DEFAULT_ORGANISATION else f"organisation-{row.id}"
        return OrganisationView(row.id, slug, row.name, "active", None, None, "", True, None, row.created_at)
    return OrganisationView(
        row.id,
        settings.slug or "",
        row.name,
        settings.state,
        settings.language,
        settings.retention_days,
        settings.signature,
        settings.shared_library,
        settings.most_rooms,
        row.created_at,
        settings.most_messages,
        settings.most_bytes,
    )


def settings_of(session: Session, organisation_id: int) -> OrganisationSettings:
    """Return how an organisation is set up, a row to write to; one without is as new ones are."""
    mine = session.get(OrganisationSettings, organisation_id)
    if mine is None:
        slug = FIRST if organisation_id == DEFAULT_ORGANISATION else f"organisation-{organisation_id}"
        mine = OrganisationSettings(organisation_id=organisation_id, slug=slug)
        session.add(mine)
    return mine


def suspended() -> Any:
    """Return a query of the numbers of suspended organisations, for other queries to leave them out."""
    return select(OrganisationSettings.organisation_id).where(OrganisationSettings.state == "suspended")


class Organisations:
    """Makes, finds, sets up, suspends, exports and erases organisations. Everything is synchronous.

    :param timer: seconds that pass; another process's change counts ``FRESH`` seconds later.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        clock: Clock = utcnow,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._clock = clock
        self._timer = timer
        self._lock = threading.Lock()
        self._known: dict[int, tuple[float, OrganisationView | None]] = {}

    # finding

    def list(self) -> list[OrganisationView]:
        """Return all real organisations by name: no practice, nothing erased."""
        kind = func.coalesce(OrganisationSettings.kind, "organisation")
        with self._sessions() as session:
            rows = session.execute(
                select(Organisation, OrganisationSettings)
                .outerjoin(OrganisationSettings, OrganisationSettings.organisation_id == Organisation.id)
                .where(kind == "organisation")
                .order_by(Organisation.name, Organisation.id)
            ).all()
        return [_view(row, settings) for row, settings in rows]

    def find(self, slug: str) -> OrganisationView:
        """Return an organisation by its short name.

        :raises OrganisationError: if there is none; names those that there are.
        """
        found = self.list()
        for view in found:
            if view.slug == slug:
                return view
        known = ", ".join(view.slug for view in found[:20])
        raise OrganisationError(
            f"there is no organisation {slug[:40]!r}; there are: {known}", say="problem.404"
        )

    def get(self, organisation_id: int) -> OrganisationView | None:
        """Return an organisation of any kind by its number; at most ``FRESH`` seconds old."""
        now = self._timer()
        with self._lock:
            at, known = self._known.get(organisation_id, (now - FRESH, None))
            if now - at < FRESH:
                return known
        with self._sessions() as session:
            row = session.get(Organisation, organisation_id)
            settings = session.get(OrganisationSettings, organisation_id)
            found = None if row is None else _view(row, settings)
        with self._lock:
            self._known[organisation_id] = (now, found)
        return found

    def active(self, organisation_id: int) -> bool:
        """Say whether an organisation is there and not suspended."""
        found = self.get(organisation_id)
        return found is not None and found.active

    def numbers(self, organisation_id: int) -> OrganisationNumbers:
        """Return how many active people, rooms, cases and responses an organisation has."""

        def count(session: Session, table: Any, *where: Any) -> int:
            return session.scalar(select(func.count()).select_from(table).where(*where)) or 0

        with reading(self._sessions, organisation_id) as session:
            return OrganisationNumbers(
                count(session, Person, Person.active),
                count(session, Room, Room.active),
                count(session, Case),
                count(session, Response),
            )

    # changing

    def create(self, name: str, slug: str, **settings: Any) -> OrganisationView:
        """Make an organisation; ``settings`` are those of :meth:`change`.

        :raises OrganisationError: if a name or setting is not allowed, or the short name is taken.
        """
        name = _checked_name(name)
        if not _SLUG.fullmatch(slug) or slug in _TAKEN:
            raise OrganisationError(
                f"the short name {slug[:40]!r} is not allowed; it has 1 to 40 of a-z, 0-9 and -, and is none of "
                f"{', '.join(sorted(_TAKEN))}",
                say="organisations.bad_slug", slug=slug[:40],
            )  # fmt: skip
        values = _checked(settings)
        try:
            with writing(self._sessions) as session:
                self._starter(session)
                row = Organisation(name=name, created_at=self._clock())
                session.add(row)
                session.flush()
                session.add(
                    OrganisationSettings(
                        organisation_id=row.id, slug=slug, changed_at=self._clock(), **values
                    )
                )
                number = row.id
        except IntegrityError:
            raise OrganisationError(
                f"there is an organisation {slug!r} already", say="organisations.slug_taken", slug=slug
            ) from None
        self._forget(number)
        return self.find(slug)

    def _starter(self, session: Session) -> None:
        known = select(OrganisationSettings.organisation_id).where(OrganisationSettings.kind == STARTER)
        if session.scalar(known) is None:
            row = Organisation(name="Starter library", created_at=self._clock())
            session.add(row)
            session.flush()
            session.add(OrganisationSettings(organisation_id=row.id, kind=STARTER))

    def starter(self) -> int | None:
        """Return the organisation that holds the shared starter library; ``None`` while there is one organisation."""
        with self._sessions() as session:
            return session.scalar(
                select(OrganisationSettings.organisation_id).where(OrganisationSettings.kind == STARTER)
            )

    def change(self, slug: str, *, name: str | None = None, **settings: Any) -> OrganisationView:
        """Change the name or settings: ``language``, ``retention_days``, ``signature``, ``shared_library``, and the limits
        ``most_rooms``, ``most_messages`` (a minute) and ``most_bytes`` (of kept text).

        :raises OrganisationError: if there is no such organisation or setting, or a value is not allowed.
        """
        found, values = self.find(slug), _checked(settings)
        with writing(self._sessions) as session:
            row = session.get_one(Organisation, found.id)
            if name is not None:
                row.name = _checked_name(name)
            mine = self._settings(session, found)
            for key, value in values.items():
                setattr(mine, key, value)
            mine.changed_at = self._clock()
        self._forget(found.id)
        return self.find(slug)

    def suspend(self, slug: str) -> OrganisationView:
        """Shut an organisation: nobody logs in, no program asks, no message is read or sent; nothing is lost.

        :raises OrganisationError: if there is no such organisation.
        """
        return self._state(slug, "suspended", self._clock())

    def resume(self, slug: str) -> OrganisationView:
        """Open a suspended organisation again.

        :raises OrganisationError: if there is no such organisation.
        """
        return self._state(slug, "active", None)

    def _state(self, slug: str, state: str, at: datetime | None) -> OrganisationView:
        found = self.find(slug)
        with writing(self._sessions) as session:
            mine = self._settings(session, found)
            mine.state, mine.suspended_at, mine.changed_at = state, at, self._clock()
        self._forget(found.id)
        return self.find(slug)

    @staticmethod
    def _settings(session: Session, found: OrganisationView) -> OrganisationSettings:
        mine = session.get(OrganisationSettings, found.id)
        if mine is None:
            mine = OrganisationSettings(organisation_id=found.id, slug=found.slug)
            session.add(mine)
        return mine

    def add_operator(self, name: str) -> int:
        """Add somebody who looks after the installation and sees no text of any organisation; return their number.

        :raises OrganisationError: if the name is taken.
        """
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, "operators are of an organisation of their own")
                query = select(OrganisationSettings.organisation_id)
                number = session.scalar(query.where(OrganisationSettings.kind == INSTALLATION))
                if number is None:
                    row = Organisation(name="Installation", created_at=self._clock())
                    session.add(row)
                    session.flush()
                    number = row.id
                    session.add(
                        OrganisationSettings(organisation_id=number, kind=INSTALLATION, slug=INSTALLATION)
                    )
                person = Person(organisation_id=number, name=_checked_name(name)[:80], role=OPERATOR)
                session.add(person)
                session.flush()
                return person.id
        except IntegrityError:
            raise OrganisationError(f"there is an operator named {name[:80]!r} already") from None

    # leaving

    def export(self, slug: str, path: Path) -> dict[str, int]:
        """Write everything that an organisation owns to a new file, one JSON object a line; return rows by table.

        The file is for its owner only (mode 600). What lets somebody in (hashes of passwords and tokens) is left out.

        :raises OrganisationError: if there is no such organisation, or the file is there already or cannot be written.
        """
        found = self.find(slug)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "w", encoding="utf-8", newline="\n") as out:
                written: dict[str, int] = {}
                for table, line in self.lines(found):
                    written[table] = written.get(table, 0) + 1
                    out.write(line + "\n")
        except OSError as error:
            raise OrganisationError(f"{path} cannot be written: {error.strerror}") from None
        return written

    def lines(self, found: OrganisationView) -> Iterator[tuple[str, str]]:
        """Yield (table, JSON) of the organisation itself and of every row that it owns."""
        head = {"courage_export": 1, "slug": found.slug, "name": found.name, "created_at": found.created_at}
        head |= {
            "language": found.language,
            "retention_days": found.retention_days,
            "signature": found.signature,
        }
        yield (
            "organisation",
            json.dumps({"table": "organisation", **head}, default=_plain, ensure_ascii=False),
        )
        with self._sessions() as session:
            for table in owned_tables():
                columns = [column for column in table.c if column.name not in _SECRET]
                query = select(*columns).where(table.c.organisation_id == found.id)
                for row in session.execute(query.order_by(*table.primary_key.columns)).mappings():
                    values = {str(key): value for key, value in row.items()}
                    yield (
                        table.name,
                        json.dumps({"table": table.name, **values}, default=_plain, ensure_ascii=False),
                    )

    def erase(self, slug: str) -> dict[str, int]:
        """Delete an organisation and all that it owns, at once and for good; return how many rows of each table.

        Its number is never given again, so that nothing remembered of it can become another's.

        :raises OrganisationError: if there is no such organisation, or it is the first one.
        """
        found = self.find(slug)
        if found.id == DEFAULT_ORGANISATION:
            raise OrganisationError(
                "the first organisation holds what belongs to the installation and cannot be erased",
                say="organisations.first_stays",
            )
        with writing(self._sessions) as session:
            scope_to_every(
                session, "an organisation goes with its people's practice, which are organisations too"
            )
            erased = erase_organisation(session, found.id)
        empty_log(self._sessions)
        self._forget(found.id)
        return erased

    def _forget(self, organisation_id: int) -> None:
        with self._lock:
            self._known.pop(organisation_id, None)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= _MAX_NAME:
        raise OrganisationError(
            f"a name has 1 to {_MAX_NAME} characters, this one {len(name)}",
            say="wrong.length", field="name", length=len(name), most=_MAX_NAME,
        )  # fmt: skip
    return name


def _checked(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings that may be set, checked.

    :raises OrganisationError: naming the setting and what is allowed.
    """
    allowed = ("language", "retention_days", "signature", "shared_library", *LIMITS)
    for name, value in settings.items():
        if name not in allowed:
            raise OrganisationError(f"there is no setting {name[:40]!r}; there are: {', '.join(allowed)}")
        if name == "language" and value is not None and value not in LANGUAGES:
            raise OrganisationError(f"language {str(value)[:20]!r} is not one of {', '.join(LANGUAGES)}")
        if name == "retention_days" and value is not None and not 1 <= value <= 3650:
            raise OrganisationError(
                f"texts are kept for 1 to 3650 days, not {value}",
                say="wrong.between", field="retention_days", low=1, high=3650,
            )  # fmt: skip
        if name in LIMITS and value is not None and not LIMITS[name][0] <= value <= LIMITS[name][1]:
            least, most, what = LIMITS[name]
            raise OrganisationError(
                f"an organisation has {least} to {most} {what}, not {value}",
                say="wrong.between", field=name, low=least, high=most,
            )  # fmt: skip
        if name == "signature" and (len(value) > _MAX_SIGNATURE or "\n" in value):
            raise OrganisationError(
                f"a signature is one line of at most {_MAX_SIGNATURE} characters",
                say="wrong.length", field="signature", length=len(value), most=_MAX_SIGNATURE,
            )  # fmt: skip
    return settings
