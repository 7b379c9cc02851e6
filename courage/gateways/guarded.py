"""Calls to addresses that people or browsers name: looked at when the connection is made, and never led elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.webhooks.guard import AddressRefused, Guard
from courage.shipped import courage_version


class GuardedCalls:
    """Posts bodies; follows no redirect, keeps no cookie, goes through no proxy.

    :param guard: which addresses may be called.
    :param patience: seconds that the other side has to answer.
    """

    def __init__(self, guard: Guard, patience: float) -> None:
        self._guard = guard
        self._patience = patience
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    @asynccontextmanager
    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Hand over a body and yield the answer, whatever its status.

        :raises ChannelError: if there was none; trying again may help.
        :raises ChannelRefused: if the address must not or cannot be called.
        """
        session = self.session(encrypted=url.startswith("https:"))
        try:
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                yield answer
        except AddressRefused as error:
            raise ChannelRefused(str(error)) from None
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, AddressRefused):
                raise ChannelRefused(str(error.os_error)) from None
            raise ChannelError(f"no connection: {type(error).__name__}") from None
        except aiohttp.InvalidURL:
            raise ChannelRefused("the address cannot be called") from None
        except (aiohttp.ClientError, OSError) as error:  # also the time limit
            slow = isinstance(error, asyncio.TimeoutError)
            said = f"no answer within {self._patience:g} s" if slow else f"failed: {type(error).__name__}"
            raise ChannelError(said) from None

    def session(self, *, encrypted: bool) -> aiohttp.ClientSession:
        """Return the session for addresses with or without https."""
        if encrypted not in self._sessions:
            self._sessions[encrypted] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=20,
                    limit_per_host=4,
                    force_close=True,  # the address is looked at for each call
                    socket_factory=self._guard.socket_factory(encrypted=encrypted),
                ),
                timeout=aiohttp.ClientTimeout(total=self._patience),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": f"Courage/{courage_version()}"},
                auto_decompress=False,
                trust_env=False,
            )
        return self._sessions[encrypted]

    async def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()
