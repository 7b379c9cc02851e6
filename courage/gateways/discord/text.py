"""From a Discord message to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import discord

_MENTION = re.compile(r"<a?:(\w+):\d+>")


def text_of(message: discord.Message) -> str:
    """Return everything that a message shows as text, a line each; empty where there is nothing to read.

    Content, embeds, polls, what was forwarded, names and descriptions of files, stickers, texts and buttons of bots.
    """
    parts = [*_content(message), *_poll(message.poll)]
    for forwarded in message.message_snapshots:
        parts += _content(forwarded)
    shown = (_MENTION.sub(r"\1", part).strip() for part in parts)
    return "\n".join(dict.fromkeys(part for part in shown if part))


def _content(message: discord.Message | discord.MessageSnapshot) -> Iterator[str]:
    yield message.content or ""
    for embed in message.embeds:
        yield embed.title or ""
        yield embed.description or ""
        yield embed.author.name or ""
        for field in embed.fields:
            yield f"{field.name}\n{field.value}"
        yield embed.footer.text or ""
    for file in message.attachments:
        yield getattr(file, "title", None) or re.sub(r"[_\-.]+", " ", file.filename.rpartition(".")[0])
        yield file.description or ""
    for sticker in message.stickers:
        yield sticker.name
    yield from _components(message.components)


def _components(components: Iterable[object]) -> Iterator[str]:
    for component in components:
        for name in ("content", "label", "placeholder", "description"):
            value = getattr(component, name, None)
            if isinstance(value, str):
                yield value
        yield from _components(getattr(component, "children", None) or ())


def _poll(poll: discord.Poll | None) -> Iterator[str]:
    if poll is not None:
        yield str(poll.question)
        for answer in poll.answers:
            yield answer.text or ""


def changed_at(message: discord.Message) -> datetime:
    """Return when a message was edited; a preview that Discord added counts as a moment after the message."""
    return message.edited_at or message.created_at + timedelta(milliseconds=1)


def answered(message: discord.Message) -> str | None:
    """Return the id of the message that one replies to; a forward replies to nothing."""
    reference = message.reference
    if reference is None or reference.message_id is None or message.message_snapshots:
        return None
    return str(reference.message_id)


def command_of(text: str, own_id: int) -> str:
    """Return what is said to the assistant, without its name."""
    return re.sub(rf"<@[!&]?{own_id}>[\s:,]*", "", text).strip() or "help"


def is_addressed(message: discord.Message, own_id: int) -> bool:
    """Return whether a message is said to the assistant: its name, or a reply to it."""
    resolved = None if message.reference is None else message.reference.resolved
    reply = isinstance(resolved, discord.Message) and resolved.author.id == own_id
    return reply or re.search(rf"<@!?{own_id}>", message.content) is not None
