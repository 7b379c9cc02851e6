"""Events between engines by publish and subscribe of a Redis that somebody runs already.

redis-py's own ``PubSub`` is left aside: where its connection breaks it makes a new one and subscribes again without a word,
so that what was told in between is missed and nobody learns of it, and its health check asks without waiting for the answer.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final
from uuid import uuid4

from redis.asyncio.connection import AbstractConnection, Connection, parse_url
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, NoPermissionError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from courage.redis_address import installation_name

_log = logging.getLogger(__name__)

#: Seconds: how long a line may say nothing before it is tried, and how long an answer may take.
_PATIENCE: Final = 3.0
_CONNECT: Final = 5.0
#: A machine that vanishes is noticed within seconds, not hours.
_KEEPALIVE: Final = {
    getattr(socket, name): seconds
    for name, seconds in (("TCP_KEEPIDLE", 3), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 2))
    if hasattr(socket, name)
}
_SEAL: Final = 32


class RedisTransport:
    """Carries events by Redis, sealed with a key of the installation: whoever else may speak there is not believed.

    :param address: address of the Redis, as :mod:`courage.redis_address` allows it.
    :param key: the installation's key; engines hear those with the same one.
    :param database: SQLAlchemy's address of the database that the engines share.
    :param patience: seconds that a line may say nothing before it is tried, and that an answer may take.
    """

    name = "Redis"

    def __init__(self, address: str, key: bytes, database: str, *, patience: float = _PATIENCE) -> None:
        self._options: dict[str, Any] = dict(parse_url(address))
        self._kind: type[AbstractConnection] = self._options.pop("connection_class", Connection)
        self._key = hmac.digest(key, b"events between engines", "sha256")
        self._channel = f"courage:events:{installation_name(key, database)}"
        self._patience = patience

    @asynccontextmanager
    async def connect(self) -> AsyncIterator[RedisLine]:
        """Open a line: one connection to hear, one to tell."""
        hearing, telling = self._connection(), self._connection()
        line = RedisLine(hearing, telling, self._channel, self._key, self._patience)
        try:
            for connection in (telling, hearing):
                async with asyncio.timeout(_CONNECT):
                    await connection.connect()  # type: ignore[no-untyped-call]
            await line.subscribe()
            yield line
        finally:
            for connection in (hearing, telling):
                await connection.disconnect(nowait=True)

    def _connection(self) -> AbstractConnection:
        options = dict(self._options)
        if issubclass(self._kind, Connection):
            options |= {"socket_keepalive": True, "socket_keepalive_options": _KEEPALIVE}
        return self._kind(
            **options,
            protocol=2,  # which every version speaks
            driver_info=None,  # one right less that its user needs
            socket_connect_timeout=_CONNECT,
            # Timeouts are ours: redis-py writes under asyncio.wait_for, which in Python 3.11 may swallow a cancellation.
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),  # a line that is made anew by itself has missed something
        )

    def explain(self, error: Exception) -> str | None:
        """Return what somebody has to look at: the password, what the user may do, TLS."""
        cause: BaseException | None = error
        while cause is not None:  # redis-py wraps some in others of its own
            if isinstance(cause, AuthenticationError):
                return "it refuses the user or the password in COURAGE_REDIS_URL"
            if isinstance(cause, NoPermissionError):
                return "its user lacks a right: +subscribe, +publish and the channels courage:*"
            if isinstance(cause, ssl.SSLCertVerificationError):
                return "its certificate is not one that this machine believes, or is for another host"
            if isinstance(cause, ssl.SSLError):
                return "no TLS came about; rediss:// asks for it, redis:// does not"
            cause = cause.__cause__ or cause.__context__
        return "" if isinstance(error, RedisError | OSError) else None


class RedisLine:
    """One connection that subscribes, and one that publishes.

    Where nothing is heard for a while, it tells itself something and waits for it. So it notices what no keepalive does: a
    server that is frozen, or one that takes what is told and hands it to nobody here.
    """

    def __init__(
        self,
        hearing: AbstractConnection,
        telling: AbstractConnection,
        channel: str,
        key: bytes,
        patience: float,
    ) -> None:
        self._hearing, self._telling = hearing, telling
        self._channel, self._key, self._patience = channel, key, patience
        self._own = f"{channel}:{uuid4().hex}"
        self._turn = asyncio.Lock()

    async def subscribe(self) -> None:
        """Begin to hear."""
        # The channel comes last, so that nothing is told before the answer to the last one.
        for channel in (self._own, self._channel):
            async with asyncio.timeout(self._patience):
                await self._hearing.send_command("SUBSCRIBE", channel)
                await self._hearing.read_response()

    async def hear(self) -> AsyncIterator[str]:
        """Yield what engines of this installation told.

        :raises redis.exceptions.RedisError: where the line is broken, or does not say back what was told.
        """
        asked = warned = False
        while True:
            found = await self._hearing.read_response(timeout=self._patience)
            if found is None:
                if asked:
                    raise RedisTimeoutError("it says nothing")
                await self._publish(self._own, b"")
                asked = True
                continue
            asked = False
            kind, channel, told = found
            if kind != b"message" or channel != self._channel.encode():
                continue
            seal, payload = told[:_SEAL], told[_SEAL:]
            if hmac.compare_digest(seal, self._sealed(payload)):
                yield payload.decode()
            elif not warned:  # once a line: whoever it is may have much to say
                warned = True
                _log.warning("something else speaks on the channel %s of Redis", self._channel)

    async def tell(self, payload: str) -> None:
        """Publish to all who listen."""
        told = payload.encode()
        await self._publish(self._channel, self._sealed(told) + told)

    def _sealed(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256").hex()[:_SEAL].encode()

    async def _publish(self, channel: str, payload: bytes) -> None:
        async with self._turn, asyncio.timeout(self._patience):  # answers come in the order of what was asked
            await self._telling.send_command("PUBLISH", channel, payload)
            await self._telling.read_response()
