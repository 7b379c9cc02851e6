"""What is declared, pinned and told: one version, and no pin that the declaration does not ask for."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distribution
from pathlib import Path

import pytest
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from courage import shipped
from courage.cli import cli
from courage.errors import CourageError
from courage.web.api.openapi import describe

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(name: str) -> dict[str, str]:
    """Return name → version of a requirements file."""
    found: dict[str, str] = {}
    for line in (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines():
        text = re.split(r"\s+#", line)[0].strip()
        if text and not text.startswith("#"):
            asked = Requirement(text)
            (pin,) = asked.specifier
            assert pin.operator == "==", f"{name}: {line} is not pinned"
            found[canonicalize_name(asked.name)] = pin.version
    return found


def declared(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"]] if "" in extras else []
    for extra in extras:
        lines += PROJECT["optional-dependencies"].get(extra, [])
    return {canonicalize_name(Requirement(line).name): Requirement(line) for line in lines}


def test_every_declared_dependency_is_pinned_within_what_is_declared() -> None:
    asked = {**pins("engine.in"), **pins("dev.in")}
    for name, requirement in declared("", *PROJECT["optional-dependencies"]).items():
        assert name in asked, f"requirements/*.in does not pin {name}"
        assert requirement.specifier.contains(asked[name]), f"{name}=={asked[name]} is outside {requirement}"


def test_every_pin_that_we_ask_for_is_declared() -> None:
    names = set(declared("", *PROJECT["optional-dependencies"]))
    assert set(pins("engine.in")) | set(pins("dev.in")) <= names


def test_the_resolved_lists_hold_the_same_versions() -> None:
    resolved = {**pins("dev.txt"), **pins("engine.txt")}
    for name, version in {**pins("engine.in"), **pins("dev.in")}.items():
        assert resolved.get(name) == version, name


def test_everything_needed_is_pinned_and_nothing_else() -> None:
    """A dependency of a dependency that is not needed any more goes too."""
    needed: set[str] = set()
    todo = [*declared("", *PROJECT["optional-dependencies"]).values()]
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        asked = todo.pop()
        key = (canonicalize_name(asked.name), frozenset(asked.extras))
        if key in seen:
            continue
        seen.add(key)
        needed.add(key[0])
        for line in distribution(asked.name).requires or []:
            below = Requirement(line)
            wanted = asked.extras or {""}
            if below.marker is None or any(below.marker.evaluate({"extra": extra}) for extra in wanted):
                todo.append(below)
    pinned = {*pins("engine.txt"), *pins("dev.txt")}
    assert sorted(pinned - needed) == []
    assert sorted(needed - pinned) == []


def test_one_version_is_told_everywhere() -> None:
    assert shipped.courage_version() == PROJECT["version"]
    assert PROJECT["version"] in CliRunner().invoke(cli, ["--version"]).output
    assert describe([])["info"]["version"] == PROJECT["version"]


def test_without_a_checkout_data_goes_to_the_users_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert shipped.default_home() == ROOT / "var"
    monkeypatch.setattr(shipped, "CHECKOUT", None)
    monkeypatch.setattr(shipped.sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert shipped.default_home() == tmp_path / "courage"
    monkeypatch.setenv("XDG_DATA_HOME", "relative/is/ignored")
    assert shipped.default_home() == Path.home() / ".local" / "share" / "courage"
    with pytest.raises(CourageError, match="training the detector needs a checkout"):
        shipped.checkout("training the detector")
