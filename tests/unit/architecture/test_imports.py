"""The house: imports among its rooms run downwards only, modules form no circle, and none is overlong."""

from __future__ import annotations

import ast
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

#: Rooms from the lowest to the highest floor. A room imports from lower floors only; rooms of one floor know nothing
#: of each other. What is not a folder is one of the single modules at the top of the package.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("courage.errors", "courage.healthcheck", "courage.background"),
    (
        "courage.shipped",
        "courage.clock",
        "courage.taxonomy",
        "courage.safe_yaml",
        "courage.home",
        "courage.logs",
        "courage.redis_address",
    ),
    ("courage.i18n", "courage.db"),
    ("courage.people", "courage.detection"),
    ("courage.library",),
    ("courage.cases",),
    ("courage.insights", "courage.academy", "courage.backup"),
    ("courage.commands",),
    ("actions", "courage.gateways", "courage.web"),
    ("courage.settings", "courage.process"),
    ("courage.wiring", "courage.noticing"),
    ("courage.engine", "courage.supervisor"),
    ("courage.cli",),
    ("courage.__main__",),
)
#: May import ``courage.detection.training``: everything else runs beside people and stays light.
TRAINERS = ("courage.detection.training", "courage.cli")
BOT_MAY_USE = {"rasa", "numpy", "sanic", "structlog", "aiohttp", "jsonschema", "redis"}
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


def modules(*roots: str, checkout: Path = ROOT) -> Iterator[tuple[str, Path]]:
    """Yield the dotted name and the path of every module below the roots."""
    for root in roots:
        for path in sorted((checkout / root).rglob("*.py")):
            parts = path.relative_to(checkout).with_suffix("").parts
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


def ours(checkout: Path = ROOT) -> dict[str, Path]:
    """Return the modules that the floors are about."""
    found = modules("courage", "actions", checkout=checkout)
    return {name: path for name, path in found if not name.startswith("courage.setup")}


def broken_arrows(module: str, known: dict[str, Path]) -> list[str]:
    """Return what a module imports that is not on a floor below it."""
    height, room = floor(module)
    found = []
    for other in sorted(imports(known[module], set(known), everywhere=True) & set(known) - {"courage"}):
        below, its_room = floor(other)
        if its_room != room and below >= height:
            found.append(f"{module} imports {other}, which is not below it")
    return found


def trainers_at_work(known: dict[str, Path]) -> list[str]:
    """Return the modules that run beside people and import training."""
    return [
        f"{module} imports {name}"
        for module, path in known.items()
        if not module.startswith(TRAINERS)
        for name in sorted(imports(path, set(known), everywhere=True))
        if name.startswith("courage.detection.training")
    ]


def circle(known: dict[str, Path]) -> str | None:
    """Return a circle of modules in words, or nothing."""
    graph = {name: imports(path, set(known), everywhere=False) & set(known) for name, path in known.items()}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> str | None:
        if name in way:
            return " → ".join((*way[way.index(name) :], name))
        if name in done:
            return None
        for other in sorted(graph[name] - {name}):
            # A package's __init__ runs before its modules anyway.
            if not name.startswith(other + ".") and (found := visit(other, (*way, name))):
                return found
        done.add(name)
        return None

    return next((found for name in sorted(graph) if (found := visit(name, ()))), None)


OURS = ours()


@pytest.mark.parametrize("module", sorted(set(OURS) - {"courage"}))
def test_a_module_imports_only_from_floors_below(module: str) -> None:
    assert not broken_arrows(module, OURS)


@pytest.mark.slow  # looks through every import
def test_what_runs_never_imports_training() -> None:
    assert not trainers_at_work(OURS)


def test_modules_form_no_circle() -> None:
    assert circle(OURS) is None


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """Return a copy of the house in which anything may be broken."""
    for room in ("courage", "actions"):
        shutil.copytree(
            ROOT / room,
            tmp_path / room,
            ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")],
        )
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        ("courage.people.rooms", "from courage.cases.casework import Casework", "courage.cases.casework"),
        ("courage.library.store", "import courage.engine", "courage.engine"),
        ("courage.web.table", "from courage.gateways import practice", "courage.gateways.practice"),
        (
            "courage.library.store",
            "def late():\n    from courage.cases import intake",
            "courage.cases.intake",
        ),
        ("actions.adapter", "from courage.web.app import make_desk", "courage.web.app"),
    ],
)
def test_an_arrow_that_somebody_breaks_is_named(
    elsewhere: Path, module: str, line: str, complaint: str
) -> None:
    known = ours(elsewhere)
    assert not broken_arrows(module, known)
    with known[module].open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert broken_arrows(module, known) == [f"{module} imports {complaint}, which is not below it"]


@pytest.mark.slow  # a copy of the package
def test_training_that_creeps_into_the_running_program_is_named(elsewhere: Path) -> None:
    known = ours(elsewhere)
    with known["courage.detection.screener"].open("a", encoding="utf-8") as file:
        file.write("\nfrom courage.detection.training import loop\n")
    assert trainers_at_work(known) == ["courage.detection.screener imports courage.detection.training.loop"]


@pytest.mark.slow  # a copy of the package
def test_a_circle_that_somebody_closes_is_named(elsewhere: Path) -> None:
    known = ours(elsewhere)
    assert circle(known) is None
    with known["courage.people.errors"].open("a", encoding="utf-8") as file:
        file.write("\nfrom courage.people.people import People\n")
    found = circle(known)
    assert found is not None
    assert {"courage.people.errors", "courage.people.people"} <= set(found.split(" → "))


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


@pytest.mark.slow  # a process of its own
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
