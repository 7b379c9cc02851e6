"""What is said to the assistant now, and what it hears of later because nobody was connected."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from courage.cases.conversation import Answer
from courage.commands.core.registry import default_registry
from courage.gateways.answers import Answers, Send
from courage.gateways.talk import Heard, Talk
from courage.i18n.catalogue import Voice

#: A command from longer ago is not carried out: much may have happened since. Who said it is told, in seconds.
STALE: Final = 3600.0


class Said:
    """Hands what is said to the conversation, unless it is too old; ``voice`` tells who said it that it is."""

    def __init__(self, talk: Talk, voice: Voice, now: Callable[[], float] = time.time) -> None:
        self._talk = talk
        self._voice = voice
        self._now = now
        self._stale = Answers()

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._stale.close()

    def hear(self, heard: Heard, at: int, send: Send, *, live: bool) -> None:
        """Take note of what was said.

        :param at: when, in milliseconds.
        :param live: says that it comes as it is said.
        """
        if live or self._now() - at / 1000 <= STALE:
            self._talk.hear(heard, send)
        elif heard.addressed or default_registry().parser.parse(heard.text) is not None:
            self._stale.later(heard.key, heard.author, self._too_late, send)

    async def _too_late(self) -> tuple[list[Answer], Voice]:
        return [{"text": self._voice.say("said_while_away")}], self._voice
