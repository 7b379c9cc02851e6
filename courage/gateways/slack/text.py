"""From a Slack message to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import emoji

from courage.gateways.values import Json, items, mapping, string

#: What a mention of somebody becomes where nobody knows their name.
SOMEBODY: Final = "@member"
#: What Slack itself writes into a channel, in words of its own.
_SYSTEM: Final = frozenset(
    {
        "app_conversation_join", "bot_add", "bot_disable", "bot_enable", "bot_remove", "canvas_changed", "channel_archive",
        "channel_canvas_updated", "channel_convert_to_private", "channel_convert_to_public", "channel_join",
        "channel_leave", "channel_posting_permissions", "channel_unarchive", "ekm_access_denied", "group_archive",
        "group_join", "group_leave", "group_unarchive", "huddle_thread", "joiner_notification",
        "joiner_notification_for_inviter", "message_changed", "message_deleted", "message_replied", "pinned_item",
        "reminder_add", "sh_room_created", "sh_room_shared", "tombstone", "unpinned_item", "wasFiltered",
    }
)  # fmt: skip
#: What people call a channel, and say that it is for: nothing can be answered under it.
PLACES: Final = frozenset(
    {"channel_name", "channel_purpose", "channel_topic", "group_name", "group_purpose", "group_topic"}
)
_ENTITIES: Final = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))
_MARKUP = re.compile(r"<([@#!][^<>\n]+|[a-zA-Z][a-zA-Z0-9+.-]*:[^<>\n]+)>")
_SHORTCODE = re.compile(r"(?<!\w):(?!\d+:)[a-z0-9_+'-]+(?:::skin-tone-[2-6])?:(?!\w)")
_FORMATTING = re.compile(r"[\s*_~`•>]+")
_TIMES = re.compile(r"\d{1,12}\.\d{1,9}")
_DEEPEST = 20
_BROADCASTS: Final = ("here", "channel", "everyone")


def is_ts(value: str) -> bool:
    """Say whether a text is a time as Slack writes it, by which messages are named."""
    return _TIMES.fullmatch(value) is not None


def microseconds(ts: str) -> int:
    """Return Slack's name of a message as a whole number, 0 where it is none: the later message has the greater one."""
    seconds, _, rest = ts.partition(".")
    return int(seconds) * 1_000_000 + int(rest.ljust(6, "0")[:6]) if is_ts(ts) else 0


def moment(ts: str) -> datetime:
    """Return the time that Slack's name of a message or an event stands for; impossible times become now."""
    now = datetime.now(UTC)
    if not is_ts(ts) or not 0 < float(ts) < (now + timedelta(days=1)).timestamp():
        return now
    seconds, _, rest = ts.partition(".")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(rest.ljust(6, "0")[:6]))


def author(message: Json) -> str:
    """Return who wrote a message: a user's id, or that of a bot."""
    bot = string(message.get("bot_id"))
    return string(message.get("user")) or (f"bot:{bot}" if bot else "") or "unknown"


def is_readable(message: Json) -> bool:
    """Say whether a message is something that somebody wrote, and not Slack itself."""
    return string(message.get("subtype")) not in _SYSTEM and bool(string(message.get("ts")))


def is_removed(message: Json) -> bool:
    """Say whether a message was removed: one with answers leaves its place behind."""
    return string(message.get("subtype")) == "tombstone"


def mentioned(message: Json) -> set[str]:
    """Return the ids of the people whom a message mentions without saying their names."""
    return set(re.findall(r"<@([A-Z0-9]+)>", string(message.get("text"))))


def escaped(text: str) -> str:
    """Return a text in which nothing is markup: nobody is mentioned, nothing is linked, whatever it says."""
    for written, character in reversed(_ENTITIES):
        text = text.replace(character, written)
    return text


def shown(text: str, names: Mapping[str, str]) -> str:
    """Return what people see where Slack's markup stands; ``names`` are display names by user id."""

    def replaced(found: re.Match[str]) -> str:
        target, _, label = found[1].partition("|")
        kind, rest = target[:1], target[1:]
        if kind == "@":
            return f"@{label.lstrip('@')}" if label else f"@{names[rest]}" if rest in names else SOMEBODY
        if kind == "#":
            return f"#{label or 'channel'}"
        if kind == "!":
            word = rest.partition("^")[0]
            if word.startswith("subteam"):
                return label or "@group"
            return f"@{word}" if word in _BROADCASTS else label or word
        address = target.removeprefix("mailto:").removeprefix("tel:")
        # A label can say anything, and so can an address.
        return address if not label or label in target else f"{label} {address}"

    text = _SHORTCODE.sub(lambda found: _emoji(found[0]), _MARKUP.sub(replaced, text))
    for written, character in _ENTITIES:
        text = text.replace(written, character)
    return text


def _emoji(shortcode: str) -> str:
    """Return the emoji of a shortcode; of one that a workspace made itself, its name."""
    plain = shortcode.partition("::skin-tone")[0].rstrip(":") + ":"
    found = emoji.emojize(plain, language="alias")
    return found if found != plain else plain.strip(":").replace("_", " ").replace("-", " ")


def text_of(message: Json, names: Mapping[str, str] | None = None) -> str:
    """Return everything that a message shows as text, a part each on lines of its own; empty if there is nothing to read.

    Text, blocks, attachments and previews, what was forwarded, titles, names and first lines of files, buttons of bots,
    topics and names of channels.
    """
    known = names or {}
    kept: list[str] = []
    keys: list[str] = []
    for part in _parts(message, known, 0):
        said = part.strip()
        # The same words come several times: as a text, as blocks, as a fallback.
        key = _FORMATTING.sub("", said).casefold()
        if key and not any(key in other for other in keys):
            kept.append(said)
            keys.append(key)
    return "\n".join(kept)


def _parts(message: Json, names: Mapping[str, str], depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        return
    subtype = string(message.get("subtype"))
    if subtype in PLACES:
        # The text beside it is Slack's own: “set the channel topic to …”.
        yield shown(string(message.get(subtype.partition("_")[2])), names)
        return
    # Blocks first: in them a word whose letters are formatted differently is whole.
    yield from _blocks(items(message.get("blocks")), names, depth)
    yield shown(string(message.get("text")), names)
    for attachment in items(message.get("attachments")):
        yield from _attachment(mapping(attachment), names, depth)
    for file in items(message.get("files")):
        yield from _file(mapping(file))


def _attachment(attachment: Json, names: Mapping[str, str], depth: int) -> Iterator[str]:
    before = ("pretext", "author_name", "title", "text")
    yield from (shown(string(attachment.get(name)), names) for name in before)
    for field in items(attachment.get("fields")):
        told = mapping(field)
        yield "\n".join(shown(string(told.get(name)), names) for name in ("title", "value"))
    yield from _blocks(items(attachment.get("blocks")), names, depth)
    for inner in items(attachment.get("message_blocks")):
        yield from _parts(mapping(mapping(inner).get("message")), names, depth + 1)
    for button in items(attachment.get("actions")):
        yield string(mapping(button).get("text"))
    for file in items(attachment.get("files")):
        yield from _file(mapping(file))
    yield shown(string(attachment.get("footer")), names)
    yield shown(string(attachment.get("fallback")), names)


def _file(file: Json) -> Iterator[str]:
    name = string(file.get("name"))
    title = string(file.get("title"))
    stem = re.sub(r"[_\-.]+", " ", (title if title and title != name else name).rpartition(".")[0])
    yield title if title and title != name else stem
    yield string(file.get("alt_txt"))
    yield (
        string(file.get("plain_text"))
        or string(file.get("preview_plain_text"))
        or string(file.get("preview"))
    )
    yield string(mapping(file.get("initial_comment")).get("comment"))


def _blocks(blocks: list[Any], names: Mapping[str, str], depth: int) -> Iterator[str]:
    for block in blocks:
        found = mapping(block)
        if found.get("type") == "rich_text":
            yield _rich(found, names, depth)
        else:
            yield from _texts(found, names, depth)


def _rich(node: object, names: Mapping[str, str], depth: int) -> str:
    """Return a formatted text without its formatting: the parts of a word stay together."""
    if depth > _DEEPEST:
        return ""
    element = mapping(node)
    match element.get("type"):
        case "text":
            return string(element.get("text"))
        case "link":
            url, label = string(element.get("url")), string(element.get("text"))
            return url if not label or label in url else f"{label} {url}"
        case "emoji":
            points = string(element.get("unicode"))
            try:
                return (
                    "".join(chr(int(point, 16)) for point in points.split("-"))
                    if points
                    else _emoji(f":{string(element.get('name'))}:")
                )
            except (ValueError, OverflowError):
                return string(element.get("name"))
        case "user":
            user = string(element.get("user_id"))
            return f"@{names[user]}" if user in names else SOMEBODY
        case "broadcast":
            return f"@{string(element.get('range'))}"
        case "channel":
            return "#channel"
        case "usergroup":
            return "@group"
        case "date":
            return string(element.get("fallback"))
    inner = [_rich(child, names, depth + 1) for child in items(element.get("elements"))]
    apart = element.get("type") in ("rich_text", "rich_text_list")
    return ("\n" if apart else "").join(part for part in inner if part)


def _texts(node: object, names: Mapping[str, str], depth: int) -> Iterator[str]:
    """Return every text that a block shows, whatever kinds of blocks there will be."""
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for child in node:
            yield from _texts(child, names, depth + 1)
    elif isinstance(node, Mapping):
        if node.get("type") in ("plain_text", "mrkdwn", "markdown") and isinstance(node.get("text"), str):
            yield shown(string(node.get("text")), names)
            return
        if node.get("type") == "rich_text":
            yield _rich(node, names, depth + 1)
            return
        for key, value in node.items():
            if key in ("alt_text", "title", "title_text", "description") and isinstance(value, str):
                yield value
            elif isinstance(value, Mapping | list):
                yield from _texts(value, names, depth + 1)


def answered(message: Json) -> str | None:
    """Return the first message of the thread that a message is in, or ``None`` if it is in none."""
    thread = string(message.get("thread_ts"))
    return thread if thread and thread != string(message.get("ts")) else None


def command_of(text: str, own_id: str) -> str:
    """Return what is said to the assistant: without its name."""
    return re.sub(rf"<@{re.escape(own_id)}(?:\|[^>]*)?>[\s:,]*", "", text).strip() or "help"


def is_addressed(message: Json, own_id: str) -> bool:
    """Return whether a message is said to the assistant: its name, or an answer in a thread that it began."""
    named = re.search(rf"<@{re.escape(own_id)}(?:\|[^>]*)?>", string(message.get("text"))) is not None
    return named or (answered(message) is not None and message.get("parent_user_id") == own_id)
