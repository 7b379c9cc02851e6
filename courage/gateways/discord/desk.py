"""The conversation in the desk channel and in direct messages: what is typed, what is pressed, the form to edit."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import discord

from courage.cases.conversation import Answer
from courage.cases.ports import Button
from courage.gateways.discord.cards import EDIT, PREFIX, Outgoing, answer_messages
from courage.gateways.discord.client import told
from courage.gateways.discord.settings import CHANNEL, DiscordSettings
from courage.gateways.discord.text import command_of, is_addressed
from courage.gateways.drafts import draft_in
from courage.gateways.read_marks import ReadMarks
from courage.gateways.said import Said
from courage.gateways.talk import Heard, Talk, not_done
from courage.i18n.catalogue import Voice

_log = logging.getLogger(__name__)
_LONGEST_DRAFT = 2000


class Desk:
    """Hands what is said and pressed to the conversation, and its answers back to where it was said.

    Answers to presses are shown to whoever pressed alone, so that nobody else has to read a harmful text. ``marks`` stay
    before what is not answered yet.
    """

    def __init__(self, settings: DiscordSettings, talk: Talk, voice: Voice, marks: ReadMarks) -> None:
        self._settings = settings
        self._talk = talk
        self._said = Said(talk)
        self._voice = voice
        self._marks = marks

    async def close(self) -> None:
        """Give up what is not answered yet."""
        await self._said.close()

    def hear(
        self,
        message: discord.Message,
        kind: str,
        own_id: int,
        *,
        live: bool = True,
        author: discord.User | discord.Member | None = None,
    ) -> None:
        """Take note of a message in the desk channel or a direct one.

        :param live: says that it comes as it is written.
        :param author: who wrote it, where more is known of them than the message says.
        """
        text = message.content.strip()
        if not text or message.author.bot:
            return
        author = author or message.author
        addressed = kind == "direct" or is_addressed(message, own_id)

        async def send(number: int, answer: Answer, voice: Voice) -> None:
            for part, out in enumerate(answer_messages(answer["text"], _buttons(answer), voice)):
                with told("answering"):
                    await message.channel.send(
                        out.text,
                        reference=message.to_reference(fail_if_not_exists=False),
                        mention_author=False,
                        suppress_embeds=True,
                        nonce=f"a{message.id}-{number}-{part}"[:25],
                        **_view(out),
                    )

        said = command_of(text, own_id) if addressed else text
        heard = self._heard(f"{message.id}", message.channel.id, kind, author, said, addressed)
        at = message.created_at.timestamp() * 1000
        answering = self._said.hear(heard, at, send, live=live)
        self._marks.follow(heard.room_id, message.id, answering)

    async def press(self, interaction: discord.Interaction, kind: str) -> None:
        """Answer the press of a button, or take a form; every press is answered."""
        data: dict[str, Any] = dict(interaction.data or {})
        pressed = str(data.get("custom_id", ""))
        if not pressed.startswith(PREFIX) or interaction.channel_id is None:
            return  # none of ours: another program of the same bot deals with it
        payload = pressed.removeprefix(PREFIX)
        form = interaction.type is discord.InteractionType.modal_submit
        with told("answering a press"):
            if payload.startswith(f"{EDIT} ") and not form:
                try:
                    shown = await self._form(interaction, payload.removeprefix(f"{EDIT} "))
                except Exception as error:
                    # An open form would take with it what somebody writes into it.
                    _log.error("a form cannot be opened: %s", type(error).__name__)
                    voice = self._talk.voice_of(str(interaction.user.id), str(interaction.channel_id))
                    await interaction.response.send_message(voice.say(not_done(error)), ephemeral=True)
                    return
                await interaction.response.send_modal(shown)
                return
            await interaction.response.defer(ephemeral=True, thinking=True)
        if form:
            payload = f"edit {payload.removeprefix(f'{EDIT} ').partition(' v')[0]}:{_written(data)}"

        async def send(_: int, answer: Answer, voice: Voice) -> None:
            for out in answer_messages(answer["text"], _buttons(answer), voice):
                with told("answering a press"):
                    await interaction.followup.send(
                        out.text, ephemeral=True, suppress_embeds=True, **_view(out)
                    )

        user, channel = interaction.user, interaction.channel_id
        self._talk.hear(self._heard(f"{interaction.id}", channel, kind, user, payload, True), send)

    def _heard(
        self,
        key: str,
        channel_id: int,
        kind: str,
        author: discord.User | discord.Member,
        text: str,
        addressed: bool,
    ) -> Heard:
        roles = {str(role.id) for role in author.roles} if isinstance(author, discord.Member) else set()
        volunteer = bool(self._settings.volunteer_role) and self._settings.volunteer_role in roles
        return Heard(f"{CHANNEL}:{key}", str(channel_id), kind, str(author.id), text, addressed, volunteer)

    async def _form(self, interaction: discord.Interaction, version: str) -> discord.ui.Modal:
        """Return the form to edit a draft; what the message shows of it stands in it already."""
        room = str(interaction.channel_id)
        _, person = await asyncio.to_thread(self._talk.person, str(interaction.user.id), room, "direct")
        voice = self._voice.to(person.languages) if person is not None else self._voice
        shown = "" if interaction.message is None else interaction.message.content
        form = discord.ui.Modal(
            title=voice.say("edit_form.title")[:45], custom_id=f"{PREFIX}{EDIT} {version}", timeout=1
        )
        form.add_item(
            discord.ui.TextInput(
                label=voice.say("edit_form.text")[:45],
                style=discord.TextStyle.paragraph,
                custom_id="text",
                default=draft_in(shown, version, voice)[:_LONGEST_DRAFT] or None,
                max_length=_LONGEST_DRAFT,
            )
        )
        form.stop()
        return form


def _view(out: Outgoing) -> dict[str, Any]:
    return {} if out.view is None else {"view": out.view}


def _buttons(answer: Answer) -> list[Button]:
    return [Button(b["title"], b["payload"]) for b in answer.get("buttons", [])]


def _written(node: Any) -> str:
    """Return what somebody wrote into the form's one field, however deep Discord wraps it."""
    if isinstance(node, dict):
        if node.get("custom_id") == "text" and isinstance(node.get("value"), str):
            return str(node["value"])
        return next((found for child in node.values() if (found := _written(child))), "")
    if isinstance(node, list):
        return next((found for child in node if (found := _written(child))), "")
    return ""
