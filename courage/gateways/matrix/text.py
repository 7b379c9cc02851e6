"""From the content of a Matrix event to the text that members see; everything in it may be hostile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

MAX_TEXT = 20_000
_TEXT_TYPES = frozenset({"m.text", "m.emote"})
_MEDIA_TYPES = frozenset({"m.image", "m.file", "m.audio", "m.video"})
_BLOCKS = frozenset(
    {"p", "br", "li", "div", "blockquote", "pre", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "hr"}
)
_WORDS = re.compile(r"\w+")


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

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "mx-reply":
            self._quoted += 1
        elif tag in _BLOCKS:
            self.parts.append("\n")
        elif tag == "img":
            self.parts += [f" {value} " for name, value in attrs if name in ("alt", "title") and value]

    def handle_endtag(self, tag: str) -> None:
        if tag == "mx-reply":
            self._quoted = max(0, self._quoted - 1)
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._quoted:
            self.parts.append(data)


def html_text(html: str) -> str:
    """Return the text of an HTML body as a client shows it."""
    parser = _Visible()
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


def _text(content: Mapping[str, Any], is_reply: bool) -> str:
    body = _string(content.get("body"))
    if content.get("msgtype") in _MEDIA_TYPES:
        # Without a file name of its own, the body is the file name; else it is a caption.
        name = _string(content.get("filename"))
        body = body if name and body != name else ""
    if is_reply:
        body = without_fallback(body)
    shown = ""
    if content.get("format") == "org.matrix.custom.html":
        shown = html_text(_string(content.get("formatted_body")))
    if shown and _WORDS.findall(shown.casefold()) != _WORDS.findall(body.casefold()):
        # Clients show the formatted body, notifications the plain one: both are looked at.
        body = f"{shown}\n{body}" if body.strip() else shown
    return body[:MAX_TEXT].strip()


def said(content: object) -> Said | None:
    """Return what the content of an ``m.room.message`` says, or ``None`` if it is not text."""
    content = _mapping(content)
    kind = content.get("msgtype")
    if kind not in _TEXT_TYPES and kind != "m.notice" and kind not in _MEDIA_TYPES:
        return None
    rel_type, rel_id, reply_to = relation(content)
    if rel_type == "m.replace" and rel_id:
        new = _mapping(content.get("m.new_content"))
        text = _text(new, is_reply=False) if new else _text(content, is_reply=False)
        return Said(text, kind == "m.notice", None, rel_id)
    thread = rel_id if rel_type == "m.thread" and rel_id else None
    text = _text(content, is_reply=reply_to is not None)
    return Said(text, kind == "m.notice", reply_to, None, thread) if text else None
