"""What Mattermost shows around a post: its thread, or what was written in the channel just before and after it."""

from __future__ import annotations

from courage.cases.ports import Neighbour
from courage.gateways.mattermost.api import MattermostApi
from courage.gateways.mattermost.text import is_system, text_of
from courage.gateways.near import near
from courage.gateways.values import Json, moment, number, string


async def around(
    api: MattermostApi, own_id: str, channel_id: str, post_id: str, before: int, after: int
) -> list[Neighbour]:
    """Return what stands around a post.

    :raises ChannelError: if Mattermost does not answer, or does not show it to us.
    """
    post = await api.post_of(post_id)
    if post is not None and (root := string(post.get("root_id"))):
        found = await api.thread(root)
    else:
        found = [
            *await api.next_to(channel_id, "before", post_id, before),
            *([] if post is None else [post]),
            *await api.next_to(channel_id, "after", post_id, after),
        ]
    lines = (_neighbour(one, own_id) for one in found)
    return near((line for line in lines if line is not None), post_id, before, after)


def _neighbour(post: Json, own_id: str) -> Neighbour | None:
    at, who = moment(number(post.get("create_at"))), string(post.get("user_id"))
    if number(post.get("delete_at")):
        return Neighbour(string(post.get("id")), who, at, kind="removed")
    if is_system(post):
        return None
    text = text_of(post)
    kind = "own" if who == own_id else "message"
    return Neighbour(string(post.get("id")), who, at, text, kind) if text else None
