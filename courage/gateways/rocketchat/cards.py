"""What we send: cards, answers and replies as Rocket.Chat's Markdown that notifies nobody, with commands to type."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Final

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.gateways.markdown import escaped, without_mentions
from courage.gateways.pieces import joined, pieces
from courage.i18n.catalogue import Voice

#: What a backslash makes plain in Rocket.Chat; before anything else the backslash itself would be seen.
_MARKS: Final = "*_~`#"


def _plain(text: str) -> str:
    return escaped(text, _MARKS)


def _legend(buttons: Sequence[Button], voice: Voice) -> list[str]:
    lines = []
    for button in buttons:
        label = title(button, voice)
        lines.append(f"• `{button.payload}`" + (f" · {_plain(label)}" if label != button.payload else ""))
    return lines


def card_text(card: Card, voice: Voice, limit: int) -> str:
    """Return a card. Rocket.Chat can hide nothing in a room: the harmful text is shown to who asks for it alone."""
    if card.text is None and card.lane != "summary":
        return _plain(gone_line(card, voice))[:limit]
    head, *rest = (_plain(line) for line in card_lines(card, voice))
    return "\n".join([f"*{head}*", *rest, *_legend(card.buttons, voice)])[:limit]


def is_quoted(line: str) -> bool:
    """Return whether a line of an answer quotes a message, which nobody has to read by accident."""
    return line.startswith("> ") or line == ">"


def answer_texts(text: str, buttons: Sequence[Button], voice: Voice, limit: int) -> list[str]:
    """Return what the assistant says: quoted lines as quotations that do nothing, split at the limit."""
    lines: list[str] = []
    for quoted, run in groupby(text.split("\n"), is_quoted):
        for line in run:
            # Escaping at most doubles a text; a third of the limit keeps every part of a quotation a quotation.
            lines += (
                [f"> {_plain(part)}" for part in pieces(line[2:], limit // 3)]
                if quoted
                else [without_mentions(line)]
            )
    return joined(lines + _legend(buttons, voice), limit) or [" "]


def reply_texts(text: str, limit: int) -> list[str]:
    """Return the parts of a reply: what a person confirmed, and nobody is notified by it."""
    return list(pieces(without_mentions(text), limit))
