"""One import, row by row: what each row would be, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Any, Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, selectinload

from courage.db.engine import next_revision
from courage.db.models.library import Response
from courage.library import store
from courage.library.drafts import ResponseDraft, content_hash, from_mapping, text_hash
from courage.library.errors import DraftError, ExchangeError
from courage.library.exchange.layout_fields import to_fields
from courage.library.exchange.sources import Source
from courage.library.service import Library
from courage.library.views import Actor
from courage.taxonomy import SCOPES, STATES

PART: Final = 500
SHOWN: Final = 200  # rows of each outcome that a report keeps
OUTCOMES: Final = ("new", "changed", "duplicate", "refused")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What happens, or happened, with one row of the file."""

    line: int
    outcome: str
    id: str
    reason: str = ""
    #: Why it was refused, for pages to say it in their reader's language.
    error: DraftError | None = None


@dataclass(slots=True)
class ImportReport:
    """Counts per outcome and the first rows of each."""

    dry_run: bool
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    rows: list[RowOutcome] = field(default_factory=list)

    def note(
        self, line: int, outcome: str, response_id: str, reason: str = "", error: DraftError | None = None
    ) -> None:
        """Count a row and keep it if there are not too many of its kind yet."""
        self.counts[outcome] += 1
        if self.counts[outcome] <= SHOWN:
            self.rows.append(RowOutcome(line, outcome, response_id, reason, error))

    def of(self, outcome: str) -> list[RowOutcome]:
        """Return the rows kept of one outcome."""
        return [row for row in self.rows if row.outcome == outcome]

    def pretty(self) -> str:
        """Return the report in a few lines."""
        counts = ", ".join(f"{self.counts[name]} {name}" for name in OUTCOMES)
        lines = [("would be: " if self.dry_run else "") + counts]
        lines += [f"  line {row.line}: {row.reason or row.id}" for row in self.of("refused")[:20]]
        return "\n".join(lines)


@dataclass(slots=True)
class _Parsed:
    line: int
    draft: ResponseDraft
    state: str
    scope: str
    origin: str


class Job:
    """One import; run once to look, once to write."""

    def __init__(
        self,
        library: Library,
        source: Source,
        by: Actor,
        organisation_id: int,
        language: str | None,
        strategy: str | None,
        keep_states: bool,
        progress: Progress | None,
    ) -> None:
        self._library, self._source, self._layout, self._by = library, source, source.layout, by
        self._organisation_id, self._language, self._strategy = organisation_id, language, strategy
        self._keep_states = keep_states
        self._progress = progress
        self._size = source.size
        self._digest: str | None = None

    def run(self, session: Session, *, write: bool) -> ImportReport:
        """Read the whole file, a part at a time; with ``write``, store it."""
        report = ImportReport(dry_run=not write)
        self._ids: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._next: dict[str, int] = {}
        revision = next_revision(session, self._organisation_id) if write else 0
        digest = blake2b(digest_size=16)
        read = 0

        def seen(raw: bytes) -> None:
            nonlocal read
            digest.update(raw)
            read += len(raw)

        part: list[_Parsed] = []
        for line, raw in self._source.rows(seen):
            parsed = self._parse(line, raw, report)
            if parsed is not None:
                part.append(parsed)
            if len(part) >= PART:
                self._part(session, part, report, revision, write)
                part = []
                if self._progress is not None:
                    self._progress(read // 2 + (self._size // 2 if write else 0), self._size)
        self._part(session, part, report, revision, write)
        if write and digest.hexdigest() != self._digest:
            raise ExchangeError(f"{self._source.name} was changed while it was read; nothing was imported")
        self._digest = digest.hexdigest()
        if self._progress is not None:
            self._progress(self._size if write else self._size // 2, self._size)
        return report

    def _parse(self, line: int, raw: dict[str, Any], report: ImportReport) -> _Parsed | None:
        name = str(raw.get("id") or "")[:120]
        try:
            fields = to_fields(raw, self._layout, self._language, self._strategy)
            state = fields.pop("state", "draft")
            scope = fields.pop("scope", "organisation")
            origin = str(fields.pop("origin", ""))[:200]
            if state not in STATES:
                raise DraftError(
                    f"state {str(state)[:40]!r} is not known; allowed are {', '.join(STATES)}",
                    say="wrong.choices", field="state", value=str(state)[:40], allowed=", ".join(STATES),
                )  # fmt: skip
            if scope not in SCOPES:
                raise DraftError(
                    f"scope {str(scope)[:40]!r} is not known; allowed are {', '.join(SCOPES)}",
                    say="wrong.choices", field="scope", value=str(scope)[:40], allowed=", ".join(SCOPES),
                )  # fmt: skip
            draft = from_mapping(fields)
        except DraftError as error:
            report.note(line, "refused", name, str(error), error)
            return None
        if draft.id:
            if draft.id in self._ids:
                there = self._ids[draft.id]
                twice = DraftError(
                    f"the id {draft.id} is already on line {there}",
                    say="wrong.twice",
                    value=draft.id,
                    line_number=there,
                )
                report.note(line, "refused", draft.id, str(twice), twice)
                return None
            self._ids[draft.id] = line
        else:
            digest = text_hash(draft.text)
            if digest in self._texts:
                report.note(line, "duplicate", "", f"same text as line {self._texts[digest]}")
                return None
            self._texts[digest] = line
        if not self._keep_states:
            state, scope = "draft", "organisation"
        return _Parsed(line, draft, state, scope, origin)

    def _part(
        self, session: Session, part: list[_Parsed], report: ImportReport, revision: int, write: bool
    ) -> None:
        if not part:
            return
        there, copies = self._known(session, part)
        now = self._library.clock()
        fresh: list[tuple[Response, ResponseDraft]] = []
        for parsed in part:
            draft, line = parsed.draft, parsed.line
            row = there.get(draft.id) if draft.id else None
            if row is not None:
                if row.content_hash == content_hash(draft.content()):
                    report.note(line, "duplicate", row.id, "already in the library")
                    continue
                report.note(line, "changed", row.id)
                if write:
                    if row.state == "approved" and parsed.state != "approved":
                        store.keep_in_use(session, row)
                    store.new_version(
                        session, row, draft, by=self._by, now=now, why="imported", revision=revision
                    )
                    row.state = parsed.state
                    if parsed.state in ("approved", "retired"):
                        store.take_out_of_use(session, row)
            elif not draft.id and text_hash(draft.text) in copies:
                report.note(line, "duplicate", copies[text_hash(draft.text)], "same text in the library")
            else:
                draft = draft if draft.id else replace(draft, id=self._free(session, draft))
                report.note(line, "new", draft.id)
                if write:
                    row = store.build(
                        session,
                        draft,
                        by=self._by,
                        organisation_id=self._organisation_id,
                        now=now,
                        state=parsed.state,
                        origin=parsed.origin,
                        revision=revision,
                        scope=parsed.scope,
                    )
                    fresh.append((row, draft))
        if write:
            session.flush()
            for row, draft in fresh:
                store.record(session, row, draft, by=self._by, now=now, why="imported")
            session.flush()
            session.expunge_all()

    def _known(self, session: Session, part: list[_Parsed]) -> tuple[dict[str, Response], dict[str, str]]:
        mine = and_(Response.organisation_id == self._organisation_id, Response.stands_for.is_(None))
        rows = session.scalars(
            select(Response)
            .where(mine, Response.id.in_([p.draft.id for p in part if p.draft.id]))
            .options(selectinload(Response.narratives), selectinload(Response.sources))
        )
        hashes = [text_hash(p.draft.text) for p in part if not p.draft.id]
        copies = session.execute(
            select(Response.text_hash, Response.id).where(mine, Response.text_hash.in_(hashes))
        )
        return {row.id: row for row in rows}, {row.text_hash: row.id for row in copies}

    def _free(self, session: Session, draft: ResponseDraft) -> str:
        prefix = store.prefix(draft)
        if prefix not in self._next:
            first = store.free_id(session, self._organisation_id, draft)
            self._next[prefix] = int(first.rpartition("-")[2])
        while (name := f"{prefix}{self._next[prefix]:03d}") in self._ids:
            self._next[prefix] += 1
        self._next[prefix] += 1
        return name
