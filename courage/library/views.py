"""Read-only pictures of library rows that outlive their session and cross threads safely."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from courage.db.models.library import Response, unpack_targets
from courage.library.drafts import ResponseDraft, SourceDraft
from courage.library.placeholders import facts_in


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something: a person's id (``None`` for the project's own seeds) and name to show."""

    id: int | None
    name: str


SEED_AUTHORS = Actor(None, "Courage authors")


@dataclass(frozen=True, slots=True)
class ResponseView:
    """A response as it was when read. Hand ``lock`` back when editing, so that no other change is overwritten.

    ``text`` and ``longer`` are as readers see them; :attr:`written` has placeholders where the text shows facts, and
    ``sources`` end with those of its facts.
    """

    id: str
    organisation_id: int
    state: str
    scope: str
    version: int
    lock: int
    text: str
    language: str
    targets: tuple[str, ...]
    strategy: str
    tone: str
    voice: str
    length: str
    narratives: tuple[str, ...]
    sources: tuple[SourceDraft, ...]
    review_on: date | None
    licence: str
    translation_of: str | None
    author_id: int | None
    author_name: str
    origin: str
    created_at: datetime
    changed_at: datetime
    changed_by_name: str
    number: int
    content_hash: str
    kind: str = "counter_narrative"
    general: bool = False
    needs: tuple[str, ...] = ()
    for_role: str = ""
    longer: str = ""
    subgroups: tuple[str, ...] = ()
    dialect: str = ""
    facts: tuple[str, ...] = ()
    wording: str = ""
    longer_wording: str = ""
    #: While a new version is under review: the approved one that stays in use.
    in_use_version: int | None = None

    @property
    def written(self) -> str:
        """The text as it was written, with placeholders where it shows facts."""
        return self.wording or self.text

    def draft(self) -> ResponseDraft:
        """Return the content as a draft, to be changed and saved again."""
        shown = {fact for fact, _ in facts_in(f"{self.written} {self.longer_wording}")}
        return ResponseDraft(
            text=self.written,
            language=self.language,
            strategy=self.strategy,
            targets=self.targets,
            tone=self.tone,
            voice=self.voice,
            narratives=self.narratives,
            sources=tuple(source for source in self.sources if not source.fact_id),
            review_on=self.review_on,
            id=self.id,
            author=self.author_name,
            licence=self.licence,
            length=self.length,
            translation_of=self.translation_of,
            kind=self.kind,
            general=self.general,
            needs=self.needs,
            for_role=self.for_role,
            longer=self.longer_wording if self.wording else self.longer,
            subgroups=self.subgroups,
            dialect=self.dialect,
            facts=tuple(fact for fact in self.facts if fact not in shown),
        )

    def content(self) -> dict[str, Any]:
        """Return the versioned content as plain JSON values."""
        return self.draft().content()


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a response's history; ``step`` is ``version``, ``comment`` or a step of review."""

    at: datetime
    person_id: int | None
    person_name: str
    step: str
    version: int
    why: str


def view(row: Response) -> ResponseView:
    """Take the picture of a row with its narratives and sources."""
    return ResponseView(
        id=row.id,
        organisation_id=row.organisation_id,
        state=row.state,
        scope=row.scope,
        version=row.version,
        lock=row.lock,
        text=row.text,
        language=row.language,
        targets=row.targets,
        strategy=row.strategy,
        tone=row.tone,
        voice=row.voice,
        length=row.length,
        narratives=tuple(narrative.text for narrative in row.narratives),
        sources=tuple(SourceDraft(s.title, s.publisher, s.year, s.locator, s.fact_id) for s in row.sources),
        review_on=row.review_on,
        licence=row.licence,
        translation_of=row.translation_of,
        author_id=row.author_id,
        author_name=row.author_name,
        origin=row.origin,
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by_name=row.changed_by_name,
        number=row.number,
        content_hash=row.content_hash,
        kind=row.kind,
        general=row.general,
        needs=unpack_targets(row.needs_key),
        for_role=row.for_role,
        longer=row.longer,
        subgroups=unpack_targets(row.subgroups_key),
        dialect=row.dialect,
        facts=unpack_targets(row.facts_key),
        wording=row.wording,
        longer_wording=row.longer_wording,
        in_use_version=row.in_use_version,
    )
