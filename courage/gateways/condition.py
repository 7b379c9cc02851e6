"""How a gateway is: what ``/health`` says of it, who hears when that changes, and how reading goes on after trouble."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, NoReturn

from courage.cases.errors import ChannelError
from courage.cases.events import EventBus
from courage.gateways.base import Backoff
from courage.gateways.patience import Patience

_log = logging.getLogger(__name__)


class Condition:
    """State and notes of the gateway of a channel; ``title`` is how logs call the chat system.

    ``state`` is ``connecting``, ``ready``, ``waiting`` (trying again) or ``refused`` (needs a person). ``refusal`` are the
    errors that mean the last one.
    """

    def __init__(self, channel: str, title: str, bus: EventBus, *refusal: type[ChannelError]) -> None:
        self.channel, self.title = channel, title
        self._bus = bus
        self._refusal = refusal
        self.state, self.note = "connecting", ""
        self._waits, self.missing = "", ""

    def become(self, state: str, note: str = "") -> None:
        """Be in a state from now on; ``note`` says why."""
        if (state, note) != (self.state, self.note):
            self.state, self.note = state, note
            _log.info("%s: %s%s", self.title, state, f" ({note})" if note else "")
            self.changed()

    def messages_wait(self, note: str) -> None:
        """Say why messages wait for being screened; empty when none does any more."""
        if note != self._waits:
            self._waits = note
            self.changed()

    def changed(self) -> None:
        """Let those who watch know that something about the gateway is another."""
        self._bus.publish("channel", {"channel": self.channel, "state": self.state})

    def ended_by(self, error: Exception) -> float:
        """Take note of what ended reading; return how many seconds the chat system asks to wait."""
        if isinstance(error, ChannelError):
            self.become("refused" if isinstance(error, self._refusal) else "waiting", str(error))
            return error.retry_after or 0.0
        # Not the error's text: it may quote a message.
        name = type(error).__name__
        self.become("waiting", f"reading failed: {name}")
        where = RuntimeError(name).with_traceback(error.__traceback__)
        _log.error("the %s gateway failed: %s", self.title, name, exc_info=where)
        return 0.0

    async def keep_reading(self, read: Callable[[Backoff], Awaitable[None]]) -> NoReturn:
        """Read until cancelled, again and again; ``read`` resets the backoff when it goes well."""
        backoff = Backoff(longest=30.0)
        while True:
            asked = 0.0
            try:
                await read(backoff)
            except Exception as error:
                asked = self.ended_by(error)
            await asyncio.sleep(max(asked, backoff.next()))

    async def catch_up(self, read: Callable[[], Awaitable[None]], *, longest_wait: float = 30.0) -> None:
        """Read what was missed, however many tries that takes; :attr:`missing` says why it is not read yet."""
        backoff = Backoff(longest=longest_wait)
        while True:
            try:
                await read()
            except Exception as error:
                # Not the error's text, but for our own kind: it may quote a message.
                why = str(error) if isinstance(error, ChannelError) else type(error).__name__
                self.missing = f"what was missed cannot be read: {why}"
                _log.warning("%s: %s", self.title, self.missing)
                self.changed()
                retry_after = error.retry_after if isinstance(error, ChannelError) else None
                await asyncio.sleep(max(backoff.next(), retry_after or 0.0))
            else:
                self.missing = ""
                self.changed()
                return

    def health(self, rooms: int, patience: Patience, notes: Iterable[str] = ()) -> dict[str, Any]:
        """Return ``status`` ok, degraded (trying again) or down (needs a person), the notes, and the numbers."""
        status = {"ready": "ok", "refused": "down"}.get(self.state, "degraded")
        found = [note for note in (self.note, self._waits, self.missing, *notes, patience.note) if note]
        if status == "ok" and found:
            status = "degraded"
        health: dict[str, Any] = {"status": status, "note": "; ".join(found), "rooms": rooms}
        if patience.given_up:
            health["not_screened"] = patience.given_up
        return health
