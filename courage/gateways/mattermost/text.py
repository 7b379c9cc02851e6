"""From a Mattermost post to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from courage.gateways.named import shown
from courage.gateways.values import Json, mapping, objects, string

#: What Mattermost itself says in a channel is not read, but for what a member wrote: each with where that stands.
_WRITTEN: Final = {
    "system_header_change": "new_header",
    "system_displayname_change": "new_displayname",
    "system_purpose_change": "new_purpose",
}


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
        yield shown(string(props.get(_WRITTEN.get(string(post.get("type")), ""))))
        return
    yield shown(string(post.get("message")))
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
            yield shown(string(mapping(data.get("post")).get("message")))
    for file in objects(metadata.get("files")):
        yield re.sub(r"[_\-.]+", " ", string(file.get("name")).rpartition(".")[0])
    # A webhook may call itself anything, and its name stands above what it says.
    yield string(props.get("override_username"))


def _attachment(attachment: Json) -> Iterator[str]:
    visible = False
    for name in ("pretext", "author_name", "title", "text"):
        visible = visible or bool(string(attachment.get(name)).strip())
        yield shown(string(attachment.get(name)))
    for field in objects(attachment.get("fields")):
        visible = True
        yield f"{shown(string(field.get('title')))}\n{shown(str(field.get('value') or ''))}"
    yield string(attachment.get("footer"))
    for action in objects(attachment.get("actions")):
        yield string(action.get("name"))
        for option in objects(action.get("options")):
            yield string(option.get("text"))
    if not visible:
        yield shown(string(attachment.get("fallback")))
