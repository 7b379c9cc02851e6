"""A response whose date of review has passed is looked at before it is approved again."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Compare the date of review with today; the day itself is not too late."""
    if draft.review_on is not None and draft.review_on < context.today:
        said = f"was due for review on {draft.review_on}; check it and set a new date"
        yield Issue("error", "expired", said)


RULE = Rule(("expired",), check)
