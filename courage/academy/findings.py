"""What is wrong with something that was written: an English line for programs and terminals, a code for other readers."""

from __future__ import annotations

from typing import Any, Final

from courage.i18n.catalogue import DEFAULT, Catalogue

#: Findings that only have their English line, such as those of the form's own library.
OTHER: Final = "other"


class Finding(str):
    """One line, ``PLACE: what is wrong``, that knows its code (``finding.CODE`` of the catalogues) and values."""

    code: str
    place: str
    values: dict[str, Any]

    __slots__ = ("code", "place", "values")

    def __new__(cls, says: str, code: str = OTHER, place: str = "", **values: Any) -> Finding:
        """Return a finding.

        :param says: what is wrong and what is allowed, in English.
        :param place: where, as people write it: ``scenes.start.branches[2].if``; empty for the whole.
        """
        found = super().__new__(cls, f"{place}: {says}" if place else says)
        found.code, found.place, found.values = code, place, values
        return found

    def said(self, words: Catalogue, language: str) -> str:
        """Return what is wrong, without the place, in a reader's language; English where there is no sentence."""
        key = f"finding.{self.code}"
        if language == DEFAULT or not words.knows(key):
            return str(self).removeprefix(f"{self.place}: ")
        return words.say(key, language, **self.values)
