"""What the desk says of a case's codes: its reasons in one line, and the titles of its card's buttons."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words
from courage.library.suggest import sayings
from courage.web.words import Words


def reasons_line(reasons: Sequence[CaseReason], words: Words, language: str) -> str:
    """Return why there is a case, in one line of the reader's language."""

    def say(code: str, **values: Any) -> str:
        return words.say(f"why.{code}", language, **values)

    def named(kind: str, code: str) -> str:
        # Within a line a category is not written as it is at the head of a table.
        return words.code("why_category" if kind == "category" else kind, code, language)

    return in_words(reasons, say, named)


def saying(text: str, words: Words, language: str) -> str:
    """Return what the recommender says in the reader's language."""

    def say(code: str, **values: Any) -> str:
        return words.say(f"saying.{code}", language, **values)

    return sayings.in_words(text, say, lambda kind, code: words.code(kind, code, language))


def title(button: Button, words: Words, language: str) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return words.code("button", button.key, language) if button.key else button.title
