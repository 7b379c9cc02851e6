"""The library does not hold the same response twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft, text_hash
from courage.library.lint.rule import Context, Issue, Rule

NEAR_COPY: Final = 0.95  # cosine from which two texts say the same


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Find another response that says the same word for word, or nearly; needs the index."""
    if context.index is None:
        return
    same = context.index.same_text(text_hash(draft.text), context.organisation_id, context.number)
    if same is not None:
        yield Issue("error", "same_text", f"{same} says the same word for word")
        return
    for other, cosine in context.index.near_copies(
        draft.text, draft.language, context.organisation_id, context.number, NEAR_COPY
    ):
        yield Issue("error", "near_copy", f"{other} says nearly the same (likeness {cosine:.2f})")
        return


RULE = Rule(("same_text", "near_copy"), check)
