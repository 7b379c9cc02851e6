"""Contents of the Matrix events that we send: cards, answers, replies. All text of people is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from cases.ports import Button, Card

Content = dict[str, Any]
_HTML = "org.matrix.custom.html"
_SEVERITY = ("none", "mild", "serious", "grave")
_STATUS = {
    "open": "waiting for somebody",
    "claimed": "on it",
    "replied": "answered",
    "dismissed": "dismissed as not hate",
    "escalated": "for the moderators: not to be answered",
    "withdrawn": "withdrawn, the message is gone",
    "closed": "closed",
}


def _message(plain: str, html: str | None = None, msgtype: str = "m.text") -> Content:
    # An empty m.mentions keeps clients from taking names in the text for mentions.
    content: Content = {"msgtype": msgtype, "body": plain, "m.mentions": {}}
    if html is not None:
        content |= {"format": _HTML, "formatted_body": html}
    return content


def _lines(card: Card) -> list[str]:
    if card.lane == "summary":
        return [f"{card.room_name}: {card.reasons}"]
    head = f"Case {card.case_id} · {card.room_name} · {card.category.replace('_', ' ')}"
    facts = [_SEVERITY[max(0, min(card.severity, 3))], f"{round(card.score * 100)} %", card.language]
    if card.targets:
        facts.insert(1, "against " + ", ".join(card.targets).replace("_", " "))
    if card.repeats > 1:
        facts.append(f"said {card.repeats} times")
    status = _STATUS.get(card.status, card.status)
    if card.holder is not None:
        status = f"{card.holder} is on it" if card.status == "claimed" else f"{status} by {card.holder}"
    lines = [head, " · ".join(facts), f"Why: {card.reasons}", f"Now: {status}"]
    return [*lines, card.note] if card.note else lines


def _commands(buttons: Sequence[Button]) -> str:
    return " · ".join(button.payload for button in buttons)


def card_content(card: Card) -> Content:
    """Return the event of a card; the harmful text is in the formatted body only, folded and behind a spoiler."""
    lines = _lines(card)
    plain = "\n".join(lines)
    html = f"<strong>{escape(lines[0])}</strong><br>" + "<br>".join(escape(line) for line in lines[1:])
    if card.text is not None:
        shown = escape(card.text).replace("\n", "<br>")
        html += (
            "<details><summary>The message (harmful text)</summary>"
            f'<span data-mx-spoiler="harmful text">{shown}</span></details>'
        )
    if card.buttons:
        plain += f"\nType: {_commands(card.buttons)}"
        html += "<p>Type: " + " · ".join(f"<code>{escape(b.payload)}</code>" for b in card.buttons) + "</p>"
    return _message(plain, html)


def edit_content(new: Content, event_id: str) -> Content:
    """Return the event that replaces an earlier one of ours."""
    fallback = {**new, "body": f"* {new['body']}"}
    return {**fallback, "m.new_content": new, "m.relates_to": {"rel_type": "m.replace", "event_id": event_id}}


def gone_content(card: Card) -> Content:
    """Return the short line that stands where a card with its text was taken away."""
    return _message(
        f"Case {card.case_id} · {card.room_name}: {_STATUS.get(card.status, card.status)}", msgtype="m.notice"
    )


def say_content(text: str, buttons: Sequence[Button] = ()) -> Content:
    """Return the event of something we say ourselves."""
    html = escape(text).replace("\n", "<br>")
    plain = text
    if buttons:
        plain += f"\nType: {_commands(buttons)}"
        items = "".join(f"<li><code>{escape(b.payload)}</code> – {escape(b.title)}</li>" for b in buttons)
        html += f"<ul>{items}</ul>"
    return _message(plain, html, "m.notice")


def answering(content: Content, event_id: str, thread: str | None = None) -> Content:
    """Return ``content`` as an answer to an event; in a thread it stays in the thread."""
    relates: Content = {"m.in_reply_to": {"event_id": event_id}}
    if thread is not None:
        relates |= {"rel_type": "m.thread", "event_id": thread, "is_falling_back": False}
    return {**content, "m.relates_to": relates}


def reply_content(text: str, event_id: str, thread: str | None) -> Content:
    """Return the event of a reply: exactly the text that a person confirmed, without any formatting."""
    return answering(_message(text), event_id, thread)
