"""``courage people``: what is kept about one person, given out and erased at their wish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from courage.cli.terminal import say
from courage.cli.whose import OF, account_of, organisation_of, person_named
from courage.errors import CourageError

_AUTHOR = click.option(
    "--author",
    default=None,
    metavar="CHANNEL:ID",
    help="Somebody who wrote in a group room, by their account.",
)
_PERSON = click.option("--person", default=None, metavar="NAME", help="Somebody of the desk, by name.")
_STAYS: Final = "what they did stays, with a number in place of the name"


@click.group()
def people() -> None:
    """Deal with what is kept about people."""


@people.group()
def data() -> None:
    """Show, give out and erase what is kept about one person: an author of messages, or somebody of the desk."""


@data.command()
@_AUTHOR
@_PERSON
@OF
def show(author: str | None, person: str | None, slug: str | None) -> None:
    """Say how much is kept, and what an erasure would take away; nothing is changed."""
    _say(_Subject(author, person, slug).counts())


@data.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_AUTHOR
@_PERSON
@OF
def export(file: Path, author: str | None, person: str | None, slug: str | None) -> None:
    """Write all that is kept about a person into a JSON file; the log says that it was."""
    if file.exists():
        raise CourageError(f"{file} is there already; name another file")
    record = _Subject(author, person, slug).record()
    file.write_text(json.dumps(record, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    say(f"written to {file}; give it to nobody but the person")


@data.command()
@_AUTHOR
@_PERSON
@click.option("--yes", "sure", is_flag=True, help="Do not ask.")
@OF
def erase(author: str | None, person: str | None, sure: bool, slug: str | None) -> None:
    """Erase a person for good; backups that are restored later lose them too."""
    subject = _Subject(author, person, slug)
    _say(subject.counts())
    if not sure and click.prompt(f"Type {subject.name} to erase this for good", default="") != subject.name:
        raise CourageError("nothing was erased")
    subject.erase()
    say(
        f"{subject.name} is erased; what was said in chats, and files that were made before, are not in reach"
    )


class _Subject:
    """Whom a command is about."""

    def __init__(self, author: str | None, person: str | None, slug: str | None) -> None:
        from courage.settings import load_settings
        from courage.wiring import open_person_data

        if (author is None) == (person is None):
            raise CourageError("say whom: --author CHANNEL:ID or --person NAME")
        self._data, known = open_person_data(load_settings())
        self._organisation = organisation_of(slug)
        self.name = author or person or ""
        self._account = None if author is None else account_of(author)
        self._person = 0 if person is None else person_named(known, person, self._organisation).id

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """Return what goes and what stays."""
        if self._account is not None:
            return self._data.of_author(self._organisation, *self._account), {}
        found = self._data.of_staff(self._organisation, self._person)
        return dict(found.go), dict(found.stay)

    def record(self) -> dict[str, Any]:
        """Return all that is kept."""
        if self._account is not None:
            return self._data.export_author(self._organisation, *self._account, None)
        return self._data.export_staff(self._organisation, self._person, None)

    def erase(self) -> None:
        """Erase it."""
        if self._account is not None:
            self._data.erase_author(self._organisation, *self._account, None)
        else:
            self._data.erase_staff(self._organisation, self._person, None)


def _say(counts: tuple[dict[str, int], dict[str, int]]) -> None:
    go, stay = counts
    say("goes: " + (", ".join(f"{count} {what}" for what, count in go.items() if count) or "nothing"))
    if stay:
        say(f"stays ({_STAYS}): " + ", ".join(f"{count} {what}" for what, count in stay.items()))
