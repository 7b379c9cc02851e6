"""Brings events to their addresses: the outbox's channel for them. No chat system, so it declares no gateway."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final, NoReturn

import aiohttp

from courage.cases.errors import ChannelError, ChannelRefused
from courage.cases.ports import Button, Card
from courage.cases.webhooks.events import CHANNEL
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.signing import headers
from courage.clock import Clock, utcnow
from courage.gateways.guarded import GuardedCalls

#: Seconds that a receiver has to answer.
_PATIENCE: Final = 15.0
_MOST_WAIT: Final = 3_600.0


class WebhookSender:
    """Posts signed events; follows no redirect, reads no answer, keeps no cookie, goes through no proxy."""

    name = CHANNEL
    #: Each event goes to an address of its own organisation.
    knows_organisations = True

    def __init__(self, guard: Guard, *, patience: float = _PATIENCE, clock: Clock = utcnow) -> None:
        self._calls = GuardedCalls(guard, patience)
        self._clock = clock

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    async def post_event(self, url: str, secret: str, message_id: str, body: bytes) -> str:
        """Hand an event over and return its id.

        :raises ChannelError: if the receiver did not take it; trying again may help.
        :raises ChannelRefused: if it never will.
        """
        signed = headers(secret, message_id, int(self._clock().timestamp()), body)
        async with self._calls.post(url, body, signed) as answer:
            self._judge(answer)
        return message_id

    def _judge(self, answer: aiohttp.ClientResponse) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise ChannelRefused(
                f"answered {status}: redirects are not followed; add the address it leads to"
            )
        if status == 410:
            raise ChannelRefused("answered 410: nobody is there any more; remove the webhook")
        raise ChannelError(f"answered {status}", self._retry_after(answer.headers.get("Retry-After", "")))

    def _retry_after(self, value: str) -> float | None:
        try:
            seconds = (
                float(value)
                if value.strip().isdigit()
                else (parsedate_to_datetime(value) - self._clock()).total_seconds()
            )
        except (ValueError, TypeError):
            return None
        return min(max(seconds, 0.0), _MOST_WAIT)

    async def send_card(self, card: Card, key: str) -> str:
        """Refuse: there is nobody who reads cards."""
        self._events_only()

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Refuse."""
        self._events_only()

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Refuse."""
        self._events_only()

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Refuse."""
        self._events_only()

    @staticmethod
    def _events_only() -> NoReturn:
        raise ChannelRefused("webhooks carry events only")
