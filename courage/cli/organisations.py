"""``courage organisations``: who shares this installation, each behind walls of its own."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from courage.cli.terminal import console, say
from courage.errors import CourageError
from courage.insights.usage import DAYS
from courage.people.organisations import Organisations
from courage.taxonomy import LANGUAGES


def _open() -> Organisations:
    from courage.settings import load_settings
    from courage.wiring import open_organisations

    return open_organisations(load_settings())


@click.group()
def organisations() -> None:
    """Create, set up, suspend, export and erase organisations."""


@organisations.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(as_json: bool) -> None:
    """List the organisations with their numbers."""
    known, out = _open(), console()
    for found in known.list():
        numbers = known.numbers(found.id)
        if as_json:
            say(json.dumps({**asdict(found), **asdict(numbers)}, ensure_ascii=False, default=str))
            continue
        state = "" if found.active else "  (suspended)"
        out.print(
            f"{found.slug}  {found.name}  {numbers.people} people, {numbers.rooms} rooms, {numbers.cases} cases, "
            f"{numbers.responses} responses{state}",
            markup=False,
        )


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(slug: str, as_json: bool) -> None:
    """Show how an organisation is set up, what it uses and what it may use."""
    from courage.settings import load_settings
    from courage.wiring import open_usages

    usages, known = open_usages(load_settings())
    found = known.find(slug)
    used = usages.of(found)
    if as_json:
        say(json.dumps({**asdict(found), **asdict(used)}, ensure_ascii=False, default=str))
        return
    state = "active" if found.active else "suspended"
    say(f"{found.slug}  {found.name}  ({state} since {found.created_at:%Y-%m-%d})")
    rooms = "" if used.most_rooms is None else f" of {used.most_rooms}"
    messages = "no limit" if used.most_messages is None else f"at most {used.most_messages}"
    kept = "" if used.most_bytes is None else f" of {used.most_bytes / 1e6:,.0f} MB"
    say(f"rooms: {used.rooms}{rooms}")
    say(f"messages a minute: {messages}; left unread in {DAYS} days: {used.left_unread}")
    say(f"kept text: {used.kept_bytes / 1e6:,.1f} MB{kept}")
    for trouble in used.troubles():
        say(f"look: {trouble}")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
@click.argument("name")
@click.option("--admin", "admin", required=True, help="Name of its first admin, who gets a login link.")
def create(slug: str, name: str, admin: str) -> None:
    """Make an organisation with its first admin, and print the admin's one-time login link."""
    from courage.library.service import Library
    from courage.settings import load_settings
    from courage.wiring import open_database, share_starter_library
    from courage.wiring import open_people as people_of

    settings = load_settings()
    made, people = _open().create(name, slug), people_of(settings)
    person = people.add(admin, "admin", made.id)
    share_starter_library(Library(open_database(settings)[1]))
    say(f"{made.name} is there; its people log in as NAME@{made.slug}")
    say(f"{person.name} (admin) can log in once with {settings.address}/login/{people.login_link(person.id)}")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
@click.option("--name", default=None, help="Its name.")
@click.option(
    "--language",
    type=click.Choice((*LANGUAGES, "default")),
    default=None,
    help="Language of those who chose none.",
)
@click.option(
    "--retention-days",
    type=click.IntRange(0, 3650),
    default=None,
    help="Days until texts go; 0: as the setting says.",
)
@click.option("--signature", default=None, help="One line under every reply; empty for none.")
@click.option(
    "--shared-library/--own-library", default=None, help="Whether responses that others share are offered."
)
@click.option(
    "--most-rooms", type=click.IntRange(-1, 100_000), default=None, help="Most group rooms; -1: no limit."
)
@click.option(
    "--most-messages",
    type=click.IntRange(0, 1_000_000),
    default=None,
    help="Most messages read in a minute; what comes faster waits. 0: no limit.",
)
@click.option(
    "--most-megabytes",
    type=click.IntRange(0, 1_000_000),
    default=None,
    help="Most kept text; people are warned from four fifths of it, nothing is deleted. 0: no limit.",
)
def change(
    slug: str,
    name: str | None,
    language: str | None,
    retention_days: int | None,
    signature: str | None,
    shared_library: bool | None,
    most_rooms: int | None,
    most_messages: int | None,
    most_megabytes: int | None,
) -> None:
    """Set an organisation up; what is not named stays as it is."""
    values: dict[str, Any] = {}
    if language is not None:
        values["language"] = None if language == "default" else language
    if retention_days is not None:
        values["retention_days"] = retention_days or None
    if most_rooms is not None:
        values["most_rooms"] = None if most_rooms < 0 else most_rooms
    if most_messages is not None:
        values["most_messages"] = most_messages or None
    if most_megabytes is not None:
        values["most_bytes"] = most_megabytes * 1_000_000 or None
    if signature is not None:
        values["signature"] = signature
    if shared_library is not None:
        values["shared_library"] = shared_library
    found = _open().change(slug, name=name, **values)
    say(f"{found.slug} is set up; a running engine goes by it within seconds")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
def suspend(slug: str) -> None:
    """Shut an organisation: nobody logs in, nothing is read or sent, nothing is lost."""
    say(f"{_open().suspend(slug).slug} is suspended")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
def resume(slug: str) -> None:
    """Open a suspended organisation again."""
    say(f"{_open().resume(slug).slug} is open again")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
@click.argument("file", type=click.Path(path_type=Path))
def export(slug: str, file: Path) -> None:
    """Write everything that an organisation owns to FILE, one JSON object a line; no password or token is in it."""
    written = _open().export(slug, file)
    say(f"{sum(written.values())} rows written to {file}; they hold people's messages: keep it as such")


@organisations.command()
@click.argument("slug", metavar="SHORT-NAME")
@click.option("--yes", "sure", is_flag=True, help="Do not ask.")
def erase(slug: str, sure: bool) -> None:
    """Erase an organisation and all that it owns, for good."""
    known = _open()
    found = known.find(slug)
    if (
        not sure
        and click.prompt(f"All of {found.name} goes for good. Type {slug} to erase it", default="") != slug
    ):
        raise CourageError("nothing was erased")
    erased = known.erase(slug)
    say(f"{slug} is erased: {sum(erased.values())} rows; copies of the database made before still hold it")


@organisations.command(name="add-operator")
@click.argument("name")
def add_operator(name: str) -> None:
    """Add somebody who looks after the installation on the desk and sees no text, and print their login link."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    settings = load_settings()
    number = _open().add_operator(name)
    token = open_people(settings).login_link(number)
    say(
        f"{name} (operator) can log in once with {settings.address}/login/{token}, later as {name}@installation"
    )
