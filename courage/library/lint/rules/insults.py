"""A response insults nobody: it would persuade nobody."""

from __future__ import annotations

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule
from courage.library.lint.words import INSULTS, WORD


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Find the first insult in the response's language."""
    for word in WORD.findall(draft.text.casefold()):
        if word in INSULTS.get(draft.language, frozenset()):
            yield Issue("error", "insult", f"insults: {word!r}")
            return


RULE = Rule(("insult",), check)
