"""The conversation in the desk room and in direct messages."""

from __future__ import annotations

from courage.cases.conversation import Answer
from courage.cases.ports import Button
from courage.gateways.answers import Send
from courage.gateways.markdown import is_quoted
from courage.gateways.named import command_of, is_addressed
from courage.gateways.rocketchat.api import RocketChatApi
from courage.gateways.rocketchat.cards import Outgoing, answer_messages
from courage.gateways.rocketchat.sends import Sender
from courage.gateways.rocketchat.settings import CHANNEL
from courage.gateways.rocketchat.text import author, is_automatic, is_system, stamp
from courage.gateways.said import Answering, Said
from courage.gateways.talk import Heard, Talk
from courage.gateways.values import Json, mapping, string
from courage.i18n.catalogue import Voice


class Desk:
    """Hands what is said to the conversation, and its answers back to where it was said.

    What quotes a message is sent to who asked in a direct message, and the desk room says so.
    """

    def __init__(
        self,
        api: RocketChatApi,
        sender: Sender,
        talk: Talk,
        username: str,
        limit: int,
    ) -> None:
        self._api = api
        self._sender = sender
        self._said = Said(talk)
        self._username = username
        self._limit = limit
        self._direct: dict[str, str] = {}

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._said.close()

    def hear(self, message: Json, kind: str, *, live: bool) -> Answering:
        """Take note of a message in the desk room or a direct one; ``live`` says that it comes as it is written."""
        text = string(message.get("msg")).strip()
        if not text or is_automatic(message) or is_system(message):
            return None
        addressed = kind == "direct" or is_addressed(text, self._username)
        said = command_of(text, self._username) if addressed else text
        room_id, message_id, who = string(message.get("rid")), string(message.get("_id")), author(message)
        key = f"{CHANNEL}:{message_id}"
        thread = string(message.get("tmid")) or (message_id if kind == "desk" else "")
        username = string(mapping(message.get("u")).get("username"))
        send = self._answering(room_id, thread, username, kind, key)
        heard = Heard(key, room_id, kind, who, said, addressed)
        return self._said.hear(heard, stamp(message.get("ts")), send, live=live)

    def _answering(self, room_id: str, thread: str, username: str, kind: str, key: str) -> Send:
        async def send(count: int, answer: Answer, voice: Voice) -> None:
            buttons = [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
            alone = kind == "desk" and any(is_quoted(line) for line in answer["text"].split("\n"))
            to, below = (await self._direct_room(username), "") if alone else (room_id, thread)
            for part, out in enumerate(answer_messages(answer["text"], buttons, voice, self._limit)):
                await self._sender.once(to, f"{key}:{count}:{part}", out, thread=below)
            if alone:
                told = Outgoing(voice.say("told_alone"))
                await self._sender.once(room_id, f"{key}:{count}:alone", told, thread=thread)

        return send

    async def _direct_room(self, username: str) -> str:
        if username not in self._direct:
            self._direct[username] = await self._api.direct(username)
        return self._direct[username]
