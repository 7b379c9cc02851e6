"""The house: imports among its rooms run downwards only, modules form no circle, and none is overlong."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

#: Rooms from the lowest to the highest floor. A room imports from lower floors only; rooms of one floor know nothing
#: of each other. What is not a folder is one of the single modules at the top of the package.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("courage.errors",),
    ("courage.shipped", "courage.clock", "courage.taxonomy", "courage.safe_yaml"),
    ("courage.i18n", "courage.db"),
    ("courage.people", "courage.detection"),
    ("courage.library",),
    ("courage.cases",),
    ("courage.insights", "courage.academy"),
    ("courage.commands",),
    ("actions", "courage.gateways", "courage.web"),
    ("courage.settings", "courage.process"),
    ("courage.wiring",),
    ("courage.engine", "courage.supervisor"),
    ("courage.cli",),
    ("courage.__main__",),
)
#: May import ``courage.detection.training``: everything else runs beside people and stays light.
TRAINERS = ("courage.detection.training", "courage.cli")
BOT_MAY_USE = {"rasa", "sanic", "structlog", "aiohttp", "jsonschema"}
#: What ``bot`` shares with the engine: exact commands are read by one parser, wherever they come in.
BOT_SHARES = (
    "courage.commands.core.grammar",
    "courage.commands.core.parser",
    "courage.commands.core.sanitize",
)
#: Longest module in lines; one above it says why in :data:`LONG`.
LONGEST = 500
LONG: dict[str, str] = {
    "courage.db.migrations.versions.0001_first_tables": "a migration is history and is not taken apart",
}


def modules(*roots: str) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of every module below the roots."""
    for root in roots:
        for path in sorted((ROOT / root).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(path: Path, known: set[str], *, everywhere: bool) -> set[str]:
    """Return what a module imports: modules of ours by their full name, others by their top-level package.

    :param everywhere: count imports inside functions too, and those only for type checkers.
    """
    found: set[str] = set()
    for node in _nodes(ast.parse(path.read_text(encoding="utf-8")), everywhere):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                found.add(full if full in known else node.module)
    return {name if name in known else name.split(".")[0] for name in found}


def _nodes(tree: ast.AST, everywhere: bool) -> Iterator[ast.AST]:
    if everywhere:
        yield from ast.walk(tree)
        return
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _nodes(node, everywhere)


def floor(module: str) -> tuple[int, str]:
    """Return the floor and the room of a module of ours."""
    for height, rooms in enumerate(FLOORS):
        for room in rooms:
            if module == room or module.startswith(room + "."):
                return height, room
    raise AssertionError(f"{module} is in no room that FLOORS names")


OURS = {name: path for name, path in modules("courage", "actions") if not name.startswith("courage.setup")}


@pytest.mark.parametrize("module", sorted(set(OURS) - {"courage"}))
def test_a_module_imports_only_from_floors_below(module: str) -> None:
    height, room = floor(module)
    for other in imports(OURS[module], set(OURS), everywhere=True) & set(OURS) - {"courage"}:
        below, its_room = floor(other)
        assert its_room == room or below < height, f"{module} imports {other}, which is not below it"


def test_what_runs_never_imports_training() -> None:
    for module, path in OURS.items():
        if not module.startswith(TRAINERS):
            used = imports(path, set(OURS), everywhere=True)
            assert not [name for name in used if name.startswith("courage.detection.training")], module


def test_modules_form_no_circle() -> None:
    graph = {name: imports(path, set(OURS), everywhere=False) & set(OURS) for name, path in OURS.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, "a circle: " + " → ".join((*way[way.index(name) :], name))
        if name in done:
            return
        for other in sorted(graph[name] - {name}):
            if not name.startswith(other + "."):  # a package's __init__ runs before its modules anyway
                visit(other, (*way, name))
        done.add(name)

    for name in sorted(graph):
        visit(name, ())


def test_no_module_is_overlong_without_a_reason() -> None:
    for module, path in OURS.items():
        length = len(path.read_text(encoding="utf-8").splitlines())
        assert length <= LONGEST or module in LONG, f"{module} has {length} lines"


def test_bot_needs_nothing_but_rasa_and_the_standard_library() -> None:
    shared = {name: OURS[name] for name in BOT_SHARES}
    for module, path in modules("bot"):
        foreign = imports(path, set(shared), everywhere=True) - set(sys.stdlib_module_names) - BOT_MAY_USE
        assert foreign <= {"bot", *shared}, f"{module} imports {sorted(foreign)}"
    for module, path in shared.items():
        foreign = imports(path, set(shared), everywhere=True) - set(sys.stdlib_module_names)
        assert foreign <= set(shared), f"{module}, which Rasa's environment uses, imports {sorted(foreign)}"


def test_setup_runs_before_anything_is_installed() -> None:
    for module, path in modules("courage/setup"):
        used = imports(path, {"courage.setup"}, everywhere=True) - set(sys.stdlib_module_names)
        assert used <= {"courage", "courage.setup"}, f"{module} imports {sorted(used)}"


def test_no_http_below_the_edge_and_no_sql_at_it() -> None:
    for module, path in OURS.items():
        used = imports(path, set(), everywhere=True)
        if module.startswith(("courage.library", "courage.detection", "courage.cases", "courage.people")):
            assert not used & {"aiohttp", "requests", "httpx"}, module
        if module.startswith(("courage.web", "courage.gateways", "courage.commands", "actions")):
            assert "sqlalchemy" not in used, module


def test_the_package_does_not_need_rasa_sdk() -> None:
    for module, path in OURS.items():
        if not module.startswith("actions"):
            assert "rasa_sdk" not in imports(path, set(), everywhere=True), module
    for module, path in OURS.items():
        if module != "courage.engine" and not module.startswith("actions"):
            used = imports(path, set(OURS), everywhere=True)
            assert not [name for name in used if name.split(".")[0] == "actions"], module


def test_no_module_of_actions_hides_a_package() -> None:
    """rasa-sdk puts ``actions`` on the import path; a module named like a package of ours would shadow it."""
    names = {path.stem for path in (ROOT / "actions").iterdir()}
    assert not names & {"bot", "courage", "responses", "seeds", "tests"}
