"""What workshops show, live: made once for each revision and language, whoever asks, and told over server-sent events.

What participants and the screen see is the same for everybody, so that thirty browsers cost one look into the database.
"""

from __future__ import annotations

import asyncio
import json
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any, Final

from aiohttp import web

from courage.academy.workshops.views import Counts, Snapshot
from courage.clock import utcnow
from courage.db.allowances import MINUTE, Allowances
from courage.errors import CourageError
from courage.people.tries import Tries
from courage.web.errors import TooOften
from courage.web.keys import STREAMS, services
from courage.web.limits import Rate, SharedRate

#: Seconds between signs of life.
_HEARTBEAT: Final = 5.0
#: Signs of life between two looks whether somebody may still listen.
_LOOK_EVERY: Final = 6
_KEPT: Final = 200
#: Answers, votes and the like of a participant in a minute.
_WRITES: Final = 120


@dataclass(frozen=True, slots=True)
class Sheet:
    """A rendered part of a page, with the revision and phase that it shows."""

    revision: int
    phase: str
    html: str


class Sheets:
    """Keeps what was made, and makes nothing twice at the same time."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[Any, ...], asyncio.Task[Sheet]] = OrderedDict()

    async def get(self, key: tuple[Any, ...], make: Callable[[], Awaitable[Sheet]]) -> Sheet:
        """Return the sheet of a key, such as workshop, revision, language and kind."""
        task = self._made.get(key)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._made[key] = asyncio.ensure_future(make())
            while len(self._made) > _KEPT:
                self._made.popitem(last=False)
        assert task is not None
        return await asyncio.shield(task)


class WorkshopDesk:
    """What the pages of workshops share: sheets, and how often strangers may try things, at all engines together.

    :param tries: counts for all engines, within 15 minutes.
    :param allowances: of participants, for all engines; ``None``: each engine counts alone.
    """

    def __init__(self, tries: Tries | None = None, allowances: Allowances | None = None) -> None:
        self.sheets = Sheets()
        #: Codes that there are not, by address.
        self.wrong_codes = SharedRate("workshop code", 30, 900.0, tries)
        #: People who join, by address: two full workshops behind one router.
        self.joining = SharedRate("workshop join", 120, 900.0, tries)
        self.writing = Rate(_WRITES, 60.0)
        self._allowances = allowances

    async def write(self, organisation_id: int, participant_id: int) -> None:
        """Count an answer, a vote or the like of a participant.

        :raises TooOften: if there were too many in this minute, with the seconds to wait.
        """
        self.writing.count(participant_id)
        if self._allowances is None:
            return
        now, what = utcnow(), f"workshop writes {participant_id}"
        until = await asyncio.to_thread(self._allowances.spend, organisation_id, what, _WRITES, MINUTE, now)
        if until is not None:
            raise TooOften(max(1, math.ceil((until - now).total_seconds())))


WORKSHOPS: web.AppKey[WorkshopDesk] = web.AppKey("workshops", WorkshopDesk)


async def tell(
    request: web.Request,
    workshop_id: int,
    *,
    who: int,
    sheet: Callable[[int | None], Awaitable[Sheet]],
    allowed: Callable[[], Awaitable[object]],
    numbers: Callable[[], Awaitable[Counts]] | None = None,
) -> web.StreamResponse:
    """Tell a browser of a workshop until it goes away: what is to be seen, at once and whenever that changes.

    A browser that comes back says with ``Last-Event-ID`` what it has seen; it hears the newest state, never a gap.

    :param who: whose stream it is, for counting.
    :param sheet: makes what is to be seen, of a revision at least (``None``: of now).
    :param allowed: raises ``CourageError`` when the browser may not listen any more.
    :param numbers: how many take part, have answered and have voted, told at once and whenever it changes; ``None``: not told.
    """
    desk, streams = services(request), request.app[STREAMS]
    streams.enter(who)
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    try:
        async with desk.bus.subscribe("workshop", "resync", backlog=500) as events:
            await response.prepare(request)
            await response.write(b"retry: 1000\n\n")
            told = _told(request)
            now = await sheet(None)
            if now.revision != told:
                await response.write(_state(now))
            told, beats = now.revision, 0
            if numbers is not None:
                await response.write(_numbers(asdict(await numbers())))
            while True:
                try:
                    event = await asyncio.wait_for(anext(events), _HEARTBEAT)
                except TimeoutError:
                    beats += 1
                    if beats % _LOOK_EVERY == 0:
                        await allowed()
                    await response.write(b"event: beat\ndata: {}\n\n")
                    continue
                if event.topic == "resync":
                    return response  # something may have been missed: the browser comes back and looks anew
                if event.data.get("workshop_id") != workshop_id:
                    continue
                if event.data["revision"] > told:
                    now = await sheet(event.data["revision"])
                    if now.revision > told:
                        await response.write(_state(now))
                        told = now.revision
                if numbers is not None and "people" in event.data:
                    data = {key: event.data[key] for key in ("people", "answered", "voted")}
                    await response.write(_numbers(data))
    except CourageError:
        return response  # they may not listen any more; the browser asks again and hears why
    except (ConnectionError, asyncio.CancelledError):
        with suppress(Exception):
            return response
        raise
    finally:
        streams.leave(who)


def _state(sheet: Sheet) -> bytes:
    return f"id: {sheet.revision}\nevent: state\ndata: {json.dumps(asdict(sheet))}\n\n".encode()


def _numbers(data: dict[str, int]) -> bytes:
    return f"event: numbers\ndata: {json.dumps(data)}\n\n".encode()


def _told(request: web.Request) -> int:
    given = request.headers.get("Last-Event-ID", "") or request.query.get("seen", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1


def key_of(found: Snapshot, language: str, kind: str) -> tuple[Any, ...]:
    """Return the key of a sheet."""
    return (found.id, found.revision, language, kind)
