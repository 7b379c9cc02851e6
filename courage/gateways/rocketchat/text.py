"""From a Rocket.Chat message to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from courage.gateways.named import shown
from courage.gateways.values import Json, mapping, objects, string

#: What Rocket.Chat itself says in a room is not read, but for what a member wrote: names, topics, announcements.
_WRITTEN: Final = frozenset(
    {
        "r",
        "room_changed_topic",
        "room_changed_description",
        "room_changed_announcement",
        "discussion-created",
    }
)
_QUOTE_MARK: Final = re.compile(r"\[[ \u00a0]*\]\([^)\s]*\)[ \n]*")
_DEEPEST: Final = 6


def stamp(value: object) -> int:
    """Return a time in milliseconds: the websocket writes ``{"$date": …}``, the REST API ISO 8601; 0 for anything else."""
    if isinstance(value, Mapping):
        value = value.get("$date")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    try:
        return int(datetime.fromisoformat(string(value).replace("Z", "+00:00")).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0


def author(message: Json) -> str:
    """Return the user id of who wrote a message."""
    return string(mapping(message.get("u")).get("_id"))


def is_system(message: Json) -> bool:
    """Return whether Rocket.Chat wrote a message itself."""
    return bool(string(message.get("t")))


def is_automatic(message: Json) -> bool:
    """Return whether a bot or an integration wrote a message: nobody who could be answered."""
    return bool(message.get("bot"))


def is_removed(message: Json) -> bool:
    """Return whether a message was removed and stays as a mark of that."""
    return message.get("t") == "rm"


def has_preview(message: Json) -> bool:
    """Return whether Rocket.Chat has looked at the links of a message: that comes a moment after it."""
    return any(mapping(url.get("meta")) for url in objects(message.get("urls")))


def text_of(message: Json) -> str:
    """Return everything that a message shows as text, a line each; empty where there is nothing to read.

    Text, attachments with their fields and buttons, quotations (marked as such), previews of links, names and
    descriptions of files, what integrations call themselves, and names and topics that members write.
    """
    if is_system(message) and string(message.get("t")) not in _WRITTEN:
        return ""
    return "\n".join(dict.fromkeys(part.strip() for part in _parts(message) if part.strip()))


def _parts(message: Json) -> Iterator[str]:
    yield shown(_QUOTE_MARK.sub("", string(message.get("msg"))))
    for attachment in objects(message.get("attachments")):
        yield from _attachment(attachment, 0)
    yield from _blocks(message.get("blocks"), 0)
    for url in objects(message.get("urls")):
        meta = mapping(url.get("meta"))
        for name in (
            "pageTitle",
            "ogTitle",
            "ogDescription",
            "twitterTitle",
            "twitterDescription",
            "description",
        ):
            yield string(meta.get(name))
    for file in [mapping(message.get("file")), *objects(message.get("files"))]:
        yield re.sub(r"[_\-.]+", " ", string(file.get("name")).rpartition(".")[0])
    yield string(message.get("alias"))


def _attachment(attachment: Json, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    quoted = bool(string(attachment.get("message_link")))
    for name in ("pretext", "title", "text", "description"):
        text = shown(_QUOTE_MARK.sub("", string(attachment.get(name))))
        yield "\n".join(f"> {line}" for line in text.split("\n")) if quoted and text.strip() else text
    if not quoted:
        yield string(attachment.get("author_name"))
    for field in objects(attachment.get("fields")):
        yield f"{shown(string(field.get('title')))}\n{shown(str(field.get('value') or ''))}"
    for action in objects(attachment.get("actions")):
        yield string(action.get("text"))
    for inner in objects(attachment.get("attachments")):
        yield from _attachment(inner, depth + 1)


def _blocks(node: object, depth: int) -> Iterator[str]:
    """Yield the texts of blocks, with which apps write."""
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        for name, value in node.items():
            if name in ("text", "altText", "label", "placeholder") and isinstance(value, str):
                yield shown(value)
            elif isinstance(value, Mapping | list):
                yield from _blocks(value, depth + 1)
    elif isinstance(node, list):
        for child in node:
            yield from _blocks(child, depth + 1)
