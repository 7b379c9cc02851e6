"""Our own detector must not read a response as hate."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Screen the text, where there is a detector."""
    verdict = context.verdict(draft.text) if context.verdict is not None else None
    if verdict is not None and verdict.hateful:
        category = verdict.category.replace("_", " ")
        yield Issue("error", "hateful", f"our own detector reads it as {category}; reword it")


RULE = Rule(("hateful",), check)
