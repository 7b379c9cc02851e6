"""The conversation in the desk channel and in direct messages: what is typed, and which numbers are pressed."""

from __future__ import annotations

import json
import logging

from courage.cases.conversation import Answer
from courage.cases.ports import Button
from courage.gateways.answers import Send
from courage.gateways.markdown import is_quoted
from courage.gateways.mattermost.api import MattermostApi, Refused
from courage.gateways.mattermost.cards import NUMBERS, Outgoing, answer_messages
from courage.gateways.mattermost.sends import Look, Sender
from courage.gateways.mattermost.settings import CHANNEL
from courage.gateways.mattermost.text import is_automatic, is_system
from courage.gateways.named import command_of, is_addressed
from courage.gateways.said import Answering, Said
from courage.gateways.talk import Heard, Talk
from courage.gateways.values import Json, mapping, number, string
from courage.i18n.catalogue import Voice

_log = logging.getLogger(__name__)


class Desk:
    """Hands what is said to the conversation, and its answers back to where it was said.

    What quotes a message is shown to who asked alone: as a post that only they see where the bot has the right to
    (``create_post_ephemeral``), else in a direct message.
    """

    def __init__(
        self,
        api: MattermostApi,
        sender: Sender,
        talk: Talk,
        own: Json,
        limit: int,
    ) -> None:
        self._api = api
        self._sender = sender
        self._said = Said(talk)
        self._own_id, self._username = string(own.get("id")), string(own.get("username"))
        self._limit = limit
        self._may_whisper = True
        self._direct: dict[str, str] = {}

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._said.close()

    def hear(self, post: Json, kind: str, *, live: bool) -> Answering:
        """Take note of a post in the desk channel or a direct one; ``live`` says that it comes as it is written."""
        text = string(post.get("message")).strip()
        if not text or is_automatic(post) or is_system(post):
            return None
        addressed = kind == "direct" or is_addressed(text, self._username)
        said = command_of(text, self._username) if addressed else text
        channel_id, post_id, author = (string(post.get(name)) for name in ("channel_id", "id", "user_id"))
        root = string(post.get("root_id")) or (post_id if kind == "desk" else "")
        heard = Heard(f"{CHANNEL}:{post_id}", channel_id, kind, author, said, addressed)
        send = self._answering(channel_id, root, author, kind, heard.key, look=not live)
        return self._said.hear(heard, number(post.get("create_at")), send, live=live)

    async def press(self, reaction: Json, kind: str) -> Answering:
        """Take a number that somebody puts under a post of ours at this moment for the command that it stands for.

        :raises ChannelError: if the post cannot be looked up.
        """
        if (
            string(reaction.get("user_id")) == self._own_id
            or string(reaction.get("emoji_name")) not in NUMBERS
        ):
            return None
        post = await self._api.post_of(string(reaction.get("post_id")))
        return None if post is None else self.pressed(reaction, post, kind, live=True)

    def pressed(self, reaction: Json, post: Json, kind: str, *, live: bool) -> Answering:
        """Take a number that stands under a post for the command that it stood for when it was pressed."""
        name, user, at = (
            string(reaction.get("emoji_name")),
            string(reaction.get("user_id")),
            number(reaction.get("create_at")),
        )
        payloads = self._sender.payloads(post, at)
        if user == self._own_id or name not in NUMBERS[: len(payloads)]:
            return None
        channel_id, post_id = string(post.get("channel_id")), string(post.get("id"))
        root = string(post.get("root_id")) or (post_id if kind == "desk" else "")
        key = f"{CHANNEL}:press:{post_id}:{user}:{name}:{at}"
        heard = Heard(key, channel_id, kind, user, payloads[NUMBERS.index(name)], True)
        send = self._answering(channel_id, root, user, kind, heard.key, look=not live)
        return self._said.hear(heard, at, send, live=live)

    def _answering(self, channel_id: str, root: str, author: str, kind: str, key: str, *, look: bool) -> Send:
        async def send(count: int, answer: Answer, voice: Voice) -> None:
            buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
            outs = answer_messages(answer["text"], buttons, voice, self._limit)
            alone = kind == "desk" and any(is_quoted(line) for line in answer["text"].split("\n"))
            where: Look = "nowhere" if not look else "thread" if root else "channel"
            for part, out in enumerate(outs):
                of_part = f"{key}:{count}:{part}"
                if alone:
                    await self._alone(channel_id, root, author, of_part, out, look)
                else:
                    await self._sender.once(channel_id, of_part, out, root=root, look=where)
            if alone and not self._may_whisper:
                told = Outgoing(voice.say("told_alone"))
                await self._sender.once(channel_id, f"{key}:{count}:alone", told, root=root, look=where)

        return send

    async def _alone(
        self, channel_id: str, root: str, user: str, key: str, out: Outgoing, look: bool
    ) -> None:
        if self._may_whisper:
            post = {"channel_id": channel_id, "message": out.text}
            try:
                await self._api.whisper(user, {**post, "root_id": root} if root else post)
                return
            except Refused as error:
                if error.status != 403:
                    raise
                _log.info("the bot may show nothing to one person alone in a channel: direct messages it is")
                self._may_whisper = False
        if user not in self._direct:
            self._direct[user] = await self._api.direct(self._own_id, user)
        await self._sender.once(self._direct[user], key, out, look="channel" if look else "nowhere")


def reaction_of(data: Json) -> Json:
    """Return the reaction that an event of Mattermost is about: JSON within JSON."""
    try:
        return mapping(json.loads(string(data.get("reaction"))))
    except ValueError:
        return {}
