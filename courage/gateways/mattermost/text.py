"""From a Mattermost post to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import emoji

Json = Mapping[str, Any]
#: What Mattermost itself says in a channel is not read, but for what a member wrote: each with where that stands.
_WRITTEN: Final = {
    "system_header_change": "new_header",
    "system_displayname_change": "new_displayname",
    "system_purpose_change": "new_purpose",
}


def mapping(value: object) -> Json:
    """Return an object of the answer, or an empty one where something else stands."""
    return value if isinstance(value, Mapping) else {}


def string(value: object) -> str:
    """Return a text of the answer, or an empty one where something else stands."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """Return a whole number of the answer, or 0 where something else stands."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def objects(value: object) -> list[Json]:
    """Return the objects of a list of the answer, or none where something else stands."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def moment(milliseconds: int) -> datetime:
    """Return a time of Mattermost; impossible ones become now."""
    now = datetime.now(UTC)
    if not 0 < milliseconds < ((now + timedelta(days=1)).timestamp()) * 1000:
        return now
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def is_system(post: Json) -> bool:
    """Return whether Mattermost wrote a post itself."""
    return string(post.get("type")).startswith("system_")


def is_automatic(post: Json) -> bool:
    """Return whether a bot or a webhook wrote a post: nobody who could be answered."""
    props = mapping(post.get("props"))
    return any(props.get(name) in ("true", True) for name in ("from_bot", "from_webhook", "from_plugin"))


def text_of(post: Json) -> str:
    """Return everything that a post shows as text, a line each; empty where there is nothing to read.

    Message, attachments with their fields and buttons, previews of links and of posts from elsewhere, names of files
    where they have words, and what members write into names, headers and purposes of channels.
    """
    return "\n".join(dict.fromkeys(part.strip() for part in _parts(post) if part.strip()))


def _parts(post: Json) -> Iterator[str]:
    props = mapping(post.get("props"))
    if is_system(post):
        yield _shown(string(props.get(_WRITTEN.get(string(post.get("type")), ""))))
        return
    yield _shown(string(post.get("message")))
    for attachment in objects(props.get("attachments")):
        yield from _attachment(attachment)
    metadata = mapping(post.get("metadata"))
    for embed in objects(metadata.get("embeds")):
        data = mapping(embed.get("data"))
        if embed.get("type") == "opengraph":
            yield from (
                string(data.get("site_name")),
                string(data.get("title")),
                string(data.get("description")),
            )
        elif embed.get("type") == "permalink":
            yield _shown(string(mapping(data.get("post")).get("message")))
    for file in objects(metadata.get("files")):
        yield re.sub(r"[_\-.]+", " ", string(file.get("name")).rpartition(".")[0])
    # A webhook may call itself anything, and its name stands above what it says.
    yield string(props.get("override_username"))


def _attachment(attachment: Json) -> Iterator[str]:
    shown = False
    for name in ("pretext", "author_name", "title", "text"):
        shown = shown or bool(string(attachment.get(name)).strip())
        yield _shown(string(attachment.get(name)))
    for field in objects(attachment.get("fields")):
        shown = True
        yield f"{_shown(string(field.get('title')))}\n{_shown(str(field.get('value') or ''))}"
    yield string(attachment.get("footer"))
    for action in objects(attachment.get("actions")):
        yield string(action.get("name"))
        for option in objects(action.get("options")):
            yield string(option.get("text"))
    if not shown:
        yield _shown(string(attachment.get("fallback")))


def _shown(text: str) -> str:
    """Return a text with its emoji as people see them; those of the server's own keep their names."""
    return emoji.emojize(text, language="alias")


def is_addressed(text: str, username: str) -> bool:
    """Return whether a message is said to the assistant: it has its name."""
    return re.search(rf"(?<![\w@])@{re.escape(username)}(?![\w\-])", text, re.IGNORECASE) is not None


def command_of(text: str, username: str) -> str:
    """Return what is said to the assistant, without its name at the beginning or the end."""
    name = rf"@{re.escape(username)}(?![\w\-])"
    said = re.sub(rf"^\s*{name}[\s:,.!?]*|[\s,]*{name}[\s.!?]*$", "", text, flags=re.IGNORECASE)
    return said.strip() or "help"
