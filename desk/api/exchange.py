"""The library in files: export, and import with a look before the leap."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from desk.api.answers import json
from desk.errors import BadInput
from desk.keys import person, services
from desk.pages.library import actor
from desk.reading import query, read_bytes
from desk.schema import Field

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
    from responses.exchange import export_text

    kind = query(request, "format", FORMATS) or "jsonl"
    text = await asyncio.to_thread(
        export_text, services(request).library, kind, organisation_id=person(request).organisation_id
    )
    return web.Response(
        body=text.encode(), content_type=_TYPES[kind], charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="library.{kind}"'},
    )  # fmt: skip


async def import_(request: web.Request) -> web.Response:
    """Import a file, or say what importing it would do."""
    from responses.exchange import import_text

    kind = query(request, "format", FORMATS)
    if kind is None:
        raise BadInput(f"'format' is missing; allowed: {', '.join(FORMATS)}")
    apply = query(request, "apply", ("yes", "no")) == "yes"
    try:
        text = (await read_bytes(request, MAX_FILE)).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"the file is not UTF-8: byte {error.start + 1} does not fit") from None
    report = await asyncio.to_thread(
        import_text, services(request).library, text, kind,
        by=actor(request), dry_run=not apply, organisation_id=person(request).organisation_id,
    )  # fmt: skip
    return json(report)
