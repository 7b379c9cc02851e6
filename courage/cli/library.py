"""``courage library``: the responses, on the command line."""

from __future__ import annotations

import json

import click

from courage.cli import library_check, library_facts, library_files, library_history
from courage.cli.acting import AS, JSON_LINES, acting
from courage.cli.terminal import Bar, console, say
from courage.cli.whose import OF, organisation_of
from courage.library.drafts import ResponseDraft, SourceDraft
from courage.taxonomy import LANGUAGES, STATES, STRATEGIES, TARGET_GROUPS, TONES, VOICES


@click.group()
def library() -> None:
    """List, add, review, import and export responses."""


@library.command(name="list")
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Only this language.")
@click.option("--target", type=click.Choice(TARGET_GROUPS), default=None, help="Only this target group.")
@click.option("--strategy", type=click.Choice(STRATEGIES), default=None, help="Only this strategy.")
@click.option("--state", type=click.Choice(STATES), default=None, help="Only this review state.")
@click.option("--search", default="", help="Words that must occur.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="At most so many."
)
@JSON_LINES
@OF
def list_responses(
    language: str | None,
    target: str | None,
    strategy: str | None,
    state: str | None,
    search: str,
    limit: int,
    as_json: bool,
    slug: str | None,
) -> None:
    """List responses, the latest change first."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        found = components.library.list(
            organisation_id=organisation_of(slug),
            language=language,
            target=target,
            strategy=strategy,
            state=state,
            query=search,
            limit=limit,
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
@click.option("--narrative", "narratives", multiple=True, help="A narrative that it answers; repeatable.")
@click.option("--tone", type=click.Choice(TONES), default="calm", show_default=True, help="How it sounds.")
@click.option("--voice", type=click.Choice(VOICES), default="ally", show_default=True, help="Who speaks.")
@click.option("--source", "sources", multiple=True, help='"title | publisher | year" of a fact; repeatable.')
@AS
@OF
def add(
    text: str,
    language: str,
    strategy: str,
    targets: tuple[str, ...],
    narratives: tuple[str, ...],
    tone: str,
    voice: str,
    sources: tuple[str, ...],
    name: str | None,
    slug: str | None,
) -> None:
    """Add a draft; another person approves it."""
    from courage.settings import load_settings
    from courage.wiring import Components

    draft = ResponseDraft(
        text=text,
        language=language,
        strategy=strategy,
        targets=targets,
        narratives=narratives,
        tone=tone,
        voice=voice,
        sources=tuple(_source(source) for source in sources),
    )
    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        added = components.library.add(draft, by=acting(name, whose), organisation_id=whose)
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
    @OF
    def step(response_id: str, why: str, name: str | None, slug: str | None) -> None:
        from courage.settings import load_settings
        from courage.wiring import Components

        whose = organisation_of(slug)
        with Components(load_settings()) as components:
            if verb == "approve":
                _ = components.linter  # approval runs the checks
            take = getattr(components.library, verb)
            done = take(response_id, by=acting(name, whose), why=why, organisation_id=whose)
        say(f"{done.id} is now {done.state}")


for _verb, _help in {
    "submit": "Hand a draft in for review.",
    "approve": "Approve a response under review; not by the person who wrote it.",
    "reject": "Send a response back to its author.",
    "retire": "Take a response out of use; it can be restored.",
}.items():
    _step(_verb, _help)


@library.command()
@click.argument("response_id")
@click.option(
    "--version",
    type=click.IntRange(1, 1_000_000),
    default=None,
    help="Bring this version back as a new draft; default: reopen a retired response as it was.",
)
@click.option("--why", default="", help="The reason, kept in the history.")
@AS
@OF
def restore(response_id: str, version: int | None, why: str, name: str | None, slug: str | None) -> None:
    """Bring a retired response, or an old version of any response, back as a draft."""
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components:
        done = components.library.restore(
            response_id, version, by=acting(name, whose), why=why, organisation_id=whose
        )
    say(f"{done.id} is now {done.state}, version {done.version}")


@library.command()
@click.option("--language", type=click.Choice(LANGUAGES), default=None, help="Only this language.")
@click.option("--warnings", is_flag=True, help="Show warnings too.")
@OF
def lint(language: str | None, warnings: bool, slug: str | None) -> None:
    """Check every approved response; status 1 when one has an error."""
    from courage.errors import CourageError
    from courage.settings import load_settings
    from courage.wiring import Components

    whose = organisation_of(slug)
    with Components(load_settings()) as components, Bar("checking") as progress:
        linter = components.linter
        responses = components.library.list(
            organisation_id=whose, state="approved", language=language, limit=1_000_000
        )
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
@OF
def coverage(as_json: bool, slug: str | None) -> None:
    """Count approved responses by target group, strategy and language, and name the holes."""
    from courage.library.coverage import coverage as count
    from courage.library.coverage import pretty
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components:
        table = count(components.library, organisation_id=organisation_of(slug))
    say(json.dumps(table.to_json(), ensure_ascii=False) if as_json else pretty(table))


for _command in (
    *library_history.COMMANDS,
    *library_files.COMMANDS,
    *library_check.COMMANDS,
    *library_facts.COMMANDS,
):
    library.add_command(_command)
