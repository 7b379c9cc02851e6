"""Checks of a response before people approve it, and of the whole library now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from courage.detection.verdict import Verdict
from courage.library import lint_rules as rules
from courage.library.drafts import LONG_MAX, SHORT_MAX, ResponseDraft, text_hash
from courage.library.search.index import LibraryIndex
from courage.taxonomy import LANGUAGES

NEAR_COPY: Final = 0.95
MIN_NARRATIVES: Final = 3
SURE_LENGTH: Final = 80  # characters from which the language can be told with confidence
CODES: Final = (
    "hateful",
    "insult",
    "shouting",
    "personal_data",
    "bad_source",
    "no_source",
    "unsourced_number",
    "too_long",
    "near_copy",
    "same_text",
    "wrong_language",
    "expired",
    "few_narratives",
)


@dataclass(frozen=True, slots=True)
class Issue:
    """Something to mend (``level`` ``error``: stands in the way of approval) or to think about (``warning``)."""

    level: str
    code: str
    message: str


class Linter:
    """Runs all checks on a draft.

    :param verdict: screens a text (or none: that check is left out).
    :param index: finds near copies (or none).
    :param identify: tells the language of a text; by default the detector's own.
    """

    def __init__(
        self,
        verdict: Callable[[str], Verdict] | None = None,
        index: LibraryIndex | None = None,
        *,
        identify: Callable[[str], str] | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        self._verdict = verdict
        self._index = index
        self._identify = identify or _identify
        self._today = today

    def check(
        self, draft: ResponseDraft, *, organisation_id: int = 1, number: int | None = None
    ) -> tuple[Issue, ...]:
        """Return all issues, errors first. ``number`` is the response's own, so that it is no copy of itself."""
        issues = [
            *self._hate(draft),
            *insults(draft),
            *shouting(draft.text),
            *personal_data(draft.text),
            *sources(draft, self._today()),
            *facts(draft),
            *length(draft),
            *self._language(draft),
            *self._age(draft),
            *self._copies(draft, organisation_id, number),
        ]
        if 0 < len(draft.narratives) < MIN_NARRATIVES or not draft.narratives:
            issues.append(
                Issue(
                    "warning",
                    "few_narratives",
                    f"{len(draft.narratives)} narratives; with {MIN_NARRATIVES} it is found better",
                )
            )
        return tuple(sorted(issues, key=lambda issue: issue.level != "error"))

    def _hate(self, draft: ResponseDraft) -> Iterator[Issue]:
        if self._verdict is not None:
            verdict = self._verdict(draft.text)
            if verdict.hateful:
                yield Issue(
                    "error",
                    "hateful",
                    f"our own detector reads it as {verdict.category.replace('_', ' ')}; reword it",
                )

    def _language(self, draft: ResponseDraft) -> Iterator[Issue]:
        found = self._identify(draft.text)
        if found in LANGUAGES and found != draft.language:
            level = "error" if len(draft.text) >= SURE_LENGTH else "warning"
            yield Issue(level, "wrong_language", f"it says {draft.language}, but the text reads as {found}")

    def _age(self, draft: ResponseDraft) -> Iterator[Issue]:
        if draft.review_on is not None and draft.review_on < self._today():
            yield Issue(
                "error", "expired", f"was due for review on {draft.review_on}; check it and set a new date"
            )

    def _copies(self, draft: ResponseDraft, organisation_id: int, number: int | None) -> Iterator[Issue]:
        if self._index is None:
            return
        same = self._index.same_text(text_hash(draft.text), organisation_id, number)
        if same is not None:
            yield Issue("error", "same_text", f"{same} says the same word for word")
            return
        for other, cosine in self._index.near_copies(
            draft.text, draft.language, organisation_id, number, NEAR_COPY
        ):
            yield Issue("error", "near_copy", f"{other} says nearly the same (likeness {cosine:.2f})")
            return


def insults(draft: ResponseDraft) -> Iterator[Issue]:
    """Find insults in the response's language."""
    for word in rules.WORD.findall(draft.text.casefold()):
        if word in rules.INSULTS.get(draft.language, frozenset()):
            yield Issue("error", "insult", f"insults: {word!r}")
            return


def shouting(text: str) -> Iterator[Issue]:
    """Find capitals and strings of exclamation marks."""
    words = [word for word in rules.WORD.findall(text) if len(word) >= 4]
    loud = [word for word in words if word.isupper()]
    if len(loud) >= 3 or (len(loud) == 2 and len(words) <= 8):
        yield Issue("error", "shouting", f"shouts: {loud[0]} {loud[1]}")
    elif rules.SHOUTED_MARKS.search(text):
        yield Issue("error", "shouting", "shouts: use one exclamation or question mark at most")


def personal_data(text: str) -> Iterator[Issue]:
    """Find addresses, numbers and names by which a person could be reached or known."""
    for pattern, name in (
        (rules.EMAIL, "an e-mail address"),
        (rules.IBAN, "an account number"),
        (rules.PHONE, "a telephone number"),
        (rules.HANDLE, "an account name"),
    ):
        if pattern.search(text):
            yield Issue("error", "personal_data", f"holds {name}; leave it out")
            return


def sources(draft: ResponseDraft, today: date) -> Iterator[Issue]:
    """Check that sources name title, publisher and a possible year."""
    for place, source in enumerate(draft.sources, start=1):
        if len(source.title) < 4:
            yield Issue("error", "bad_source", f"source {place} has no proper title")
        elif not source.publisher:
            yield Issue("error", "bad_source", f"source {place} names no publisher")
        elif source.year is None:
            yield Issue("error", "bad_source", f"source {place} names no year")
        elif not 1500 <= source.year <= today.year + 1:
            yield Issue("error", "bad_source", f"source {place} has the impossible year {source.year}")


def facts(draft: ResponseDraft) -> Iterator[Issue]:
    """Find narratives of fact that name no source."""
    if draft.sources:
        return
    pattern = rules.FACTS.get(draft.language)
    found = rules.SHARE.search(draft.text) or (pattern.search(draft.text) if pattern else None)
    if found:
        yield Issue("error", "no_source", f"states a fact ({found.group().strip()[:40]!r}) without a source")
    elif draft.strategy == "facts":
        yield Issue("error", "no_source", "the strategy facts needs a source")
    elif (number := rules.NUMBER.search(draft.text)) is not None:
        yield Issue("warning", "unsourced_number", f"names the number {number.group()!r} without a source")


def length(draft: ResponseDraft) -> Iterator[Issue]:
    """Check that it can be read in a chat."""
    most = LONG_MAX if draft.length == "long" else SHORT_MAX
    if len(draft.text) > most:
        yield Issue(
            "error",
            "too_long",
            f"{len(draft.text)} characters; a {draft.length or 'short'} one has at most {most}",
        )


def _identify(text: str) -> str:
    from courage.detection.text.language import identify  # loads its models at first use

    result: Any = identify(text)
    return str(result)
