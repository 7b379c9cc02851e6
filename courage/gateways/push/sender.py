"""Hands encrypted notices to the push services of browsers, and forgets browsers that are gone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final, NoReturn

import aiohttp

from courage.cases.errors import CaseError, ChannelError, ChannelRefused
from courage.cases.notices.letters import PUSH, Browser, Letter
from courage.cases.ports import Button, Card
from courage.cases.webhooks.guard import Guard
from courage.clock import Clock, utcnow
from courage.gateways.guarded import GuardedCalls
from courage.gateways.push.encryption import MOST_BYTES, BadKeys, browser_key, decoded, encrypt
from courage.gateways.push.vapid import Vapid
from courage.i18n.catalogue import Catalogue, Voice

_PATIENCE: Final = 15.0
#: Seconds that a service keeps a notice for a browser that is off: later its number is not true any more.
_KEPT: Final = 3_600
_MOST_WAIT: Final = 3_600.0


class PushSender:
    """Tells browsers numbers and a link.

    :param guard: which addresses may be called: browsers name them, and nobody else checks them.
    :param gone: forgets a browser by its number.
    :param address: where people open the desk.
    """

    name = PUSH
    #: Each notice goes to a person of its own organisation.
    knows_organisations = True

    def __init__(
        self,
        vapid: Vapid,
        guard: Guard,
        words: Catalogue,
        gone: Callable[[int], None],
        *,
        address: str,
        language: str = "en",
        organisation: str = "Courage",
        clock: Clock = utcnow,
    ) -> None:
        self._vapid = vapid
        self._guard = guard
        self._words = words
        self._gone = gone
        self._address = address.rstrip("/")
        self._language = language
        self._organisation = organisation
        self._clock = clock
        self._calls = GuardedCalls(guard, _PATIENCE)

    @property
    def public_key(self) -> str:
        """The key that browsers bind their subscription to."""
        return self._vapid.public_key

    def check(self, endpoint: str, public_key: str, auth_secret: str) -> None:
        """Look at what a browser gives before it is kept.

        :raises CaseError: if the address may not be called, or the keys are none.
        """
        self._guard.check_url(endpoint)
        try:
            browser_key(public_key)
            decoded(auth_secret, 16)
        except BadKeys as error:
            raise CaseError(f"the browser's keys are not valid: {error}", say="wrong.form") from None

    def health(self) -> dict[str, Any]:
        """Return that notices to browsers are on; each service answers for itself."""
        return {"status": "ok"}

    async def close(self) -> None:
        """Close the connections."""
        await self._calls.close()

    async def tell(self, browser: Browser, letter: Letter, key: str) -> str:
        """Hand a notice to a browser's push service and return its key.

        :raises ChannelError: if the service did not take it; trying again may help.
        :raises ChannelRefused: if it never will; a browser that is gone is forgotten.
        """
        try:
            body = encrypt(self._text(letter), browser.public_key, browser.auth_secret)
        except BadKeys as error:
            raise ChannelRefused(f"the browser's keys are not valid: {error}") from None
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(_KEPT),
            "Urgency": "high" if letter.kind == "alarm" else "normal",
            # A newer number takes the place of one that the browser did not get yet.
            "Topic": f"courage-{letter.kind}",
            "Authorization": self._vapid.header(browser.endpoint, self._clock()),
        }
        async with self._calls.post(browser.endpoint, body, headers) as answer:
            await self._judge(answer, browser)
        return key

    def _text(self, letter: Letter) -> bytes:
        voice = Voice(self._words, self._words.choose([letter.language or self._language]))
        lines = []
        if letter.escalated:
            lines.append(voice.say("mail.escalated", count=letter.escalated))
        if letter.open and letter.kind == "digest":
            lines.append(voice.say("mail.waiting", count=letter.open))
        told = {
            "title": letter.organisation or self._organisation,
            "body": "\n".join(lines),
            "lang": voice.language,
            "dir": "rtl" if voice.language == "ar" else "ltr",
            "tag": f"courage-{letter.kind}",
            "url": f"{self._address}/cases",
        }
        text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        assert len(text) <= MOST_BYTES, "names of organisations are short"
        return text

    async def _judge(self, answer: aiohttp.ClientResponse, browser: Browser) -> None:
        status = answer.status
        if 200 <= status < 300:
            return
        if status in (404, 410):
            await asyncio.to_thread(self._gone, browser.number)
            raise ChannelRefused(f"answered {status}: the browser is gone; it is not told any more")
        if status == 429 or status >= 500:
            wait = answer.headers.get("Retry-After", "")
            raise ChannelError(
                f"answered {status}", min(float(wait), _MOST_WAIT) if wait.strip().isdigit() else None
            )
        raise ChannelRefused(f"answered {status}")

    async def send_card(self, card: Card, key: str) -> str:
        """Refuse: cards hold texts, and no notice does."""
        self._notices_only()

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Refuse."""
        self._notices_only()

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Refuse."""
        self._notices_only()

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Refuse."""
        self._notices_only()

    @staticmethod
    def _notices_only() -> NoReturn:
        raise ChannelRefused("browsers are told notices only")
