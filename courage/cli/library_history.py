"""``courage library history``, ``diff``, ``comment``, ``comments``, ``due``, ``share``, ``unshare``."""

from __future__ import annotations

import json

import click

from courage.cli.acting import AS, JSON_LINES, acting
from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.library.views import Event

ID = click.argument("response_id")
VERSION = click.IntRange(1, 1_000_000)
_MARKS = {"same": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}


def _tell(events: list[Event], as_json: bool) -> None:
    out = console()
    for event in events:
        if as_json:
            row = {
                "at": event.at.isoformat(),
                "person": event.person_name,
                "step": event.step,
                "version": event.version,
                "why": event.why,
            }
            say(json.dumps(row, ensure_ascii=False))
            continue
        why = f": {' '.join(event.why.split())}" if event.why else ""
        who = event.person_name or "somebody"
        out.print(
            f"{event.at:%Y-%m-%d %H:%M} UTC  version {event.version}  {event.step} by {who}{why}",
            markup=False,
        )


@click.command()
@ID
@JSON_LINES
@OF
def history(response_id: str, as_json: bool, slug: str | None) -> None:
    """List what happened to a response, oldest first: versions, steps of review, comments."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        _tell(components.library.history(response_id, organisation_id=organisation_of(slug)), as_json)


@click.command()
@ID
@click.argument("before", type=VERSION)
@click.argument("after", type=VERSION, required=False)
@JSON_LINES
@OF
def diff(response_id: str, before: int, after: int | None, as_json: bool, slug: str | None) -> None:
    """Show what changed from version BEFORE to version AFTER (default: the current one)."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        changes = components.library.diff(response_id, before, after, organisation_id=organisation_of(slug))
    out = console()
    for change in changes:
        if as_json:
            row = {"field": change.field, "before": change.before, "after": change.after}
            say(json.dumps(row, ensure_ascii=False))
        elif change.words:
            words = " ".join(_MARKS[kind].format(piece) for kind, piece in change.words)
            out.print(f"{change.field}: {words}", markup=False)
        else:
            out.print(f"{change.field}:", markup=False)
            for sign, value in (("-", change.before), ("+", change.after)):
                for line in value.splitlines():
                    out.print(f"  {sign} {line}", markup=False)
    if not changes and not as_json:
        say("nothing differs")


@click.command()
@ID
@click.argument("text")
@AS
@OF
def comment(response_id: str, text: str, name: str | None, slug: str | None) -> None:
    """Add a remark to the current version of a response."""
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        made = components.library.comment(response_id, text, by=acting(name, whose), organisation_id=whose)
    say(f"{made.person_name} commented on version {made.version} of {response_id}")


@click.command()
@ID
@JSON_LINES
@OF
def comments(response_id: str, as_json: bool, slug: str | None) -> None:
    """List the remarks on a response, oldest first."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        told = components.library.history(response_id, organisation_id=organisation_of(slug))
        found = [event for event in told if event.step == "comment"]
    _tell(found, as_json)
    if not found and not as_json:
        say(f"nobody commented on {response_id} yet")


@click.command()
@click.option(
    "--days",
    type=click.IntRange(0, 36_500),
    default=30,
    show_default=True,
    help="Also those that fall due within so many days.",
)
@JSON_LINES
@OF
def due(days: int, as_json: bool, slug: str | None) -> None:
    """List approved responses whose review date has come or will soon, the most overdue first."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        found = components.library.due(organisation_id=organisation_of(slug), within_days=days)
        today = components.library.clock().date()
    out = console()
    for response in found:
        assert response.review_on is not None
        left = (response.review_on - today).days
        if as_json:
            row = {"id": response.id, "review_on": response.review_on.isoformat(), "days_left": left}
            say(json.dumps(row, ensure_ascii=False))
            continue
        when = f"in {left} days" if left > 0 else f"{-left} days ago" if left else "today"
        out.print(f"{response.review_on}  ({when})  {response.id}: {response.text}", markup=False)
    if not found and not as_json:
        say(f"no review falls due within {days} days")


@click.command()
@ID
@AS
@OF
def share(response_id: str, name: str | None, slug: str | None) -> None:
    """Offer a response to every organisation of this installation."""
    _set_scope(response_id, "shared", name, slug)


@click.command()
@ID
@AS
@OF
def unshare(response_id: str, name: str | None, slug: str | None) -> None:
    """Keep a response to this organisation again."""
    _set_scope(response_id, "organisation", name, slug)


def _set_scope(response_id: str, scope: str, name: str | None, slug: str | None) -> None:
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        done = components.library.share(response_id, scope, by=acting(name, whose), organisation_id=whose)
    everybody = "every organisation of this installation"
    say(f"{done.id} is for {everybody if done.scope == 'shared' else 'this organisation only'}")


COMMANDS = (history, diff, comment, comments, due, share, unshare)
