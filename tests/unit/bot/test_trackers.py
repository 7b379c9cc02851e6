"""Conversations are bounded, and nothing of group rooms is kept."""

from __future__ import annotations

import asyncio
from typing import Any

from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SlotSet, UserUttered
from rasa.shared.core.slots import AnySlot
from rasa.shared.core.trackers import DialogueStateTracker

from bot.trackers import BoundedTrackerStore

DOMAIN = Domain.from_dict({"slots": {"shown_draft": {"type": "any", "mappings": [{"type": "custom"}]}}})


def conversation(key: str, turns: int, kind: str = "desk") -> DialogueStateTracker:
    """Return a conversation whose first turn set a slot."""
    events: list[Any] = [ActionExecuted("action_listen")]
    for number in range(turns):
        events.append(UserUttered(f"words {number}", metadata={"room_kind": kind}))
        if number == 0:
            events.append(SlotSet("shown_draft", {"case": 1, "version": 2}))
        events += [ActionExecuted("action_talk"), ActionExecuted("action_listen")]
    return DialogueStateTracker.from_events(key, events, [AnySlot("shown_draft", mappings=[{}])])


def test_nothing_of_a_group_room_is_kept() -> None:
    store = BoundedTrackerStore(DOMAIN)
    asyncio.run(store.save(conversation("a", 2, "group")))
    assert asyncio.run(store.retrieve("a")) is None
    assert list(asyncio.run(store.keys())) == []
    assert "words" not in repr(vars(store))


def test_history_is_bounded_and_slots_survive() -> None:
    store = BoundedTrackerStore(DOMAIN, max_events=12)
    asyncio.run(store.save(conversation("a", 100)))
    kept = asyncio.run(store.retrieve("a"))
    assert kept is not None
    assert len(kept.events) <= 12
    assert kept.latest_message.text == "words 99"
    assert kept.get_slot("shown_draft") == {"case": 1, "version": 2}


def test_short_conversations_are_kept_whole() -> None:
    store = BoundedTrackerStore(DOMAIN)
    tracker = conversation("a", 3)
    asyncio.run(store.save(tracker))
    kept = asyncio.run(store.retrieve("a"))
    assert kept is not None
    assert len(kept.events) == len(tracker.events)


def test_the_conversation_that_was_quiet_longest_is_forgotten_first() -> None:
    async def talk() -> list[str]:
        store = BoundedTrackerStore(DOMAIN, max_conversations=2)
        await store.save(conversation("a", 1))
        await store.save(conversation("b", 1))
        await store.retrieve("a")
        await store.save(conversation("c", 1))
        return sorted(await store.keys())

    assert asyncio.run(talk()) == ["a", "c"]
