"""Every text that the actions say exists, and every catalogue fills the same blanks."""

from __future__ import annotations

import ast
import string
from pathlib import Path

import pytest

from actions.catalogue import FOLDER
from courage.cases.machine import STATUSES
from courage.cases.reasons import CODES
from courage.i18n.catalogue import load_catalogue
from courage.library.suggest.sayings import SAYINGS
from courage.taxonomy import CATEGORIES, LANGUAGES, STRATEGIES, TARGET_GROUPS

ACTIONS = Path(__file__).resolve().parents[3] / "actions"
FAMILIES = {
    "category": CATEGORIES,
    "target": TARGET_GROUPS,
    "severity": ("0", "1", "2", "3"),
    "strategy": STRATEGIES,
    "language": (*LANGUAGES, "und"),
    "role": ("moderator", "volunteer", "trainer", "admin"),
    "status": STATUSES,
    "greet": ("worker", "trainer", "member"),
    "help": ("worker", "trainer", "member"),
    "fallback": ("worker", "trainer", "member"),
    # A summary of many cases is a card, never a case that somebody talks about.
    "why": (*(code for code in CODES if code != "more_cases"), "also", "list"),
    "saying": tuple(SAYINGS),
}


def blanks(text: str) -> set[str]:
    """Return the placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def constants(node: ast.expr) -> list[str]:
    """Return the texts that an expression can be: a constant, or either branch of a condition."""
    if isinstance(node, ast.IfExp):
        return constants(node.body) + constants(node.orelse)
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def used() -> dict[str, set[str]]:
    """Return the keys that the code says as constants, with the values it gives them."""
    found: dict[str, set[str]] = {}
    for path in ACTIONS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                prefix = "button_" if name == "button" else ""
                if name in ("say", "word", "Sorry", "_say", "button"):
                    first = node.args[2 if name == "_say" and len(node.args) > 2 else 0]
                    for key in constants(first):
                        given = {keyword.arg for keyword in node.keywords if keyword.arg}
                        found.setdefault(prefix + key, set()).update(given)
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "said":
                for key in constants(node.value):
                    found.setdefault(key, set()).update({"case", "status"})
    return found


def texts(language: str) -> dict[str, str]:
    """Return one catalogue."""
    return load_catalogue(FOLDER)._texts[language]


def test_every_key_that_the_code_says_is_in_the_english_catalogue() -> None:
    english = texts("en")
    missing = [key for key in used() if key not in english]
    missing += [
        f"{f}_{code}" for f, codes in FAMILIES.items() for code in codes if f"{f}_{code}" not in english
    ]
    assert not missing


def test_the_code_gives_a_value_for_every_blank() -> None:
    english = texts("en")
    wrong = {
        key: blanks(english[key]) - given for key, given in used().items() if blanks(english[key]) - given
    }
    assert not wrong


@pytest.mark.parametrize("language", sorted(path.stem for path in FOLDER.glob("*.yml")))
def test_a_translation_has_the_same_keys_and_blanks_as_english(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    assert {k: blanks(v) for k, v in other.items()} == {k: blanks(v) for k, v in english.items()}
