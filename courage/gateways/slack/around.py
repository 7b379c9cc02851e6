"""What Slack shows around a message: its thread, or what was said in the channel just before and after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from courage.cases.ports import Neighbour
from courage.gateways.near import near
from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.text import answered, author, is_readable, is_removed, moment, text_of
from courage.gateways.values import Json, string

#: How long after a message is looked, in seconds: further where little was said. Slack counts from the newest, so that a
#: busy channel is asked for a short time only.
_SPANS: Final = (20.0, 300.0, 3_600.0, 86_400.0)
_MOST_PAGES: Final = 3


async def around(api: SlackApi, channel: str, ts: str, before: int, after: int) -> list[Neighbour]:
    """Return what stands around a message of a channel.

    :raises ChannelError: if Slack does not answer, or does not show it to us.
    """
    message = await api.message(channel, ts)
    thread = None if message is None else answered(message)
    if thread is not None:
        found = await _pages(api.thread(channel, thread))
    else:
        found = await _pages(api.history(channel, None, ts, inclusive=True), enough=before + 1)
        for span in _SPANS:
            later = await _pages(api.history(channel, ts, f"{float(ts) + span:.6f}"))
            if len(later) >= after or span == _SPANS[-1]:
                found += later
                break
    return near((line for one in found if (line := _neighbour(api, one)) is not None), ts, before, after)


async def _pages(pages: AsyncIterator[list[Json]], enough: int | None = None) -> list[Json]:
    """Return what is on the first pages: so many messages, or a few pages of them."""
    found: list[Json] = []
    read = 0
    async for page in pages:
        found += page
        read += 1
        if read == _MOST_PAGES or (enough is not None and len(found) >= enough):
            break
    return found


def _neighbour(api: SlackApi, message: Json) -> Neighbour | None:
    ts = string(message.get("ts"))
    if is_removed(message):
        return Neighbour(ts, "", moment(ts), kind="removed")
    if not is_readable(message):
        return None
    kind = "own" if api.is_ours(message) else "message"
    text = text_of(message)  # without names: people are not looked up for this
    return Neighbour(ts, author(message), moment(ts), text, kind) if text else None
