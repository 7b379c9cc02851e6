"""The trainer's side of a workshop: opening it, turns, showing answers, votes, how the talk goes on, the end.

All of its state is in the database, so that it goes on wherever an engine was killed. Everything is synchronous.
"""

from __future__ import annotations

import builtins
import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.errors import AcademyError
from courage.academy.figures import feelings_of
from courage.academy.play import step
from courage.academy.reply import REPORT, SILENCE, ReplyReading
from courage.academy.scenario import Scenario
from courage.academy.shelf import Shelf
from courage.academy.workshops.codes import make_code
from courage.academy.workshops.errors import NoSuchWorkshop, NotNow, WrongLength
from courage.academy.workshops.snapshot import (
    answers_of,
    counts,
    mixed,
    participants_of,
    scenario_of,
    snapshot,
    votes_of,
)
from courage.academy.workshops.views import Console, Seat, SelfRating, Snapshot, WorkshopView, Written
from courage.cases.events import EventBus
from courage.clock import Clock, utcnow
from courage.db.engine import reading, writing
from courage.db.models.workshops import (
    Workshop,
    WorkshopAnswer,
    WorkshopParticipant,
    WorkshopTurn,
    WorkshopVote,
)
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES

MAX_TITLE: Final = 120
MAX_NOTES: Final = 2000
MAX_SCENARIOS: Final = 10
#: How a talk goes on where no answer is taken.
WITHOUT: Final = {"silence": SILENCE, "report": REPORT}
_TRIES: Final = 20


class Reader(Protocol):
    """What reads a reply; safe to call from any thread."""

    def read(
        self, text: str, language: str, *, said: str, person_hit: str | None, cast: Sequence[str]
    ) -> ReplyReading:
        """Return what a reply does: ``said`` is what it answers, ``person_hit`` and ``cast`` are names."""
        ...


class ReadWhenAsked:
    """A reader that is loaded when the first reply is read: most engines hold no workshop.

    :param load: loads it; safe to call from any thread, and remembers what it loaded.
    """

    def __init__(self, load: Callable[[], Reader]) -> None:
        self._load = load
        self._lock = threading.Lock()

    def load(self) -> Reader:
        """Load the reader, if it is not there yet; it takes seconds."""
        with self._lock:
            return self._load()

    def read(
        self, text: str, language: str, *, said: str, person_hit: str | None, cast: Sequence[str]
    ) -> ReplyReading:
        """Return what a reply does."""
        return self.load().read(text, language, said=said, person_hit=person_hit, cast=cast)


class Leading:
    """Workshops as trainers lead them.

    :param bus: hears ``workshop`` with the number of what changed.
    :param keep: how long texts and names of participants are kept after the end.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        shelf: Shelf,
        reader: Reader,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
        keep: timedelta = timedelta(days=30),
    ) -> None:
        self._sessions = sessions
        self._shelf = shelf
        self._reader = reader
        self._bus = bus or EventBus()
        self._clock = clock
        self._keep = keep

    def prepare(self) -> None:
        """Get ready to read the first reply, while people still write; what goes wrong is said when it is read."""
        if isinstance(self._reader, ReadWhenAsked):
            with contextlib.suppress(CourageError):
                self._reader.load()

    # looking

    def list(self, organisation_id: int) -> builtins.list[WorkshopView]:
        """Return the workshops of an organisation, the latest first."""
        people = (
            select(func.count())
            .select_from(WorkshopParticipant)
            .where(
                WorkshopParticipant.organisation_id == organisation_id,
                WorkshopParticipant.workshop_id == Workshop.id,
            )
            .scalar_subquery()
        )
        query = (
            select(Workshop, people)
            .where(Workshop.organisation_id == organisation_id)
            .order_by(Workshop.id.desc())
            .limit(200)
        )
        with reading(self._sessions, organisation_id) as session:
            return [
                WorkshopView(
                    row.id, row.organisation_id, row.code, row.title, row.language, row.phase, count,
                    row.created_at, row.ended_at, row.texts_until,
                )
                for row, count in session.execute(query)
            ]  # fmt: skip

    def snapshot(self, workshop_id: int, organisation_id: int) -> Snapshot:
        """Return what everybody sees.

        :raises NoSuchWorkshop: if there is none in the organisation.
        """
        with reading(self._sessions, organisation_id) as session:
            return snapshot(session, _find(session, workshop_id), self._shelf)

    def console(self, workshop_id: int, organisation_id: int, who: int | None = None) -> Console:
        """Return what the trainer sees: who has answered, and what was answered, but not by whom.

        :param who: the person who looks; only who leads the workshop reads what people say of themselves.
        :raises NoSuchWorkshop: if there is none in the organisation.
        """
        with reading(self._sessions, organisation_id) as session:
            row = _find(session, workshop_id)
            turn = None if row.turn_id is None else session.get(WorkshopTurn, row.turn_id)
            here = turn is not None and row.phase in ("answer", "vote", "talk")
            answers = answers_of(session, turn) if here and turn is not None else {}
            votes = votes_of(session, turn) if here and turn is not None else {}
            voters = self._voters(session, turn) if here and turn is not None else set()
            writers = {answer.participant_id for answer in answers.values() if not answer.late}
            people = participants_of(session, row)
            known = self._shelf.within(session, organisation_id).scenarios
            return Console(
                snapshot(session, row, self._shelf),
                counts(session, row),
                tuple(Seat(p.id, p.name, p.id in writers, p.id in voters, p.seen_at) for p in people),
                tuple(
                    Written(
                        n, answers[n].text or "", turn is not None and n in turn.shown, answers[n].late,
                        votes.get(n, 0),
                    )
                    for n in mixed(row.turn_id or 0, builtins.list(answers))
                ),
                tuple(known[id_].title if id_ in known else id_ for id_ in row.scenarios),
                row.created_at,
                row.ended_at,
                row.texts_until,
                _rating(row, [(p.id, p.before, p.before_words) for p in people], who),
                _rating(row, [(p.id, p.after, p.after_words) for p in people], who),
            )  # fmt: skip

    @staticmethod
    def _voters(session: Session, turn: WorkshopTurn) -> set[int]:
        query = select(WorkshopVote.participant_id).where(
            WorkshopVote.organisation_id == turn.organisation_id, WorkshopVote.turn_id == turn.id
        )
        return set(session.scalars(query))

    # leading

    def create(
        self, organisation_id: int, trainer_id: int, title: str, language: str, scenarios: Sequence[str]
    ) -> int:
        """Open a workshop and return its number.

        :raises AcademyError: if the title is empty or too long, the language unknown, or a scenario not there.
        """
        title = " ".join(title.split())
        if not 1 <= len(title) <= MAX_TITLE:
            raise WrongLength(f"a title has 1 to {MAX_TITLE} characters, this one {len(title)}")
        if language not in LANGUAGES:
            raise AcademyError(f"language {language[:20]!r} is not one of {', '.join(LANGUAGES)}")
        if not 1 <= len(scenarios) <= MAX_SCENARIOS:
            raise AcademyError(f"a workshop has 1 to {MAX_SCENARIOS} scenarios; choose at least one")
        known = self._shelf.of(organisation_id)
        for one in scenarios:
            known.scenario(one)
        for _ in range(_TRIES):
            try:
                with writing(self._sessions, organisation_id) as session:
                    row = Workshop(
                        organisation_id=organisation_id, code=make_code(), title=title, language=language,
                        trainer_id=trainer_id, scenarios=builtins.list(dict.fromkeys(scenarios)),
                        created_at=self._clock(), changed_at=self._clock(),
                    )  # fmt: skip
                    session.add(row)
                    session.flush()
                    return row.id
            except IntegrityError:  # the code is somebody else's
                continue
        raise AcademyError("no free code was found; try again")

    def begin(self, workshop_id: int, organisation_id: int) -> None:
        """Begin the next scenario: the first from the lobby, another one when the last is over.

        :raises NotNow: if one is being played, or there is no further one.
        """
        with self._change(workshop_id, organisation_id, ("lobby", "outcome")) as (session, row):
            if row.place + 1 >= len(row.scenarios):
                raise NotNow("that was the last scenario; end the workshop", row.phase)
            row.place += 1
            scenario = self._scenario(session, row)
            row.started_at = row.started_at or self._clock()
            self._turn(session, row, scenario, scenario.start)

    def show(self, workshop_id: int, organisation_id: int, answers: Sequence[int]) -> None:
        """Show chosen answers, in mixed order and without names, and let people vote; again: show others.

        :raises NotNow: if nobody is answering or voting.
        :raises AcademyError: if none is chosen, or one is not of this turn.
        """
        with self._change(workshop_id, organisation_id, ("answer", "vote")) as (session, row):
            turn = session.get_one(WorkshopTurn, row.turn_id)
            there = answers_of(session, turn)
            chosen = builtins.list(dict.fromkeys(answers))
            if not chosen:
                raise AcademyError("choose at least one answer to show")
            if any(number not in there or there[number].late for number in chosen):
                raise AcademyError("one of these answers is not of this turn; look at the page again")
            turn.shown = mixed(turn.id, chosen)
            for vote in session.scalars(
                select(WorkshopVote).where(
                    WorkshopVote.organisation_id == row.organisation_id,
                    WorkshopVote.turn_id == turn.id,
                    WorkshopVote.answer_id.not_in(chosen),
                )
            ):
                session.delete(vote)  # for what is not on the screen any more; they vote anew
            row.phase = "vote"

    def talk(self, workshop_id: int, organisation_id: int) -> None:
        """Close the vote, or skip it, and talk about the answers.

        :raises NotNow: if nobody is answering or voting.
        """
        with self._change(workshop_id, organisation_id, ("answer", "vote")) as (_, row):
            row.phase = "talk"

    def write_down(self, workshop_id: int, organisation_id: int, notes: str) -> None:
        """Put the trainer's notes on the screen.

        :raises NotNow: if nothing is being talked about.
        :raises AcademyError: if they are too long.
        """
        notes = notes.strip()
        if len(notes) > MAX_NOTES:
            raise WrongLength(f"notes have at most {MAX_NOTES} characters, these {len(notes)}")
        with self._change(workshop_id, organisation_id, ("vote", "talk")) as (session, row):
            session.get_one(WorkshopTurn, row.turn_id).notes = notes

    def go_on(self, workshop_id: int, organisation_id: int, with_: int | str) -> None:
        """Let the talk go on with an answer (its number), or with ``silence`` or ``report``.

        :raises NotNow: if nothing is being talked about.
        :raises AcademyError: if there is no such answer in this turn.
        """
        before = self._to_read(workshop_id, organisation_id, with_)
        scenario, scene, text = before
        # Read outside of any transaction: it takes a while, and writers must not wait for it.
        read = WITHOUT.get(str(with_)) or self._reader.read(
            text,
            scenario.language,
            said=scenario.said_in(scene),
            person_hit=scenario.person_hit(),
            cast=scenario.names(),
        )
        taken = step(scenario, scene, read)
        with self._change(workshop_id, organisation_id, ("talk",)) as (session, row):
            if row.scene != scene:
                raise NotNow("the talk has gone on already; look at the page again", row.phase)
            turn = session.get_one(WorkshopTurn, row.turn_id)
            turn.went = "answer" if isinstance(with_, int) else with_
            turn.chosen_id = with_ if isinstance(with_, int) else None
            turn.because = taken.because
            turn.reading = {
                "kind": read.kind, "strategy": read.strategy, "tone": read.tone, "marks": builtins.list(read.marks)
            }  # fmt: skip
            if taken.ended:
                row.scene, row.phase = taken.scene, "outcome"
            else:
                self._turn(session, row, scenario, taken.scene)

    def _to_read(self, workshop_id: int, organisation_id: int, with_: int | str) -> tuple[Scenario, str, str]:
        with reading(self._sessions, organisation_id) as session:
            row = _find(session, workshop_id)
            if row.phase != "talk":
                raise NotNow("close the vote first", row.phase)
            scenario = self._scenario(session, row)
            if isinstance(with_, str):
                if with_ not in WITHOUT:
                    raise AcademyError(f"the talk goes on with an answer or with {', '.join(WITHOUT)}")
                return scenario, row.scene, ""
            answer = session.get(WorkshopAnswer, with_)
            if answer is None or answer.turn_id != row.turn_id or answer.text is None:
                raise AcademyError("this answer is not of this turn; look at the page again")
            return scenario, row.scene, answer.text

    def end(self, workshop_id: int, organisation_id: int) -> None:
        """End the workshop; certificates can be had, and the date is set on which texts and names go.

        :raises NotNow: if it has ended.
        """
        going = ("lobby", "answer", "vote", "talk", "outcome")
        with self._change(workshop_id, organisation_id, going) as (_, row):
            row.phase, row.ended_at = "ended", self._clock()
            row.texts_until = self._clock() + self._keep

    # parts

    def _scenario(self, session: Session, row: Workshop) -> Scenario:
        found = scenario_of(session, row, self._shelf)
        if found is None:
            raise AcademyError(
                f"the scenario {row.scenarios[row.place]} is not there any more; begin the next one"
            )
        return found

    def _turn(self, session: Session, row: Workshop, scenario: Scenario, scene: str) -> None:
        turn = WorkshopTurn(
            organisation_id=row.organisation_id, workshop_id=row.id, scenario=scenario.id, scene=scene,
            shown=[], reading={}, began_at=self._clock(),
        )  # fmt: skip
        session.add(turn)
        session.flush()
        row.turn_id, row.scene, row.phase = turn.id, scene, "answer"

    @contextmanager
    def _change(
        self, workshop_id: int, organisation_id: int, phases: Sequence[str]
    ) -> Iterator[tuple[Session, Workshop]]:
        with writing(self._sessions, organisation_id) as session:
            row = _find(session, workshop_id)
            if row.phase not in phases:
                raise NotNow(f"this cannot be done while the workshop is in {row.phase!r}", row.phase)
            yield session, row
            row.revision += 1
            row.changed_at = self._clock()
            session.flush()
            told = {"workshop_id": row.id, "organisation_id": row.organisation_id, "revision": row.revision}
        self._bus.publish("workshop", told)


def _find(session: Session, workshop_id: int) -> Workshop:
    row = session.get(Workshop, workshop_id) if 0 < workshop_id < 2**31 else None
    if row is None:
        raise NoSuchWorkshop(f"there is no workshop {workshop_id}")
    return row


def _rating(row: Workshop, said: Sequence[tuple[int, int | None, str | None]], who: int | None) -> SelfRating:
    feelings = feelings_of([feeling for _, feeling, _ in said])
    words = {number: text for number, _, text in said if text}
    told = tuple(words[number] for number in mixed(row.id, builtins.list(words)))
    return SelfRating(feelings.people, feelings.mean, told if who == row.trainer_id else None)
