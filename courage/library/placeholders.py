"""What stands in for something else in a response's text: facts of the facts file, and gaps that a person fills.

``{fact:unhcr-displaced}`` becomes the fact's value, ``{fact:unhcr-displaced.year}`` its year. ``[your own example]``
is a gap: no reply is posted while one is left.
"""

from __future__ import annotations

import re
from typing import Final

#: A gap that the person who posts has to fill: a few words in square brackets, no link.
GAP: Final = re.compile(r"\[(?=[^\[\]\n]*[^\W\d_])[^\[\]\n]{3,60}\](?!\()")
#: The parts of a fact that a text may show.
FACT_PARTS: Final = ("value", "year", "publisher", "title")
_FACT: Final = re.compile(r"\{fact:([^{}\s.]{1,80})(?:\.([a-z_]{1,20}))?\}")


def facts_in(text: str) -> tuple[tuple[str, str], ...]:
    """Return (fact id, part) of every placeholder in reading order; the part of ``{fact:id}`` is ``value``."""
    return tuple((found.group(1), found.group(2) or "value") for found in _FACT.finditer(text))


def without_facts(text: str) -> str:
    """Return the text with a word in place of each fact, for checks that look for figures written out."""
    return _FACT.sub("FACT", text)


def gaps_in(text: str) -> tuple[str, ...]:
    """Return the gaps that are left to fill, brackets included."""
    return tuple(GAP.findall(text))


def fill_facts(text: str, shown: dict[tuple[str, str], str]) -> str:
    """Return the text with each placeholder replaced by ``shown[id, part]``; an unknown one stays as it is."""
    return _FACT.sub(
        lambda found: shown.get((found.group(1), found.group(2) or "value"), found.group()), text
    )
