"""A response does not shout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule
from courage.library.lint.words import WORD

SHOUTED_MARKS: Final = re.compile(r"[!?؟]{3,}|!{2,}")
LOUD_LENGTH: Final = 4  # shorter words in capitals are abbreviations: EU, UN, NGO


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find capitals and strings of exclamation marks."""
    words = [word for word in WORD.findall(draft.text) if len(word) >= LOUD_LENGTH]
    loud = [word for word in words if word.isupper()]
    if len(loud) >= 3 or (len(loud) == 2 and len(words) <= 8):
        yield Issue("error", "shouting", f"shouts: {loud[0]} {loud[1]}")
    elif SHOUTED_MARKS.search(draft.text):
        yield Issue("error", "shouting", "shouts: use one exclamation or question mark at most")


RULE = Rule(("shouting",), check)
