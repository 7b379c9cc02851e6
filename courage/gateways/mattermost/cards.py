"""What we send: cards, answers and replies as Markdown that notifies nobody, with numbers to press.

Mattermost's own buttons call an address of ours, which would need a port that is open to it. Instead each command has
a number, and the same number stands as a reaction under the post: whoever adds theirs has pressed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.gateways.markdown import answer_lines, escaped
from courage.gateways.pieces import joined
from courage.i18n.catalogue import Voice

#: Names of the emoji that stand for the first, second, third … command.
NUMBERS: Final = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "keycap_ten")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One post: its text, and the commands whose numbers stand under it."""

    text: str
    payloads: tuple[str, ...] = ()


def _legend(buttons: Sequence[Button], voice: Voice) -> list[str]:
    lines = []
    for name, button in zip(NUMBERS, buttons, strict=False):
        label = title(button, voice)
        label = f"{escaped(label)} · " if label and label != button.payload else ""
        lines.append(f":{name}: {label}`{button.payload}`")
    return lines


def _payloads(buttons: Sequence[Button]) -> tuple[str, ...]:
    return tuple(button.payload for button in buttons[: len(NUMBERS)])


def card_message(card: Card, voice: Voice, limit: int) -> Outgoing:
    """Return a card. Mattermost can hide nothing in a channel: the harmful text is shown to who asks for it alone."""
    if card.text is None and card.lane != "summary":
        return Outgoing(escaped(gone_line(card, voice))[:limit])
    head, *rest = (escaped(line) for line in card_lines(card, voice))
    lines = [f"**{head}**", *rest, *_legend(card.buttons, voice)]
    return Outgoing("\n".join(lines)[:limit], _payloads(card.buttons))


def answer_messages(text: str, buttons: Sequence[Button], voice: Voice, limit: int) -> list[Outgoing]:
    """Return what the assistant says: quoted lines as quotations that do nothing, split at the limit."""
    lines = answer_lines(text, limit, escaped, apart=True) + _legend(buttons, voice)
    parts = joined(lines, limit) or [" "]
    last = len(parts) - 1
    return [Outgoing(part, _payloads(buttons) if at == last else ()) for at, part in enumerate(parts)]
