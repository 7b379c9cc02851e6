"""What Rocket.Chat shows around a message: its thread, or what was written in the room just before and after it."""

from __future__ import annotations

from typing import Final

from courage.cases.ports import Neighbour
from courage.gateways.near import near
from courage.gateways.rocketchat.api import RocketChatApi
from courage.gateways.rocketchat.text import author, is_removed, is_system, stamp, text_of
from courage.gateways.values import Json, moment, string

#: How long after a message is looked, in milliseconds: further where little was written. Rocket.Chat counts from the
#: newest, so that a busy room is asked for a short time only.
_SPANS: Final = (20_000, 300_000, 3_600_000, 86_400_000)
_MOST: Final = 200


async def around(
    api: RocketChatApi, own_id: str, room_id: str, message_id: str, before: int, after: int, *, private: bool
) -> list[Neighbour]:
    """Return what stands around a message.

    :raises ChannelError: if Rocket.Chat does not answer, or does not show it to us.
    """
    message = await api.message(message_id)
    if message is None:
        return []
    if thread := string(message.get("tmid")):
        root = await api.message(thread)
        found = [*([] if root is None else [root]), *await api.thread(thread, _MOST)]
    else:
        at = stamp(message.get("ts"))
        found = [message, *await api.history(room_id, private=private, latest=at, most=before + 1)]
        for span in _SPANS:
            later = await api.history(room_id, private=private, oldest=at, latest=at + span, most=_MOST)
            if len(later) >= after or span == _SPANS[-1]:
                found += later
                break
    lines = (_neighbour(one, own_id) for one in found)
    return near((line for line in lines if line is not None), message_id, before, after)


def _neighbour(message: Json, own_id: str) -> Neighbour | None:
    message_id, at, who = string(message.get("_id")), moment(stamp(message.get("ts"))), author(message)
    if is_removed(message):
        return Neighbour(message_id, who, at, kind="removed")
    if message.get("t") == "e2e":
        return Neighbour(message_id, who, at, kind="unreadable")
    if is_system(message):
        return None
    text = text_of(message)
    return Neighbour(message_id, who, at, text, "own" if who == own_id else "message") if text else None
