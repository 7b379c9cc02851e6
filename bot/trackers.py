"""Conversations in memory, bounded, and nothing at all of what is said in group rooms."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

_LISTEN = "action_listen"


class BoundedTrackerStore(TrackerStore):
    """Keeps the last ``max_events`` events of the last ``max_conversations`` conversations, in memory only.

    Conversations of group rooms are dropped as soon as they are handled. Slots survive the cut. A restart forgets
    everything; cases are in the engine's database, and what a conversation remembers of them is in the engine.

    Events are kept as they are and never written as text: Rasa never changes an event that happened, and reading
    them back from JSON took 7% of the time of a message, a quarter of what is left now.
    """

    def __init__(
        self,
        domain: Domain,
        event_broker: EventBroker | None = None,
        max_events: int = 40,
        max_conversations: int = 5000,
        **kwargs: Any,
    ) -> None:
        if max_events < 10 or max_conversations < 1:
            raise ValueError("max_events must be 10 or more and max_conversations 1 or more")
        self._max_events = max_events
        self._max_conversations = max_conversations
        self._kept: OrderedDict[str, tuple[Event, ...]] = OrderedDict()
        super().__init__(domain, event_broker)

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the end of a conversation, or nothing if it is a group room's."""
        if in_group(tracker):
            self._kept.pop(tracker.sender_id, None)
            return
        self._kept[tracker.sender_id] = tuple(bounded(list(tracker.events), self._max_events))
        self._kept.move_to_end(tracker.sender_id)
        while len(self._kept) > self._max_conversations:
            self._kept.popitem(last=False)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """Return what is kept of a conversation."""
        kept = self._kept.get(sender_id)
        if kept is None:
            return None
        self._kept.move_to_end(sender_id)
        return DialogueStateTracker.from_events(sender_id, list(kept), self.domain.slots)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """Return the same as ``retrieve``: there is no longer history than this."""
        return await self.retrieve(conversation_id)

    async def delete(self, sender_id: str) -> None:
        """Forget a conversation."""
        self._kept.pop(sender_id, None)

    async def keys(self) -> Iterable[str]:
        """Return the keys of all conversations that are kept."""
        return list(self._kept)


def in_group(tracker: DialogueStateTracker) -> bool:
    """Say whether the last message of a conversation came from a group room."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return (event.metadata or {}).get("room_kind") == "group"
    return False


def bounded(events: list[Event], most: int) -> list[Event]:
    """Return the last events, at most ``most``, cut where a turn begins, with the slots as they stood before."""
    if len(events) <= most:
        return events
    start = len(events) - most
    # A turn begins with the listening that ends the one before; a cut within a turn confuses the rules.
    while start < len(events) and not _listens(events[start]):
        start += 1
    if start == len(events):
        return events[-most:]
    slots: dict[str, SlotSet] = {}
    for event in events[:start]:
        if isinstance(event, SlotSet):
            slots[event.key] = SlotSet(event.key, event.value, timestamp=event.timestamp)
    room = most - (len(events) - start)
    # When the slots do not fit any more, they matter more than the oldest turn.
    kept = events[start:]
    while len(slots) > room and len(kept) > 1:
        following = next((i for i in range(1, len(kept)) if _listens(kept[i])), None)
        if following is None:
            break
        for event in kept[:following]:
            if isinstance(event, SlotSet):
                slots[event.key] = event
        kept = kept[following:]
        room = most - len(kept)
    return [*slots.values(), *kept]


def _listens(event: Event) -> bool:
    return isinstance(event, ActionExecuted) and event.action_name == _LISTEN
