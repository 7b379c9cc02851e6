"""The library in files: export, and import with a look before the leap."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import web

from courage.library.exchange.files import ImportReport, export_file, import_file
from courage.web.api.answers import json
from courage.web.keys import person, services
from courage.web.pages.library import actor
from courage.web.reading import read_bytes, read_query
from courage.web.schemas import library as schemas

MAX_FILE: Final = 8_000_000
#: Content types of the layouts that an export can have.
TYPES: Final = {"csv": "text/csv", "jsonl": "application/x-ndjson", "yaml": "application/yaml"}


async def export(request: web.Request) -> web.Response:
    """Return the library as a file."""
    kind = read_query(request, schemas.ExportQuery).format
    library, organisation_id = services(request).library, person(request).organisation_id

    def write() -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"library.{kind}"
            export_file(library, path, organisation_id=organisation_id, layout=kind)
            return path.read_bytes()

    return web.Response(
        body=await asyncio.to_thread(write), content_type=TYPES[kind], charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="library.{kind}"'},
    )  # fmt: skip


async def import_(request: web.Request) -> web.Response:
    """Import a file, all of it or nothing; or say what importing it would do."""
    asked = read_query(request, schemas.ImportQuery)
    kind, apply = asked.format, asked.apply == "yes"
    body, library, by = await read_bytes(request, MAX_FILE), services(request).library, actor(request)
    organisation_id = person(request).organisation_id

    def read() -> ImportReport:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"upload.{kind}"
            path.write_bytes(body)
            return import_file(
                library, path, by=by, organisation_id=organisation_id, layout=kind, dry_run=not apply
            )

    return json(schemas.ImportReport.model_validate(await asyncio.to_thread(read)))
