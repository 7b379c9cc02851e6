"""A response is found by the narratives that it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule

MIN_NARRATIVES: Final = 3


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Warn where there are few; general responses and those of other kinds are found by what they are for."""
    if draft.general or draft.kind != "counter_narrative":
        return
    if len(draft.narratives) < MIN_NARRATIVES:
        said = f"{len(draft.narratives)} narratives; with {MIN_NARRATIVES} it is found better"
        yield Issue("warning", "few_narratives", said)


RULE = Rule(("few_narratives",), check)
