"""A response is in the language that it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule
from courage.taxonomy import LANGUAGES

SURE_LENGTH: Final = 80  # characters from which the language can be told with confidence


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Tell the language; of a short text it is only a warning."""
    found = context.identify(draft.text)
    if found in LANGUAGES and found != draft.language:
        said = f"it says {draft.language}, but the text reads as {found}"
        yield Issue("error" if len(draft.text) >= SURE_LENGTH else "warning", "wrong_language", said)


RULE = Rule(("wrong_language",), check)
