"""``courage library``: the responses, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import click

from courage.cli.terminal import Bar, console, say
from detection.verdict import LANGUAGES, TARGET_GROUPS
from responses.drafts import STATES, STRATEGIES, TONES, VOICES, ResponseDraft, SourceDraft
from responses.views import Actor


@click.group()
def library() -> None:
    """List, add, review, import and export responses."""


def _actor(name: str | None) -> Actor:
    """Return the person who acts: one of the desk's people, by name; default: the first admin."""
    from courage.settings import load_settings
    from courage.wiring import open_people
    from detection.errors import CourageError

    people = open_people(load_settings())
    person = people.find(name) if name else next(iter(people.list(role="admin")), None)
    if person is None:
        raise CourageError(
            f"there is no person named {name!r}; see `courage users list`" if name else "add an admin first"
        )
    if person.role not in ("trainer", "admin"):
        raise CourageError(f"{person.name} is a {person.role}; only trainers and admins change the library")
    return Actor(person.id, person.name)


AS = click.option("--as", "name", default=None, help="Who does it, by name; default: the first admin.")


@library.command(name="list")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Only this language.")
@click.option("--target", type=click.Choice(TARGET_GROUPS), default=None, help="Only this target group.")
@click.option("--strategy", type=click.Choice(STRATEGIES), default=None, help="Only this strategy.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only this review state.")
@click.option("--search", default="", help="Words that must occur.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_responses(
    language: str | None,
    target: str | None,
    strategy: str | None,
    state: str | None,
    search: str,
    limit: int,
    as_json: bool,
) -> None:
    """List responses, the latest change first."""
    from courage.settings import load_settings
    from courage.wiring import Workshop

    with Workshop(load_settings()) as workshop:
        found = workshop.library.list(
            language=language, target=target, strategy=strategy, state=state, query=search, limit=limit
        )
    out = console()
    for response in found:
        if as_json:
            say(
                json.dumps(
                    {"id": response.id, "state": response.state, **response.content()},
                    ensure_ascii=False,
                    default=str,
                )
            )
        else:
            out.print(
                f"{response.id}  [{response.state}]  {response.strategy}: {response.text}", markup=False
            )


@library.command()
@click.option("--text", required=True, help="The response itself.")
@click.option("--language", type=click.Choice(LANGUAGES), required=True, help="Its language.")
@click.option("--strategy", type=click.Choice(STRATEGIES), required=True, help="Its strategy.")
@click.option(
    "--target", "targets", type=click.Choice(TARGET_GROUPS), multiple=True, required=True, help="Repeatable."
)
@click.option("--claim", "claims", multiple=True, help="A claim that it answers; repeatable.")
@click.option("--tone", type=click.Choice(TONES), default="calm", show_default=True, help="How it sounds.")
@click.option("--voice", type=click.Choice(VOICES), default="ally", show_default=True, help="Who speaks.")
@click.option("--source", "sources", multiple=True, help='"title | publisher | year" of a fact; repeatable.')
@AS
def add(
    text: str,
    language: str,
    strategy: str,
    targets: tuple[str, ...],
    claims: tuple[str, ...],
    tone: str,
    voice: str,
    sources: tuple[str, ...],
    name: str | None,
) -> None:
    """Add a draft; another person approves it."""
    from courage.settings import load_settings
    from courage.wiring import Workshop

    draft = ResponseDraft(
        text=text,
        language=language,
        strategy=strategy,
        targets=targets,
        claims=claims,
        tone=tone,
        voice=voice,
        sources=tuple(_source(source) for source in sources),
    )
    with Workshop(load_settings()) as workshop:
        added = workshop.library.add(draft, by=_actor(name))
    say(f"{added.id} is a draft; submit it with: courage library submit {added.id}")


def _source(text: str) -> SourceDraft:
    parts = [part.strip() for part in text.split("|")]
    if len(parts) != 3 or not parts[2].isdigit():
        raise click.UsageError(f'source {text!r} must be "title | publisher | year"')
    return SourceDraft(parts[0], parts[1], int(parts[2]))


def _step(verb: str, help_text: str) -> None:
    @library.command(name=verb, help=help_text)
    @click.argument("response_id")
    @click.option("--why", default="", help="The reason, kept in the history.")
    @AS
    def step(response_id: str, why: str, name: str | None) -> None:
        from courage.settings import load_settings
        from courage.wiring import Workshop

        with Workshop(load_settings()) as workshop:
            if verb == "approve":
                _ = workshop.linter  # approval runs the checks
            done = getattr(workshop.library, verb)(response_id, by=_actor(name), why=why)
        say(f"{done.id} is now {done.state}")


for _verb, _help in {
    "submit": "Hand a draft in for review.",
    "approve": "Approve a response under review; not by the person who wrote it.",
    "reject": "Send a response back to its author.",
    "retire": "Take a response out of use; it can be restored.",
    "restore": "Bring a retired response back as a draft.",
}.items():
    _step(_verb, _help)


@library.command()
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Only this language.")
@click.option("--warnings", is_flag=True, help="Show warnings too.")
def lint(language: str | None, warnings: bool) -> None:
    """Check every approved response; status 1 when one has an error."""
    from courage.settings import load_settings
    from courage.wiring import Workshop
    from detection.errors import CourageError

    with Workshop(load_settings()) as workshop, Bar("checking") as progress:
        linter = workshop.linter
        responses = workshop.library.list(state="approved", language=language, limit=1_000_000)
        errors = shown = 0
        for done, response in enumerate(responses, 1):
            issues = linter.check(
                response.draft(), organisation_id=response.organisation_id, number=response.number
            )
            for issue in issues:
                errors += issue.level == "error"
                if issue.level == "error" or warnings:
                    shown += 1
                    say(f"{response.id}: {issue.level} {issue.code}: {issue.message}")
            progress(done, len(responses))
    say(f"{len(responses)} responses checked, {errors} errors")
    if errors:
        raise CourageError(f"{errors} errors in the library")


@library.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def coverage(as_json: bool) -> None:
    """Count approved responses by target group, strategy and language, and name the holes."""
    from courage.settings import load_settings
    from courage.wiring import Workshop
    from responses.coverage import coverage as count
    from responses.coverage import pretty

    with Workshop(load_settings()) as workshop:
        table = count(workshop.library)
    say(json.dumps(table.to_json(), ensure_ascii=False) if as_json else pretty(table))


@library.command(name="import")
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
def import_(file: Path, layout: str | None, dry_run: bool, language: str | None, name: str | None) -> None:
    """Import responses from FILE: all of them or none."""
    from courage.settings import load_settings
    from courage.wiring import Workshop
    from responses.exchange import import_file

    with Workshop(load_settings()) as workshop, Bar("importing") as progress:
        report = import_file(
            workshop.library,
            file,
            by=_actor(name),
            layout=layout,
            language=language,
            dry_run=dry_run,
            progress=progress,
        )
    say(report.pretty())


@library.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", "layout", default=None, help="csv, jsonl or yaml; default: by the file's ending.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only this review state.")
def export(file: Path, layout: str | None, state: str | None) -> None:
    """Export responses to FILE; importing it again changes nothing."""
    from courage.settings import load_settings
    from courage.wiring import Workshop
    from responses.exchange import export_file

    with Workshop(load_settings()) as workshop:
        count = export_file(workshop.library, file, layout=layout, state=state)
    say(f"{count} responses written to {file}")
