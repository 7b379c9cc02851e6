"""Tables from spreadsheets: CSV in whatever encoding and with whatever delimiter programs save it, and XLSX.

What a file says of itself counts (a byte order mark, the signature of XLSX); the rest is guessed, shown to whoever
imports it, and can be said otherwise. Sizes are limited before anything is unpacked.
"""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from courage.library.errors import ExchangeError
from courage.library.exchange.layouts import COLUMNS, FIELD_MAX, Row, unescape

ROWS_MAX: Final = 5_000
COLUMNS_MAX: Final = 60
#: Bytes that an XLSX file may have when it is unpacked: what it holds is text, and text of this size is no library.
UNPACKED_MAX: Final = 60_000_000
#: Encodings that can be chosen; the last two are what Excel saves on Windows in western languages and in Arabic.
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252", "windows-1256")
DELIMITERS: Final = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
#: What columns are called besides their own names and those of the catalogues.
_ALIASES: Final = {
    "claims": "narratives", "claim": "narratives", "narrative": "narratives", "hate speech": "narratives", "hatespeech": "narratives",
    "hate_speech": "narratives", "response": "text", "reply": "text", "answer": "text", "counter narrative": "text",
    "counter-narrative": "text", "counter_narrative": "text", "counterspeech": "text", "counter speech": "text", "réponse": "text",
    "antwort": "text", "gegenrede": "text", "الرد": "text", "target": "targets", "target group": "targets", "group": "targets",
    "gruppe": "targets", "groupe": "targets", "source": "sources", "quelle": "sources", "lang": "language", "license": "licence",
    "type": "strategy", "cntype": "strategy", "review": "review_on", "date": "review_on",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, each with its line in the file; every row has as many cells as the header.

    ``encoding`` and ``delimiter`` (a name of :data:`DELIMITERS`) are those by which a CSV file was read, else empty.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    encoding: str = ""
    delimiter: str = ""

    def records(self, fields: Sequence[str]) -> Iterator[Row]:
        """Yield rows as mappings from field to cell; ``fields`` names the field of each column, ``""``: left out."""
        for line, cells in self.rows:
            yield (
                line,
                {
                    field: unescape(cell)
                    for field, cell in zip(fields, cells, strict=True)
                    if field and cell.strip()
                },
            )


def read_table(data: bytes, *, encoding: str = "", delimiter: str = "") -> Table:
    """Return the table of an XLSX or CSV file.

    :param encoding: one of :data:`ENCODINGS`, ``delimiter`` one of :data:`DELIMITERS`; ``""``: find out.
    :raises ExchangeError: if it is none, is damaged or too large.
    """
    if data.startswith(b"PK\x03\x04"):
        return _table(_sheet(data))
    chosen = encoding or _encoding_of(data)
    text = _decoded(data, chosen)
    first, _, rest = text.partition("\n")
    start = 1
    if (
        first.strip().lower().startswith("sep=") and len(first.strip()) == 5
    ):  # how Excel is told the delimiter
        delimiter = delimiter or next(
            (name for name, mark in DELIMITERS.items() if mark == first.strip()[4]), ""
        )
        text, start = rest, 2
    delimiter = delimiter or _delimiter_of(text)
    return _table(_lines(text, DELIMITERS[delimiter], start), chosen, delimiter)


def guess_fields(columns: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...]:
    """Return which field each column seems to be, ``""`` where none; no field is taken twice.

    :param names: from what a field is called in any language, in small letters, to the field.
    """
    found: list[str] = []
    for column in columns:
        plain = column.strip().casefold()
        field = plain if plain in COLUMNS else names.get(plain, _ALIASES.get(plain, ""))
        found.append("" if field in found else field)
    return tuple(found)


def _encoding_of(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if 0 in data[1:400:2]:
        return "utf-16"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        letters = sum(byte > 127 or chr(byte).isalpha() for byte in data)
        # In Arabic nearly every letter lies beyond ASCII, in western languages one in twenty.
        mostly = sum(byte > 127 for byte in data) > letters * 0.4
        return "windows-1256" if mostly else "windows-1252"
    return "utf-8"


def _decoded(data: bytes, encoding: str) -> str:
    if encoding not in ENCODINGS:
        raise ExchangeError(f"encoding {encoding[:40]!r} is not known; allowed are {', '.join(ENCODINGS)}")
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    if encoding == "utf-16" and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = "utf-16-le"
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        raise ExchangeError(
            f"the file is not in {encoding}; choose another encoding",
            say="exchange.not_in",
            encoding=encoding,
        ) from None
    if "\0" in text:
        raise ExchangeError("the file is no table: it holds zero bytes", say="exchange.no_table")
    return text


def _delimiter_of(text: str) -> str:
    """Return the delimiter that cuts the first lines into the most columns, the same number in each."""

    def fit(name: str) -> tuple[int, int, int]:
        widths = []
        try:
            for cells in csv.reader(io.StringIO(text[:100_000]), delimiter=DELIMITERS[name]):
                widths.append(len(cells))
                if len(widths) == 20:
                    break
        except csv.Error:
            return (0, 0, 0)
        header = next(csv.reader(io.StringIO(text[:100_000]), delimiter=DELIMITERS[name]), [])
        known = sum(cell.strip().casefold() in (*COLUMNS, *_ALIASES) for cell in header)
        same = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
        return (known, same, widths[0] if widths else 0)

    return max(DELIMITERS, key=fit)


def _lines(text: str, delimiter: str, start: int) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = start
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + start
    except csv.Error:
        raise ExchangeError(
            f"line {line}: quotation marks do not fit", line, say="exchange.quotes", line_number=line
        ) from None


def _sheet(data: bytes) -> Iterator[tuple[int, list[str]]]:
    # Only here: it takes a fifth of a second to load.
    from openpyxl import load_workbook

    damaged = ExchangeError("the file is no spreadsheet that can be read", say="exchange.no_table")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > UNPACKED_MAX:
            raise ExchangeError(
                f"the spreadsheet has {size} bytes unpacked; at most {UNPACKED_MAX} are read",
                say="exchange.too_large",
            )
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    except ExchangeError:
        raise
    except Exception:
        raise damaged from None
    try:
        for sheet in book.worksheets:
            filled = False
            try:
                rows = sheet.iter_rows(values_only=True, max_col=COLUMNS_MAX + 1, max_row=ROWS_MAX + 3)
                for line, cells in enumerate(rows, start=1):
                    filled = True
                    yield line, [_cell(cell) for cell in cells]
            except ExchangeError:
                raise
            except Exception:
                raise damaged from None
            if filled:
                return
    finally:
        book.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _table(lines: Iterator[tuple[int, list[str]]], encoding: str = "", delimiter: str = "") -> Table:
    rows: list[tuple[int, tuple[str, ...]]] = []
    columns: tuple[str, ...] = ()
    for line, found in lines:
        cells = [cell if len(cell) <= FIELD_MAX else cell[: FIELD_MAX + 1] for cell in found]
        while cells and not cells[-1].strip():
            cells.pop()
        if not cells:
            continue
        if not columns:
            columns = tuple(" ".join(cell.split())[:80] for cell in cells)
            if len(columns) > COLUMNS_MAX:
                raise ExchangeError(
                    f"{len(columns)} columns; at most {COLUMNS_MAX} are read", say="exchange.too_large"
                )
            continue
        if len(cells) > len(columns):
            raise ExchangeError(
                f"line {line}: {len(cells)} fields where {len(columns)} are expected", line,
                say="exchange.ragged", line_number=line, have=len(cells), need=len(columns),
            )  # fmt: skip
        if any(len(cell) > FIELD_MAX for cell in cells):
            raise ExchangeError(
                f"line {line}: a field is longer than {FIELD_MAX} characters", line, say="exchange.too_large"
            )
        rows.append((line, (*cells, *[""] * (len(columns) - len(cells)))))
        if len(rows) > ROWS_MAX:
            raise ExchangeError(f"more than {ROWS_MAX} rows", say="exchange.too_many_rows", most=ROWS_MAX)
    if not rows:
        raise ExchangeError("the file holds no rows under a header line", say="exchange.empty")
    return Table(columns, tuple(rows), encoding, delimiter)
