"""The participants' side of a workshop: joining with a name, answering, voting. Nobody needs an account.

A participant is whoever holds the token that joining gave to their browser; only its hash is kept. Whatever is sent twice,
or late, or out of order, counts once: the newest number of a browser wins. Everything is synchronous.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from hashlib import sha256
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from courage.academy.errors import AcademyError
from courage.academy.shelf import Shelf
from courage.academy.workshops.codes import read_code
from courage.academy.workshops.errors import (
    Full,
    NoSuchWorkshop,
    NotNow,
    NotTakingPart,
    WrongLength,
)
from courage.academy.workshops.snapshot import counts, snapshot
from courage.academy.workshops.views import Counts, Own, Participant, Snapshot
from courage.cases.events import EventBus
from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.erasures import digest, remember
from courage.db.locks import hold
from courage.db.models.workshops import (
    Workshop,
    WorkshopAnswer,
    WorkshopParticipant,
    WorkshopTurn,
    WorkshopVote,
)
from courage.db.scope import scope_to, scope_to_every

MOST: Final = 60
MAX_NAME: Final = 60
MAX_ANSWER: Final = 1000
MAX_WORDS: Final = 500
#: How sure people say they feel: from not at all to very.
FEELING: Final = (1, 2, 3, 4, 5)
_WHOSE: Final = "a code, or what a browser holds, says whose workshop it is"
_SEEN_EVERY: Final = timedelta(minutes=1)


def clean_name(name: str) -> str:
    """Return a name as it is kept: one line, nothing in it that is invisible or turns the direction of other text.

    :raises AcademyError: if it is empty or too long.
    """
    shown = "".join(
        " " if c.isspace() else c for c in name if unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn")
    )
    shown = "".join(c for c in shown if c not in _TURNS)
    shown = " ".join(unicodedata.normalize("NFC", shown).split())
    if not 1 <= len(shown) <= MAX_NAME:
        raise WrongLength(f"a name has 1 to {MAX_NAME} characters, this one {len(shown)}")
    return shown


#: Marks that turn the direction of whatever follows them.
_TURNS: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\ufeff")


def hash_of(token: str) -> str:
    """Return the hash under which a participant's token is kept; it has 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class TakingPart:
    """Workshops as participants see them.

    :param bus: hears ``workshop`` with how many have answered and voted.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        shelf: Shelf,
        *,
        bus: EventBus | None = None,
        clock: Clock = utcnow,
        most: int = MOST,
    ) -> None:
        self._sessions = sessions
        self._shelf = shelf
        self._bus = bus or EventBus()
        self._clock = clock
        self._most = most

    def snapshot(self, typed: str) -> Snapshot:
        """Return what everybody sees of the workshop with a code, as somebody typed it.

        :raises NoSuchWorkshop: if there is none.
        """
        with self._sessions() as session:
            return snapshot(session, self._by_code(session, typed), self._shelf)

    def join(self, typed: str, name: str) -> str:
        """Take part under a name and return the token that the browser holds from now on.

        :raises NoSuchWorkshop: if there is no workshop with this code.
        :raises NotNow: if it has ended.
        :raises Full: if no more people can take part.
        """
        name = clean_name(name)
        token = secrets.token_urlsafe(32)
        with writing(self._sessions) as session:
            row = self._by_code(session, typed)
            hold(session, "workshop", row.id)
            if row.phase == "ended":
                raise NotNow("this workshop has ended", row.phase)
            there = select(func.count()).select_from(WorkshopParticipant)
            if (session.scalar(there.where(WorkshopParticipant.workshop_id == row.id)) or 0) >= self._most:
                raise Full(self._most)
            now = self._clock()
            session.add(
                WorkshopParticipant(
                    organisation_id=row.organisation_id, workshop_id=row.id, name=name,
                    token_hash=hash_of(token), joined_at=now, seen_at=now,
                )
            )  # fmt: skip
            session.flush()
            told = self._told(session, row)
        self._bus.publish("workshop", told)
        return token

    def who(self, typed: str, token: str) -> Participant:
        """Return whom a browser's token belongs to; that they are there is noted once a minute.

        :raises NoSuchWorkshop: if there is no workshop with this code.
        :raises NotTakingPart: if the token is not of this workshop.
        """
        with self._sessions() as session:
            row = self._by_code(session, typed)
            found = self._found(session, row, token)
            stale = row.phase != "ended" and self._clock() - found.seen_at >= _SEEN_EVERY
            view = Participant(found.id, row.id, row.organisation_id, found.name, found.before, found.after)
        if stale:
            with writing(self._sessions, view.organisation_id) as session:
                session.get_one(WorkshopParticipant, view.id).seen_at = self._clock()
        return view

    def own(self, who: Participant) -> Own:
        """Return what a participant has written and voted for in the turn under way."""
        with self._sessions() as session:
            scope_to(session, who.organisation_id)
            row = session.get_one(Workshop, who.workshop_id)
            if row.turn_id is None:
                return Own("", 0, None, None)
            answer = _answer(session, row.turn_id, who.id)
            vote = _vote(session, row.turn_id, who.id)
            return Own(
                "" if answer is None else answer.text or "",
                0 if answer is None else answer.number,
                None if answer is None else answer.id,
                None if vote is None else vote.answer_id,
            )

    def answer(self, who: Participant, turn_id: int, text: str, number: int) -> bool:
        """Keep an answer; return whether it is in time.

        The same or an older ``number`` of the same browser changes nothing. What comes when the talk has gone on is kept
        as late, as long as there was none; nothing that was sent is lost.

        :raises NotNow: if the workshop has ended.
        :raises AcademyError: if it is empty or too long, or there is no such turn.
        """
        text = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
        if not 1 <= len(text) <= MAX_ANSWER:
            raise WrongLength(f"an answer has 1 to {MAX_ANSWER} characters, this one {len(text)}")
        with writing(self._sessions, who.organisation_id) as session:
            row, turn = self._turn(session, who, turn_id)
            in_time = row.turn_id == turn.id and row.phase == "answer"
            old = _answer(session, turn.id, who.id)
            if old is None:
                session.add(
                    WorkshopAnswer(
                        organisation_id=row.organisation_id, turn_id=turn.id, participant_id=who.id, text=text,
                        number=number, late=not in_time, at=self._clock(),
                    )
                )  # fmt: skip
            elif number > old.number and in_time:
                old.text, old.number, old.at = text, number, self._clock()
            elif number > old.number:
                return False  # it was sent in time once; what was shown is not changed behind people's backs
            else:
                return not old.late
            session.get_one(WorkshopParticipant, who.id).seen_at = self._clock()
            session.flush()
            told = self._told(session, row)
        self._bus.publish("workshop", told)
        return in_time

    def vote(self, who: Participant, turn_id: int, answer_id: int, number: int) -> None:
        """Vote for the answer that is most helpful; the newest ``number`` of the browser counts.

        :raises NotNow: if nobody votes in this turn (any more).
        :raises AcademyError: if the answer is not on the screen, or one's own.
        """
        with writing(self._sessions, who.organisation_id) as session:
            row, turn = self._turn(session, who, turn_id)
            old = _vote(session, turn.id, who.id)
            if old is not None and number <= old.number:
                return
            if row.turn_id != turn.id or row.phase != "vote":
                raise NotNow("the vote is closed", row.phase)
            if answer_id not in turn.shown:
                raise AcademyError("this answer is not on the screen; look at the page again")
            answer = session.get_one(WorkshopAnswer, answer_id)
            if answer.participant_id == who.id:
                raise AcademyError("nobody votes for their own answer")
            if old is None:
                session.add(
                    WorkshopVote(
                        organisation_id=row.organisation_id, turn_id=turn.id, participant_id=who.id,
                        answer_id=answer_id, number=number, at=self._clock(),
                    )
                )  # fmt: skip
            else:
                old.answer_id, old.number, old.at = answer_id, number, self._clock()
            session.get_one(WorkshopParticipant, who.id).seen_at = self._clock()
            session.flush()
            told = self._told(session, row)
        self._bus.publish("workshop", told)

    def feel(
        self, who: Participant, *, before: int | None = None, after: int | None = None, words: str = ""
    ) -> None:
        """Keep how sure somebody says they feel, before or after the workshop.

        :param words: the same in their own words, if they want to; said again, the newest count.
        :raises AcademyError: if it is none of 1 to 5, or the words are too long.
        """
        words = words.strip()
        if len(words) > MAX_WORDS:
            raise WrongLength(f"your own words have at most {MAX_WORDS} characters, these {len(words)}")
        for value in (before, after):
            if value is not None and value not in FEELING:
                raise AcademyError(f"{value} is none of {', '.join(map(str, FEELING))}")
        with writing(self._sessions, who.organisation_id) as session:
            row = session.get_one(WorkshopParticipant, who.id)
            row.before = row.before if before is None else before
            row.after = row.after if after is None else after
            if before is not None:
                row.before_words = words or None
            if after is not None:
                row.after_words = words or None

    def leave(self, who: Participant) -> None:
        """Take somebody out, with all that they wrote."""
        with writing(self._sessions, who.organisation_id) as session:
            row = session.get_one(Workshop, who.workshop_id)
            for table in (WorkshopVote, WorkshopAnswer):
                for mine in session.scalars(
                    select(table).where(
                        table.organisation_id == who.organisation_id, table.participant_id == who.id
                    )
                ):
                    session.delete(mine)
                session.flush()
            mine_too = session.get_one(WorkshopParticipant, who.id)
            remember(session, "participant", digest(mine_too.token_hash))
            session.delete(mine_too)
            row.revision += 1  # an answer on the screen goes at once
            session.flush()
            told = self._told(session, row)
        self._bus.publish("workshop", told)

    def counts(self, workshop_id: int, organisation_id: int) -> Counts:
        """Return how many take part, have answered and have voted."""
        with self._sessions() as session:
            scope_to(session, organisation_id)
            return counts(session, session.get_one(Workshop, workshop_id))

    # parts

    def _by_code(self, session: Session, typed: str) -> Workshop:
        code = read_code(typed)
        scope_to_every(session, _WHOSE)
        row = None if code is None else session.scalar(select(Workshop).where(Workshop.code == code))
        if row is None:
            raise NoSuchWorkshop("there is no workshop with this code; ask your trainer for it")
        scope_to(session, row.organisation_id)
        return row

    @staticmethod
    def _found(session: Session, row: Workshop, token: str) -> WorkshopParticipant:
        found = session.scalar(
            select(WorkshopParticipant).where(
                WorkshopParticipant.organisation_id == row.organisation_id,
                WorkshopParticipant.workshop_id == row.id,
                WorkshopParticipant.token_hash == hash_of(token),
            )
        )
        if found is None or not token:
            raise NotTakingPart("you do not take part in this workshop yet; join it with a name")
        return found

    @staticmethod
    def _turn(session: Session, who: Participant, turn_id: int) -> tuple[Workshop, WorkshopTurn]:
        row = session.get_one(Workshop, who.workshop_id)
        turn = session.get(WorkshopTurn, turn_id) if 0 < turn_id < 2**31 else None
        if turn is None or turn.workshop_id != row.id:
            raise AcademyError("there is no such turn in this workshop")
        if row.phase == "ended":
            raise NotNow("this workshop has ended", row.phase)
        return row, turn

    @staticmethod
    def _told(session: Session, row: Workshop) -> dict[str, int]:
        now = counts(session, row)
        return {
            "workshop_id": row.id,
            "organisation_id": row.organisation_id,
            "revision": row.revision,
            "people": now.people,
            "answered": now.answered,
            "voted": now.voted,
        }


def _answer(session: Session, turn_id: int, participant_id: int) -> WorkshopAnswer | None:
    return session.scalar(
        select(WorkshopAnswer).where(
            WorkshopAnswer.turn_id == turn_id, WorkshopAnswer.participant_id == participant_id
        )
    )


def _vote(session: Session, turn_id: int, participant_id: int) -> WorkshopVote | None:
    return session.scalar(
        select(WorkshopVote).where(
            WorkshopVote.turn_id == turn_id, WorkshopVote.participant_id == participant_id
        )
    )
