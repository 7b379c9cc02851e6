"""What we send: cards, answers and replies as text with buttons, split where Discord's limit is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import discord
from discord.utils import escape_markdown

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.gateways.pieces import joined, pieces
from courage.i18n.catalogue import Voice

LIMIT = 2000
PREFIX = "courage:"
#: The button that opens a form with the draft in it.
EDIT = "edit-form"
_CUSTOM_ID = 100
_ROW = 2
_LABEL = 80
_QUOTED_LINE = 700


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: its text and its buttons."""

    text: str
    view: discord.ui.View | None = None


def _buttons(buttons: Sequence[Button], voice: Voice) -> tuple[discord.ui.View | None, list[str]]:
    """Return the buttons in rows of two, and the commands that are too long for one and have to be typed."""
    named = [(title(button, voice) or button.payload, button.payload) for button in buttons]
    for button in buttons:
        if button.payload.startswith("post "):  # a draft is shown: it can be changed in a form
            named.append((voice.say("button.edit_form"), f"{EDIT} {button.payload.removeprefix('post ')}"))
    fitting = [(label, payload) for label, payload in named if len(PREFIX + payload) <= _CUSTOM_ID]
    typed = [payload for _, payload in named if len(PREFIX + payload) > _CUSTOM_ID]
    if not fitting:
        return None, typed
    view = discord.ui.View(timeout=None)
    for at, (label, payload) in enumerate(fitting[: 5 * _ROW]):
        style = discord.ButtonStyle.primary if at == 0 else discord.ButtonStyle.secondary
        view.add_item(
            discord.ui.Button(label=label[:_LABEL], custom_id=PREFIX + payload, style=style, row=at // _ROW)
        )
    # Presses are read by their id, so that they work after a restart too; the library shall not answer them.
    view.stop()
    return view, typed


def _hidden(text: str) -> str:
    """Return a text under a spoiler; nothing in it can end the spoiler or format anything."""
    return f"||{escape_markdown(text).strip() or ' '}||"


def _spoiler(text: str, room: int) -> str:
    """Return as much of a text under a spoiler as there is room for."""
    hidden = _hidden(text)
    while len(hidden) > room and text:
        text = text[: min(len(text) - 1, int(len(text) * room / len(hidden)))]
        hidden = _hidden(text + "…")
    return hidden


def card_message(card: Card, voice: Voice) -> Outgoing:
    """Return a card: the harmful text under a spoiler, the buttons below; shortened where it would not fit."""
    if card.text is None and card.lane != "summary":
        return Outgoing(escape_markdown(gone_line(card, voice))[:LIMIT])
    head, *rest = (escape_markdown(line) for line in card_lines(card, voice))
    view, typed = _buttons(card.buttons, voice)
    lines = [f"**{head[:500]}**", *rest]
    if typed:
        lines.append(voice.say("type", commands=" · ".join(typed)))
    text = "\n".join(lines)[:1500]
    if card.text is not None:
        text += f"\n{voice.say('card_message')}: "
        text += _spoiler(card.text, LIMIT - len(text))
    return Outgoing(text, view)


def _is_quoted(line: str) -> bool:
    return line.startswith("> ") or line == ">"


def answer_messages(text: str, buttons: Sequence[Button], voice: Voice) -> list[Outgoing]:
    """Return what the assistant says: quoted lines under a spoiler, split at the limit, buttons below the last part."""
    view, typed = _buttons(buttons, voice)
    if typed:
        text = f"{text}\n{voice.say('type', commands=' · '.join(typed))}"
    lines: list[str] = []
    for quoted, run in groupby(text.split("\n"), _is_quoted):
        if quoted:
            # Each line is hidden for itself: wherever the answer is split, no part of it comes to light.
            for line in run:
                lines += [_hidden(part) for part in pieces(line[2:], _QUOTED_LINE)]
        else:
            lines += run
    parts = joined(lines, LIMIT) or [" "]
    return [Outgoing(part, view if at == len(parts) - 1 else None) for at, part in enumerate(parts)]
