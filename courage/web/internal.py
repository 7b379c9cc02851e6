"""What Rasa asks of the engine over loopback: verdicts and members' messages; further routes are handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime

from aiohttp import web

from courage.cases.errors import TooManyMessages
from courage.cases.intake import InboundMessage, Intake, Receipt
from courage.cases.learnt import Learnt
from courage.cases.ports import Recommending, Screen
from courage.detection.verdict import Verdict as Judged
from courage.people.errors import PersonError
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.rooms import Rooms
from courage.web.api.answers import json as answer
from courage.web.errors import BadInput
from courage.web.guard import guard
from courage.web.reading import decode_json
from courage.web.schemas import internal as schemas
from courage.web.schemas.refusals import Model, checked
from courage.web.schemas.screening import ScreenedAdvice, Verdict


async def _read(request: web.Request, model: type[Model]) -> Model:
    return checked(model, decode_json(await request.read()))


class Whose:
    """Says whose decisions and library an internal call is answered with: those of the person or room it serves."""

    def __init__(self, people: People, rooms: Rooms, organisations: Organisations) -> None:
        self._people = people
        self._rooms = rooms
        self._organisations = organisations

    def served(self, asked: schemas.Served) -> int:
        """Return the organisation of the person or room; where neither is named, the only one there is.

        :raises BadInput: if the two are of different organisations, the person is not there, or neither is named and
            there are several organisations.
        """
        found = {self._of_person(asked.person_id), self._of_room(asked)} - {None}
        if len(found) > 1:
            raise BadInput("fields 'person_id' and 'room_id' are of different organisations")
        for whose in found:
            if whose is not None:
                return whose
        known = self._organisations.list()
        if len(known) > 1:
            raise BadInput(
                "there are several organisations: say who is served with 'person_id', or with 'channel' and 'room_id'"
            )
        return known[0].id

    def _of_person(self, person_id: int | None) -> int | None:
        if person_id is None:
            return None
        try:
            return self._people.get(person_id).organisation_id
        except PersonError:
            raise BadInput("field 'person_id' names nobody") from None

    def _of_room(self, asked: schemas.Served) -> int | None:
        if (asked.channel is None) != (asked.room_id is None):
            raise BadInput("fields 'channel' and 'room_id' go together")
        if asked.channel is None or asked.room_id is None:
            return None
        return self._rooms.owner(asked.channel, asked.room_id)


class Internal:
    """The engine's side of the contract with Rasa; every call but ``/health`` needs the shared secret."""

    def __init__(
        self,
        secret: str,
        screen: Screen,
        learnt: Learnt,
        intake: Intake,
        recommender: Recommending,
        sensitivity: str,
        whose: Whose,
        routes: Iterable[web.RouteDef] = (),
    ) -> None:
        self._guard = guard(secret)
        self._recommender = recommender
        self._screen = screen
        self._learnt = learnt
        self._intake = intake
        self._sensitivity = sensitivity
        self._whose = whose
        self._routes = tuple(routes)

    def application(self) -> web.Application:
        """Return the sub-application to be mounted under ``/internal``."""
        app = web.Application(middlewares=[self._guard])
        app.router.add_post("/screen", self.screen)
        app.router.add_post("/suggest", self.suggest)
        app.router.add_post("/messages", self.message)
        app.router.add_routes(self._routes)
        return app

    async def screen(self, request: web.Request) -> web.Response:
        """Answer with the verdict on a text, as those who are served decided about its words."""
        asked = await _read(request, schemas.ScreenMessage)
        verdict = await self._judge(asked, asked.sensitivity, await self._served(asked))
        return answer(Verdict.model_validate(verdict))

    async def suggest(self, request: web.Request) -> web.Response:
        """Answer with the verdict on a text and suggestions of the library of those who are served."""
        asked = await _read(request, schemas.SuggestForMessage)
        whose = await self._served(asked)
        verdict = await self._judge(asked, None, whose)
        advice = await asyncio.to_thread(
            self._recommender.suggest, asked.text, verdict, organisation_id=whose
        )
        return answer(ScreenedAdvice.of(verdict, advice))

    async def _served(self, asked: schemas.Served) -> int:
        return await asyncio.to_thread(self._whose.served, asked)

    async def _judge(self, asked: schemas.Served, sensitivity: str | None, whose: int) -> Judged:
        verdict = await self._screen(asked.text, sensitivity or self._sensitivity)
        return await self._learnt.apply(verdict, whose)

    async def message(self, request: web.Request) -> web.Response:
        """Take in a member's message that reached Rasa through one of its own connectors."""
        asked = await _read(request, schemas.MemberMessage)
        message = InboundMessage(
            organisation_id=asked.organisation_id,
            channel=asked.channel,
            room_id=asked.room_id,
            message_id=asked.message_id,
            author=asked.author,
            text=asked.text,
            sent_at=asked.sent(datetime.now(UTC)),
            reply_to=asked.reply_to,
            edited=bool(asked.edited),
        )
        try:
            receipt = await self._intake.receive(message)
        except TooManyMessages:  # connectors of Rasa's own do not bring a message again
            await self._intake.left_unread(message.channel, message.room_id)
            receipt = Receipt(None)
        return answer(schemas.Receipt.model_validate(receipt))
