"""``courage webhooks``: which programs hear of an organisation's cases."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from courage.cases.webhooks.events import EVENTS
from courage.cases.webhooks.service import Webhooks
from courage.cli.leading import AS, leader
from courage.cli.terminal import say
from courage.cli.whose import OF, organisation_of
from courage.people.people import People

NUMBER = click.argument("number", type=int)


def _open() -> tuple[Webhooks, People]:
    from courage.settings import load_settings
    from courage.wiring import open_webhooks

    return open_webhooks(load_settings())


def _acting(name: str | None, slug: str | None) -> tuple[Webhooks, int]:
    hooks, people = _open()
    return hooks, leader(people, name, organisation_of(slug)).id


@click.group()
def webhooks() -> None:
    """Tell other programs of cases, by signed requests (Standard Webhooks)."""


@webhooks.command()
@click.argument("url")
@click.option(
    "--event",
    "events",
    multiple=True,
    type=click.Choice(EVENTS),
    help="An event to tell of; repeatable. Default: all.",
)
@click.option("--with-text", is_flag=True, help="Send the texts of messages and replies along.")
@AS
@OF
def add(url: str, events: tuple[str, ...], with_text: bool, name: str | None, slug: str | None) -> None:
    """Add a webhook and print its secret, this once."""
    hooks, who = _acting(name, slug)
    hook, secret = hooks.add(who, url, events or EVENTS, with_text=with_text)
    say(f"webhook {hook.id} hears of {', '.join(hook.events)}")
    say(f"Its secret, shown this once: {secret}")


@webhooks.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@AS
@OF
def list_(as_json: bool, name: str | None, slug: str | None) -> None:
    """List the webhooks, with what waits for them and what failed."""
    hooks, who = _acting(name, slug)
    found = hooks.list(who)
    for hook in found:
        if as_json:
            told = {**asdict(hook), "created_at": hook.created_at.isoformat()}
            say(json.dumps(told, ensure_ascii=False))
            continue
        state = "" if hook.active else "  (switched off)"
        text = "  with text" if hook.with_text else ""
        say(f"{hook.id:>4}  {hook.url}{state}{text}")
        say(
            f"      {', '.join(hook.events)}; waiting {hook.waiting}, failed {hook.failed} {hook.trouble}".rstrip()
        )
    if not found and not as_json:
        say("no program hears of cases; add one with `courage webhooks add`")


@webhooks.command()
@NUMBER
@AS
@OF
def test(number: int, name: str | None, slug: str | None) -> None:
    """Send a webhook an event that says nothing; the running engine delivers it."""
    hooks, who = _acting(name, slug)
    hooks.test(who, number)
    say(f"a test for webhook {number} is on its way; `courage webhooks list` says if it failed")


@webhooks.command()
@NUMBER
@click.option("--off", is_flag=True, help="Switch it off instead; what waits for it is dropped.")
@AS
@OF
def switch(number: int, off: bool, name: str | None, slug: str | None) -> None:
    """Switch a webhook on."""
    hooks, who = _acting(name, slug)
    hooks.switch(who, number, on=not off)
    say(f"webhook {number} is switched {'off' if off else 'on'}")


@webhooks.command(name="new-secret")
@NUMBER
@AS
@OF
def new_secret(number: int, name: str | None, slug: str | None) -> None:
    """Give a webhook a new secret and print it, this once; the old one ends."""
    hooks, who = _acting(name, slug)
    say(f"The secret of webhook {number}, shown this once: {hooks.renew_secret(who, number)}")


@webhooks.command()
@NUMBER
@AS
@OF
def remove(number: int, name: str | None, slug: str | None) -> None:
    """Remove a webhook."""
    hooks, who = _acting(name, slug)
    hooks.remove(who, number)
    say(f"webhook {number} is removed")
