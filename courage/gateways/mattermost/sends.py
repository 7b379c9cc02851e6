"""Sends once what may be sent again.

Every post of ours carries a key twice: as ``pending_post_id``, by which Mattermost recognises a second sending for half
a minute, and in its props, by which we find it later where it must be: in the thread, or among the channel's newest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal

from courage.cases.errors import ChannelError, ChannelRefused
from courage.gateways.mattermost.api import MattermostApi
from courage.gateways.mattermost.cards import NUMBERS, Outgoing
from courage.gateways.values import mapping, number, objects, string

_MINE = "courage"
#: How many earlier lists of commands a post remembers.
_EARLIER = 8
_log = logging.getLogger(__name__)
#: Where to look whether something was sent before.
Look = Literal["thread", "channel", "nowhere"]


class Sender:
    """Posts under keys; ``salt`` keeps those of this database apart from those of an earlier one."""

    def __init__(self, api: MattermostApi, own_id: str, salt: str) -> None:
        self._api = api
        self._own_id = own_id
        self._salt = salt
        self._may_react = True

    async def once(
        self, channel_id: str, key: str, out: Outgoing, *, root: str = "", look: Look = "nowhere"
    ) -> str:
        """Send a post, unless it was sent, and return its id."""
        mine = blake2b(f"{self._salt}\0{key}".encode(), digest_size=12).hexdigest()
        found = await self._sent(channel_id, mine, root, look)
        if found is None:
            post: dict[str, Any] = {
                "channel_id": channel_id,
                "message": out.text,
                "pending_post_id": f"{self._own_id}:{mine}",
                "props": _props(mine, out),
            }
            if root:
                post["root_id"] = root
            found = string((await self._api.send(post)).get("id"))
        await self._offer(found, out.payloads)
        return found

    async def _sent(self, channel_id: str, mine: str, root: str, look: Look) -> str | None:
        if look == "nowhere":
            return None
        posts = await self._api.thread(root) if look == "thread" else await self._api.latest(channel_id)
        for post in posts:
            if string(post.get("user_id")) == self._own_id and not post.get("delete_at"):
                kept = mapping(mapping(post.get("props")).get(_MINE))
                if kept.get("key") == mine and string(post.get("root_id")) == root:
                    return string(post.get("id"))
        return None

    async def change(self, post_id: str, out: Outgoing) -> bool:
        """Give one of our posts another text and other commands; return whether it is still there."""
        post = await self._api.post_of(post_id)
        if post is None:
            return False
        kept = mapping(mapping(post.get("props")).get(_MINE))
        before = self.payloads(post)
        # Whoever pressed a number a moment ago meant what stood beside it then.
        was = [{"from": _shown_from(post), "buttons": before}, *objects(kept.get("was"))][:_EARLIER]
        await self._api.change(post_id, out.text, _props(string(kept.get("key")), out, was))
        for name in NUMBERS[len(out.payloads) : len(before)]:
            try:
                await self._api.unreact(post_id, name)
            except ChannelRefused as error:
                _log.info("a number could not be taken away: %s", error)
        if len(out.payloads) > len(before):
            await self._offer(post_id, out.payloads)
        return True

    def payloads(self, post: Mapping[str, Any], at: int | None = None) -> list[str]:
        """Return the commands that stand under a post of ours; none where it is somebody else's.

        :param at: a time in milliseconds at which they stood there; ``None``: now.
        """
        if string(post.get("user_id")) != self._own_id:
            return []
        kept = mapping(mapping(post.get("props")).get(_MINE))
        if at is not None and at < _shown_from(post):
            kept = next((was for was in objects(kept.get("was")) if number(was.get("from")) <= at), {})
        buttons = kept.get("buttons")
        return [item for item in buttons if isinstance(item, str)] if isinstance(buttons, list) else []

    async def _offer(self, post_id: str, payloads: tuple[str, ...]) -> None:
        """Put the numbers under a post. They are a convenience: the commands stand in the text and can be typed."""
        if not self._may_react:
            return
        for name, _ in zip(NUMBERS, payloads, strict=False):
            try:
                await self._api.react(self._own_id, post_id, name)
            except ChannelRefused as error:
                _log.warning("numbers cannot be offered under posts: %s", error)
                self._may_react = False
                return
            except ChannelError as error:
                _log.info("a number could not be offered: %s", error)
                return


def _shown_from(post: Mapping[str, Any]) -> int:
    """Return since when a post shows what it shows, in milliseconds."""
    return number(post.get("edit_at")) or number(post.get("create_at"))


def _props(mine: str, out: Outgoing, was: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    kept = {"key": mine, "buttons": list(out.payloads), **({"was": list(was)} if was else {})}
    return {_MINE: kept, "disable_group_highlight": True}
