"""``courage library import``, ``export`` and ``pack``: responses in files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from courage.cli.acting import AS, acting
from courage.cli.terminal import Bar, say
from courage.cli.whose import OF, name_of, organisation_of
from courage.taxonomy import LANGUAGES, STATES

if TYPE_CHECKING:
    from courage.library.exchange.merge import MergeReport
    from courage.library.service import Library

FILE = click.argument("file", type=click.Path(path_type=Path, dir_okay=False))


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "layout",
    default=None,
    help="csv, jsonl, yaml, conan or multitarget-conan; default: by the file.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would be new, changed, duplicate or refused.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help="Language of rows that do not say."
)
@AS
@OF
def import_(
    file: Path, layout: str | None, dry_run: bool, language: str | None, name: str | None, slug: str | None
) -> None:
    """Import responses from FILE: all of them or none."""
    from courage.library.exchange.files import import_file
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components, Bar("importing") as progress:
        report = import_file(
            components.library,
            file,
            by=acting(name, whose),
            organisation_id=whose,
            layout=layout,
            language=language,
            dry_run=dry_run,
            progress=progress,
        )
    say(report.pretty())


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "layout", default=None, help="csv, jsonl or yaml; default: by the file's ending.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only this review state.")
@OF
def export(file: Path, layout: str | None, state: str | None, slug: str | None) -> None:
    """Export responses to FILE; importing it again changes nothing."""
    from courage.library.exchange.files import export_file
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        count = export_file(
            components.library, file, organisation_id=organisation_of(slug), layout=layout, state=state
        )
    say(f"{count} responses written to {file}")


@click.group()
def pack() -> None:
    """Hand approved responses to other organisations, and take theirs over."""


@pack.command(name="export")
@FILE
@click.option("--name", "pack_name", required=True, help="The pack's short name; the same in every edition.")
@click.option("--title", default="", help="What people call the pack; default: its name.")
@click.option("--publisher", default="", help="Who hands it out; default: the organisation's name.")
@click.option("--edition", default=None, help="The edition; default: today's date.")
@click.option(
    "--licence", default="CC-BY-4.0", show_default=True, help="Licence of responses that name none."
)
@click.option(
    "--id", "ids", multiple=True, help="Only this response; repeatable. Default: all approved ones."
)
@OF
def export_pack(
    file: Path,
    pack_name: str,
    title: str,
    publisher: str,
    edition: str | None,
    licence: str,
    ids: tuple[str, ...],
    slug: str | None,
) -> None:
    """Write approved responses to FILE as a pack."""
    from courage.library.errors import StateError
    from courage.library.exchange import packs
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        for response_id in ids:
            found = components.library.get(response_id, organisation_id=whose)
            if found.state != "approved":
                raise StateError(f"{found.id} is {found.state.replace('_', ' ')}; a pack holds approved ones")
        count = packs.export_pack(
            components.library,
            file,
            name=pack_name,
            title=title or pack_name,
            publisher=publisher or name_of(whose),
            edition=edition,
            licence=licence,
            organisation_id=whose,
            ids=frozenset(ids) if ids else None,
        )
    say(f"{count} responses written to {file}")


@pack.command(name="import")
@FILE
@click.option("--dry-run", is_flag=True, help="Only show what would be added, updated, kept or in conflict.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@AS
@OF
def import_pack(file: Path, dry_run: bool, as_json: bool, name: str | None, slug: str | None) -> None:
    """Take a pack over: what is new comes as drafts, what somebody changed here is kept."""
    from courage.library.exchange import packs
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        report = packs.import_pack(
            components.library, file, by=acting(name, whose), organisation_id=whose, dry_run=dry_run
        )
        conflicts = _conflicts(components.library, report, whose)
    if as_json:
        told = {
            "dry_run": dry_run,
            **{part: getattr(report, part) for part in ("added", "updated", "unchanged", "kept")},
            "conflicts": conflicts,
        }
        say(json.dumps(told, ensure_ascii=False))
        return
    say(("would be: " if dry_run else "") + report.pretty().split("\n", 1)[0])
    for conflict in conflicts:
        say(f"{conflict['id']}: changed here and there; yours is kept")
        for change in conflict["changes"]:
            say(f"  {change['field']}, yours:  {_line(change['yours'])}")
            say(f"  {change['field']}, theirs: {_line(change['theirs'])}")


def _conflicts(library: Library, report: MergeReport, whose: int) -> list[dict[str, Any]]:
    """Return what differs between the copy here and the pack's, for each response in conflict."""
    from courage.library.history import compare

    told = []
    for response_id in report.conflicts:
        differ = compare(
            library.get(response_id, organisation_id=whose).content(), report.theirs[response_id].content()
        )
        changes = [{"field": c.field, "yours": c.before, "theirs": c.after} for c in differ]
        told.append({"id": response_id, "changes": changes})
    return told


def _line(text: str) -> str:
    return " | ".join(text.splitlines())


COMMANDS = (import_, export, pack)
