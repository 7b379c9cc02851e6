"""``courage users``: who may use the desk."""

from __future__ import annotations

import json
import shlex
from typing import Any

import click

from courage.cli.terminal import console, say
from courage.cli.whose import OF, account_of, organisation_of, person_named
from courage.errors import CourageError

ROLES = ("moderator", "volunteer", "trainer", "admin")
#: Roles that work on live cases.
WORKERS = ("moderator", "volunteer", "admin")


@click.group()
def users() -> None:
    """Add and list the people who use the desk, and say which accounts in chat systems are theirs."""


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
@OF
def add(name: str, role: str, languages: tuple[str, ...], matrix_id: str | None, slug: str | None) -> None:
    """Add a person and print a one-time login link for them."""
    from courage.settings import load_settings
    from courage.wiring import open_people, open_readiness

    settings = load_settings()
    people = open_people(settings)
    person = people.add(name, role, organisation_of(slug), languages=languages)
    if matrix_id:
        people.link_identity(person.id, "matrix", matrix_id)
    token = people.login_link(person.id)
    if open_readiness(settings).kept_out(person.id, person.organisation_id) and role in WORKERS:
        say(
            f"{person.name} gets live cases when a trainer has marked them ready, or with: courage users ready "
            f"{shlex.quote(person.name)}"
        )
    say(f"{person.name} ({role}) can log in once with {settings.address}/login/{token}")


@users.command(name="login-link")
@click.argument("person")
@OF
def login_link(person: str, slug: str | None) -> None:
    """Make a new one-time login link for a person."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    settings = load_settings()
    people = open_people(settings)
    say(
        f"{settings.address}/login/{people.login_link(person_named(people, person, organisation_of(slug)).id)}"
    )


@users.command()
@click.argument("person")
@click.argument("account", metavar="CHANNEL:ID")
@OF
def link(person: str, account: str, slug: str | None) -> None:
    """Say that an account of a chat system is a person's; one that was somebody else's moves."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    number = organisation_of(slug)
    found, (channel, user_id) = person_named(people, person, number), account_of(account)
    before = people.by_identity(channel, user_id, number)
    people.link_identity(found.id, channel, user_id)
    moved = f" (it was {before.name}'s)" if before is not None and before.id != found.id else ""
    say(f"{channel}:{user_id} is {found.name}{moved}")


@users.command(name="link-code")
@click.argument("person")
@OF
def link_code(person: str, slug: str | None) -> None:
    """Make a one-time code for a person, who links the account from which they say it to the assistant."""
    from courage.people.codes import MINUTES
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    found = person_named(people, person, organisation_of(slug))
    say(
        f"{found.name} says to the assistant, in a chat of their own with it: link me {people.link_code(found.id)}"
    )
    say(f"The code works once, for {MINUTES} minutes.")


@users.command()
@click.argument("person")
@click.option("--not", "no", is_flag=True, help="Not ready any more; cases under way stay with them.")
@click.option("--note", default="", help="Why; kept with the decision, and the person reads it.")
@OF
def ready(person: str, no: bool, note: str, slug: str | None) -> None:
    """Mark a person ready for live cases, where no trainer of their organisation can."""
    from courage.settings import load_settings
    from courage.wiring import open_people, open_readiness

    settings = load_settings()
    found = person_named(open_people(settings), person, organisation_of(slug))
    open_readiness(settings).mark(found.id, ready=not no, note=note)
    say(f"{found.name} is {'not marked' if no else 'marked'} ready for live cases")


@users.command(name="reset-second-factor")
@click.argument("person")
@OF
def reset_second_factor(person: str, slug: str | None) -> None:
    """Take all second factors away, passkeys too, of a person who lost them and the recovery codes; all sessions end."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    found = person_named(people, person, organisation_of(slug))
    if not people.second_factor.reset(found.id):
        raise CourageError(f"{found.name} has no second factor")
    people.end_sessions(found.id)
    say(f"{found.name} logs in with the password alone now, and can set up a new second factor under Account")


@users.command(name="link-login")
@click.argument("person")
@click.argument("subject")
@OF
def link_login(person: str, subject: str, slug: str | None) -> None:
    """Let an account at the provider of logins open a person's account here; SUBJECT is its `sub` there, not its name."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    settings = load_settings()
    if not settings.oidc_issuer:
        raise CourageError("there is no provider of logins; set COURAGE_OIDC_ISSUER")
    people = open_people(settings)
    found = person_named(people, person, organisation_of(slug))
    people.provider_accounts.link(found.id, settings.oidc_issuer, subject)
    say(f"{subject} at {settings.oidc_issuer} opens the account of {found.name}")


@users.command(name="unlink-logins")
@click.argument("person")
@OF
def unlink_logins(person: str, slug: str | None) -> None:
    """Let no account at a provider of logins open a person's account any more; all their sessions end."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    found = person_named(people, person, organisation_of(slug))
    accounts = people.provider_accounts.of(found.id)
    for account in accounts:
        people.provider_accounts.unlink(found.id, account.id)
    people.end_sessions(found.id)
    say(f"{len(accounts)} accounts elsewhere opened the account of {found.name}; none does now")


@users.command()
@click.argument("account", metavar="CHANNEL:ID")
@OF
def unlink(account: str, slug: str | None) -> None:
    """Forget whose an account of a chat system is."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    channel, user_id = account_of(account)
    if not open_people(load_settings()).unlink_identity(channel, user_id, organisation_of(slug)):
        raise CourageError(f"{channel}:{user_id} is nobody's account; see `courage users identities PERSON`")
    say(f"{channel}:{user_id} is nobody's account now")


@users.command()
@click.argument("person")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@OF
def identities(person: str, as_json: bool, slug: str | None) -> None:
    """List the accounts of a person in chat systems."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    people = open_people(load_settings())
    found = person_named(people, person, organisation_of(slug))
    accounts = people.identities(found.id)
    if as_json:
        say(json.dumps([{"channel": c, "user_id": u} for c, u in accounts], ensure_ascii=False))
        return
    for channel, user_id in accounts:
        say(f"{channel}:{user_id}")
    if not accounts:
        say(f"{found.name} has no account in a chat system; add one with `courage users link`")


@users.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@OF
def list_users(as_json: bool, slug: str | None) -> None:
    """List the people of this organisation."""
    from courage.settings import load_settings
    from courage.wiring import open_people

    rows: list[dict[str, Any]] = [
        {"id": p.id, "name": p.name, "role": p.role, "languages": list(p.languages), "active": p.active}
        for p in open_people(load_settings()).list(organisation_of(slug), all_=True)
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
