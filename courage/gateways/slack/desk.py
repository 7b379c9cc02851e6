"""The conversation in the desk channels and in direct messages: what is typed, what is pressed, the form to edit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from courage.cases.conversation import Answer
from courage.cases.ports import Button
from courage.errors import CourageError
from courage.gateways.read_marks import ReadMarks
from courage.gateways.said import Said
from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.cards import EDIT, PREFIX, answer_messages, edit_form
from courage.gateways.slack.names import Names
from courage.gateways.slack.settings import CHANNEL
from courage.gateways.slack.text import answered, command_of, is_addressed, mentioned, microseconds, shown
from courage.gateways.talk import Heard, Talk, not_done
from courage.gateways.values import Json, items, mapping, string
from courage.i18n.catalogue import Voice

_log = logging.getLogger(__name__)
#: Slack waits three seconds for an answer to a form.
_FORM_SECONDS = 2.0
_SPOKEN = ("", "me_message", "thread_broadcast", "file_share")


class Desk:
    """Hands what is said and pressed to the conversation, and its answers back to where it was said.

    Answers to presses, and answers that quote a harmful message, are seen by whoever asked and by nobody else. ``marks``
    stay before what is not answered yet.
    """

    def __init__(self, api: SlackApi, names: Names, talk: Talk, voice: Voice, marks: ReadMarks) -> None:
        self._api = api
        self._names = names
        self._talk = talk
        self._said = Said(talk)
        self._marks = marks
        self._voice = voice
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up forms that are not open yet, and what is not answered yet."""
        await self._said.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def hear(self, channel: str, message: Json, kind: str, *, live: bool = True) -> None:
        """Take note of a message in a desk channel or a direct one; ``live`` says that it comes as it is written."""
        raw, user, ts = string(message.get("text")), string(message.get("user")), string(message.get("ts"))
        if message.get("bot_id") or not user or not raw.strip():
            return
        if string(message.get("subtype")) not in _SPOKEN:
            return
        addressed = kind == "direct" or is_addressed(message, self._api.user_id)
        said = command_of(raw, self._api.user_id) if addressed else raw.strip()
        text = shown(said, await self._names.of(mentioned({"text": said})))
        # In the desk channel an answer stands in the thread, so that the channel stays readable.
        thread = answered(message) or (ts if kind == "desk" else None)

        async def send(_: int, answer: Answer, voice: Voice) -> None:
            for out in answer_messages(answer["text"], _buttons(answer), voice):
                if out.quotes and kind != "direct":
                    await self._api.whisper(channel, user, out.text, blocks=out.blocks, thread=thread)
                else:
                    await self._api.post(channel, out.text, blocks=out.blocks, thread=thread)

        at = microseconds(ts)
        heard = Heard(f"{CHANNEL}:{channel}:{ts}", channel, kind, user, text, addressed)
        # What Slack repeats because it got no answer may be old, too.
        answering = self._said.hear(heard, at / 1000, send, live=live)
        self._marks.follow(channel, at, answering)

    def press(self, press: Json, kind: str) -> None:
        """Deal with the press of a button of ours, in a task of its own: Slack waits three seconds."""
        action = mapping(next(iter(items(press.get("actions"))), None))
        value = string(action.get("value"))
        if not string(action.get("action_id")).startswith(PREFIX) or not value:
            return  # none of ours
        channel, user = channel_of(press), string(mapping(press.get("user")).get("id"))
        if value.startswith(f"{EDIT} "):
            version, _, draft = value.removeprefix(f"{EDIT} ").partition("\n")
            self._start(self._open(string(press.get("trigger_id")), channel, user, version, draft))
            return
        container = mapping(press.get("container"))
        thread = string(container.get("thread_ts")) or None
        key = f"{CHANNEL}:press:{channel}:{user}:{string(action.get('action_ts'))}:{string(press.get('trigger_id'))}"
        self._pressed(key, channel, kind, user, value, thread)

    async def form(self, form: Json, kind: Callable[[str], str]) -> Json:
        """Take a form that was filled in, and return what is wrong with which of its fields.

        :param kind: says what a channel is for.
        """
        view = mapping(form.get("view"))
        if view.get("callback_id") != f"{PREFIX}{EDIT}":
            return {}
        user = string(mapping(form.get("user")).get("id"))
        channel, _, version = string(view.get("private_metadata")).partition(" ")
        try:
            async with asyncio.timeout(_FORM_SECONDS):
                await asyncio.to_thread(self._talk.person, user, channel, "direct")
        except Exception as error:
            # Closed, the form would take with it what somebody wrote.
            _log.warning("a form cannot be taken now: %s", type(error).__name__)
            return {"draft": self._voice.say("edit_form.later")}
        fields = mapping(mapping(view.get("state")).get("values"))
        written = string(mapping(mapping(fields.get("draft")).get("text")).get("value"))
        said = f"edit {version.partition(' v')[0]}:{written}"
        self._pressed(f"{CHANNEL}:form:{string(view.get('id'))}", channel, kind(channel), user, said, None)
        return {}

    def _pressed(self, key: str, channel: str, kind: str, user: str, said: str, thread: str | None) -> None:
        if kind not in ("desk", "direct") or not user:
            return

        async def send(_: int, answer: Answer, voice: Voice) -> None:
            for out in answer_messages(answer["text"], _buttons(answer), voice):
                if kind == "direct":
                    await self._api.post(channel, out.text, blocks=out.blocks)
                else:
                    await self._api.whisper(channel, user, out.text, blocks=out.blocks, thread=thread)

        self._talk.hear(Heard(key, channel, kind, user, said, True), send)

    async def _open(self, trigger: str, channel: str, user: str, version: str, draft: str) -> None:
        try:
            _, person = await asyncio.to_thread(self._talk.person, user, channel, "direct")
        except CourageError:
            raise
        except Exception as error:
            _log.error("a form cannot be opened: %s", type(error).__name__)
            words = self._talk.voice_of(user, channel).say(not_done(error))
            if channel.startswith("D"):
                await self._api.post(channel, words)
            else:
                await self._api.whisper(channel, user, words, blocks=())
            return
        voice = self._voice if person is None else self._voice.to(person.languages)
        form = edit_form(version, draft, channel, voice)
        await self._api.call("opening a form", "views.open", trigger_id=trigger, view=form)

    def _start(self, doing: Coroutine[Any, Any, None]) -> None:
        async def careful() -> None:
            try:
                await doing
            except CourageError as error:
                _log.warning("a press could not be answered: %s", error)
            except Exception as error:
                _log.error("a press could not be answered: %s", type(error).__name__)

        task = asyncio.create_task(careful(), name="slack-press")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def channel_of(press: Json) -> str:
    """Return the channel in which a button was pressed."""
    return string(mapping(press.get("channel")).get("id")) or string(
        mapping(press.get("container")).get("channel_id")
    )


def _buttons(answer: Answer) -> list[Button]:
    return [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]
