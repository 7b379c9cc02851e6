"""Contents of the Matrix events that we send: cards, answers, replies. All text of people is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.i18n.catalogue import Voice

Content = dict[str, Any]
_HTML = "org.matrix.custom.html"
_PLACE = "\0"


def _message(plain: str, html: str | None = None, msgtype: str = "m.text") -> Content:
    # An empty m.mentions keeps clients from taking names in the text for mentions.
    content: Content = {"msgtype": msgtype, "body": plain, "m.mentions": {}}
    if html is not None:
        content |= {"format": _HTML, "formatted_body": html}
    return content


def _commands(buttons: Sequence[Button], voice: Voice) -> str:
    return voice.say("type", commands=" · ".join(button.payload for button in buttons))


def card_content(card: Card, voice: Voice) -> Content:
    """Return the event of a card; the harmful text is in the formatted body only, folded and behind a spoiler."""
    lines = card_lines(card, voice)
    plain = "\n".join(lines)
    html = f"<strong>{escape(lines[0])}</strong><br>" + "<br>".join(escape(line) for line in lines[1:])
    if card.text is not None:
        shown = escape(card.text).replace("\n", "<br>")
        html += (
            f"<details><summary>{escape(voice.say('card_message'))}</summary>"
            f'<span data-mx-spoiler="{escape(voice.say("card_spoiler"))}">{shown}</span></details>'
        )
    if card.buttons:
        plain += f"\n{_commands(card.buttons, voice)}"
        commands = " · ".join(f"<code>{escape(b.payload)}</code>" for b in card.buttons)
        # The catalogue's own words need no less care than anybody's: only the place for the commands is markup.
        before, _, after = voice.say("type", commands=_PLACE).partition(_PLACE)
        html += f"<p>{escape(before)}{commands}{escape(after)}</p>"
    return _message(plain, html)


def edit_content(new: Content, event_id: str) -> Content:
    """Return the event that replaces an earlier one of ours."""
    fallback = {**new, "body": f"* {new['body']}"}
    return {**fallback, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}


def gone_content(card: Card, voice: Voice) -> Content:
    """Return the short line that stands where a card with its text was taken away."""
    return _message(gone_line(card, voice), msgtype="m.notice")


def say_content(text: str, voice: Voice, buttons: Sequence[Button] = ()) -> Content:
    """Return the event of something we say ourselves."""
    html = escape(text).replace("\n", "<br>")
    plain = text
    if buttons:
        plain += f"\n{_commands(buttons, voice)}"
        items = "".join(
            f"<li><code>{escape(b.payload)}</code> – {escape(title(b, voice))}</li>" for b in buttons
        )
        html += f"<ul>{items}</ul>"
    return _message(plain, html, "m.notice")


def answering(content: Content, event_id: str, thread: str | None = None) -> Content:
    """Return ``content`` as an answer to an event; in a thread it stays in the thread."""
    relates: Content = {"m.in_reply_to": {"event_id": event_id}}
    if thread is not None:
        relates |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    return {**content, "m.relates_to": relates}


def reply_content(text: str, event_id: str | None, thread: str | None) -> Content:
    """Return the event of a reply: exactly the text that a person confirmed, without any formatting."""
    content = _message(text)
    return content if event_id is None else answering(content, event_id, thread)
