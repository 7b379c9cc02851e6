"""Rocket.Chat's realtime API: Meteor's DDP over one websocket."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from courage.cases.errors import ChannelError
from courage.gateways.rocketchat.api import LoginRefused, Refused, RocketChatApi
from courage.gateways.rocketchat.settings import RocketChatSettings
from courage.gateways.values import mapping

Json = dict[str, Any]


class Realtime:
    """One connection: calls, subscriptions, and what the subscriptions tell, in order."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, timeout: float) -> None:
        self._socket = socket
        self._timeout = timeout
        self._numbers = itertools.count(1)
        self._waiting: dict[str, asyncio.Future[Json]] = {}
        self._events: asyncio.Queue[Json | None] = asyncio.Queue()

    async def call(self, method: str, *params: Any) -> Any:
        """Call a method and return its result.

        :raises Refused: if the server will not do it.
        :raises ChannelError: if it asks to slow down, or does not answer in time.
        """
        answer = await self._ask({"msg": "method", "method": method, "params": list(params)})
        if (error := answer.get("error")) is not None:
            found = _error(method, error)
            if found.retry_after is not None or isinstance(found, LoginRefused):
                raise found
            raise Refused(str(found), str(mapping(error).get("error") or ""))
        return answer.get("result")

    async def subscribe(self, stream: str, event: str) -> None:
        """Subscribe to an event of a stream; return when everything from now on is told.

        :raises ChannelError: if it is refused or not answered in time.
        """
        answer = await self._ask({"msg": "sub", "name": stream, "params": [event, False]})
        if answer.get("msg") == "nosub":
            raise _error(f"subscribing to {stream}", answer.get("error"))

    async def events(self) -> AsyncIterator[Json]:
        """Yield what the subscriptions tell.

        :raises ChannelError: when the connection is lost.
        """
        while (event := await self._events.get()) is not None:
            yield event
        raise ChannelError("the connection to Rocket.Chat was lost")

    async def _ask(self, body: Json) -> Json:
        number = str(next(self._numbers))
        future: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            async with asyncio.timeout(self._timeout):
                await self._socket.send_json({**body, "id": number})
                return await future
        except TimeoutError:
            raise ChannelError("Rocket.Chat does not answer on its websocket") from None
        except (aiohttp.ClientError, OSError):
            raise ChannelError("the connection to Rocket.Chat was lost") from None
        finally:
            self._waiting.pop(number, None)

    async def pump(self) -> None:
        """Read until the connection ends: answer pings, hand answers to who waits for them, keep the rest in order."""
        try:
            while True:
                message = await received(self._socket)
                match message.get("msg"):
                    case "ping":
                        pong = {"msg": "pong"} | ({"id": message["id"]} if "id" in message else {})
                        await self._socket.send_json(pong)
                    case "result" | "nosub":
                        self._answer(str(message.get("id")), message)
                    case "ready":
                        for number in message.get("subs") or []:
                            self._answer(str(number), message)
                    case "changed":
                        self._events.put_nowait(message)
        except (ChannelError, aiohttp.ClientError, OSError):
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(ChannelError("the connection to Rocket.Chat was lost"))
            self._events.put_nowait(None)

    def _answer(self, number: str, message: Json) -> None:
        future = self._waiting.get(number)
        if future is not None and not future.done():
            future.set_result(message)


@asynccontextmanager
async def connected(settings: RocketChatSettings, api: RocketChatApi) -> AsyncIterator[Realtime]:
    """Connect and log in with the token.

    :raises LoginRefused: if the token is not accepted.
    :raises ChannelError: when the connection is refused, silent or lost.
    """
    url = f"{settings.base}/websocket".replace("http", "ws", 1)
    try:
        async with (
            asyncio.timeout(settings.timeout) as limit,
            api.session().ws_connect(url, heartbeat=settings.heartbeat, max_msg_size=0) as socket,
        ):
            await socket.send_json({"msg": "connect", "version": "1", "support": ["1"]})
            while (await received(socket)).get("msg") != "connected":
                pass
            realtime = Realtime(socket, settings.timeout)
            # Read all the time: only who reads sees that the other side is still there.
            pumping = asyncio.create_task(realtime.pump(), name="rocketchat-socket")
            try:
                await realtime.call("login", {"resume": settings.token})
                limit.reschedule(None)
                yield realtime
            finally:
                pumping.cancel()
                await asyncio.gather(pumping, return_exceptions=True)
    except TimeoutError:
        raise ChannelError("Rocket.Chat does not answer on its websocket") from None
    except (aiohttp.ClientError, OSError) as error:
        raise ChannelError(
            f"the connection to Rocket.Chat was lost or refused ({type(error).__name__})"
        ) from None


async def received(socket: aiohttp.ClientWebSocketResponse) -> Json:
    """Return the next message of a socket; an empty one where it cannot be read.

    :raises ChannelError: when the connection is lost.
    """
    message = await socket.receive()
    if message.type is not aiohttp.WSMsgType.TEXT:
        raise ChannelError("the connection to Rocket.Chat was lost")
    try:
        body = json.loads(message.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _error(doing: str, error: Any) -> ChannelError:
    given = error if isinstance(error, dict) else {}
    details = given.get("details")
    wait = details.get("timeToReset") if isinstance(details, dict) else None
    reason = given.get("reason") or given.get("error") or "no reason given"
    if given.get("error") in (401, 403) and doing == "login":
        return LoginRefused("Rocket.Chat does not accept the bot's token")
    retry_after = wait / 1000 if isinstance(wait, int | float) else None
    return ChannelError(f"Rocket.Chat refused {doing}: {reason}", retry_after=retry_after)
