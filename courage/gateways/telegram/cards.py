"""What we send: cards, answers and replies as text with entities, split where Telegram's limit is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup, MessageEntity
from aiogram.utils.formatting import BlockQuote, Bold, Spoiler, Text

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.i18n.catalogue import Voice

#: Telegram counts UTF-16 units where it says characters in entities; so do we, which is on the safe side for both.
LIMIT = 4096
_CALLBACK_BYTES = 64
_ROW = 2
# Less than half the limit: then every part of a quotation ends at the end of a line.
_QUOTED_LINE = 1500


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: its text, its formatting, its buttons."""

    text: str
    entities: tuple[MessageEntity, ...] = ()
    buttons: InlineKeyboardMarkup | None = None


def size(text: str) -> int:
    """Return the length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def pieces(text: str, limit: int = LIMIT) -> Iterator[str]:
    """Cut a text into parts within the limit: between paragraphs, else lines, else words, else anywhere."""
    while size(text) > limit:
        end = _fitting(text, limit)
        head = text[:end]
        # Not too early: a short first part because of one early blank line helps nobody.
        places = [at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > end // 2]
        cut = places[0] if places else end
        yield text[:cut].rstrip()
        text = text[cut:].lstrip("\n ")
    if text.strip():
        yield text


def _fitting(text: str, limit: int) -> int:
    """Return how many characters of a text fit into a number of UTF-16 units."""
    used = 0
    for at, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > limit:
            return at
    return len(text)


def shortened(text: str, limit: int) -> str:
    """Return as much of a text as fits, with a mark where something is missing."""
    return text if size(text) <= limit else text[: _fitting(text, max(0, limit - 1))] + "…"


def keyboard(buttons: Sequence[Button], voice: Voice) -> tuple[InlineKeyboardMarkup | None, list[str]]:
    """Return the buttons in rows of two, and the commands that are too long for one and have to be typed."""
    typed = [button.payload for button in buttons if len(button.payload.encode()) > _CALLBACK_BYTES]
    made = [
        InlineKeyboardButton(text=title(button, voice) or button.payload, callback_data=button.payload)
        for button in buttons
        if button.payload not in typed
    ]
    rows = [made[at : at + _ROW] for at in range(0, len(made), _ROW)]
    return (InlineKeyboardMarkup(inline_keyboard=rows) if rows else None), typed


def _outgoing(content: Text, buttons: InlineKeyboardMarkup | None = None) -> Outgoing:
    text, entities = content.render()
    return Outgoing(text, tuple(entities), buttons)


def card_message(card: Card, voice: Voice) -> Outgoing:
    """Return a card: the harmful text under a spoiler, the buttons below; shortened where it would not fit."""
    if card.text is None and card.lane != "summary":
        return Outgoing(gone_line(card, voice))
    head, *rest = card_lines(card, voice)
    buttons, typed = keyboard(card.buttons, voice)
    lines = [*rest, *([voice.say("type", commands=" · ".join(typed))] if typed else [])]
    parts: list[Text | str] = [Bold(shortened(head, 500)), *(f"\n{line}" for line in lines)]
    plain = Text(*parts)
    if card.text is None:
        return _outgoing(plain, buttons)
    label = f"\n{voice.say('card_message')}:\n"
    room = LIMIT - size(plain.render()[0]) - size(label)
    return _outgoing(Text(*parts, label, Spoiler(shortened(card.text.strip() or " ", room))), buttons)


def answer_messages(text: str, buttons: Sequence[Button], voice: Voice) -> list[Outgoing]:
    """Return what the assistant says: quoted lines under a spoiler, split at the limit, buttons below the last part."""
    made, typed = keyboard(buttons, voice)
    if typed:
        text = f"{text}\n{voice.say('type', commands=' · '.join(typed))}"
    parts = list(pieces(_short_lines(text))) or [" "]
    last = len(parts) - 1
    return [_outgoing(_quoted(part), made if at == last else None) for at, part in enumerate(parts)]


def _is_quoted(line: str) -> bool:
    return line.startswith("> ") or line == ">"


def _short_lines(text: str) -> str:
    """Wrap long quoted lines, each with its mark, so that no part of a quotation loses it where a text is split."""
    lines: list[str] = []
    for line in text.split("\n"):
        long = _is_quoted(line) and size(line) > _QUOTED_LINE
        lines += [f"> {part}" for part in pieces(line[2:], _QUOTED_LINE)] if long else [line]
    return "\n".join(lines)


def _quoted(text: str) -> Text:
    """Hide runs of lines that begin with ``> ``: they quote a message, which nobody has to read by accident."""
    parts: list[Text | str] = []
    for quoted, lines in groupby(text.split("\n"), _is_quoted):
        if parts:
            parts.append("\n")
        run = "\n".join(line[2:] if quoted else line for line in lines)
        parts.append(BlockQuote(Spoiler(run)) if quoted and run.strip() else run)
    return Text(*parts)


def reply_texts(text: str) -> list[str]:
    """Return the parts of a reply, exactly what a person confirmed."""
    return list(pieces(text))
