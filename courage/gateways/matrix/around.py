"""What a homeserver shows around a message: what members wrote, what was removed and by whom, who was sent away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from courage.cases.ports import Neighbour
from courage.gateways.matrix.api import MatrixApi
from courage.gateways.matrix.reader import sent_at
from courage.gateways.matrix.text import relation, said
from courage.gateways.near import near

Event = Mapping[str, Any]
#: Types of events that say something by themselves.
_TALK: Final = ("m.room.message", "m.sticker", "m.poll.start", "org.matrix.msc3381.poll.start")
_ENCRYPTED: Final = "m.room.encrypted"


async def around(api: MatrixApi, room_id: str, message_id: str, before: int, after: int) -> list[Neighbour]:
    """Return what stands around an event: in its thread where it is in one, else in the room.

    :raises ChannelError: if the homeserver does not answer; :class:`courage.cases.errors.ChannelRefused`, if it does not
        show us the event.
    """
    events = await api.context(room_id, message_id, 2 * max(before, after))
    itself = next((event for event in events if event.get("event_id") == message_id), {})
    rel_type, root, _ = relation(_content(itself))
    if rel_type == "m.thread" and root:
        events = await api.thread(room_id, root, before + after)
    lines = [line for event in events if (line := neighbour(api.user_id, event)) is not None]
    return near(lines, message_id, before, after)


def neighbour(own: str, event: Event) -> Neighbour | None:
    """Return what an event says, ``None`` where it says nothing by itself: an edit, a reaction, a change of the room."""
    event_id, sender = event.get("event_id"), event.get("sender")
    if not isinstance(event_id, str) or not isinstance(sender, str):
        return None
    kind, content, at = event.get("type"), _content(event), sent_at(event)
    if kind == "m.room.member":
        who = event.get("state_key")
        sent_away = content.get("membership") in ("ban", "leave") and who != sender
        if not sent_away or not isinstance(who, str):
            return None
        return Neighbour(event_id, who, at, kind="sent_away", by_author=False)
    because = _mapping(_mapping(event.get("unsigned")).get("redacted_because"))
    if because and kind in (*_TALK, _ENCRYPTED):
        return Neighbour(event_id, sender, at, kind="removed", by_author=because.get("sender") == sender)
    if kind == _ENCRYPTED:
        return Neighbour(event_id, sender, at, kind="unreadable")
    if kind not in _TALK:
        return None
    edited = _content(_mapping(_relations(event).get("m.replace")))
    what = said(content, str(kind), answers=relation(content)[2] is not None)
    if what is None or what.replaces is not None:
        return None
    if edited and (new := said(edited, str(kind), answers=what.reply_to is not None)) is not None:
        what = new
    if not what.text:
        return None
    return Neighbour(event_id, sender, at, what.text, "own" if sender == own else "message")


def _relations(event: Event) -> Event:
    return _mapping(_mapping(event.get("unsigned")).get("m.relations"))


def _content(event: Event) -> Event:
    return _mapping(event.get("content"))


def _mapping(value: object) -> Event:
    return value if isinstance(value, Mapping) else {}
