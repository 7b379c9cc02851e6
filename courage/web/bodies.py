"""How much of what is sent may be in memory at once: large bodies have a room of their own, and a limit for each sender.

A body is read whole before it is worked on. Small ones are let through, since connections are bounded; for a large one
there has to be room before its first byte is read, and there is until its request is answered. Strangers have a room
apart and few addresses that take large bodies, so that they cannot keep people from sending theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from courage.web.client import client_address
from courage.web.errors import Busy, TooLarge
from courage.web.keys import BODIES, SERVICES, VISITOR
from courage.web.security import guards_itself
from courage.web.table import ROUTES

#: Bytes that anybody may send at any time: all forms fit but those that hold files, libraries and long texts.
SMALL: Final = 65_536
#: Bytes of large bodies that are under way at once: of people who are logged in, and of others.
ROOM: Final = 48_000_000
ROOM_OF_STRANGERS: Final = 16_000_000
#: Large bodies of one person, or from one address, at once.
EACH: Final = 4


class Bodies:
    """Gives large bodies room, and takes it back. For one event loop."""

    def __init__(self, room: int = ROOM, of_strangers: int = ROOM_OF_STRANGERS, each: int = EACH) -> None:
        self._free = {"person": room, "address": of_strangers}
        self._each = each
        self._open: Counter[tuple[str, object]] = Counter()

    @contextmanager
    def hold(self, size: int, kind: str, who: object) -> Iterator[None]:
        """Hold room for a body; ``kind`` of its sender is ``person`` or ``address``.

        :raises Busy: if there is none, or the sender has enough under way.
        """
        key = (kind, who)
        if self._open[key] >= self._each or self._free[kind] < size:
            if not self._open[key]:
                del self._open[key]
            raise Busy("too many large files are being sent at this moment; try again in a few seconds")
        self._free[kind] -= size
        self._open[key] += 1
        try:
            yield
        finally:
            self._free[kind] += size
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


@web.middleware
async def bounded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request through once there is room for its body.

    :raises TooLarge: if nobody may send so much, or not whoever sends it.
    """
    if guards_itself(request) or not request.body_exists:
        return await handler(request)
    most = request.config_dict[SERVICES].max_body
    size = most if request.content_length is None else request.content_length
    if size <= SMALL:
        return await handler(request)
    if request.content_length is not None and size > most:
        raise TooLarge(f"the body has {size} bytes; at most {most} are allowed")
    who = request[VISITOR]
    if who is None and not _takes_large(request):
        raise TooLarge(f"whoever is not logged in sends {SMALL} bytes at most, and says how many")
    kind, whose = ("person", who.person.id) if who is not None else ("address", client_address(request))
    with request.app[BODIES].hold(size, kind, whose):
        return await handler(request)


def _takes_large(request: web.Request) -> bool:
    """Say whether an address takes large bodies of strangers: texts that are shared, and what programs send."""
    found = request.app[ROUTES].get(request.match_info.route)
    return found is not None and (found.kind in ("share", "machine") or bool(found.scope))
