"""The library in files, for people: a look at what a file would bring, then all of it at once; and the way out again."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from aiohttp import web

from courage.errors import CourageError
from courage.i18n.catalogue import Catalogue
from courage.library.errors import ExchangeError
from courage.library.exchange import layouts
from courage.library.exchange.export import export_file
from courage.library.exchange.files import import_rows
from courage.library.exchange.packs import FORMAT, export_pack
from courage.library.exchange.sources import RowSource
from courage.library.exchange.tables import DELIMITERS, ENCODINGS, Table, guess_fields, read_table
from courage.library.exchange.workbook import export_workbook
from courage.taxonomy import LANGUAGES, RESPONSE_KINDS, STRATEGIES, TARGET_GROUPS, TONES, VOICES
from courage.web.errors import NotHere
from courage.web.keys import UPLOADS, WORDS, person, services
from courage.web.pages.library import actor
from courage.web.reading import Form, read_form
from courage.web.rendering import organisation_name, render
from courage.web.uploads import Upload

#: Rows of a file that the page shows, and rows with mistakes that it lists.
SAMPLE: Final = 5
LISTED: Final = 50
#: Fields whose values are codes; people may write what the code is called in their language.
_CODES: Final = {
    "language": ("language", LANGUAGES), "strategy": ("strategy", STRATEGIES), "targets": ("target", TARGET_GROUPS),
    "tone": ("tone", TONES), "voice": ("voice", VOICES), "kind": ("response_kind", RESPONSE_KINDS),
}  # fmt: skip
#: What an export can be: ending and content type.
EXPORTS: Final = {
    "csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "yaml": "application/yaml", "pack": "application/json",
}  # fmt: skip


async def show(request: web.Request) -> web.Response:
    """Show where files go in and out."""
    return await _page(request)


async def _page(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    shown = {"table": None, "fields": (), "report": None, "done": None, "token": "", "name": "", "encoding": "",
             "delimiter": "", "rows_language": "", "rows_strategy": "", "skip": False, "records": 0, **context}  # fmt: skip
    return await render(
        request, "exchange.html", http_status, page="library", columns=layouts.COLUMNS, encodings=ENCODINGS,
        delimiters=DELIMITERS, exports=EXPORTS, sample=SAMPLE, listed=LISTED, **shown,
    )  # fmt: skip


async def upload(request: web.Request) -> web.Response:
    """Take a file and show what it would bring; nothing is written."""
    name, data = (await read_form(request)).file("file")
    token = request.app[UPLOADS].keep(person(request).id, name, data)
    found = request.app[UPLOADS].get(token, person(request).id)
    assert found is not None
    return await _look(request, token, found, None)


async def go_on(request: web.Request) -> web.Response:
    """Look again with other columns, or import what was looked at."""
    token, who = request.match_info["token"], person(request)
    found = request.app[UPLOADS].get(token, who.id)
    if found is None:
        gone = NotHere("this file is not kept any more; choose it again", say="exchange.gone")
        return await _page(request, 404, problem=gone)
    return await _look(request, token, found, await read_form(request))


async def _look(request: web.Request, token: str, found: Upload, form: Form | None) -> web.Response:
    desk, who, words = services(request), person(request), request.config_dict[WORDS]
    asked = _Asked(form)
    by = actor(request)
    shown: dict[str, Any] = {
        "report": None, "done": None,
        "token": token, "name": found.name, "rows_language": asked.language, "rows_strategy": asked.strategy, "skip": asked.skip,
    }  # fmt: skip

    def read() -> None:
        source = _source(found, asked, words, shown)
        common: dict[str, Any] = {
            "by": by, "organisation_id": who.organisation_id, "language": asked.language or None,
            "strategy": asked.strategy or None, "skip_refused": asked.skip,
        }  # fmt: skip
        shown["report"] = import_rows(desk.library, source, dry_run=True, **common)
        if asked.apply:
            shown["done"] = import_rows(desk.library, source, **common)

    try:
        await asyncio.to_thread(read)
    except ExchangeError as error:
        return await _page(request, 400, problem=error, **shown)
    if shown["done"] is None:
        return await _page(request, **shown)
    request.app[UPLOADS].forget(token)
    return await _page(request, done=shown["done"], name=found.name)


class _Asked:
    """What the form of the page asks for; without a form, what is guessed.

    :raises BadInput: naming the field and what is allowed.
    """

    def __init__(self, form: Form | None) -> None:
        self.form = form
        self.language = self.strategy = self.encoding = self.delimiter = ""
        self.skip = self.apply = False
        if form is not None:
            self.language = form.choice("language", (*LANGUAGES, ""), "")
            self.strategy = form.choice("strategy", (*STRATEGIES, ""), "")
            self.encoding = form.choice("encoding", (*ENCODINGS, ""), "")
            self.delimiter = form.choice("delimiter", (*DELIMITERS, ""), "")
            self.skip, self.apply = bool(form.text("skip")), bool(form.text("apply"))

    def fields(self, table: Table, words: Catalogue) -> tuple[str, ...]:
        """Return the field of each column."""
        guessed = guess_fields(table.columns, _names(words))
        form = self.form
        if form is None or not form.text("columns"):
            return guessed
        chosen = tuple(
            form.choice(f"column{number}", (*layouts.COLUMNS, ""), "") for number in range(len(table.columns))
        )
        for number, field in enumerate(chosen):
            if field and field in chosen[:number]:
                raise ExchangeError(f"two columns are taken for {field}", say="exchange.twice", field=field)
        return chosen


def _names(words: Catalogue) -> dict[str, str]:
    """Return the fields by what they are called in any language."""
    return {
        words.say(f"field.{field}", language).casefold(): field
        for language in words.languages
        for field in layouts.COLUMNS
    }


def _meanings(words: Catalogue) -> dict[str, dict[str, str]]:
    """Return for each field of codes the codes by what they are called in any language."""
    return {
        field: {
            name.casefold(): value
            for value in values
            for language in words.languages
            for name in (value, words.named(kind, value, language))
        }
        for field, (kind, values) in _CODES.items()
    }


def _source(found: Upload, asked: _Asked, words: Catalogue, shown: dict[str, Any]) -> RowSource:
    """Read a file by its ending; what the page shows of it goes into ``shown``."""
    ending = Path(found.name).suffix.lower()
    if ending in (".json", ".jsonl", ".ndjson", ".yml", ".yaml"):
        rows = _entries(found.data, ending)
        shown["records"] = len(rows)
        return RowSource(found.name, "jsonl", rows)
    table = read_table(found.data, encoding=asked.encoding, delimiter=asked.delimiter)
    shown |= {"table": table, "encoding": table.encoding, "delimiter": table.delimiter}
    fields = shown["fields"] = asked.fields(table, words)
    meanings = _meanings(words)
    return RowSource(
        found.name, "csv", [(line, _understood(row, meanings)) for line, row in table.records(fields)]
    )


def _understood(row: Mapping[str, Any], meanings: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return a row in which names of codes are codes."""
    found = dict(row)
    for field, codes in meanings.items():
        if field == "targets" and field in found and not str(found[field]).lstrip().startswith("["):
            parts = str(found[field]).replace(";", ",").replace("|", ",").split(",")
            found[field] = ",".join(codes.get(part.strip().casefold(), part.strip()) for part in parts)
        elif field in found:
            found[field] = codes.get(str(found[field]).strip().casefold(), found[field])
    return found


def _entries(data: bytes, ending: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the entries of a JSON or YAML file; a JSON file may be a list, a pack, or one object a line."""
    if ending in (".yml", ".yaml"):
        return list(layouts.read(io.BytesIO(data), "yaml", lambda _: None))
    if ending == ".json":
        try:
            whole = json.loads(data.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            raise ExchangeError("the file is not valid JSON", say="exchange.unreadable") from None
        if isinstance(whole, dict) and whole.get("format") == FORMAT:
            whole = whole.get("responses")
        if not isinstance(whole, list) or not all(isinstance(entry, dict) for entry in whole):
            raise ExchangeError("the file holds no list of responses", say="exchange.unreadable")
        return list(enumerate(whole, start=1))
    return list(layouts.read(io.BytesIO(data), "jsonl", lambda _: None))


async def export(request: web.Request) -> web.Response:
    """Return the library as a file that a spreadsheet opens, that people read, or that another organisation takes over."""
    kind = request.match_info["kind"]
    if kind not in EXPORTS:
        raise NotHere(f"there is no export {kind[:20]!r}")
    library, organisation_id = services(request).library, person(request).organisation_id
    title = organisation_name(request)

    def write() -> bytes:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "library"
            if kind == "xlsx":
                export_workbook(library, path, organisation_id=organisation_id)
            elif kind == "pack":
                export_pack(
                    library, path, name=f"organisation-{organisation_id}", title=title, publisher=title,
                    organisation_id=organisation_id,
                )  # fmt: skip
            else:
                export_file(library, path, organisation_id=organisation_id, layout=kind)
            # Excel takes a CSV file for one of its own country's encoding unless it begins like this.
            return (b"\xef\xbb\xbf" if kind == "csv" else b"") + path.read_bytes()

    try:
        body = await asyncio.to_thread(write)
    except CourageError as error:
        return await _page(request, 400, problem=error)
    ending = "json" if kind == "pack" else kind
    return web.Response(
        body=body, content_type=EXPORTS[kind],
        headers={"Content-Disposition": f'attachment; filename="library.{ending}"'},
    )  # fmt: skip
