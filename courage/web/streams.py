"""Live events to browsers as server-sent events; they carry numbers and kinds, never texts."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from typing import Final

from aiohttp import web

from courage.cases.events import Event
from courage.people.views import PersonView
from courage.web.errors import TooManyStreams
from courage.web.keys import STREAMS, person, services, visitor
from courage.web.services import DeskServices

#: Seconds between signs of life; a page that hears none for longer than two of them says so and opens a new stream.
_HEARTBEAT: Final = 2.0
#: Signs of life between two looks whether the person is still logged in.
_LOOK_EVERY: Final = 10
_MOST: Final = 12


class Streams:
    """The open streams, so that they end with the engine and one person cannot open hundreds."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[object], int] = {}
        self._open: Counter[int] = Counter()

    def enter(self, person_id: int) -> None:
        """Count a stream.

        :raises TooManyStreams: if the person has too many already.
        """
        if self._open[person_id] >= _MOST:
            raise TooManyStreams(_MOST)
        self._open[person_id] += 1
        if (task := asyncio.current_task()) is not None:
            self._tasks[task] = person_id

    def leave(self, person_id: int) -> None:
        """Stop counting it."""
        self._open[person_id] -= 1
        if self._open[person_id] <= 0:
            del self._open[person_id]
        if (task := asyncio.current_task()) is not None:
            self._tasks.pop(task, None)

    def end(self, person_id: int) -> None:
        """End the streams of somebody whose access changed; a browser that may still hear comes back by itself."""
        for task, whose in list(self._tasks.items()):
            if whose == person_id:
                task.cancel()

    async def close(self, _: web.Application) -> None:
        """End all streams."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _concerns(desk: DeskServices, who: PersonView, event: Event) -> bool:
    """Say whether an event is a person's: of their organisation, or of their own practice."""
    spaces = desk.practice_spaces
    if event.topic == "practice":
        if spaces is None or desk.practice is None:
            return False
        space = await asyncio.to_thread(spaces.find, who.id)
        rooms = () if space is None else (desk.practice.group_of(space), desk.practice.desk_of(space))
        return event.data.get("room") in rooms
    organisation_id = event.data.get("organisation_id")
    if organisation_id == who.organisation_id:
        return True
    if spaces is None or not isinstance(organisation_id, int):
        return False  # what says not whose it is is nobody's to hear
    owner = await asyncio.to_thread(spaces.owner, organisation_id)
    return owner is not None and owner.person_id == who.id


async def events(request: web.Request) -> web.StreamResponse:
    """Tell the browser when something changed: cases, and lines of the practice rooms."""
    who, desk, streams = person(request), services(request), request.app[STREAMS]
    streams.enter(who.id)
    try:
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream; charset=utf-8",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        async with desk.bus.subscribe("case", "practice", "resync", backlog=200) as events:
            await response.prepare(request)
            await response.write(b"retry: 2000\nevent: hello\ndata: {}\n\n")
            beats = 0
            while True:
                try:
                    event = await asyncio.wait_for(anext(events), _HEARTBEAT)
                except TimeoutError:
                    beats += 1
                    # Whoever logged out or was deactivated meanwhile hears no more.
                    if beats % _LOOK_EVERY == 0 and (
                        await asyncio.to_thread(desk.people.session, visitor(request).token) is None
                    ):
                        break
                    await response.write(b"event: beat\ndata: {}\n\n")
                    continue
                if event.topic == "resync":
                    break  # something may have been missed: the browser comes back and looks anew
                if not await _concerns(desk, who, event):
                    continue
                # Looked at before each word: access may have been taken away from the command line, too.
                if await asyncio.to_thread(desk.people.session, visitor(request).token) is None:
                    break
                told = {k: v for k, v in event.data.items() if k in ("case_id", "event", "status", "room")}
                await response.write(f"event: {event.topic}\ndata: {json.dumps(told)}\n\n".encode())
        return response
    except (ConnectionError, asyncio.CancelledError):
        # The browser went away or the engine stops; aiohttp needs a response, nobody reads it.
        with suppress(UnboundLocalError):
            return response
        raise
    finally:
        streams.leave(who.id)
