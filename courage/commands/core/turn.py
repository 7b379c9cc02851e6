"""One message that is being answered: who speaks, what was understood, how to answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from courage.cases.conversation import Answer
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words
from courage.commands.core.errors import CommandRefused
from courage.commands.core.memory import Remembered
from courage.commands.core.services import CommandServices
from courage.db.engine import DEFAULT_ORGANISATION
from courage.i18n.catalogue import Voice
from courage.library.suggest.sayings import Saying
from courage.people.errors import PersonError
from courage.people.views import PersonView


@dataclass(frozen=True, slots=True)
class Request:
    """A message as it was understood.

    ``arguments`` are names and values in the order of the message. ``exact`` says that it was an exact command
    and not a sentence that only seemed to mean it. ``metadata`` is what the connector says of it; only
    connectors can set it. ``sender`` is the connector's key of the conversation. ``guesses`` are the commands that a
    sentence may have meant which was not understood for sure, the likeliest first.
    """

    command: str
    sender: str
    metadata: Mapping[str, Any]
    arguments: tuple[tuple[str, Any], ...] = ()
    exact: bool = False
    message_id: str | None = None
    guesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks and where; ``person`` is ``None`` for members and people nobody knows."""

    organisation_id: int
    person: PersonView | None
    channel: str
    room_id: str
    room_kind: str
    language: str
    key: tuple[object, ...]

    @property
    def role(self) -> str | None:
        """The person's role, ``None`` for members."""
        return None if self.person is None else self.person.role


async def speaker_of(metadata: Mapping[str, Any], sender: str, services: CommandServices) -> Speaker:
    """Return who wrote a message, from what its connector says of it.

    The ``key`` of what their conversation remembers is theirs alone: a person (else account, else ``sender``)
    in a room.
    """
    channel = str(metadata.get("channel") or "unknown")
    given = metadata.get("organisation_id")
    organisation_id = given if isinstance(given, int) else DEFAULT_ORGANISATION
    if given is None and services.rooms is not None and (room := metadata.get("room_id")):
        # Rasa's own connectors know rooms, not whose they are.
        organisation_id = await asyncio.to_thread(services.rooms.owner, channel, str(room))
    person: PersonView | None = None
    person_id, author = metadata.get("person_id"), metadata.get("author")
    if isinstance(person_id, int):
        try:
            person = await asyncio.to_thread(services.people.get, person_id)
        except PersonError:
            person = None
    elif isinstance(author, str) and author:
        # Rasa's own connectors know accounts, not people.
        person = await asyncio.to_thread(services.people.by_identity, channel, author, organisation_id)
    if person is not None and not (
        person.active
        and (person.organisation_id == organisation_id or await _practises(person, organisation_id, services))
    ):
        person = None
    own = person.languages[0] if person is not None and person.languages else services.language
    room_id = str(metadata.get("room_id") or sender)
    return Speaker(
        organisation_id=organisation_id,
        person=person,
        channel=channel,
        room_id=room_id,
        room_kind=str(metadata.get("room_kind") or "direct"),
        language=str(metadata.get("language") or own),
        key=(organisation_id, channel, room_id, person.id if person is not None else author or sender),
    )


async def _practises(person: PersonView, organisation_id: int, services: CommandServices) -> bool:
    if services.practice_spaces is None:
        return False
    owner = await asyncio.to_thread(services.practice_spaces.owner, organisation_id)
    return owner is not None and owner.person_id == person.id


@dataclass(slots=True)
class Turn:
    """A request, its speaker, what the conversation remembers, and the answers given so far."""

    services: CommandServices
    request: Request
    speaker: Speaker
    memory: Remembered
    answers: list[Answer] = field(default_factory=list)

    @property
    def person(self) -> PersonView:
        """The person; only for commands that want a role, for which it was checked that there is one."""
        assert self.speaker.person is not None
        return self.speaker.person

    @property
    def exact(self) -> bool:
        """Whether the message was an exact command."""
        return self.request.exact

    def argument(self, name: str) -> Any:
        """Return the first value of an argument of the message, or ``None``."""
        return next((value for given, value in self.request.arguments if given == name), None)

    def arguments(self, name: str) -> list[Any]:
        """Return all values of an argument of the message."""
        return [value for given, value in self.request.arguments if given == name]

    def word(self, key: str, **values: object) -> str:
        """Return a text in the conversation's language."""
        return self.services.say(key, self.speaker.language, **values)

    def named(self, kind: str, value: str) -> str:
        """Return the spoken name of a code, such as a category or a strategy; unknown ones as they are."""
        return self.services.catalogue.named(kind, value, self.speaker.language)

    def why(self, reasons: Sequence[CaseReason]) -> str:
        """Return why there is a case, in one line of the conversation's language."""
        return in_words(reasons, lambda code, **values: self.word(f"why.{code}", **values), self.named)

    def saying(self, said: Saying) -> str:
        """Return what the recommender says in the conversation's language."""
        return said.in_words(Voice(self.services.catalogue, self.speaker.language))

    def button(self, name: str, payload: str, **values: object) -> Button:
        """Return a button titled by the catalogue that sends ``payload`` as if it were typed.

        A title with values has their names in its key: ``button.claim_case``.
        """
        return Button(self.word("_".join([f"button.{name}", *values]), **values), payload)

    def say(self, key: str, buttons: Sequence[Button] = (), **values: object) -> None:
        """Answer with a text of the catalogue."""
        self.tell(self.word(key, **values), buttons)

    def tell(self, text: str, buttons: Sequence[Button] = ()) -> None:
        """Answer with a text that is put together already."""
        shown = [{"title": button.title, "payload": button.payload} for button in buttons]
        self.answers.append({"text": text, "buttons": shown})  # type: ignore[typeddict-item]

    async def case(self, *, recent: bool = False) -> int:
        """Return the case that is meant: the one named, else the person's current one.

        ``recent`` also takes the one that this conversation dealt with last, which may be done already.

        :raises CommandRefused: if there is none.
        """
        named = self.argument("case")
        if isinstance(named, int):
            return named
        if recent and self.memory.last_case is not None:
            return self.memory.last_case
        current = await asyncio.to_thread(
            self.services.casework.current_case, self.person.id, self.speaker.organisation_id
        )
        if current is None:
            raise CommandRefused("no_current_case", [self.button("queue", "queue")])
        return current
