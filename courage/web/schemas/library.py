"""Responses of the library, remarks on them, and what importing a file did."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import Field

from courage.library.exchange.import_job import OUTCOMES
from courage.taxonomy import (
    LANGUAGES,
    LENGTHS,
    RESPONSE_KINDS,
    ROLES_ADDRESSED,
    SCOPES,
    SITUATIONS,
    STATES,
    STRATEGIES,
    SUBGROUPS,
    TARGET_GROUPS,
    TONES,
    VOICES,
)
from courage.web.schemas.base import NOT_BLANK, Answer, Day, OneOf, Query, Request, Time, Whole, one_of_known

FORMATS: Final = ("csv", "jsonl", "yaml")

Language = Annotated[str, OneOf(LANGUAGES)]
Strategy = Annotated[str, OneOf(STRATEGIES)]
Target = Annotated[str, OneOf(TARGET_GROUPS)]
Tone = Annotated[str, OneOf(TONES)]
Voice = Annotated[str, OneOf(VOICES)]
Content = Annotated[str, Field(max_length=4000, pattern=NOT_BLANK)]
Narrative = Annotated[str, Field(max_length=500)]
Licence = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(max_length=119)]
ReviewDay = Annotated[str, Field(max_length=10, description="YYYY-MM-DD")]
Kind = Annotated[str, OneOf(RESPONSE_KINDS)]
Situation = Annotated[str, OneOf(SITUATIONS)]
RoleAddressed = Annotated[str, OneOf(("", *ROLES_ADDRESSED))]
Subgroup = Annotated[str, OneOf(tuple(SUBGROUPS))]
Longer = Annotated[str, Field(max_length=4000)]
FactId = Annotated[str, Field(max_length=80)]
Why = Annotated[str, Field(max_length=2000, description="kept in the history")]


class LibraryQuery(Query):
    """Which responses to list."""

    q: Annotated[str, Field(max_length=1000)] = Field(
        "", description="every word must occur in text, narratives or id"
    )
    state: Annotated[str, OneOf(STATES)] | None = None
    language: Language | None = None
    target: Target | None = None
    strategy: Strategy | None = None
    limit: Annotated[int, Whole(1, 200, text=True)] = 50
    offset: Annotated[int, Whole(text=True)] = 0


class ExportQuery(Query):
    """How to write the library."""

    format: Annotated[str, OneOf(FORMATS)] = "jsonl"


class ImportQuery(Query):
    """How to read the file, and whether to import it."""

    format: Annotated[str, OneOf(FORMATS)]
    apply: Annotated[str, OneOf(("yes", "no"))] = Field(
        "no", description="yes: import; no: only say what would happen"
    )


class SourceRequest(Request):
    """Where a fact comes from."""

    title: Annotated[str, Field(max_length=500, pattern=NOT_BLANK)]
    publisher: Annotated[str, Field(max_length=500)] | None = None
    year: Annotated[int, Whole(high=9999)] | None = None
    locator: Annotated[str, Field(max_length=500)] | None = None


class AddRequest(Request):
    """A new response; it becomes a draft."""

    text: Content
    language: Language
    strategy: Strategy
    targets: list[Target] | None = None
    tone: Tone | None = None
    voice: Voice | None = None
    narratives: list[Narrative] | None = None
    sources: list[SourceRequest] | None = None
    review_on: ReviewDay | None = None
    licence: Licence | None = None
    translation_of: Id | None = None
    kind: Kind | None = None
    general: bool | None = Field(None, description="fits many messages and lists no narratives")
    needs: list[Situation] | None = Field(None, description="what has to be so before it is offered")
    for_role: RoleAddressed | None = Field(None, description="the only role that it is meant for; empty: all")
    longer: Longer | None = None
    subgroups: list[Subgroup] | None = None
    dialect: Annotated[str, Field(max_length=16)] | None = None
    facts: list[FactId] | None = Field(None, description="facts that it rests on besides those that it shows")
    id: Id | None = None
    why: Why | None = None

    def content(self) -> dict[str, Any]:
        """Return the fields of the response that were given."""
        return self.model_dump(exclude_unset=True, exclude={"why"})


class EditRequest(Request):
    """Fields of a response to change; those left out stay as they are."""

    # Made by a factory: a default would stand in the description, and an empty text is none of the values allowed.

    text: Content = Field(default_factory=str)
    language: Language = Field(default_factory=str)
    strategy: Strategy = Field(default_factory=str)
    targets: list[Target] | None = None
    tone: Tone = Field(default_factory=str)
    voice: Voice = Field(default_factory=str)
    narratives: list[Narrative] | None = None
    sources: list[SourceRequest] | None = None
    review_on: ReviewDay | None = None
    licence: Licence = Field(default_factory=str)
    translation_of: Id | None = None
    kind: Kind = Field(default_factory=str)
    general: bool = Field(default_factory=bool)
    needs: list[Situation] | None = None
    for_role: RoleAddressed = Field(default_factory=str)
    longer: Longer = Field(default_factory=str)
    subgroups: list[Subgroup] | None = None
    dialect: Annotated[str, Field(max_length=16)] = Field(default_factory=str)
    facts: list[FactId] | None = None
    lock: Annotated[int, Whole()] = Field(description="the lock of the response that was read")
    why: Why | None = None

    def changes(self) -> dict[str, Any]:
        """Return the fields of the response that were given."""
        return self.model_dump(exclude_unset=True, exclude={"why", "lock"})


class StepRequest(Request):
    """Why somebody takes a step of review."""

    why: Why | None = None


class RejectRequest(Request):
    """Why a response goes back to its author."""

    why: Why


class ApproveRequest(Request):
    """Approval of what was read."""

    lock: Annotated[int, Whole()] | None = Field(None, description="refuse if the response changed since")
    why: Why | None = None


class RestoreRequest(Request):
    """Which version to bring back; a retired response as it was if left out."""

    version: Annotated[int, Whole(1)] | None = None
    why: Why | None = None


class CommentRequest(Request):
    """A remark."""

    text: Content


class Source(Answer):
    """Where a fact comes from."""

    title: str
    publisher: str = ""
    year: int | None = None
    locator: str = ""


class Response(Answer):
    """An entry of the library; hand ``lock`` back when editing."""

    id: str
    organisation_id: int
    state: Annotated[str, one_of_known(STATES)]
    scope: Annotated[str, one_of_known(SCOPES)]
    version: int
    lock: int
    text: str
    language: Annotated[str, one_of_known(LANGUAGES)]
    targets: list[Annotated[str, one_of_known(TARGET_GROUPS)]]
    strategy: Annotated[str, one_of_known(STRATEGIES)]
    tone: Annotated[str, one_of_known(TONES)]
    voice: Annotated[str, one_of_known(VOICES)]
    length: Annotated[str, one_of_known(LENGTHS)]
    narratives: list[str]
    sources: list[Source]
    review_on: Day | None
    licence: str
    translation_of: str | None
    kind: Annotated[str, one_of_known(RESPONSE_KINDS)]
    general: bool
    needs: list[Annotated[str, one_of_known(SITUATIONS)]]
    for_role: str = Field(description="the only role that it is meant for; empty: all")
    longer: str = Field(description="a longer version; empty where there is none")
    subgroups: list[Annotated[str, one_of_known(tuple(SUBGROUPS))]]
    dialect: str
    facts: list[str] = Field(description="facts that it shows or rests on")
    wording: str = Field(description="the text with its placeholders where it shows facts, else empty")
    longer_wording: str = Field(description="the same of the longer version")
    author_id: int | None
    author_name: str
    origin: str
    created_at: Time
    changed_at: Time
    changed_by_name: str
    in_use_version: int | None = Field(
        description="the approved version that goes on being offered while a newer one is under review"
    )


class Remark(Answer):
    """A remark on a response, as a line of its history."""

    at: Time
    person_id: int | None
    person_name: str
    step: str
    version: int
    why: str


class ImportRow(Answer):
    """What happens, or happened, with one row of the file."""

    line: int
    outcome: Annotated[str, one_of_known(OUTCOMES)]
    id: str
    reason: str


class ImportCounts(Answer):
    """How many rows had each outcome."""

    new: int
    changed: int
    duplicate: int
    refused: int


class ImportReport(Answer):
    """Counts of each outcome and the first rows of each; with ``dry_run`` nothing was changed."""

    dry_run: bool
    counts: ImportCounts
    rows: list[ImportRow]
