"""Editorial rule 1: short first; who wants more finds it in the longer version."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import LONG_MAX, ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Compare text and longer version; how many texts are brief is a matter of the whole library."""
    if draft.longer and len(draft.longer) <= len(draft.text):
        yield Issue("error", "longer_is_shorter", "the longer version is no longer than the text")
    if len(draft.longer) > LONG_MAX:
        said = f"the longer version has {len(draft.longer)} characters; at most {LONG_MAX} are allowed"
        yield Issue("error", "longer_too_long", said)


RULE = Rule(("longer_is_shorter", "longer_too_long"), check, editorial=1)
