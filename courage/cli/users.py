"""``courage users``: who may use the desk."""

from __future__ import annotations

import json
from typing import Any

import click

from courage.cli.terminal import console, say
from courage.errors import CourageError

ROLES = ("moderator", "volunteer", "trainer", "admin")


@click.group()
def users() -> None:
    """Add and list the people who use the desk."""


@users.command()
@click.argument("name")
@click.option(
    "--role", type=click.Choice(ROLES), default="volunteer", show_default=True, help="What they may do."
)
@click.option(
    "--language", "languages", multiple=True, default=("en",), help="A language they work in; repeatable."
)
@click.option(
    "--matrix", "matrix_id", default=None, help="Their Matrix id, so that the desk room knows them."
)
def add(name: str, role: str, languages: tuple[str, ...], matrix_id: str | None) -> None:
    """Add a person and print a one-time login link for them."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    settings = load_settings()
    people = open_people(settings)
    person = people.add(name, role, languages=languages)
    if matrix_id:
        people.link_identity(person.id, "matrix", matrix_id)
    token = people.login_link(person.id)
    say(f"{person.name} ({role}) can log in once with {settings.address}/login/{token}")


@users.command()
@click.argument("name")
def link(name: str) -> None:
    """Make a new one-time login link for a person."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    settings = load_settings()
    people = open_people(settings)
    person = people.find(name)
    if person is None:
        raise CourageError(f"there is no person named {name!r}; see `courage users list`")
    say(f"{settings.address}/login/{people.login_link(person.id)}")


@users.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_users(as_json: bool) -> None:
    """List the people of this organisation."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    rows: list[dict[str, Any]] = [
        {"id": p.id, "name": p.name, "role": p.role, "languages": list(p.languages), "active": p.active}
        for p in open_people(load_settings()).list(all_=True)
    ]
    if as_json:
        say(json.dumps(rows, ensure_ascii=False))
        return
    out = console()
    for row in rows:
        state = "" if row["active"] else "  (deactivated)"
        out.print(
            f"{row['id']:>4}  {row['role']:<10} {row['name']}  [{', '.join(row['languages'])}]{state}",
            markup=False,
        )
