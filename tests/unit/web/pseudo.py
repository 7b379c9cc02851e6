"""A language that nobody speaks: every text of the catalogues in brackets, to see which words come from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

from babel.messages.pofile import write_po

from courage.i18n.catalogue import FOLDER, Catalogue
from courage.i18n.check import forms_of, read

OPEN, CLOSE = "⟦", "⟧"
#: The language whose place it takes: pages have to be in one that people can choose.
SPOKEN: Final = "de"
_LETTERS: Final = re.compile(r"[^\W\d_]{2,}")
#: What browsers read out or show of an element besides its text.
_SHOWN: Final = frozenset({"title", "aria-label", "alt", "placeholder"})
_SILENT: Final = frozenset({"script", "style", "code", "kbd"})
_VOID: Final = frozenset({"img", "br", "input", "meta", "link", "hr"})


def pseudo_catalogue(folder: Path) -> Catalogue:
    """Write the catalogues of English as it is and of the language of brackets; return both."""
    english = read(FOLDER)["en"]
    for language in ("en", SPOKEN):
        path = folder / language / "LC_MESSAGES" / "courage.po"
        path.parent.mkdir(parents=True)
        with path.open("wb") as file:
            write_po(file, english)
        for message in english:
            if not message.id:
                continue
            forms = tuple(f"{OPEN}{form}{CLOSE}" for form in forms_of(message))
            message.string = forms if message.pluralizable else forms[0]
    return Catalogue(folder)


def strangers(page: str, *known: str) -> list[str]:
    """Return the words of a page that are in no brackets and are nothing that people or the library said.

    :param known: names and texts that people gave; what an element says is in another language (``lang``) is theirs too.
    """
    reader = _Reader()
    reader.feed(page)
    names = sorted(known, key=len, reverse=True)
    found = []
    for text in reader.said:
        rest = " ".join(_outside(text).split())
        if _LETTERS.search(rest):
            for name in names:
                rest = rest.replace(name, " ")
        if _LETTERS.search(rest):
            found.append(" ".join(rest.split()))
    return found


def _outside(text: str) -> str:
    """Return what of a text stands in no brackets; brackets may stand in brackets."""
    depth, kept = 0, []
    for character in text:
        depth += character == OPEN
        if not depth:
            kept.append(character)
        depth -= character == CLOSE
    return "".join(kept)


class _Reader(HTMLParser):
    """Collects what a page says: its texts, and the attributes that are shown or read out."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = tag in _SILENT or (given.get("lang") or SPOKEN) != SPOKEN or "data-said-by" in given
        if tag not in _VOID:
            self._open.append((tag, silent))
        if not self._quiet() and not silent:
            self.said += list(_attributes(given))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._quiet():
            self.said.append(data)

    def _quiet(self) -> bool:
        return any(silent for _, silent in self._open)


def _attributes(given: dict[str, str | None]) -> Iterator[str]:
    for name, value in given.items():
        # Scripts read their sentences from data attributes; codes and numbers there have no blanks.
        if value and (name in _SHOWN or (name.startswith("data-") and " " in value.strip())):
            yield value
