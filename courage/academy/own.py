"""Scenarios of an organisation's own: written by its trainers, checked, offered, put away, and handed on as a pack.

Every save is a version; nothing that was written is lost, and an earlier one can be brought back. What is offered was
without findings when it was offered. Everything is synchronous.
"""

from __future__ import annotations

import builtins
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage import safe_yaml
from courage.academy.catalogue import MAX_BYTES
from courage.academy.check import check_text
from courage.academy.errors import AcademyError, NoSuchExercise
from courage.academy.findings import Finding
from courage.academy.scenario import Scenario
from courage.academy.shelf import Shelf
from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.locks import hold
from courage.db.models.own_scenarios import OwnScenario, OwnScenarioVersion
from courage.db.models.people import Person
from courage.taxonomy import LANGUAGES

FORMAT: Final = "courage-scenarios-1"
MOST: Final = 300
#: Characters of one scenario; the longest that comes with Courage has a tenth.
LONGEST: Final = 100_000
#: Versions that a page lists.
LISTED: Final = 50
_LONGEST_TITLE: Final = 120


class WithFindings(AcademyError):
    """A scenario cannot be offered, or a pack not be taken: ``findings`` say why."""

    def __init__(self, message: str, findings: Sequence[Finding]) -> None:
        super().__init__(message)
        self.findings = tuple(findings)


class ChangedMeanwhile(AcademyError):
    """Somebody else saved the scenario since it was opened; nothing of theirs is overwritten."""


class TooMuch(AcademyError):
    """A text is too long, or an organisation has too many scenarios."""


class NoPack(AcademyError):
    """A file is no pack of scenarios."""


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a text: its number, who saved it (``None``: not known any more) and when."""

    number: int
    by: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnView:
    """A scenario of an organisation's own; ``state`` is ``draft``, ``offered``, ``changed`` (since) or ``retired``."""

    id: int
    text: str
    revision: int
    title: str
    language: str
    exercise_id: str | None
    offered_revision: int | None
    retired: bool
    changed_at: datetime
    changed_by: str | None
    versions: tuple[VersionView, ...] = field(default=())

    @property
    def state(self) -> str:
        """How it stands."""
        if self.retired:
            return "retired"
        if self.offered_revision is None:
            return "draft"
        return "offered" if self.offered_revision == self.revision else "changed"


class OwnScenarios:
    """Keeps them. What they are practised with is told by the shelf."""

    def __init__(self, sessions: sessionmaker[Session], shelf: Shelf, *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._shelf = shelf
        self._clock = clock

    # reading

    def list(self, organisation_id: int) -> builtins.list[OwnView]:
        """Return those of an organisation, those put away last, else the latest change first."""
        query = (
            select(OwnScenario, Person.name)
            .outerjoin(Person, Person.id == OwnScenario.changed_by)
            .where(OwnScenario.organisation_id == organisation_id)
            .order_by(OwnScenario.retired, OwnScenario.changed_at.desc(), OwnScenario.id.desc())
        )
        with reading(self._sessions, organisation_id) as session:
            return [_view(row, name) for row, name in session.execute(query)]

    def get(self, organisation_id: int, number: int) -> OwnView:
        """Return one with its latest versions.

        :raises NoSuchExercise: if the organisation has none of this number.
        """
        with reading(self._sessions, organisation_id) as session:
            return self._whole(session, _find(session, organisation_id, number))

    def version(self, organisation_id: int, number: int, version: int) -> str:
        """Return the text of a version.

        :raises NoSuchExercise: if there is no such version.
        """
        with reading(self._sessions, organisation_id) as session:
            _find(session, organisation_id, number)
            return _version(session, number, version)

    def check(
        self, organisation_id: int, text: str, number: int | None = None
    ) -> tuple[Scenario | None, builtins.list[Finding]]:
        """Return the scenario of a text, as far as its form is right, and what is wrong with it.

        :param number: that of the scenario whose text it is, so that it does not stand in its own way.
        """
        with reading(self._sessions, organisation_id) as session:
            taken = self._taken(session, organisation_id, number)
            mine = None if number is None else _find(session, organisation_id, number).exercise_id
        return self._checked(text, taken, mine)

    def _checked(
        self, text: str, taken: Iterable[str], mine: str | None = None
    ) -> tuple[Scenario | None, builtins.list[Finding]]:
        scenario, wrong = check_text(text)
        if scenario is not None and scenario.id in taken:
            wrong.append(Finding(f"the id {scenario.id} is taken already", "id_taken", "id", id=scenario.id))
        if scenario is not None and mine is not None and scenario.id != mine:
            says = f"must stay {mine}: people have runs of it; write a new scenario for another id"
            wrong.append(Finding(says, "id_stays", "id", id=mine))
        return scenario, wrong

    def _taken(self, session: Session, organisation_id: int, but: int | None) -> frozenset[str]:
        query = select(OwnScenario.exercise_id).where(
            OwnScenario.organisation_id == organisation_id, OwnScenario.exercise_id.is_not(None)
        )
        if but is not None:
            query = query.where(OwnScenario.id != but)
        mine = frozenset(one for one in session.scalars(query) if one is not None)
        return mine | frozenset(self._shelf.shipped.scenarios)

    # writing

    def save(
        self,
        organisation_id: int,
        by_id: int,
        text: str,
        *,
        number: int | None = None,
        revision: int | None = None,
    ) -> OwnView:
        """Keep a text as it is, right or not, as a new version (the same text again makes none).

        :param number: of the scenario; ``None`` makes a new one.
        :param revision: that the writer began from.
        :raises ChangedMeanwhile: if it is at another revision by now.
        :raises TooMuch: if the text is too long, or there are too many scenarios.
        """
        text = _clean(text)
        with writing(self._sessions, organisation_id) as session:
            hold(session, "own_scenarios", organisation_id)
            if number is None:
                row = self._new(session, organisation_id, by_id, text)
                return self._whole(session, row)
            row = _find(session, organisation_id, number)
            if revision is not None and revision != row.revision and text != row.text:
                raise ChangedMeanwhile(
                    f"somebody saved version {row.revision} while you wrote on version {revision}; compare the two"
                )
            self._keep(session, row, by_id, text)
            return self._whole(session, row)

    def bring_back(self, organisation_id: int, by_id: int, number: int, version: int) -> OwnView:
        """Make an earlier version the text again, as a new version.

        :raises NoSuchExercise: if there is no such version.
        """
        return self.save(
            organisation_id, by_id, self.version(organisation_id, number, version), number=number
        )

    def offer(self, organisation_id: int, number: int) -> OwnView:
        """Offer the text as it is to everybody who practises.

        :raises WithFindings: if anything is wrong with it.
        """
        with writing(self._sessions, organisation_id) as session:
            hold(session, "own_scenarios", organisation_id)
            row = _find(session, organisation_id, number)
            taken = self._taken(session, organisation_id, number)
            scenario, wrong = self._checked(row.text, taken, row.exercise_id)
            if scenario is None or wrong:
                raise WithFindings(f"{len(wrong)} findings; mend them before you offer it", wrong)
            row.exercise_id = scenario.id
            row.offered, row.offered_revision, row.retired = row.text, row.revision, False
            session.flush()
            return self._whole(session, row)

    def retire(self, organisation_id: int, number: int, *, retired: bool) -> None:
        """Put a scenario away (who plays it goes on), or take it out again."""
        with writing(self._sessions, organisation_id) as session:
            _find(session, organisation_id, number).retired = retired

    # packs

    def export(self, organisation_id: int) -> str:
        """Return what an organisation offers, as one file that another can take.

        :raises NoPack: if it offers nothing.
        """
        query = select(OwnScenario.offered).where(
            OwnScenario.organisation_id == organisation_id,
            OwnScenario.offered.is_not(None),
            OwnScenario.retired.is_(False),
        )
        with reading(self._sessions, organisation_id) as session:
            texts = builtins.list(session.scalars(query.order_by(OwnScenario.exercise_id)))
        if not texts:
            raise NoPack("there is no scenario of your own that is offered")
        pack = {"format": FORMAT, "scenarios": texts}
        return json.dumps(pack, ensure_ascii=False, indent=1) + "\n"

    def take(self, organisation_id: int, by_id: int, pack: str) -> tuple[int, int]:
        """Keep the scenarios of a pack as drafts, all or none; return how many are new and how many were there.

        :raises NoPack: if it is no pack.
        :raises WithFindings: if one of them has a finding; the place begins with its number in the pack.
        """
        texts = [_clean(text) for text in read_pack(pack)]
        with writing(self._sessions, organisation_id) as session:
            hold(session, "own_scenarios", organisation_id)
            here = select(OwnScenario.text).where(OwnScenario.organisation_id == organisation_id)
            there = set(session.scalars(here))
            new = [text for text in dict.fromkeys(texts) if text not in there]
            taken = set(self._taken(session, organisation_id, None))
            wrong: builtins.list[Finding] = []
            for place, text in enumerate(texts, start=1):
                if text not in new:
                    continue
                scenario, found = self._checked(text, taken)
                wrong += [_in_pack(one, place, scenario) for one in found]
                if scenario is not None:
                    taken.add(scenario.id)
            if wrong:
                raise WithFindings(f"{len(wrong)} findings in this pack; nothing of it was taken", wrong)
            for text in new:
                self._new(session, organisation_id, by_id, text)
        return len(new), len(texts) - len(new)

    # parts

    def _new(self, session: Session, organisation_id: int, by_id: int, text: str) -> OwnScenario:
        there = select(func.count()).select_from(OwnScenario).where(
            OwnScenario.organisation_id == organisation_id
        )  # fmt: skip
        if (session.scalar(there) or 0) >= MOST:
            raise TooMuch(f"an organisation has at most {MOST} scenarios of its own")
        row = OwnScenario(organisation_id=organisation_id, text="", revision=0)
        session.add(row)
        self._keep(session, row, by_id, text)
        return row

    def _keep(self, session: Session, row: OwnScenario, by_id: int, text: str) -> None:
        if row.revision and text == row.text:
            return
        row.text, row.revision = text, row.revision + 1
        row.title, row.language = _named(text)
        row.changed_at, row.changed_by = self._clock(), by_id
        session.flush()
        session.add(
            OwnScenarioVersion(
                organisation_id=row.organisation_id, scenario_id=row.id, number=row.revision, text=text, by_id=by_id,
                at=row.changed_at,
            )
        )  # fmt: skip
        session.flush()

    @staticmethod
    def _whole(session: Session, row: OwnScenario) -> OwnView:
        query = (
            select(OwnScenarioVersion.number, Person.name, OwnScenarioVersion.at)
            .outerjoin(Person, Person.id == OwnScenarioVersion.by_id)
            .where(
                OwnScenarioVersion.organisation_id == row.organisation_id,
                OwnScenarioVersion.scenario_id == row.id,
            )
            .order_by(OwnScenarioVersion.number.desc())
            .limit(LISTED)
        )
        versions = tuple(VersionView(*found) for found in session.execute(query))
        return _view(row, versions[0].by if versions else None, versions)


def read_pack(pack: str) -> list[str]:
    """Return the texts of a pack.

    :raises NoPack: naming what is wrong.
    """
    try:
        data = json.loads(pack)
    except (ValueError, RecursionError):
        raise NoPack("this is no pack of scenarios: it is not JSON") from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise NoPack(f"this is no pack of scenarios: its format must be {FORMAT}")
    texts = data.get("scenarios")
    if not isinstance(texts, list) or not texts or not all(isinstance(one, str) for one in texts):
        raise NoPack("this is no pack of scenarios: scenarios must be a list of texts")
    if len(texts) > MOST:
        raise NoPack(f"a pack has at most {MOST} scenarios, this one {len(texts)}")
    return texts


def _in_pack(found: Finding, place: int, scenario: Scenario | None) -> Finding:
    named = f"{place} ({scenario.id})" if scenario is not None else str(place)
    says = found.removeprefix(f"{found.place}: ")
    return Finding(says, found.code, f"{named}: {found.place}".rstrip(": "), **found.values)


def _clean(text: str) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip("\n") + "\n"
    if len(text) > LONGEST or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise TooMuch(f"a scenario has at most {LONGEST} characters, this one {len(text)}")
    return text


def _named(text: str) -> tuple[str, str]:
    """Return title and language of a text, as far as one can read it."""
    try:
        data: Any = safe_yaml.load(text)
    except safe_yaml.UnsafeYaml:
        return "", ""
    if not isinstance(data, dict):
        return "", ""
    title, language = data.get("title"), data.get("language")
    return (
        title.strip()[:_LONGEST_TITLE] if isinstance(title, str) else "",
        language if language in LANGUAGES else "",
    )


def _find(session: Session, organisation_id: int, number: int) -> OwnScenario:
    row = session.scalar(
        select(OwnScenario).where(OwnScenario.id == number, OwnScenario.organisation_id == organisation_id)
    )
    if row is None:
        raise NoSuchExercise(f"your organisation has no scenario {number} of its own")
    return row


def _version(session: Session, number: int, version: int) -> str:
    found = session.scalar(
        select(OwnScenarioVersion.text).where(
            OwnScenarioVersion.scenario_id == number, OwnScenarioVersion.number == version
        )
    )
    if found is None:
        raise NoSuchExercise(f"scenario {number} has no version {version}")
    return found


def _view(row: OwnScenario, by: str | None, versions: tuple[VersionView, ...] = ()) -> OwnView:
    return OwnView(
        row.id, row.text, row.revision, row.title, row.language, row.exercise_id, row.offered_revision, row.retired,
        row.changed_at, by, versions,
    )  # fmt: skip
