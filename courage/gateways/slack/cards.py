"""What we send: cards, answers and replies, with buttons as blocks, split where Slack's limits are.

Texts in blocks are plain: nothing in them is markup. What stands beside blocks, for notifications, is escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from courage.cases.ports import Button, Card
from courage.cases.wording import title
from courage.gateways.card_lines import card_lines, gone_line
from courage.gateways.drafts import draft_in
from courage.gateways.pieces import pieces
from courage.gateways.slack.text import escaped
from courage.i18n.catalogue import Voice

#: Characters of one message, markup included; Slack cuts what is longer.
LIMIT: Final = 40_000
PREFIX: Final = "courage:"
#: The button that opens a form with the draft in it.
EDIT: Final = "edit-form"
#: Characters that a field of a form takes, and those of its title and its buttons.
LONGEST_FIELD: Final = 3000
LONGEST_TITLE: Final = 24
_BLOCK = 3000
_HEADER = 150
_BLOCKS = 45
_BUTTONS = 25
_LABEL = 75
_VALUE = 2000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message: its blocks, what a notification shows of it, and whether it quotes a harmful message."""

    text: str
    blocks: tuple[dict[str, Any], ...]
    quotes: bool = False


def size(text: str) -> int:
    """Return how many characters Slack counts."""
    return len(escaped(text))


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text, "emoji": False}}


def _buttons(
    buttons: Sequence[Button], voice: Voice, said: str = ""
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the block of buttons, and the commands that are too long for one and have to be typed.

    :param said: the text above them; a draft in it goes along with the button to edit it.
    """
    named = [(title(button, voice) or button.payload, button.payload) for button in buttons]
    for button in buttons:
        if button.payload.startswith("post "):  # a draft is shown: it can be changed in a form
            version = button.payload.removeprefix("post ")
            draft = draft_in(said, version, voice)
            value = f"{EDIT} {version}\n{draft}"
            # Without the draft in it the form opens empty.
            named.append(
                (voice.say("button.edit_form"), value if len(value) <= _VALUE else value.split("\n")[0])
            )
    fitting = [(label, value) for label, value in named if len(value) <= _VALUE][:_BUTTONS]
    typed = [value for _, value in named if (_, value) not in fitting and not value.startswith(EDIT)]
    if not fitting:
        return [], typed
    made: list[dict[str, Any]] = [
        {
            "type": "button",
            "action_id": f"{PREFIX}{at}",
            "text": {"type": "plain_text", "text": label[:_LABEL], "emoji": False},
            "value": value,
        }
        for at, (label, value) in enumerate(fitting)
    ]
    made[0]["style"] = "primary"
    return [{"type": "actions", "elements": made}], typed


def card_message(card: Card, voice: Voice) -> Outgoing:
    """Return a card without its harmful text, which a button shows to whoever asks, and to nobody else."""
    if card.text is None and card.lane != "summary":
        line = gone_line(card, voice)
        return Outgoing(escaped(line), (_section(line[:_BLOCK]),))
    head, *rest = card_lines(card, voice)
    buttons, typed = _buttons(card.buttons, voice)
    if typed:
        rest.append(voice.say("type", commands=" · ".join(typed)))
    blocks = [{"type": "header", "text": {"type": "plain_text", "text": head[:_HEADER], "emoji": False}}]
    text = "\n".join([head[_HEADER:], *rest] if len(head) > _HEADER else rest)
    blocks += [_section(part) for part in pieces(text, _BLOCK)]
    return Outgoing(escaped("\n".join([head, *rest]))[:LIMIT], (*blocks, *buttons))


def _is_quoted(line: str) -> bool:
    return line.startswith("> ") or line == ">"


def answer_messages(text: str, buttons: Sequence[Button], voice: Voice) -> list[Outgoing]:
    """Return what the assistant says: split at the limits, buttons below the last part; no notification quotes."""
    made, typed = _buttons(buttons, voice, text)
    if typed:
        text = f"{text}\n{voice.say('type', commands=' · '.join(typed))}"
    quotes = any(_is_quoted(line) for line in text.split("\n"))
    open_lines = [line for line in text.split("\n") if line.strip() and not _is_quoted(line)]
    notice = escaped(open_lines[0][:300]) if open_lines else "…"
    sections = [_section(part) for part in _sections(text)] or [_section("…")]
    groups = [sections[at : at + _BLOCKS] for at in range(0, len(sections), _BLOCKS)]
    last = len(groups) - 1
    return [
        Outgoing(notice, (*group, *(made if at == last else ())), quotes) for at, group in enumerate(groups)
    ]


def _sections(text: str) -> list[str]:
    """Cut a text into sections between lines; what is quoted keeps its mark on every line."""
    sections: list[str] = []
    for whole in text.split("\n"):
        quoted = _is_quoted(whole)
        cut = pieces(whole[2:], _BLOCK - 2) if quoted else pieces(whole, _BLOCK)
        for line in [f"> {part}" if quoted else part for part in cut] if len(whole) > _BLOCK else [whole]:
            if sections and len(sections[-1]) + 1 + len(line) <= _BLOCK:
                sections[-1] += "\n" + line
            else:
                sections.append(line)
    return [section for section in sections if section.strip()]


def reply_texts(text: str) -> list[str]:
    """Return the parts of a reply as Slack wants them: exactly what a person confirmed, nothing of it markup."""
    return [escaped(part) for part in pieces(text, LIMIT, size)]


def edit_form(version: str, draft: str, channel: str, voice: Voice) -> dict[str, Any]:
    """Return the form to edit a draft; ``channel`` is where the answer to it is said."""
    field: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": "text",
        "multiline": True,
        "max_length": LONGEST_FIELD,
    }
    if draft:
        field["initial_value"] = draft[:LONGEST_FIELD]

    def words(key: str) -> dict[str, Any]:
        return {"type": "plain_text", "text": voice.say(key)[:LONGEST_TITLE], "emoji": False}

    return {
        "type": "modal",
        "callback_id": f"{PREFIX}{EDIT}",
        "private_metadata": f"{channel} {version}",
        "title": words("edit_form.title"),
        "submit": words("edit_form.send"),
        "close": words("edit_form.cancel"),
        "blocks": [
            {
                "type": "input",
                "block_id": "draft",
                "label": {"type": "plain_text", "text": voice.say("edit_form.text"), "emoji": False},
                "element": field,
            }
        ],
    }
