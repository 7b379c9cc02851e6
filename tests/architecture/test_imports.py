"""The house: imports between the folders run in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

ALLOWED: dict[str, set[str]] = {
    "detection": set(),
    "responses": {"detection"},
    "cases": {"responses", "detection"},
    "actions": {"cases", "responses", "detection"},
    "channels": {"cases", "detection"},
    "desk": {"cases", "responses", "detection"},
    "courage": {"desk", "channels", "actions", "cases", "responses", "detection"},
    "bot": set(),
}
ROOMS = set(ALLOWED)
BOT_MAY_USE = {"rasa", "sanic", "structlog", "aiohttp"}


def imported(path: Path) -> set[str]:
    """Return the top-level packages that a module imports anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    modules = sorted((ROOT / room).rglob("*.py"))
    assert modules, f"{room}/ has no module"
    for module in modules:
        wrong = (imported(module) & ROOMS) - ALLOWED[room] - {room}
        assert not wrong, (
            f"{module.relative_to(ROOT)} imports {sorted(wrong)}; {room}/ may import {sorted(ALLOWED[room])}"
        )


def test_bot_needs_nothing_but_rasa_and_the_standard_library() -> None:
    import sys

    for module in sorted((ROOT / "bot").rglob("*.py")):
        foreign = imported(module) - set(sys.stdlib_module_names) - BOT_MAY_USE - {"bot"}
        assert not foreign, f"{module.relative_to(ROOT)} imports {sorted(foreign)}"


def test_nothing_below_the_desk_speaks_http_or_sql_out_of_place() -> None:
    """No HTTP in `responses` and `detection`, no SQL in the handlers of `desk` and the words of `actions`."""
    for room in ("responses", "detection"):
        for module in (ROOT / room).rglob("*.py"):
            assert not imported(module) & {"aiohttp", "requests", "httpx"}, module
    for room in ("desk", "actions"):
        for module in (ROOT / room).rglob("*.py"):
            assert "sqlalchemy" not in imported(module), module


def test_no_top_level_name_hides_inside_actions() -> None:
    """rasa-sdk puts `actions` on the import path; a subpackage named like a room would shadow it."""
    names = {path.stem for path in (ROOT / "actions").iterdir()}
    assert not names & ROOMS
