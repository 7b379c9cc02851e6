"""Export of responses to files that can be imported again without loss and opened in a spreadsheet without harm."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO
from uuid import uuid4

import yaml
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from courage.db.engine import reading
from courage.db.models.library import Response
from courage.library.errors import ExchangeError
from courage.library.exchange import layouts
from courage.library.service import Library
from courage.library.views import ResponseView, view

PART: Final = 500


def export_file(
    library: Library,
    path: Path,
    *,
    organisation_id: int = 1,
    layout: str | None = None,
    state: str | None = None,
) -> int:
    """Write responses to a file, in full or not at all; return how many.

    :raises ExchangeError: if the format is not known or the file cannot be written.
    """
    path = Path(path)
    endings = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".yml": "yaml", ".yaml": "yaml"}
    layout = layout or endings.get(path.suffix.lower(), "")
    if layout not in ("csv", "jsonl", "yaml"):
        raise ExchangeError(
            f"{path.name}: cannot export as {layout or path.suffix!r}; allowed are csv, jsonl and yaml"
        )
    temporary = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            count = _write(file, layout, each(library, organisation_id, state))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be written: {error.strerror}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return count


def each(library: Library, organisation_id: int, state: str | None = None) -> Iterator[ResponseView]:
    """Yield all responses in the order in which they came, a part at a time."""
    last = 0
    while True:
        with reading(library.sessions, organisation_id) as session:
            query = select(Response).where(
                Response.organisation_id == organisation_id,
                Response.number > last,
                Response.stands_for.is_(None),
            )
            if state is not None:
                query = query.where(Response.state == state)
            rows = session.scalars(
                query.options(selectinload(Response.narratives), selectinload(Response.sources))
                .order_by(Response.number)
                .limit(PART)
            ).all()
            views = [view(row) for row in rows]
        if not views:
            return
        yield from views
        last = views[-1].number


def fields_of(response: ResponseView) -> dict[str, Any]:
    """Return all exported fields of a response as plain values."""
    values = {
        **response.content(),
        "id": response.id,
        "author": response.author_name,
        "state": response.state,
        "scope": response.scope,
        "origin": response.origin,
    }
    return {name: values.get(name) for name in layouts.COLUMNS}


def _write(file: TextIO, layout: str, found: Iterator[ResponseView]) -> int:
    count = 0
    writer = csv.writer(file, lineterminator="\r\n")
    if layout == "csv":
        writer.writerow(layouts.COLUMNS)
    for response in found:
        count += 1
        fields = fields_of(response)
        if layout == "csv":
            writer.writerow([layouts.escape(cell_of(name, value)) for name, value in fields.items()])
            continue
        fields = {name: value for name, value in fields.items() if value not in (None, "", [])}
        if layout == "jsonl":
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")
        else:
            file.write(yaml.safe_dump([fields], allow_unicode=True, sort_keys=False, width=100))
    return count


def cell_of(name: str, value: Any) -> str:
    """Return a field's value as the text of a cell; lists of objects are JSON."""
    if value is None or value == []:
        return ""
    if value is True:
        return "true"
    if name in ("targets", "needs", "subgroups", "facts"):
        return ",".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)
