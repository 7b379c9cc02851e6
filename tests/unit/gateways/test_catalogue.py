"""Every text that cards and gateways say exists, in every language, with the same blanks."""

from __future__ import annotations

import ast
import string
from pathlib import Path
from typing import get_args

import pytest

from courage.cases.cards import BUTTONS
from courage.cases.machine import STATUSES
from courage.cases.reasons import CODES
from courage.gateways.catalogue import FOLDER
from courage.i18n.catalogue import load_catalogue
from courage.settings import Settings
from courage.taxonomy import CATEGORIES, LANGUAGES, TARGET_GROUPS

CHANNELS = Path(__file__).resolve().parents[3] / "courage" / "gateways"
FAMILIES = {
    "category": CATEGORIES,
    "target": TARGET_GROUPS,
    "severity": ("0", "1", "2", "3"),
    "language": (*LANGUAGES, "und"),
    "status": STATUSES,
    "button": sorted(BUTTONS),
    "why": (*CODES, "also", "list"),
}


def blanks(text: str) -> set[str]:
    """Return the placeholders of a text."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def used() -> dict[str, set[str]]:
    """Return the keys that the code says as constants, with the values it gives them."""
    found: dict[str, set[str]] = {}
    for path in CHANNELS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            if isinstance(node.func, ast.Attribute) and node.func.attr == "say":
                given = {keyword.arg for keyword in node.keywords if keyword.arg}
                found.setdefault(str(node.args[0].value), set()).update(given)
    return found


def texts(language: str) -> dict[str, str]:
    """Return one catalogue."""
    return dict(load_catalogue(FOLDER)._texts[language])


def test_there_is_a_catalogue_for_every_language_that_can_be_set() -> None:
    allowed = get_args(Settings.model_fields["language"].annotation)
    assert set(allowed) == set(LANGUAGES) == set(load_catalogue(FOLDER).languages)


def test_every_key_that_the_code_says_is_in_the_english_catalogue_with_its_blanks() -> None:
    english, said = texts("en"), used()
    assert {"card_head", "stranger", "declined", "encrypted", "away", "gone"} <= set(said)
    assert not [key for key in said if key not in english]
    assert not {key for key, given in said.items() if blanks(english[key]) != given}


def test_every_code_has_words() -> None:
    english = texts("en")
    assert not [f"{f}_{c}" for f, codes in FAMILIES.items() for c in codes if f"{f}_{c}" not in english]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_keys_and_blanks_as_english(language: str) -> None:
    english, other = texts("en"), texts(language)
    assert set(other) == set(english)
    assert {k: blanks(v) for k, v in other.items()} == {k: blanks(v) for k, v in english.items()}
    assert all(other.values())


def test_no_key_is_left_over() -> None:
    known = {f"{family}_{code}" for family, codes in FAMILIES.items() for code in codes} | set(used())
    assert {key.removesuffix("_one") for key in texts("en")} <= known
