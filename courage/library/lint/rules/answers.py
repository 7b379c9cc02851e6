"""Editorial rule 5: a narrative is listed only where the text answers it; a text for many says ``general: true``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule

MOST: Final = 12  # wordings; who lists more has more than one narrative in mind
ANSWERING: Final = ("counter_narrative", "check_before_sharing")


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Compare what a response says it is for with the narratives that it lists; what it answers, people judge."""
    if draft.general and draft.narratives:
        said = "is general and lists narratives; list none, or leave 'general' out and keep those that it answers"
        yield Issue("warning", "general_with_narratives", said)
    if not draft.general and not draft.narratives and draft.kind == "counter_narrative":
        said = "lists no narrative that it answers; if it fits many messages, say 'general: true'"
        yield Issue("warning", "answers_nothing", said)
    if draft.narratives and draft.kind not in ANSWERING:
        said = (
            f"is of the kind {draft.kind} and lists narratives, which only {' and '.join(ANSWERING)} answer"
        )
        yield Issue("warning", "kind_with_narratives", said)
    if len(draft.narratives) > MOST:
        said = (
            f"lists {len(draft.narratives)} narratives; keep at most {MOST}, each of which the text answers"
        )
        yield Issue("warning", "many_narratives", said)


RULE = Rule(
    ("general_with_narratives", "answers_nothing", "kind_with_narratives", "many_narratives"),
    check,
    editorial=5,
)
