"""A source can be looked up: it has a title, a publisher and a possible year."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, context: Context) -> Iterator[Issue]:
    """Check each source; the first thing wrong with it is told."""
    for place, source in enumerate(draft.sources, start=1):
        if len(source.title) < 4:
            yield Issue("error", "bad_source", f"source {place} has no proper title")
        elif not source.publisher:
            yield Issue("error", "bad_source", f"source {place} names no publisher")
        elif source.year is None:
            yield Issue("error", "bad_source", f"source {place} names no year")
        elif not 1500 <= source.year <= context.today.year + 1:
            yield Issue("error", "bad_source", f"source {place} has the impossible year {source.year}")


RULE = Rule(("bad_source",), check)
