"""What was said around the message of a case, asked of the chat system while somebody waits for it, and kept nowhere.

Benign messages are never stored, so the thread around a message can only be looked up. What screening flags stays hidden
until it is asked for by itself, which counts as having read it; authors are numbered, and their names asked of nobody.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from hashlib import blake2b
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess
from courage.cases.care import require_rested
from courage.cases.errors import CannotLookAround, ChannelError, ChannelNotServed, ChannelRefused
from courage.cases.learnt import Learnt
from courage.cases.ledger import note
from courage.cases.ports import Channel, LooksAround, Neighbour, Screen
from courage.db.models.cases import Case, CaseEvent, CaseMessage
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.people.pseudonym import pseudonym
from courage.people.rooms import Rooms

#: How many messages before and after one are looked at.
BEFORE: Final = 12
AFTER: Final = 8
#: How long the chat system may take, in seconds.
PATIENCE: Final = 15.0
#: Shorter ids may be words of a sentence, so they are not replaced in texts.
_SHORTEST_ID: Final = 6
#: How many asked-for messages are listened to; more there cannot be on a page.
_MOST_SHOWN: Final = BEFORE + AFTER
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AroundLine:
    """One line around a message.

    ``member`` is 0 for the author of the case's message, else counts the others from 1; ``None`` where nobody is to be
    named. ``kind`` is one of a :class:`courage.cases.ports.Neighbour`, or ``this`` for the case's own message. ``case_id`` is
    set where the message has a case of its own, which shows it. ``flagged`` says that screening flags it: ``text`` is ``None``
    then, until it is asked for by its ``message_id``. ``verdict`` is there when it is shown.
    """

    message_id: str
    kind: str
    sent_at: datetime
    member: int | None
    text: str | None = field(default=None, repr=False)
    flagged: bool = False
    case_id: int | None = None
    by_author: bool | None = None
    verdict: Verdict | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a case's message stands, and what is known of it."""

    organisation_id: int
    channel: str
    room_id: str
    message_id: str
    author: str


class Surroundings:
    """Looks around the messages of cases.

    :param channels: the chat systems that this process speaks with; a live mapping may be handed in.
    :param screen: screens a text and keeps nothing of it, not even in counts.
    :param key: the secret behind pseudonyms.
    """

    def __init__(
        self,
        access: CaseAccess,
        channels: Mapping[str, Channel],
        screen: Screen,
        learnt: Learnt,
        rooms: Rooms,
        key: bytes,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._access = access
        self._channels = channels
        self._screen = screen
        self._learnt = learnt
        self._rooms = rooms
        self._key = key
        self._patience = patience

    def possible(self, channel: str) -> bool | None:
        """Say whether a chat system shows what was said around a message; ``None`` where it is not connected here."""
        found = self._channels.get(channel)
        return None if found is None else isinstance(found, LooksAround)

    async def look(self, case_id: int, person_id: int, shown: Collection[str] = ()) -> tuple[AroundLine, ...]:
        """Return what stands around a case's message now, in the order of time.

        That somebody looked is noted in the audit trail, without anything that was said, and so is each flagged message
        that they ask for.

        :param shown: the ids of flagged messages that the person asked to see.
        :raises Enough: if they take a break, or have read enough for today.
        :raises CannotLookAround: if the text of the case is not kept any more, the room went to another organisation, or
            the chat system does not show it.
        """
        place = await asyncio.to_thread(self._begin, case_id, person_id)
        found = await self._ask(place)
        cases = await asyncio.to_thread(self._cases, case_id, person_id, [one.message_id for one in found])
        asked = [one.message_id for one in found if one.message_id in set(shown)][:_MOST_SHOWN]
        sensitivity = await asyncio.to_thread(
            self._rooms.sensitivity, place.channel, place.room_id, place.organisation_id
        )
        members = _Members(self._key, place)
        for one in found:
            if one.kind != "own":
                members.number(one.author)
        lines = await asyncio.gather(
            *(
                self._line(case_id, place, one, members, cases.get(one.message_id), sensitivity)
                for one in found
            )
        )
        opened = [line for line in lines if line.flagged and line.message_id in asked]
        # Before anybody sees it: what was shown and not noted would not count.
        await asyncio.to_thread(self._note, case_id, person_id, place, [line.message_id for line in opened])
        return tuple(line if line in opened or not line.flagged else _closed(line) for line in lines)

    def _begin(self, case_id: int, person_id: int) -> _Place:
        """Let pass who may read the case's message; return where it stands."""
        with self._access.read(case_id, person_id) as (session, case, person):
            require_rested(session, person, case, self._access.clock())
            if case.text is None:
                raise CannotLookAround(
                    f"the message of case {case.id} is not kept any more", say="around.purged"
                )
            place = _Place(case.organisation_id, case.channel, case.room_id, case.message_id, case.author)
        room = self._rooms.anywhere(place.channel, place.room_id)
        if room is not None and room.organisation_id != place.organisation_id:
            raise CannotLookAround(
                f"the room of case {case_id} belongs to another organisation now", say="around.given"
            )
        return place

    async def _ask(self, place: _Place) -> Sequence[Neighbour]:
        channel = self._channels.get(place.channel)
        if channel is None:
            raise ChannelNotServed(place.channel, "what was said around", tuple(self._channels))
        if not isinstance(channel, LooksAround):
            raise CannotLookAround(
                f"{place.channel} gives bots no way to read what was said before", say="around.cannot"
            )
        try:
            async with asyncio.timeout(self._patience):
                found = await channel.around(place.room_id, place.message_id, BEFORE, AFTER)
        except ChannelRefused:
            raise CannotLookAround(
                f"{place.channel} does not show what is around the message", say="around.refused"
            ) from None
        except (ChannelError, TimeoutError):
            raise CannotLookAround(f"{place.channel} does not answer just now", say="around.away") from None
        return found

    def _cases(self, case_id: int, person_id: int, message_ids: Sequence[str]) -> dict[str, int]:
        """Return which of some messages of the case's room have cases, by their ids."""
        with self._access.read(case_id, person_id) as (session, case, _):
            rows = session.execute(
                select(CaseMessage.message_id, CaseMessage.case_id).where(
                    CaseMessage.organisation_id == case.organisation_id,
                    CaseMessage.channel == case.channel,
                    CaseMessage.room_id == case.room_id,
                    CaseMessage.message_id.in_(message_ids),
                )
            )
            return {row.message_id: row.case_id for row in rows}

    async def _line(
        self,
        case_id: int,
        place: _Place,
        one: Neighbour,
        members: _Members,
        number: int | None,
        sensitivity: str,
    ) -> AroundLine:
        member = None if one.kind == "own" else members.number(one.author)
        if one.message_id == place.message_id:
            return AroundLine(one.message_id, "this", one.sent_at, member, case_id=case_id)
        if one.kind not in ("message", "own"):
            return AroundLine(one.message_id, one.kind, one.sent_at, member, by_author=one.by_author)
        if number is not None:
            return AroundLine(one.message_id, "message", one.sent_at, member, flagged=True, case_id=number)
        text = members.without_ids(one.text)
        if one.kind == "own":
            return AroundLine(one.message_id, "own", one.sent_at, None, text)
        verdict = await self._judge(text, sensitivity, place.organisation_id)
        # What cannot be screened is no less hidden than what is flagged.
        flagged = verdict is None or verdict.hateful or verdict.wants_people
        return AroundLine(
            one.message_id, "message", one.sent_at, member, text, flagged, verdict=verdict if flagged else None
        )  # fmt: skip

    async def _judge(self, text: str, sensitivity: str, organisation_id: int) -> Verdict | None:
        try:
            verdict = await self._screen(text, sensitivity)
            return await self._learnt.apply(verdict, organisation_id)
        except CourageError as error:
            _log.info("a message around a case could not be screened: %s", type(error).__name__)
            return None

    def _note(self, case_id: int, person_id: int, place: _Place, message_ids: Sequence[str]) -> None:
        """Count the look and each flagged message that was asked for, once a day; of that only a keyed digest is noted."""
        with self._access.change(case_id, person_id) as (session, case, person, now):
            if not _noted(session, case, person.id, "around", now):
                note(session, case, "around", now, person.id)
                session.flush()
            noted = {data.get("of") for data in _noted(session, case, person.id, "around_shown", now)}
            for of in dict.fromkeys(self._digest(place, message_id) for message_id in message_ids):
                require_rested(session, person, case, now, of)
                if of not in noted:
                    note(session, case, "around_shown", now, person.id, of=of)
                    session.flush()

    def _digest(self, place: _Place, message_id: str) -> str:
        said = "\0".join((place.channel, place.room_id, message_id)).encode("utf-8", "surrogatepass")
        return blake2b(said, key=self._key[:64], digest_size=8, person=b"courage-around").hexdigest()


def _noted(
    session: Session, case: Case, person_id: int, kind: str, now: datetime
) -> Sequence[Mapping[str, object]]:
    """Return what was noted of a person on a case since midnight (UTC)."""
    midnight = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    return session.scalars(
        select(CaseEvent.data).where(
            CaseEvent.case_id == case.id,
            CaseEvent.person_id == person_id,
            CaseEvent.kind == kind,
            CaseEvent.at >= midnight,
        )
    ).all()


class _Members:
    """Numbers the people around a message, in the order in which they are met; its author is 0."""

    def __init__(self, key: bytes, place: _Place) -> None:
        self._key = key
        self._place = place
        self._numbers: dict[str, int] = {}

    def number(self, author: str) -> int | None:
        if not author:
            return None
        if author not in self._numbers:
            own = pseudonym(self._key, self._place.channel, author) == self._place.author
            others = sum(number > 0 for number in self._numbers.values())
            self._numbers[author] = 0 if own else others + 1
        return self._numbers[author]

    def without_ids(self, text: str) -> str:
        """Return a text in which the people of the conversation are numbers, too, where their ids stand in it."""
        for author, number in self._numbers.items():
            if len(author) >= _SHORTEST_ID:
                said = f"@{number or '…'}"
                text = re.sub(rf"<@!?{re.escape(author)}>|@?{re.escape(author)}(?!\w)", said, text)
        return text


def _closed(line: AroundLine) -> AroundLine:
    return AroundLine(
        line.message_id, line.kind, line.sent_at, line.member, None, True, line.case_id, line.by_author
    )
