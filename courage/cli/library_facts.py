"""``courage library facts`` and ``review``: figures that many responses show, and texts to be looked at again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from courage.cli.acting import AS, acting
from courage.cli.terminal import say
from courage.cli.whose import OF, organisation_of
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES

FACT = click.argument("fact_id")


@click.group()
def facts() -> None:
    """List, propose and approve facts that many responses show."""


@facts.command(name="list")
@OF
def list_facts(slug: str | None) -> None:
    """List facts, those that wait for approval first."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        found = components.facts.list(organisation_id=organisation_of(slug))
    for fact in found:
        now = fact.latest
        waiting = f"  waits for approval, proposed by {fact.proposed_by_name}" if fact.proposed else ""
        values = ", ".join(f"{language}: {value}" for language, value in now.value.items())
        say(
            f"{fact.id}  {values}  ({now.publisher}, {now.year}; due {now.due}; {len(fact.used_by)} responses){waiting}"
        )
    if not found:
        say("there are no facts yet")


@facts.command(name="set")
@FACT
@click.option("--value", "values", multiple=True, help='What texts show, "en=58%"; repeatable.')
@click.option("--all-languages", is_flag=True, help="Show the one --value that is given in every language.")
@click.option("--expect", "expects", multiple=True, help='What people will answer, "en=…"; repeatable.')
@click.option("--kind", default=None, help="statistics, survey, report, study, law, ruling or history.")
@click.option("--year", type=click.IntRange(1200, 2200), default=None, help="The year that the value is of.")
@click.option("--publisher", default=None, help="Who publishes it.")
@click.option("--title", default=None, help="The source's title.")
@click.option("--locator", default=None, help="The link, or the table or page.")
@click.option("--looked-up", default=None, help="When somebody saw it there, YYYY-MM-DD; default: today.")
@AS
@OF
def set_fact(
    fact_id: str,
    values: tuple[str, ...],
    all_languages: bool,
    expects: tuple[str, ...],
    kind: str | None,
    year: int | None,
    publisher: str | None,
    title: str | None,
    locator: str | None,
    looked_up: str | None,
    name: str | None,
    slug: str | None,
) -> None:
    """Propose a fact, or a new value of one; what is left out stays as it is. Another person approves it.

    A value of another year is given in every language that the fact has, or with --all-languages.
    """
    from courage.library.errors import NotFoundError
    from courage.library.facts import fact_from_mapping, left_behind
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        try:
            before = components.facts.get(fact_id, organisation_id=whose).latest
        except NotFoundError:
            before = None
        data: dict[str, Any] = {} if before is None else before.content()
        told = _by_language("--value", values)
        if all_languages:
            told = _everywhere(told, LANGUAGES if before is None else before.value)
        old = left_behind(before, told)
        if before is not None and year not in (None, before.year) and told and old:
            raise CourageError(
                f"nothing was proposed: {_said(old)} would still be of {before.year} and stand as of {year}; give "
                "a --value for each of these languages too, or set the same everywhere with --all-languages"
            )
        given = {"kind": kind, "year": year, "publisher": publisher, "title": title, "locator": locator}
        data |= {field: value for field, value in given.items() if value is not None}
        data["value"] = {**data.get("value", {}), **told}
        data["expect"] = {**data.get("expect", {}), **_by_language("--expect", expects)}
        data["looked_up"] = looked_up or components.library.clock().date().isoformat()
        data.pop("due", None)
        fact = fact_from_mapping({"id": fact_id, **data})
        proposed = components.facts.propose(fact, by=acting(name, whose), organisation_id=whose)
        texts = components.facts.texts_as_proposed(fact_id, organisation_id=whose)
    for response, text in texts:
        say(f"  {response.id}: {text}")
    if before is not None and old and (told or year not in (None, before.year)):
        say(f"as before, of {before.year}: {_said(old)}")
    if proposed.proposed is None:
        say(f"{fact_id} has this value already")
    else:
        say(
            f"{fact_id} is proposed; another person approves it with: courage library facts approve {fact_id}"
        )


def _said(values: Mapping[str, str]) -> str:
    return ", ".join(f"{language}: {value}" for language, value in values.items())


def _everywhere(told: dict[str, str], languages: Iterable[str]) -> dict[str, str]:
    """Return the one value that was given for every language."""
    if len(set(told.values())) != 1:
        raise click.UsageError("--all-languages sets one value everywhere: give exactly one --value with it")
    (value,) = set(told.values())
    return dict.fromkeys((*languages, *told), value)


def _by_language(option: str, given: tuple[str, ...]) -> dict[str, str]:
    told = {}
    for entry in given:
        language, equals, words = entry.partition("=")
        if not equals:
            raise click.UsageError(f'{option} {entry!r} must be "language=words", for example "en=58%"')
        told[language.strip()] = words.strip()
    return told


@facts.command()
@FACT
@AS
@OF
def approve(fact_id: str, name: str | None, slug: str | None) -> None:
    """Put what is proposed to use: every response that shows the fact shows it from now on."""
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        used = components.facts.approve(fact_id, by=acting(name, whose), organisation_id=whose)
    say(f"{fact_id} is in use; {len(used)} responses show it")


@facts.command()
@FACT
@AS
@OF
def reject(fact_id: str, name: str | None, slug: str | None) -> None:
    """Drop what is proposed; responses stay as they are."""
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        components.facts.reject(fact_id, by=acting(name, whose), organisation_id=whose)
    say(f"the proposal for {fact_id} is dropped")


@click.command()
@click.option(
    "--days",
    type=click.IntRange(0, 36_500),
    default=0,
    show_default=True,
    help="Facts due within so many days.",
)
@OF
def review(days: int, slug: str | None) -> None:
    """List what people have to look at: facts that wait or are due, and responses in use that break an editorial rule."""
    from courage.library.lint import Linter
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        listed = components.facts.list(organisation_id=whose)
        waiting = [fact for fact in listed if fact.proposed is not None]
        due = components.facts.due(organisation_id=whose, within_days=days)
        responses = components.library.list(organisation_id=whose, state="approved", limit=1_000_000)
        linter = Linter(facts=components.facts.approved)
        shown = 0
        for fact in waiting:
            say(f"fact {fact.id}: waits for approval, {len(fact.used_by)} responses show it")
        for one in due:
            say(f"fact {one.id}: due to be looked up on {one.due}")
        for response in responses:
            broken = [
                i
                for i in linter.check(response.draft(), organisation_id=response.organisation_id)
                if i.editorial
            ]
            shown += bool(broken)
            for issue in broken:
                say(f"{response.id}: rule {issue.editorial} {issue.code}: {issue.message}")
    say(
        f"{len(waiting)} facts wait, {len(due)} are due, {shown} of {len(responses)} responses break an editorial rule"
    )


COMMANDS = (facts, review)
