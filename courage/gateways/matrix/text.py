"""From the content of a Matrix event to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final

#: What screening takes in one piece. An event holds 64 KiB, so that nothing is cut but what repeats itself.
MAX_TEXT: Final = 100_000
_MEDIA_TYPES = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_POLL = ("m.poll.start", "org.matrix.msc3381.poll.start", "org.matrix.msc3381.v2.poll.start", "m.poll")
_TEXTS = ("m.text", "org.matrix.msc1767.text", "org.matrix.msc1767.html", "m.html", "body")
_LOCATIONS = ("m.location", "org.matrix.msc3488.location")
_BLOCKS = frozenset(
    {"p", "br", "li", "div", "blockquote", "pre", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
)
_WORDS = re.compile(r"\w+")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_EXTENSION = re.compile(r"\.\w{1,5}$")
# What cameras and programs call files; it would only stand in the way of what a caption says.
_NAMES_OF_MACHINES = frozenset(
    {"audio", "bild", "capture", "doc", "document", "dsc", "dscn", "file", "image", "images", "img", "mov", "movie", "mvi", "output",
     "photo", "picture", "pxl", "recording", "scan", "screen", "screenshot",
     "scr", "untitled", "vid", "video", "voice", "message", "whatsapp", "signal", "telegram", "at"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says: ``replaces`` is the event it edits, ``thread`` its thread's root."""

    text: str
    notice: bool = False
    reply_to: str | None = None
    replaces: str | None = None
    thread: str | None = None


class _Visible(HTMLParser):
    """Collects what a client shows of HTML, without the quoted fallback of a reply."""

    def __init__(self, is_reply: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._is_reply = is_reply
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mx-reply" and self._is_reply:
            self._quoted += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "img" and not self._quoted:
            self.parts += [f" {value} " for name, value in attrs if name in ("alt", "title") and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "mx-reply":
            self._quoted = max(0, self._quoted - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._quoted:
            self.parts.append(data)


def html_text(html: str, *, is_reply: bool = True) -> str:
    """Return the text of an HTML body as a client shows it; of a reply, without what it quotes."""
    parser = _Visible(is_reply)
    parser.feed(html)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.parts).splitlines())
    return "\n".join(line for line in lines if line)


def without_fallback(body: str) -> str:
    """Return a body without the quote that clients put before a reply (``> <@who:where> …`` and a blank line)."""
    lines = body.split("\n")
    if not re.match(r"> (\* )?<@", lines[0]):
        return body
    at = 0
    while at < len(lines) and lines[at].startswith(">"):
        at += 1
    # Only a quote that something follows is a fallback; hate must not hide behind a ">".
    rest = "\n".join(lines[at:]).strip("\n")
    return rest if rest.strip() else body


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def relation(content: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return (type, event id, id that is replied to) of an event's relation; empty strings when there is none."""
    relates = _mapping(content.get("m.relates_to"))
    reply = _string(_mapping(relates.get("m.in_reply_to")).get("event_id")) or None
    return _string(relates.get("rel_type")), _string(relates.get("event_id")), reply


def file_words(name: str) -> str:
    """Return the words of a file's name, without its ending, numbers and what cameras call files."""
    words = re.split(r"[\s_.+-]+", _EXTENSION.sub("", name))
    kept = [word for word in words if word and not any(c.isdigit() for c in word)]
    return " ".join(kept) if any(word.casefold() not in _NAMES_OF_MACHINES for word in kept) else ""


def _text(content: Mapping[str, Any], is_reply: bool) -> str:
    body = _string(content.get("body"))
    if content.get("msgtype") in _MEDIA_TYPES:
        # Without a file name of its own, the body is the file name; else it is a caption.
        name = _string(content.get("filename"))
        caption = body if name and body != name else ""
        body = "\n".join(part for part in (caption, file_words(name or body)) if part)
    elif content.get("msgtype") == "m.location":
        body = "\n".join(dict.fromkeys([body, *_descriptions(content)]))
    if is_reply:
        body = without_fallback(body)
    shown = ""
    if content.get("format") == "org.matrix.custom.html":
        shown = html_text(_string(content.get("formatted_body")), is_reply=is_reply)
    if shown and _WORDS.findall(shown.casefold()) != _WORDS.findall(body.casefold()):
        # Clients show the formatted body, notifications the plain one: both are looked at.
        body = f"{shown}\n{body}" if body.strip() else shown
    return body[:MAX_TEXT].strip()


def _descriptions(content: Mapping[str, Any]) -> list[str]:
    found = [_string(_mapping(content.get(key)).get("description")) for key in _LOCATIONS]
    return [text for text in found if text]


def _extensible(value: object, depth: int = 3) -> Iterator[str]:
    """Yield the texts of an extensible event: a string, or representations of one, in whichever form they come."""
    if isinstance(value, str):
        yield value
    elif depth and isinstance(value, list):
        for item in value[:50]:
            yield from _extensible(item, depth - 1)
    elif depth and isinstance(value, Mapping):
        for key in _TEXTS:
            yield from _extensible(value.get(key), depth - 1)


def _poll(content: Mapping[str, Any]) -> str:
    lines = list(_extensible(content))
    for key in _POLL:
        poll = _mapping(content.get(key))
        lines += _extensible(poll.get("question"))
        answers = poll.get("answers")
        for answer in answers[:50] if isinstance(answers, list) else ():
            lines += _extensible(answer)
    return "\n".join(dict.fromkeys(line for line in lines if line.strip()))


def _reaction(content: Mapping[str, Any]) -> str:
    key = _string(_mapping(content.get("m.relates_to")).get("key"))
    if key.startswith("mxc://"):
        key = _string(content.get("shortcode")) or _string(content.get("com.beeper.reaction.shortcode"))
    words = key.strip(":").replace("_", " ").replace("-", " ")
    # An emoji, a number or a mark says nothing that could be answered.
    return words if _LETTERS.search(words) else ""


def _other(content: Mapping[str, Any]) -> str:
    return "\n".join(dict.fromkeys(text for text in _extensible(content) if text.strip()))


_READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], str]]] = {
    "m.sticker": _other,
    "m.reaction": _reaction,
    **dict.fromkeys(_POLL, _poll),
}


def said(content: object, kind: str = "m.room.message", *, answers: bool = False) -> Said | None:
    """Return what a message of members says, or ``None`` if it says nothing.

    :param kind: the type of the event. What is of no known type is read too, where it has a text as messages have one.
    :param answers: whether a message that this one edits is a reply, so that what it quotes is somebody else's.
    """
    content = _mapping(content)
    rel_type, rel_id, reply_to = relation(content)
    notice = content.get("msgtype") == "m.notice"
    if kind == "m.room.message":
        if not isinstance(content.get("msgtype"), str):
            return None
        if rel_type == "m.replace" and rel_id:
            new = _mapping(content.get("m.new_content"))
            is_reply = answers or reply_to is not None or relation(new)[2] is not None
            return Said(_text(new or content, is_reply), notice, None, rel_id)
        text = _text(content, is_reply=reply_to is not None)
    else:
        new = _mapping(content.get("m.new_content"))
        text = _READERS.get(kind, _other)(new or content)[:MAX_TEXT].strip()
        if rel_type == "m.replace" and rel_id:
            return Said(text, notice, None, rel_id)
    thread = rel_id if rel_type == "m.thread" and rel_id else None
    return Said(text, notice, reply_to, None, thread) if text else None


def state_said(event: Mapping[str, Any]) -> str:
    """Return what a change of a room or of somebody's name says where members read it; empty if it says nothing new."""
    content = _mapping(event.get("content"))
    before = _mapping(_mapping(event.get("unsigned")).get("prev_content"))

    def new(key: str) -> str:
        text = _string(content.get(key)).strip()
        return text if text != _string(before.get(key)).strip() else ""

    match event.get("type"):
        case "m.room.topic":
            found = new("topic")
        case "m.room.name":
            found = new("name")
        case "m.room.member":
            # A name is shown beside all that its bearer writes, a reason where they left or were sent away.
            name = new("displayname") if content.get("membership") in ("join", "knock") else ""
            found = "\n".join(text for text in (name, new("reason")) if text)
        case "m.beacon_info" | "org.matrix.msc3672.beacon_info":
            found = new("description")
        case "m.room.canonical_alias":
            found = file_words(new("alias").partition(":")[0].removeprefix("#"))
        case _:
            found = ""
    return found[:MAX_TEXT]
