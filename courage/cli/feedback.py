"""``courage feedback``: what people decided about texts, for trainers."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

import click

from courage.cases.decisions import REVIEWERS, STATES, Decisions
from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.errors import CourageError
from courage.people.people import People
from courage.people.views import PersonView

AS = click.option("--as", "name", default=None, help="Who does it, by name; default: the first admin.")
NUMBERS = click.argument("numbers", metavar="NUMBER...", type=int, nargs=-1, required=True)
_WORDS = {"not_hate": "not hate", "missed": "hate that screening missed"}


@click.group()
def feedback() -> None:
    """List, confirm, reject and export what people decided about texts."""


def _open() -> tuple[Decisions, People]:
    from courage.settings import load_settings
    from courage.wiring import open_decisions

    return open_decisions(load_settings())


def _reviewer(people: People, name: str | None, organisation_id: int) -> PersonView:
    person = (
        people.find(name, organisation_id)
        if name
        else next(iter(people.list(organisation_id, role="admin")), None)
    )
    if person is None:
        raise CourageError(
            f"there is no person named {name!r}; see `courage users list`" if name else "add an admin first"
        )
    if person.role not in REVIEWERS:
        raise CourageError(
            f"{person.name} is a {person.role}; only {' and '.join(REVIEWERS)} review decisions"
        )
    return person


@feedback.command(name="list")
@click.option(
    "--state", type=click.Choice(STATES), default="waiting", show_default=True, help="Only this state."
)
@click.option("--texts", is_flag=True, help="Show the texts too, where they are kept; who asked is noted.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@AS
@OF
def list_(state: str, texts: bool, as_json: bool, name: str | None, slug: str | None) -> None:
    """List decisions, the latest first; texts stay hidden unless asked for."""
    decisions, people = _open()
    number = organisation_of(slug)
    reader = _reviewer(people, name, number) if texts else None
    out, before = console(), None
    while found := decisions.list(number, state=state, limit=200, before=before):
        for d in found:
            text = decisions.show(d.id, reader.id) if reader is not None and d.text_kept else None
            if as_json:
                row = {**asdict(d), "decided_at": d.decided_at.isoformat()}
                row["reviewed_at"] = d.reviewed_at.isoformat() if d.reviewed_at else None
                say(json.dumps(row | ({"text": text} if texts else {}), ensure_ascii=True))
                continue
            kept = "" if d.text_kept else "  (text not kept any more)"
            line = f"{d.id:>5}  {_WORDS[d.decision]}  [{d.language}] case {d.case_id}, by {', '.join(d.people)}{kept}"
            out.print(line, markup=False)
            if text is not None:
                out.print(f"       {' '.join(text.split())}", markup=False)
        before = found[-1].id
    if before is None and not as_json:
        say(f"no decision is {state}")


@feedback.command()
@NUMBERS
@AS
@OF
def confirm(numbers: tuple[int, ...], name: str | None, slug: str | None) -> None:
    """Confirm decisions: they hold for good and join the next training."""
    decisions, people = _open()
    reviewer = _reviewer(people, name, organisation_of(slug))
    for number in numbers:
        say(f"decision {decisions.confirm(number, reviewer.id).id} is confirmed")


@feedback.command()
@NUMBERS
@AS
@OF
def reject(numbers: tuple[int, ...], name: str | None, slug: str | None) -> None:
    """Reject decisions: screening goes by its own judgement again."""
    decisions, people = _open()
    reviewer = _reviewer(people, name, organisation_of(slug))
    for number in numbers:
        say(f"decision {decisions.reject(number, reviewer.id).id} is rejected")


@feedback.command()
@click.argument("file", type=click.Path(path_type=Path))
@OF
def export(file: Path, slug: str | None) -> None:
    """Write confirmed decisions whose texts are kept to FILE, as seed lines for `courage train detection --feedback`."""
    from courage.detection.training.examples import HEADER, seed_line

    decisions, _ = _open()
    lines = [
        seed_line(text, decision == "missed")
        for text, decision in decisions.confirmed_texts(organisation_of(slug))
    ]
    try:
        # Only the owner may read it: these are people's messages.
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
        with open(descriptor, "w", encoding="utf-8", newline="\n") as out:
            out.writelines(f"{line}\n" for line in ["\t".join(HEADER), *lines])
    except OSError as error:
        raise CourageError(f"{file} cannot be written: {error.strerror}") from error
    say(
        f"{len(lines)} confirmed decisions written to {file}; they are people's messages: delete it after training"
    )
