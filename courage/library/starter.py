"""The starter library: reading the project's own responses from YAML and keeping an organisation's copy current."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

import yaml

from courage import safe_yaml
from courage.library.drafts import ResponseDraft, from_mapping
from courage.library.errors import DraftError, ExchangeError
from courage.library.exchange.merge import merge_origin, retire_withdrawn
from courage.library.facts import Fact, fact_from_mapping
from courage.library.service import Library
from courage.library.shared_facts import SharedFacts
from courage.library.views import SEED_AUTHORS

SEED_ORIGIN: Final = "courage"
FACTS: Final = "facts"  # the folder of the facts files
Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Placed(Generic[Entry]):
    """Something read from a file of the starter library, and where: ``file`` below the folder, ``line`` from 1."""

    file: str
    line: int
    entry: Entry

    @property
    def place(self) -> str:
        """File and line as people and editors write them."""
        return f"{self.file}:{self.line}"


def load_seeds(folder: Path) -> list[ResponseDraft]:
    """Read all responses below a folder: every ``*.yml`` outside ``facts/``.

    :raises ExchangeError: naming file and entry, if one cannot be read or an id comes twice.
    """
    return [placed.entry for placed in read_responses(folder)]


def load_facts(folder: Path) -> dict[str, Fact]:
    """Read all facts of a starter library, by id: every ``*.yml`` in its folder ``facts/``.

    :raises ExchangeError: naming file and entry, if one cannot be read or an id comes twice.
    """
    return {placed.entry.id: placed.entry for placed in read_facts(folder / FACTS)}


def read_responses(
    path: Path, problems: list[Placed[ExchangeError]] | None = None
) -> list[Placed[ResponseDraft]]:
    """Read the responses of one file, or of every file below a folder, with their places.

    :param problems: takes what is wrong, and reading goes on; without it the first ends the reading.
    :raises ExchangeError: naming file and entry, if one cannot be read or an id comes twice.
    """

    return _unique(path, from_mapping, lambda draft: draft.id, "text, language, strategy …", problems)


def read_facts(path: Path, problems: list[Placed[ExchangeError]] | None = None) -> list[Placed[Fact]]:
    """Read the facts of one file, or of every file of a folder, with their places.

    :param problems: takes what is wrong, and reading goes on; without it the first ends the reading.
    :raises ExchangeError: naming file and entry, if one cannot be read or an id comes twice.
    """
    return _unique(path, fact_from_mapping, lambda fact: fact.id, "id, value, year …", problems, facts=True)


def _unique(
    path: Path,
    read: Callable[[Mapping[str, Any]], Entry],
    named: Callable[[Entry], str],
    expected: str,
    problems: list[Placed[ExchangeError]] | None,
    *,
    facts: bool = False,
) -> list[Placed[Entry]]:
    found: list[Placed[Entry]] = []
    first_seen: dict[str, str] = {}

    def wrong(name: str, line: int | None, error: ExchangeError) -> None:
        if problems is None:
            raise error
        problems.append(Placed(name, line or 1, error))

    for file in [path] if path.is_file() else sorted(path.rglob("*.yml")):
        if not facts and path.is_dir() and FACTS in file.relative_to(path).parts[:-1]:
            continue
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        try:
            entries = _entries(file, name, guarded=problems is not None)
        except ExchangeError as error:
            wrong(name, error.line, error)
            continue
        for number, (line, entry) in enumerate(entries, start=1):
            place = f"{name}, entry {number}"
            try:
                if not isinstance(entry, Mapping):
                    raise ExchangeError(f"{place}: must be a mapping with {expected}", line)
                try:
                    got = read(entry)
                except DraftError as error:
                    told = f"({str(entry.get('id'))[:60]})" if entry.get("id") else "(no id)"
                    raise ExchangeError(f"{place} {told}: {error}", line) from error
                if not named(got):
                    raise ExchangeError(f"{place}: id is missing", line)
                if named(got) in first_seen:
                    raise ExchangeError(
                        f"{place}: the id {named(got)} is already in {first_seen[named(got)]}", line
                    )
            except ExchangeError as error:
                wrong(name, line, error)
                continue
            first_seen[named(got)] = place
            found.append(Placed(name, line, got))
    return found


def _entries(path: Path, name: str, *, guarded: bool) -> list[tuple[int, Any]]:
    """Return (line, entry); ``guarded`` reads twice, so that a hostile file is refused before it is composed."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{name} is not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise ExchangeError(f"{name} cannot be read: {error.strerror}") from error
    try:
        if guarded:
            safe_yaml.load(text)
        loader = safe_yaml.LOADER(text)
        node = loader.get_single_node()
        data = None if node is None else loader.construct_document(node)
    except safe_yaml.UnsafeYaml as error:
        raise ExchangeError(f"{name}, line {error.line}: {error}", error.line) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ExchangeError(f"{name}, line {line}: not valid YAML ({error.problem})", line) from error
    except (yaml.YAMLError, ValueError) as error:
        raise ExchangeError(f"{name}: not valid YAML") from error
    if data is None:
        return []
    if not isinstance(data, list) or not isinstance(node, yaml.SequenceNode):
        raise ExchangeError(f"{name}: must be a list of entries; begin each with '- ' in the first column")
    return [(item.start_mark.line + 1, entry) for item, entry in zip(node.value, data, strict=True)]


def load_starter_library(
    library: Library, folder: Path, *, organisation_id: int = 1, scope: str = "organisation"
) -> int:
    """Add the starter responses as approved, update those nobody changed here; return how many were added.

    Doing it again changes nothing. What an organisation edited or retired stays as it made it. A response that is no
    longer in the folder is retired where nobody here ever touched it, and else stays in use. A new value of a fact counts
    at once, or waits for approval where an organisation's own words show it.
    """
    if not folder.is_dir():
        return 0
    SharedFacts(library.sessions, clock=library.clock, on_change=library.changed).merge(
        load_facts(folder).values(), origin=SEED_ORIGIN, by=SEED_AUTHORS, organisation_id=organisation_id
    )
    drafts = load_seeds(folder)
    report = merge_origin(
        library,
        drafts,
        origin=SEED_ORIGIN,
        by=SEED_AUTHORS,
        organisation_id=organisation_id,
        state="approved",
        scope=scope,
    )
    if drafts:
        retire_withdrawn(
            library,
            frozenset(draft.id for draft in drafts),
            origin=SEED_ORIGIN,
            by=SEED_AUTHORS,
            organisation_id=organisation_id,
        )
    return len(report.added)
