"""From a Telegram message to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from courage.gateways.values import Json, items, mapping, string

#: What stands beside the texts of formatted messages and is none.
_NO_TEXT = frozenset(
    {"type", "url", "id", "file_id", "file_unique_id", "mime_type", "language", "name", "custom_emoji_id"}
    | {"photo", "thumbnail", "video", "audio", "document", "animation", "voice", "user", "align", "valign"}
)
_MEDIA = ("animation", "audio", "document", "live_photo", "photo", "video", "voice", "paid_media")
_DEEPEST = 30


def number(value: object) -> int | None:
    """Return a whole number of the answer, or ``None`` where something else stands."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def author(message: Json) -> str:
    """Return who wrote a message: a user's id, or that of the group or channel in whose name it was written."""
    written_by = number(mapping(message.get("sender_chat")).get("id"))
    user = number(mapping(message.get("from")).get("id"))
    chat = number(mapping(message.get("chat")).get("id"))
    found = next((value for value in (written_by, user, chat) if value is not None), None)
    return "" if found is None else str(found)


def is_anonymous(message: Json) -> bool:
    """Return whether an administrator wrote in the group's own name, so that nobody can know who it was."""
    written_by = number(mapping(message.get("sender_chat")).get("id"))
    return written_by is not None and written_by == number(mapping(message.get("chat")).get("id"))


def message_id(message: Json) -> str:
    """Return how a message is kept: its number in the chat, with ``.TOPIC`` after it in a forum.

    The topic travels with the id, because a reply has to name it and Telegram cannot be asked for it later.
    """
    topic = number(message.get("message_thread_id"))
    found = number(message.get("message_id"))
    if found is None:
        return ""
    return f"{found}.{topic}" if topic is not None and message.get("is_topic_message") is True else str(found)


def split_id(kept: str) -> tuple[int, int | None]:
    """Return number and topic of what :func:`message_id` returned.

    :raises ValueError: if it is no such id.
    """
    found, _, topic = kept.partition(".")
    return int(found), int(topic) if topic else None


def sent_at(message: Json, update_id: int) -> datetime:
    """Return when a message was sent or edited; impossible times become now.

    Telegram counts whole seconds, in which a message may be edited twice: the number of the update tells the order.
    """
    now = datetime.now(UTC)
    stamp = number(message.get("edit_date")) or number(message.get("date")) or 0
    if not 0 < stamp < (now + timedelta(days=1)).timestamp():
        return now
    return datetime.fromtimestamp(stamp, UTC) + timedelta(microseconds=update_id % 10_000)


def text_of(message: Json) -> str:
    """Return everything that a message shows as text, a line each; empty where there is nothing to read.

    Texts, captions, polls, checklists, formatted messages, buttons, venues, contacts, and names of files where they
    are all that a file says. A quotation from another chat counts: nobody has read it yet.
    """
    return "\n".join(dict.fromkeys(part.strip() for part in _parts(message) if part.strip()))


def _parts(message: Json) -> Iterator[str]:
    yield string(message.get("text"))
    yield string(message.get("caption"))
    yield from _rich(mapping(message.get("rich_message")), 0)
    yield from _poll(mapping(message.get("poll")))
    checklist = mapping(message.get("checklist"))
    yield string(checklist.get("title"))
    for task in items(checklist.get("tasks")) + items(
        mapping(message.get("checklist_tasks_added")).get("tasks")
    ):
        yield string(mapping(task).get("text"))
    yield from _rich(mapping(mapping(message.get("poll_option_added")).get("option_text")), 0)
    yield string(mapping(message.get("poll_option_added")).get("option_text"))
    if mapping(message.get("external_reply")):
        yield string(mapping(message.get("quote")).get("text"))
    venue, contact = mapping(message.get("venue")), mapping(message.get("contact"))
    yield from (string(venue.get("title")), string(venue.get("address")))
    yield " ".join(
        part for part in (string(contact.get("first_name")), string(contact.get("last_name"))) if part
    )
    game = mapping(message.get("game"))
    yield from (string(game.get("title")), string(game.get("description")), string(game.get("text")))
    for kind in ("document", "audio", "video", "animation"):
        media = mapping(message.get(kind))
        yield re.sub(r"[_\-.]+", " ", string(media.get("file_name")).rpartition(".")[0])
        yield from (string(media.get("title")), string(media.get("performer")))
    for row in items(mapping(message.get("reply_markup")).get("inline_keyboard")):
        for button in items(row):
            yield string(mapping(button).get("text"))
    yield string(message.get("new_chat_title"))


def _poll(poll: Json) -> Iterator[str]:
    yield from (string(poll.get("question")), string(poll.get("description")))
    for option in items(poll.get("options")):
        yield string(mapping(option).get("text"))
    yield string(poll.get("explanation"))


def _rich(node: object, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    if isinstance(node, Mapping):
        # The parts of one paragraph belong together: a word may be cut by its formatting.
        for key, value in node.items():
            if key == "text":
                yield "".join(_rich(value, depth + 1))
            elif key not in _NO_TEXT:
                yield from _rich(value, depth + 1)
    elif isinstance(node, list):
        for child in node:
            yield from _rich(child, depth + 1)
    elif isinstance(node, str):
        yield node


def may_lose_text(message: Json) -> bool:
    """Return whether an edit without text took the text away: captions can be removed."""
    return any(message.get(kind) for kind in _MEDIA)


def command_of(text: str, username: str) -> str:
    """Return what is said to the assistant: without its name, and with ``/claim@name`` as people say it.

    ``/start``, which Telegram sends when somebody opens a conversation, asks for help.
    """
    name = re.escape(username)
    if found := re.match(rf"/(\w+)(?:@{name})?(?=\s|$)", text, re.IGNORECASE):
        word = found[1].replace("_", " ")
        return ("help" if word.lower() == "start" else word) + text[found.end() :]
    said = re.sub(rf"^\s*@{name}\b[\s:,]*|[\s,]*@{name}\s*$", "", text, flags=re.IGNORECASE)
    return said.strip() or "help"


def is_addressed(message: Json, text: str, username: str, own_id: int) -> bool:
    """Return whether a message is said to the assistant: a command, its name, or a reply to it."""
    replied = mapping(mapping(message.get("reply_to_message")).get("from")).get("id")
    other = re.match(r"/\w+@(\w+)", text)
    if other is not None:
        return other[1].lower() == username.lower()
    named = re.search(rf"@{re.escape(username)}\b", text, re.IGNORECASE) is not None
    mentions = any(
        mapping(mapping(entity).get("user")).get("id") == own_id for entity in items(message.get("entities"))
    )
    return text.startswith("/") or named or mentions or replied == own_id
