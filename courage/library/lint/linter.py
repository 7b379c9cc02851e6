"""Runs all rules on a draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from courage.detection.verdict import Verdict
from courage.library.drafts import ResponseDraft
from courage.library.errors import DraftError
from courage.library.facts import Fact, render
from courage.library.lint.registry import find_rules
from courage.library.lint.rule import Context, Issue, Rule
from courage.library.search.index import LibraryIndex


class Linter:
    """Runs all checks on a draft.

    :param verdict: screens a text (or none: that check is left out).
    :param index: finds near copies (or none).
    :param identify: tells the language of a text; by default the detector's own.
    :param rules: the checks; by default every rule that the registry finds.
    :param facts: the facts of an organisation by id.
    """

    def __init__(
        self,
        verdict: Callable[[str], Verdict] | None = None,
        index: LibraryIndex | None = None,
        *,
        identify: Callable[[str], str] | None = None,
        today: Callable[[], date] = date.today,
        rules: Sequence[Rule] | None = None,
        facts: Callable[[int], Mapping[str, Fact]] | None = None,
    ) -> None:
        self._verdict = verdict
        self._index = index
        self._identify = identify or _identify
        self._today = today
        self._rules = tuple(find_rules() if rules is None else rules)
        self._facts = facts or (lambda organisation_id: {})

    def check(
        self, draft: ResponseDraft, *, organisation_id: int = 1, number: int | None = None
    ) -> tuple[Issue, ...]:
        """Return all issues, errors first. ``number`` is the response's own, so that it is no copy of itself."""
        facts = self._facts(organisation_id)
        context = Context(
            self._today(),
            self._identify,
            self._verdict,
            self._index,
            organisation_id,
            number,
            written=draft,
            facts=facts,
        )
        try:
            shown = render(draft, facts)
        except DraftError:
            shown = draft  # the rule on figures says which fact is missing
        issues = [
            replace(issue, editorial=rule.editorial)
            for rule in self._rules
            for issue in rule.check(shown, context)
        ]
        return tuple(sorted(issues, key=lambda issue: issue.level != "error"))


def _identify(text: str) -> str:
    from courage.detection.text.language import identify  # loads its models at first use

    return str(identify(text))
