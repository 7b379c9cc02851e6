"""What we send: cards, answers and replies as Rocket.Chat's Markdown that notifies nobody, with commands to type or press.

Buttons are those that an attachment may have: whoever presses one writes its command, as if they had typed it. Rocket.Chat
calls them deprecated in favour of blocks, which need an app on the server, and shows them all the same; what they do can be
typed as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.gateways.markdown import answer_lines, escaped
from courage.gateways.pieces import joined
from courage.i18n.catalogue import Voice

#: How many buttons one attachment may have.
_IN_A_ROW: Final = 5


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: its text, and the attachments with its buttons."""

    text: str
    attachments: tuple[Mapping[str, Any], ...] = ()


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


def _pressable(buttons: Sequence[Button], voice: Voice) -> tuple[Mapping[str, Any], ...]:
    actions = [
        {
            "type": "button",
            "text": title(button, voice),
            "msg": button.payload,
            "msg_in_chat_window": True,
            "msg_processing_type": "sendMessage",
        }
        for button in buttons
    ]
    return tuple(
        {"button_alignment": "horizontal", "actions": actions[at : at + _IN_A_ROW]}
        for at in range(0, len(actions), _IN_A_ROW)
    )


def card_message(card: Card, voice: Voice, limit: int) -> Outgoing:
    """Return a card. Rocket.Chat can hide nothing in a room: the harmful text is shown to who asks for it alone."""
    if card.text is None and card.lane != "summary":
        return Outgoing(_plain(gone_line(card, voice))[:limit])
    head, *rest = (_plain(line) for line in card_lines(card, voice))
    text = "\n".join([f"*{head}*", *rest, *_legend(card.buttons, voice)])[:limit]
    return Outgoing(text, _pressable(card.buttons, voice))


def answer_messages(text: str, buttons: Sequence[Button], voice: Voice, limit: int) -> list[Outgoing]:
    """Return what the assistant says: quoted lines as quotations that do nothing, split at the limit."""
    lines = answer_lines(text, limit, _plain, apart=False)
    *parts, last = joined(lines + _legend(buttons, voice), limit) or [" "]
    return [*map(Outgoing, parts), Outgoing(last, _pressable(buttons, voice))]
