"""Import and export of responses: previewed, all or nothing, the same result when done again."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.exc import IntegrityError

from courage.db.engine import reading, writing
from courage.library.errors import ExchangeError
from courage.library.exchange.export import each, export_file, fields_of
from courage.library.exchange.import_job import ImportReport, Job, Progress, RowOutcome
from courage.library.exchange.sources import FileSource, Source
from courage.library.service import Library
from courage.library.views import Actor

__all__ = ["ImportReport", "RowOutcome", "each", "export_file", "fields_of", "import_file", "import_rows"]


def import_file(
    library: Library,
    path: Path,
    *,
    by: Actor,
    organisation_id: int = 1,
    layout: str | None = None,
    language: str | None = None,
    strategy: str | None = None,
    dry_run: bool = False,
    keep_states: bool = False,
    skip_refused: bool | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import all responses of a file in one transaction, or none.

    :param language: language of rows that do not say, ``strategy`` likewise.
    :param keep_states: take the review states of the file over (an organisation's own backup); otherwise everything
        new or changed is a draft that somebody has to approve.
    :param skip_refused: import the rest when rows are refused; default only for CONAN layouts.
    :raises ExchangeError: if the file is malformed or a row is refused; the library is as it was.
    """
    path = Path(path)
    try:
        source = FileSource(path, layout)
        return import_rows(
            library, source, by=by, organisation_id=organisation_id, language=language, strategy=strategy,
            dry_run=dry_run, keep_states=keep_states, skip_refused=skip_refused, progress=progress,
        )  # fmt: skip
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be read: {error.strerror}") from error


def import_rows(
    library: Library,
    source: Source,
    *,
    by: Actor,
    organisation_id: int = 1,
    language: str | None = None,
    strategy: str | None = None,
    dry_run: bool = False,
    keep_states: bool = False,
    skip_refused: bool | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Import all responses of a source in one transaction, or none; parameters as those of :func:`import_file`.

    :raises ExchangeError: if the source is malformed or a row is refused; the library is as it was.
    """
    try:
        skip = source.layout in ("conan", "multitarget-conan") if skip_refused is None else skip_refused
        job = Job(library, source, by, organisation_id, language, strategy, keep_states, progress)
        with reading(library.sessions, organisation_id) as session:
            report = job.run(session, write=False)
        refused = report.of("refused")
        if dry_run:
            return report
        if refused and not skip:
            more = f" (and {report.counts['refused'] - 1} more)" if report.counts["refused"] > 1 else ""
            raise ExchangeError(
                f"line {refused[0].line}: {refused[0].reason}{more}; nothing was imported", refused[0].line,
                say="exchange.refused", count=report.counts["refused"],
            )  # fmt: skip
        if not report.counts["new"] + report.counts["changed"]:
            report.dry_run = False
            return report
        with writing(library.sessions, organisation_id) as session:
            report = job.run(session, write=True)
    except IntegrityError as error:
        raise ExchangeError(
            f"somebody else added responses at the same moment; import {source.name} again",
            say="problem.conflict",
        ) from error
    library.changed(organisation_id)
    return report
