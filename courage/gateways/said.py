"""What is said to the assistant now, and what it hears of later because nobody was connected."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from courage.cases.conversation import Answer
from courage.gateways.answers import Answers, Send
from courage.gateways.talk import Heard, Talk, is_wanted
from courage.i18n.catalogue import Voice

#: A command from longer ago is not carried out: much may have happened since. Who said it is told, in seconds.
STALE: Final = 3600.0


#: What brings the answers to something that was said; ``None`` where it needs none.
Answering = asyncio.Task[None] | None


class Said:
    """Hands what is said to the conversation, unless it is too old: then who said it hears that it was not done."""

    def __init__(self, talk: Talk, now: Callable[[], float] = time.time) -> None:
        self._talk = talk
        self._now = now
        self._stale = Answers()

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._stale.close()

    def hear(self, heard: Heard, at: float, send: Send, *, live: bool) -> Answering:
        """Take note of what was said; return what brings the answers, ``None`` where it needs none or was heard before.

        :param at: when, in milliseconds.
        :param live: says that it comes as it is said.
        """
        if self._stale.knows(heard.key):
            return None  # some chat systems send a message anew when it is answered
        if live or self._now() - at / 1000 <= STALE:
            return self._talk.hear(heard, send)
        if self._talk.knows(heard.key) or not is_wanted(heard):
            return None
        return self._stale.later(heard.key, heard.author, partial(self._too_late, heard), send)

    async def _too_late(self, heard: Heard) -> tuple[list[Answer], Voice]:
        voice = await self._talk.voice_for(heard)
        return [{"text": voice.say("said_while_away")}], voice
