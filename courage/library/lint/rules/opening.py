"""Editorial rule 7: never open with the narrative; what is repeated first is what stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule

_QUOTE: Final = re.compile(r"""\s*["'“”„«»‘‚](?!\w{0,2}['’])""")
_WORD: Final = re.compile(r"[^\W\d_]{3,}")
_FIRST: Final = re.compile(r"[.!?؟:…–—]|\s-\s")
SHARE: Final = 0.6  # of a narrative's words
LEAST: Final = 3  # words of a narrative that a comparison needs


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find a quotation at the beginning, and a first sentence that is most of a narrative listed."""
    if _QUOTE.match(draft.text):
        yield Issue("warning", "opens_with_narrative", "opens with a quotation; say your own words first")
        return
    first = set(_WORD.findall(_FIRST.split(draft.text.strip(), 1)[0].casefold()))
    for narrative in draft.narratives:
        words = set(_WORD.findall(narrative.casefold()))
        if len(words) >= LEAST and len(words & first) >= SHARE * len(words):
            said = f"opens with the narrative {narrative[:60]!r}; say your own words first"
            yield Issue("warning", "opens_with_narrative", said)
            return


RULE = Rule(("opens_with_narrative",), check, editorial=7)
