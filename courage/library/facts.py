"""Facts that many responses use: one value, its year and where it is to be found, so that a new year is one edit.

A response shows a fact through a placeholder (:mod:`courage.library.placeholders`). Facts of the starter library stand
in ``responses/facts/*.yml``, an organisation's own in its database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from hashlib import blake2b
from json import dumps
from typing import Any, Final

from courage.library.drafts import ResponseDraft, SourceDraft, read_date
from courage.library.errors import DraftError
from courage.library.placeholders import facts_in, fill_facts
from courage.taxonomy import LANGUAGES

#: Kinds of sources, and after how many months at the latest somebody looks a fact up again.
SOURCE_KINDS: Final = {
    "statistics": 12,
    "survey": 12,
    "report": 12,
    "study": 12,
    "law": 24,
    "ruling": 24,
    "history": 36,
}
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_DIGITS: Final = re.compile(r"[\d٠-٩]")


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``value`` and ``expect`` are by language.

    ``value`` is what a text shows, ``locator`` the link or table where it stands, ``looked_up`` when somebody saw it
    there, ``due`` when somebody looks again. ``expect`` says what people will answer to it and how to meet that.
    """

    id: str
    value: Mapping[str, str]
    kind: str
    year: int
    publisher: str
    title: str
    locator: str
    looked_up: date
    due: date
    expect: Mapping[str, str] = field(default_factory=dict)

    def source(self) -> SourceDraft:
        """Return the fact's source as responses list theirs."""
        return SourceDraft(self.title, self.publisher, self.year, self.locator)

    def shows(self, part: str, language: str) -> str | None:
        """Return a part as a text in a language shows it, or ``None`` where the fact has no value in it."""
        if part == "value":
            return self.value.get(language)
        return str(getattr(self, part))

    def content(self) -> dict[str, Any]:
        """Return the fact as plain JSON values, its id left out."""
        return {
            "value": dict(self.value),
            "kind": self.kind,
            "year": self.year,
            "publisher": self.publisher,
            "title": self.title,
            "locator": self.locator,
            "looked_up": self.looked_up.isoformat(),
            "due": self.due.isoformat(),
            "expect": dict(self.expect),
        }

    def content_hash(self) -> str:
        """Return a short digest of the content."""
        canonical = dumps(self.content(), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return blake2b(canonical.encode(), digest_size=16).hexdigest()


def fact_from_mapping(data: Mapping[str, Any]) -> Fact:
    """Read a fact from a mapping such as a YAML entry, and check it.

    :raises DraftError: naming the field at fault and what is allowed.
    """
    allowed = [f.name for f in fields(Fact)]
    unknown = sorted(str(key) for key in data if key not in allowed)
    if unknown:
        raise DraftError(f"unknown field {unknown[0][:40]!r} of a fact; allowed are {', '.join(allowed)}")
    fact_id = data.get("id")
    if not isinstance(fact_id, str) or not _SLUG.fullmatch(fact_id):
        raise DraftError(f"the fact's id {str(fact_id)[:60]!r} is not valid; use a-z, 0-9, '_' and '-'")
    told = {}
    for name in ("publisher", "title", "locator"):
        told[name] = str(data.get(name) or "").strip()
        if not told[name]:
            meaning = "the link, or the number of the table or page" if name == "locator" else f"the {name}"
            raise DraftError(f"{name} is missing; name {meaning} of the source")
    kind = data.get("kind") or "statistics"
    if kind not in SOURCE_KINDS:
        raise DraftError(f"kind {str(kind)[:40]!r} is not known; allowed are {', '.join(SOURCE_KINDS)}")
    year = data.get("year")
    if isinstance(year, bool) or not str(year).isdigit() or not 1200 <= int(str(year)) <= 2200:
        raise DraftError(f"year {str(year)[:20]!r} is not a year; write the year that the value is of")
    looked_up = _day("looked_up", data.get("looked_up"))
    if looked_up is None:
        raise DraftError("looked_up is missing; write the day on which somebody saw the value, as YYYY-MM-DD")
    latest = later(looked_up, SOURCE_KINDS[kind])
    due = _day("due", data.get("due")) or latest
    if not looked_up < due <= latest:
        raise DraftError(
            f"due {due} must come after looked_up and at most {SOURCE_KINDS[kind]} months later for {kind}: by {latest}"
        )
    value = _by_language("value", data.get("value"))
    if not value:
        raise DraftError("value is missing; write it once, or once a language: {en: …, de: …}")
    expect = _by_language("expect", data.get("expect"))
    return Fact(fact_id, value, kind, int(str(year)), **told, looked_up=looked_up, due=due, expect=expect)


def is_figure(fact: Fact) -> bool:
    """Say whether a fact is a number, of which people will ask what it means."""
    return any(_DIGITS.search(value) for value in fact.value.values())


def left_behind(before: Fact | None, given: Iterable[str]) -> dict[str, str]:
    """Return, by language, the values of a fact that stay as they were where only the languages ``given`` get new ones."""
    got = set(given)
    return {} if before is None else {code: value for code, value in before.value.items() if code not in got}


def shown_in(fact_texts: str, facts: Mapping[str, Fact], language: str) -> str:
    """Return a text with its placeholders filled; what is not known stays as it is."""
    shown = {}
    for fact_id, part in facts_in(fact_texts):
        words = facts[fact_id].shows(part, language) if fact_id in facts else None
        if words is not None:
            shown[fact_id, part] = words
    return fill_facts(fact_texts, shown)


def render(draft: ResponseDraft, facts: Mapping[str, Fact]) -> ResponseDraft:
    """Return the draft as readers see it: placeholders filled, the facts' sources after its own.

    :raises DraftError: naming a fact that does not exist or has no value in the draft's language.
    """
    used = draft.fact_ids()
    if not used:
        return draft
    for fact_id in used:
        if fact_id not in facts:
            raise DraftError(f"there is no fact {fact_id!r}")
    for fact_id, part in facts_in(f"{draft.text} {draft.longer}"):
        if facts[fact_id].shows(part, draft.language) is None:
            raise DraftError(
                f"the fact {fact_id!r} has no value in {draft.language}; it has {', '.join(facts[fact_id].value)}"
            )
    return replace(
        draft,
        text=shown_in(draft.text, facts, draft.language),
        longer=shown_in(draft.longer, facts, draft.language),
        sources=(*draft.sources, *(facts[fact_id].source() for fact_id in used)),
        facts=(),
    )


def by_id(facts: Iterable[Fact]) -> dict[str, Fact]:
    """Return facts by their ids."""
    return {fact.id: fact for fact in facts}


def later(day: date, months: int) -> date:
    """Return the day so many months later; the last of a month stays within its month."""
    month = day.month - 1 + months
    year, month = day.year + month // 12, month % 12 + 1
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _day(name: str, value: Any) -> date | None:
    try:
        return read_date(value)
    except DraftError:
        raise DraftError(f"{name} {str(value)[:40]!r} is not a date; write it as YYYY-MM-DD") from None


def _by_language(name: str, value: Any) -> dict[str, str]:
    if value in (None, ""):
        return {}
    if not isinstance(value, Mapping):
        return dict.fromkeys(LANGUAGES, str(value).strip())
    for language, words in value.items():
        if language not in LANGUAGES:
            raise DraftError(
                f"{name} has the language {str(language)[:20]!r}; allowed are {', '.join(LANGUAGES)}"
            )
        if not str(words or "").strip():
            raise DraftError(f"{name} in {language} is empty")
    return {language: str(value[language]).strip() for language in LANGUAGES if language in value}
