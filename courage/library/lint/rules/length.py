"""A response can be read in a chat."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import LONG_MAX, SHORT_MAX, ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Compare the text with the most characters that its length allows."""
    most = LONG_MAX if draft.length == "long" else SHORT_MAX
    if len(draft.text) > most:
        said = f"{len(draft.text)} characters; a {draft.length or 'short'} one has at most {most}"
        yield Issue("error", "too_long", said)


RULE = Rule(("too_long",), check)
