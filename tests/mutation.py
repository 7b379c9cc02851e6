"""Mutation testing: change one thing in the code, run the tests of its room, and see whether one of them notices.

    .venv/engine/bin/python -m tests.mutation courage/cases --tests tests/unit/cases --count 100 --seed 1

The tools that exist copy the project or import it under another name, which this house's tests (shipped files beside
the package, modules found by registries) do not survive; this one forks a process whose libraries are imported and
whose own modules are not, and hands it one changed source. Nothing is written into the checkout.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
ARGUMENTS = ("-x", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-m", "not slow and not e2e")
LIBRARIES = (
    "sqlalchemy.orm", "sqlalchemy.dialects.sqlite", "aiohttp.web", "aiohttp.test_utils", "numpy",
    "pydantic_settings", "argon2", "alembic.command", "hypothesis.strategies", "jinja2", "yaml",
)  # fmt: skip
FLIPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change: the module, the line, what was done to it, the number of its node, and whether it runs at import."""

    path: str
    line: int
    kind: str
    before: str
    node: int
    at_import: bool


def mutants(path: Path) -> Iterator[Mutant]:
    """Yield every change that can be made to a file; annotations, docstrings and imports are left alone."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_alone = {
        id(inner) for node in ast.walk(tree) for outer in _annotations(node) for inner in ast.walk(outer)
    }
    in_functions = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for statement in (outer.body if isinstance(outer.body, list) else [outer.body])
        for inner in ast.walk(statement)
    }
    name = str(path.relative_to(ROOT))
    for number, node in enumerate(ast.walk(tree)):
        if id(node) not in left_alone:
            for kind in _kinds(node):
                text = ast.unparse(node).splitlines()[0][:90]
                line = getattr(node, "lineno", 0)
                yield Mutant(name, line, kind, text, number, id(node) not in in_functions)


def _annotations(node: ast.AST) -> Iterator[ast.AST]:
    # A dataclass with slots or without them, frozen or not, does the same for a user: such changes are no faults.
    if isinstance(node, ast.ClassDef):
        yield from node.decorator_list
    for name in ("annotation", "returns"):
        if (found := getattr(node, name, None)) is not None:
            yield found


def _kinds(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[op]) if type(op) in FLIPS:
            yield "flip comparison"
        case ast.BoolOp():
            yield "swap and/or"
        case ast.UnaryOp(op=ast.Not()):
            yield "drop not"
        case ast.Constant(value=bool()):
            yield "negate"
        case ast.Constant(value=int() | float()):
            yield "plus one"
            yield "minus one"
        case ast.If() | ast.IfExp():
            yield "negate condition"
        case ast.BinOp(op=ast.Add() | ast.Sub()):
            yield "swap plus/minus"
        case ast.Return(value=ast.AST() as value) if not (
            isinstance(value, ast.Constant) and value.value is None
        ):
            yield "return None"
        case ast.Expr(value=ast.Call() | ast.Await()):
            yield "remove statement"
        case ast.Assign() | ast.AugAssign() if isinstance(_target(node), ast.Attribute | ast.Subscript):
            yield "remove statement"


def _target(node: ast.Assign | ast.AugAssign) -> ast.expr:
    return node.targets[0] if isinstance(node, ast.Assign) else node.target


def mutated(mutant: Mutant) -> ast.Module:
    """Return the module's tree with the change made."""
    tree = ast.parse((ROOT / mutant.path).read_text(encoding="utf-8"))
    node = next(found for number, found in enumerate(ast.walk(tree)) if number == mutant.node)
    new: ast.AST = copy.deepcopy(node)
    match mutant.kind, new:
        case "flip comparison", ast.Compare():
            new.ops = [FLIPS[type(new.ops[0])]()]
        case "swap and/or", ast.BoolOp():
            new.op = ast.Or() if isinstance(new.op, ast.And) else ast.And()
        case "drop not", ast.UnaryOp():
            new = new.operand
        case "negate", ast.Constant():
            new.value = not new.value
        case "plus one" | "minus one", ast.Constant(value=int() | float() as value):
            new.value = value + (1 if mutant.kind == "plus one" else -1)
        case "negate condition", ast.If() | ast.IfExp():
            new.test = ast.UnaryOp(ast.Not(), new.test)
        case "swap plus/minus", ast.BinOp():
            new.op = ast.Sub() if isinstance(new.op, ast.Add) else ast.Add()
        case "return None", ast.Return():
            new.value = ast.Constant(None)
        case "remove statement", _:
            new = ast.Pass()
        case _:
            raise AssertionError(mutant)
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
            elif isinstance(value, list):
                value[:] = [new if item is node else item for item in value]
    return ast.fix_missing_locations(tree)


class _Loader(importlib.abc.Loader, importlib.abc.MetaPathFinder):
    """Hands out one module with its changed source; all others are found as ever."""

    def __init__(self, mutant: Mutant) -> None:
        parts = Path(mutant.path).with_suffix("").parts
        self.name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        self.path = ROOT / mutant.path
        self.tree = mutated(mutant)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.name:
            return None
        packages = [str(self.path.parent)] if self.path.stem == "__init__" else None
        return importlib.util.spec_from_file_location(
            fullname, self.path, loader=self, submodule_search_locations=packages
        )

    def exec_module(self, module: ModuleType) -> None:
        exec(compile(self.tree, str(self.path), "exec"), module.__dict__)


class _Recorder:
    """A pytest plugin that notes which tests run which lines of some files, and how long each test takes."""

    def __init__(self, files: set[str]) -> None:
        self._files = files
        self._lines: set[tuple[str, int]] = set()
        self._tests: dict[str, tuple[float, set[tuple[str, int]]]] = {}

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename not in self._files:
            return None
        self._lines.add((frame.f_code.co_filename, frame.f_lineno))
        return self._trace

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        # Set-up counts as well: a fixture often makes the case that the test then looks at.
        self._lines = set()
        begun = time.monotonic()
        threading.settrace(self._trace)
        sys.settrace(self._trace)
        yield
        sys.settrace(None)
        threading.settrace(None)  # type: ignore[arg-type]
        self._tests[item.nodeid] = (time.monotonic() - begun, self._lines)

    def written(self, path: str) -> None:
        """Write what was noted, as JSON: for each file and line the tests that run it, quickest first."""
        found: dict[str, list[str]] = {}
        for name, (_, lines) in sorted(self._tests.items(), key=lambda item: item[1][0]):
            for file, line in lines:
                found.setdefault(f"{Path(file).relative_to(ROOT)}:{line}", []).append(name)
        Path(path).write_text(json.dumps(found), encoding="utf-8")


def tests_by_line(files: list[Path], tests: list[str]) -> dict[str, list[str]]:
    """Run the unchanged tests once, in a forked process; return the tests that run each ``path:line``.

    :raises SystemExit: if they fail.
    """
    with tempfile.NamedTemporaryFile(suffix=".json") as noted:
        pid = os.fork()
        if pid == 0:
            recorder = _Recorder({str(file.resolve()) for file in files})
            code = 1
            with contextlib.suppress(BaseException):
                code = int(pytest.main([*ARGUMENTS, *tests], plugins=[recorder]))
                recorder.written(noted.name)
            os._exit(code)
        if os.waitpid(pid, 0)[1] != 0:
            raise SystemExit("the tests fail without any change")
        found: dict[str, list[str]] = json.loads(Path(noted.name).read_text(encoding="utf-8"))
        return found


def run(mutant: Mutant | None, tests: list[str], seconds: float) -> tuple[str, float]:
    """Run the tests in a forked process; return ``survived``, ``killed`` or ``timeout`` (killed too), and how long."""
    begun = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.setsid()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        if mutant is not None:
            sys.meta_path.insert(0, _Loader(mutant))
        with contextlib.suppress(BaseException):
            os._exit(int(pytest.main([*ARGUMENTS, *tests])))
        os._exit(1)
    while time.monotonic() - begun < seconds:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return ("survived" if status == 0 else "killed"), time.monotonic() - begun
        time.sleep(0.05)
    os.killpg(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return "timeout", time.monotonic() - begun


def main() -> None:
    """Try a sample of mutants and print one JSON line for each, then the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("paths", nargs="+", type=Path, help="files or folders to change")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest runs for each mutant")
    parser.add_argument("--count", type=int, default=100, help="most mutants to try")
    parser.add_argument("--seed", type=int, default=1, help="of the sample")
    parser.add_argument("--seconds", type=float, default=600, help="stop after so long")
    parser.add_argument("--each", type=float, default=120, help="seconds until one mutant counts as killed")
    given = parser.parse_args()
    for library in LIBRARIES:
        importlib.import_module(library)
    files = [
        file for path in given.paths for file in ([path] if path.is_file() else sorted(path.rglob("*.py")))
    ]
    everything = [mutant for file in files for mutant in mutants(file.resolve())]
    sample = random.Random(given.seed).sample(everything, min(given.count, len(everything)))
    noted = tests_by_line(files, given.tests)
    print(f"# {len(everything)} mutants, seed {given.seed}", flush=True)
    begun, counts = time.monotonic(), {"killed": 0, "timeout": 0, "survived": 0, "not run": 0}
    for mutant in sample:
        if time.monotonic() - begun > given.seconds:
            break
        # What runs while the module is imported (a constant, a default) belongs to no single test: all of them run.
        chosen = noted.get(f"{mutant.path}:{mutant.line}") or (given.tests if mutant.at_import else None)
        outcome, took = run(mutant, chosen, given.each) if chosen else ("not run", 0.0)
        counts[outcome] += 1
        print(json.dumps({"outcome": outcome, "seconds": round(took, 1), **asdict(mutant)}), flush=True)
    print(f"# tried {sum(counts.values())}: {counts}", flush=True)


if __name__ == "__main__":
    main()
