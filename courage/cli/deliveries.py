"""``courage deliveries``: what no chat system accepted."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from courage.cases.failed_deliveries import STATES, FailedDeliveries
from courage.cli.leading import AS, leader
from courage.cli.terminal import say
from courage.cli.whose import OF, organisation_of
from courage.people.people import People

NUMBERS = click.argument("numbers", metavar="NUMBER...", type=int, nargs=-1, required=True)


def _open() -> tuple[FailedDeliveries, People]:
    from courage.settings import load_settings
    from courage.wiring import open_deliveries

    return open_deliveries(load_settings())


@click.group()
def deliveries() -> None:
    """List, retry and give up cards and replies that a chat system did not accept."""


@deliveries.command(name="list")
@click.option(
    "--state",
    type=click.Choice(tuple(STATES)),
    default="failed",
    show_default=True,
    help="Given up after all tries, not accepted yet, or held after a restore.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@AS
@OF
def list_(state: str, as_json: bool, name: str | None, slug: str | None) -> None:
    """List deliveries, newest first; never any text."""
    found, people = _open()
    person, before = leader(people, name, organisation_of(slug)), None
    while page := found.list(person.id, state=state, before=before):
        for d in page:
            if as_json:
                say(json.dumps({**asdict(d), "created_at": d.created_at.isoformat()}, ensure_ascii=False))
                continue
            case = "" if d.case_id is None else f"  case {d.case_id}"
            reason = f"  {d.reason}" if d.reason else ""
            say(
                f"{d.id:>6}  {d.channel}  {d.kind}{case}  {d.created_at:%Y-%m-%d %H:%M}  tries {d.attempts}{reason}"
            )
        before = page[-1].id
    if before is None and not as_json:
        say("no delivery has failed" if state == "failed" else f"no delivery is {state}")


@deliveries.command()
@NUMBERS
@AS
@OF
def retry(numbers: tuple[int, ...], name: str | None, slug: str | None) -> None:
    """Try failed deliveries again; nothing that was accepted is posted twice."""
    found, people = _open()
    person = leader(people, name, organisation_of(slug))
    for number in numbers:
        done = found.retry(number, person.id)
        say(f"delivery {done.id} ({done.kind} to {done.channel}) is tried again")


@deliveries.command(name="give-up")
@NUMBERS
@AS
@OF
def give_up(numbers: tuple[int, ...], name: str | None, slug: str | None) -> None:
    """Stop trying to deliver; a case whose reply waited can be worked on again."""
    found, people = _open()
    person = leader(people, name, organisation_of(slug))
    for number in numbers:
        done = found.give_up(number, person.id)
        say(f"delivery {done.id} ({done.kind} to {done.channel}) is given up")


@deliveries.command()
@click.argument("numbers", metavar="[NUMBER]...", type=int, nargs=-1)
@click.option("--all", "all_", is_flag=True, help="Everything that is held.")
@AS
@OF
def release(numbers: tuple[int, ...], all_: bool, name: str | None, slug: str | None) -> None:
    """Let deliveries go that are held after a restore: look first, in the chat, whether they were posted already."""
    if bool(numbers) == all_:
        raise click.UsageError("give numbers of deliveries, or --all")
    found, people = _open()
    person = leader(people, name, organisation_of(slug))
    if all_:
        held: list[int] = []
        while page := found.list(person.id, state="held", before=min(held, default=None)):
            held += [d.id for d in page]
        numbers = tuple(sorted(held))
    for number in numbers:
        done = found.release(number, person.id)
        say(f"delivery {done.id} ({done.kind} to {done.channel}) may go")
    if not numbers:
        say("no delivery is held")
