"""Rasa's files that follow from the commands: intents and actions, rules, and the words of exact commands.

``python -m courage.commands`` writes them; a test says when that was forgotten.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from courage.commands.core.command import Command
from courage.commands.core.grammar import FreeText, Wish, to_json
from courage.commands.core.registry import FALLBACK, Registry

#: What members write in group rooms: screened and never answered, so there is no command for it.
GROUP_INTENT: Final = "group_message"
#: The entity of each argument that is no text and no wish.
_NUMBERS: Final = {"CaseNumber": "case", "DraftVersion": "version", "Choice": "number"}

_WRITTEN: Final = "# Written by `python -m courage.commands` from courage/commands; change it there."


def intents(registry: Registry) -> list[str]:
    """Return Rasa's intents: the name of each command that sentences may mean, and :data:`GROUP_INTENT`."""
    return sorted({command.name for command in _meant(registry) if command.name != FALLBACK} | {GROUP_INTENT})


def _meant(registry: Registry) -> list[Command]:
    """Return the commands that a free sentence may mean."""
    return [command for command in registry if not command.exact_only]


def entities(registry: Registry) -> list[str]:
    """Return Rasa's entities: all arguments of all commands."""
    found: set[str] = set()
    for form in registry.forms:
        for parameter in form.parameters:
            match parameter:
                case FreeText():
                    found.add(parameter.name)
                case Wish():
                    found |= {name for name, _ in parameter.words.values()}
                case _:
                    found.add(_NUMBERS[type(parameter).__name__])
    return sorted(found)


def domain(registry: Registry) -> str:
    """Return ``domain.yml``."""
    return "\n".join([
        _WRITTEN,
        'version: "3.1"',
        "",
        "# Words live in catalogues, so every answer follows the language of the conversation; what a conversation",
        "# remembers lives in the engine, so that it is the same for exact commands, which Rasa never sees.",
        "session_config:",
        "  session_expiration_time: 60  # minutes",
        "  carry_over_slots_to_new_session: true",
        "",
        "intents:",
        *(f"  - {name}" for name in intents(registry)),
        "",
        "entities:",
        *(f"  - {name}" for name in entities(registry)),
        "",
        "actions:",
        *(f"  - {command.action}" for command in sorted(_meant(registry), key=lambda command: command.action)),
        "",
    ])  # fmt: skip


def rules(registry: Registry) -> str:
    """Return ``bot/data/rules.yml``."""
    answered = {command.name: command.action for command in _meant(registry)}
    lines = [
        _WRITTEN,
        'version: "3.1"',
        "",
        "# One intent, one action: what may happen on a case is decided by the engine, not by the dialogue.",
        "rules:",
    ]
    for intent, action in sorted({**answered, GROUP_INTENT: "action_listen"}.items()):
        lines += [
            f"  - rule: {intent.replace('_', ' ')}",
            "    steps:",
            f"      - intent: {intent}",
            f"      - action: {action}",
            "",
        ]
    return "\n".join(lines)


def words(registry: Registry) -> str:
    """Return ``bot/words.json``: how exact commands are written, for messages that Rasa's own connectors take in."""
    forms = [form for form in registry.forms if form.words or form.parameters]
    return json.dumps(to_json(forms), ensure_ascii=False, indent=1) + "\n"


def files(registry: Registry) -> Mapping[Path, str]:
    """Return all files, by their path in the checkout."""
    return {
        Path("domain.yml"): domain(registry),
        Path("bot/data/rules.yml"): rules(registry),
        Path("bot/words.json"): words(registry),
    }
