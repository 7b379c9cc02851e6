"""The library in files: export, and import with a look before the leap."""

from __future__ import annotations

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from aiohttp import web

from courage.library.exchange.files import ImportReport, export_file, import_file
from courage.web.api.answers import json
from courage.web.errors import BadInput
from courage.web.keys import person, services
from courage.web.pages.library import actor
from courage.web.reading import query, read_bytes
from courage.web.schema import Field

FORMATS: Final = ("csv", "jsonl", "yaml")
MAX_FILE: Final = 8_000_000
EXPORT = (Field("format", choices=FORMATS, about="jsonl if left out"),)
IMPORT = (
    Field("format", required=True, choices=FORMATS),
    Field("apply", choices=("yes", "no"), about="yes: import; no: only say what would happen"),
)
_TYPES: Final = {"csv": "text/csv", "jsonl": "application/x-ndjson", "yaml": "application/yaml"}


async def export(request: web.Request) -> web.Response:
    """Return the library as a file."""
    kind = query(request, "format", FORMATS) or "jsonl"
    library, organisation_id = services(request).library, person(request).organisation_id

    def write() -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"library.{kind}"
            export_file(library, path, organisation_id=organisation_id, layout=kind)
            return path.read_bytes()

    return web.Response(
        body=await asyncio.to_thread(write), content_type=_TYPES[kind], charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="library.{kind}"'},
    )  # fmt: skip


async def import_(request: web.Request) -> web.Response:
    """Import a file, all of it or nothing; or say what importing it would do."""
    kind, apply = query(request, "format", FORMATS), query(request, "apply", ("yes", "no")) == "yes"
    if kind is None:
        raise BadInput(f"'format' is missing; allowed: {', '.join(FORMATS)}")
    body, library, by = await read_bytes(request, MAX_FILE), services(request).library, actor(request)
    organisation_id = person(request).organisation_id

    def read() -> ImportReport:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"upload.{kind}"
            path.write_bytes(body)
            return import_file(
                library, path, by=by, organisation_id=organisation_id, layout=kind, dry_run=not apply
            )

    return json(await asyncio.to_thread(read))
