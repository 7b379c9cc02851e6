"""What can be set or typed is documented; what is not documented fails here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from courage.cli import cli
from courage.settings import Settings, allowed, file_variables

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")

DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def walk(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below a group with the words that call it."""
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child is not None, name
            yield from walk(child, (*path, name))
    else:
        yield path, command


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`COURAGE_{name.upper()}`" in SETTINGS


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_the_documentation_says_of_every_setting_what_is_allowed(name: str) -> None:
    (row,) = [line for line in SETTINGS.splitlines() if line.startswith(f"| `COURAGE_{name.upper()}` |")]
    assert row.endswith(f"| {Settings.model_fields[name].description} | {allowed(name) or 'any text'} |")


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_says_what_it_does(name: str) -> None:
    assert Settings.model_fields[name].description


def test_every_command_and_option_is_documented() -> None:
    sections = {part.split("\n", 1)[0].strip("` "): part for part in COMMANDS.split("\n## ")[1:]}
    for path, command in walk(cli, ("courage",)):
        title = " ".join(path)
        assert title in sections, f"docs/commands.md has no section `{title}`"
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                longest = max(parameter.opts, key=len)
                assert f"`{longest}`" in sections[title], f"{title}: option {longest} is not documented"
                assert parameter.help, f"{title}: option {longest} has no help"


def test_no_document_speaks_of_a_setting_that_does_not_exist() -> None:
    known = {f"COURAGE_{name.upper()}" for name in Settings.model_fields} | {
        "COURAGE_CONFIG",
        "COURAGE_DATA",
        "COURAGE_ENGINE_URL",
        "COURAGE_ENGINE_SOCKET",
        *file_variables(Settings),
    }
    for path in DOCUMENTS:
        named = set(re.findall(r"COURAGE_[A-Z_]+[A-Z]", path.read_text(encoding="utf-8")))
        assert named <= known, f"{path.name}: {sorted(named - known)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_a_document_points_to_is_there(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = target.partition("#")
        if "://" in target:
            continue
        found = (document.parent / file) if file else document
        assert found.exists(), f"{document.name} links to {target}"
        if anchor:
            titles = re.findall(r"^#+ (.+)$", found.read_text(encoding="utf-8"), re.MULTILINE)
            slugs = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in slugs, f"{document.name} links to {target}"


@pytest.mark.parametrize(
    "name", ["docs/where-does-my-change-go.md", "docs/architecture.md", "CONTRIBUTING.md", "README.md"]
)
def test_files_that_a_document_names_are_there(name: str) -> None:
    tops = r"(?:courage|bot|actions|responses|seeds|tests|docs|requirements)/"
    for path in re.findall(rf"`({tops}[\w./-]*)`", (ROOT / name).read_text(encoding="utf-8")):
        assert (ROOT / path).exists(), f"{name} names {path}, which is not there"
