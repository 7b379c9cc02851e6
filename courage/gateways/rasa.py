"""The conversation with Rasa over HTTP: what volunteers and members say goes there, the answers come back."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from courage.cases.conversation import Answer, AnswerButton
from courage.cases.errors import AssistantUnavailable

_LACKS = {
    "engine": " (the last one got no vector from the engine; see rasa.log)",
    "encoder": " (Rasa was trained with another encoder; run: make setup)",
}
_AWAY = "the assistant does not answer just now; the desk page works meanwhile"


class RasaAssistant:
    """Speaks to the connector ``courage`` of a Rasa server; one HTTP session, opened at first use.

    ``timeout`` is in seconds and covers one whole answer. A session that is handed in is not closed by ``close``.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        session: aiohttp.ClientSession | None = None,
        *,
        timeout: float = 20.0,
    ) -> None:
        self._url = url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session = session
        self._own = session is None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or (self._own and self._session.closed):
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        return self._session

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        """Say ``text`` in the conversation ``sender`` and return the answers, which may be none.

        :raises AssistantUnavailable: if Rasa does not answer, or not as agreed.
        """
        body = {"sender": sender, "message": text, "metadata": metadata}
        url = f"{self._url}/webhooks/courage/webhook"
        try:
            async with self._open().post(url, json=body, headers=self._headers) as response:
                if response.status != 200:
                    raise AssistantUnavailable(f"{_AWAY} (status {response.status})")
                given = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            raise AssistantUnavailable(_AWAY) from None
        if not isinstance(given, list):
            raise AssistantUnavailable(_AWAY)
        return [_answer(item) for item in given if isinstance(item, dict) and item.get("text")]

    async def condition(self) -> str:
        """Return how Rasa is: ``ok``, ``down``, or what it lacks to understand sentences: ``engine`` or ``encoder``.

        Never raises, answers within two seconds. ``engine`` means that the last sentence got no vector; ``encoder``
        that Rasa was trained with the vectors of another encoder.
        """
        try:
            async with asyncio.timeout(2), self._open().get(f"{self._url}/webhooks/courage/") as response:
                if response.status != 200:
                    return "down"
                found = await response.json()
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return "down"
        state = found.get("sentences", "ok") if isinstance(found, dict) else "ok"
        return state if isinstance(state, str) and state in _LACKS else "ok"

    async def part(self) -> dict[str, str]:
        """Return Rasa's part of ``/health``, in words where something is wrong; as patient as ``condition``."""
        condition = await self.condition()
        if condition == "ok":
            return {"status": "ok"}
        lacks = _LACKS.get(condition, "")
        works = "exact commands, the desk, screening and suggestions work"
        return {
            "status": "degraded" if lacks else "down",
            "note": f"free sentences are not understood{lacks}; {works}",
        }

    async def healthy(self) -> bool:
        """Say whether Rasa is up; never raises, answers within two seconds."""
        return await self.condition() != "down"

    async def health(self) -> bool:
        """Same as ``healthy``."""
        return await self.healthy()

    async def close(self) -> None:
        """Close the HTTP session, where it is our own."""
        if self._own and self._session is not None:
            await self._session.close()
            self._session = None


def _answer(item: dict[str, Any]) -> Answer:
    buttons: list[AnswerButton] = [
        {"title": str(button["title"]), "payload": str(button["payload"])}
        for button in item.get("buttons") or []
        if isinstance(button, dict) and "title" in button and "payload" in button
    ]
    return {"text": str(item["text"]), "buttons": buttons}
