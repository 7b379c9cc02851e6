"""What is said now, and what is heard of later: each is dealt with once, and a command that is too old is not done."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from courage.cases.conversation import Answer
from courage.gateways.said import STALE, Said
from courage.gateways.talk import Heard
from courage.i18n.catalogue import Voice, default_voice

NOW = 1_000_000.0


class Talk:
    """A conversation that remembers what it heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear(self, heard: Heard, send: object) -> None:
        self.heard.append(heard.key)

    def knows(self, key: str) -> bool:
        return key in self.heard

    async def voice_for(self, heard: Heard) -> Voice:
        return default_voice().to(("de",))


def heard(text: str, key: str = "k", *, addressed: bool = False) -> Heard:
    return Heard(key, "room", "desk", "ann", text, addressed)


class Desk:
    """What is said, and what is answered."""

    def __init__(self) -> None:
        self.talk, self.told = Talk(), list[str]()
        conversation: Any = self.talk
        self.said = Said(conversation, now=lambda: NOW)

    async def hears(self, what: Heard, *, ago: float, live: bool = False) -> None:
        async def send(_: int, answer: Answer, __: Voice) -> None:
            self.told.append(answer["text"])

        answering = self.said.hear(what, (NOW - ago) * 1000, send, live=live)
        if answering is not None:
            await asyncio.wait_for(answering, 5)


async def test_what_is_fresh_or_live_is_handed_on() -> None:
    desk = Desk()
    await desk.hears(heard("claim 1", "a"), ago=STALE - 1)
    await desk.hears(heard("claim 2", "b"), ago=STALE + 99, live=True)  # clocks may differ
    assert (desk.talk.heard, desk.told) == (["a", "b"], [])


@pytest.mark.parametrize(("text", "addressed"), [("claim 1", False), ("could you please", True)])
async def test_who_said_it_too_long_ago_is_told_in_their_language(text: str, addressed: bool) -> None:
    desk = Desk()
    await desk.hears(heard(text, addressed=addressed), ago=STALE + 1)
    assert desk.talk.heard == []
    (told,) = desk.told
    assert "während ich nicht da war" in told


async def test_a_message_that_is_sent_anew_because_it_was_answered_is_not_done_after_all() -> None:
    desk = Desk()
    await desk.hears(heard("claim 1"), ago=STALE + 1)
    await desk.hears(heard("claim 1"), ago=STALE + 1, live=True)
    await desk.hears(heard("claim 1"), ago=STALE + 1)
    assert (desk.talk.heard, len(desk.told)) == ([], 1)


async def test_what_was_done_in_time_is_not_told_to_be_too_old_later() -> None:
    desk = Desk()
    await desk.hears(heard("claim 1"), ago=0, live=True)
    await desk.hears(heard("claim 1"), ago=STALE + 1)
    assert (desk.talk.heard, desk.told) == (["k"], [])


async def test_other_talk_of_that_time_is_left_alone() -> None:
    desk = Desk()
    await desk.hears(heard("shall we have lunch?"), ago=STALE + 1)
    assert (desk.talk.heard, desk.told) == ([], [])
