"""File layouts for import: from lines of CSV, JSON or YAML to mappings with their line numbers, a few at a time."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from courage import safe_yaml
from courage.library.errors import ExchangeError

FIELD_MAX: Final = 60_000  # characters in one field
ENTRY_MAX: Final = 400_000  # bytes in one JSON line or YAML entry
LAYOUTS: Final = ("csv", "jsonl", "yaml", "conan", "multitarget-conan")
COLUMNS: Final = (
    "id",
    "text",
    "language",
    "targets",
    "strategy",
    "tone",
    "voice",
    "length",
    "narratives",
    "sources",
    "review_on",
    "author",
    "licence",
    "translation_of",
    "state",
    "scope",
    "origin",
    "kind",
    "general",
    "needs",
    "for_role",
    "longer",
    "subgroups",
    "dialect",
    "facts",
)
_REQUIRED: Final = {
    "csv": ("text", "strategy"),
    "conan": ("hateSpeech", "counterSpeech", "cnType"),
    "multitarget-conan": ("HATE_SPEECH", "COUNTER_NARRATIVE", "TARGET"),
}
_FORMULA: Final = re.compile(r"^'(?=[=+\-@\t\r'])")
Row = tuple[int, dict[str, Any]]


def escape(cell: str) -> str:
    """Make a cell harmless in a spreadsheet: what would be a formula becomes text. :func:`unescape` undoes it."""
    return "'" + cell if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "'") else cell


def unescape(cell: str) -> str:
    """Undo :func:`escape`."""
    return _FORMULA.sub("", cell)


def detect(path: Path, layout: str | None) -> str:
    """Return the layout asked for or told by the file's ending and first line.

    :raises ExchangeError: if it cannot be told or is not known.
    """
    if layout is not None:
        if layout not in LAYOUTS:
            raise ExchangeError(f"layout {layout[:40]!r} is not known; allowed are {', '.join(LAYOUTS)}")
        return layout
    ending = path.suffix.lower()
    if ending in (".jsonl", ".ndjson"):
        return "jsonl"
    if ending in (".yml", ".yaml"):
        return "yaml"
    if ending != ".csv":
        raise ExchangeError(
            f"{path.name}: cannot tell the format; name it .csv, .jsonl or .yml, or say which it is"
        )
    with path.open("rb") as file:
        header = file.readline(ENTRY_MAX).decode("utf-8", "replace")
    for name in ("conan", "multitarget-conan"):
        if all(column in header for column in _REQUIRED[name][:2]):
            return name
    return "csv"


def read(file: BinaryIO, layout: str, seen: Callable[[bytes], None]) -> Iterator[Row]:
    """Yield (line, raw fields) one by one; ``seen`` gets every byte read.

    :raises ExchangeError: with the line, where the file itself is malformed.
    """
    lines = _lines(file, seen)
    if layout == "jsonl":
        return _json_rows(lines)
    if layout == "yaml":
        return _yaml_rows(lines)
    return _csv_rows(lines, layout)


def _lines(file: BinaryIO, seen: Callable[[bytes], None]) -> Iterator[tuple[int, str]]:
    number = 0
    while raw := file.readline(ENTRY_MAX + 1):
        number += 1
        if len(raw) > ENTRY_MAX:
            raise ExchangeError(f"line {number}: longer than {ENTRY_MAX} bytes", number)
        seen(raw)
        try:
            text = raw.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise ExchangeError(
                f"line {number}: not UTF-8 (byte {error.start + 1} of the line); save the file as UTF-8",
                number,
            ) from None
        if "\x00" in text:
            raise ExchangeError(f"line {number}: holds a zero byte; this is not a text file", number)
        yield number, text


def _csv_rows(lines: Iterator[tuple[int, str]], layout: str) -> Iterator[Row]:
    reader = csv.reader((text for _, text in lines), strict=True)
    start = 1
    try:
        header = next(reader, None)
        if not header:
            raise ExchangeError("line 1: the file is empty; a header line is needed", 1)
        header = [name.strip() for name in header]
        missing = [name for name in _REQUIRED[layout] if name not in header]
        if missing:
            raise ExchangeError(
                f"line 1: the column {missing[0]} is missing; found {', '.join(header)[:200]}", 1
            )
        double = [name for name in header if name and header.count(name) > 1]
        if double:
            raise ExchangeError(f"line 1: the column {double[0][:60]} comes twice", 1)
        if layout == "csv" and (unknown := [name for name in header if name not in (*COLUMNS, "claims")]):
            raise ExchangeError(
                f"line 1: the column {unknown[0][:60]!r} is not known; allowed are {', '.join(COLUMNS)}", 1
            )
        while True:
            start = reader.line_num + 1
            cells = next(reader, None)
            if cells is None:
                return
            if not cells:
                continue
            if len(cells) != len(header):
                raise ExchangeError(
                    f"line {start}: {len(cells)} fields where {len(header)} are expected", start
                )
            if any(len(cell) > FIELD_MAX for cell in cells):
                raise ExchangeError(f"line {start}: a field is longer than {FIELD_MAX} characters", start)
            yield start, {name: unescape(cell) for name, cell in zip(header, cells, strict=True)}
    except csv.Error as error:
        reason = (
            "a quotation mark is opened and never closed" if "unexpected end" in str(error) else str(error)
        )
        raise ExchangeError(f"line {start}: {reason}", start) from None


def _json_rows(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    for number, text in lines:
        if not text.strip():
            continue
        try:
            data = json.loads(text)
        except (ValueError, RecursionError):
            raise ExchangeError(f"line {number}: not valid JSON", number) from None
        if not isinstance(data, dict):
            raise ExchangeError(f"line {number}: must be a JSON object", number)
        yield number, data


def _yaml_rows(lines: Iterator[tuple[int, str]]) -> Iterator[Row]:
    """Parse a top-level YAML list entry by entry; each begins with a dash in the first column."""
    start, part, size = 0, [""], 0
    for number, text in lines:
        if text.startswith("- ") or text.rstrip() == "-":
            if start:
                yield _yaml_entry(start, "".join(part))
            start, part, size = number, [], 0
        elif not start and text.strip() and not text.startswith(("#", "---")):
            raise ExchangeError(
                f"line {number}: must be a list; begin each entry with '- ' in the first column", number
            )
        part.append(text)
        size += len(text)
        if size > ENTRY_MAX:
            raise ExchangeError(f"line {start}: an entry is longer than {ENTRY_MAX} characters", start)
    if start:
        yield _yaml_entry(start, "".join(part))


def _yaml_entry(start: int, text: str) -> Row:
    try:
        data = safe_yaml.load(text)
    except safe_yaml.UnsafeYaml as error:
        line = start + min(error.line, len(text.splitlines())) - 1
        raise ExchangeError(f"line {line}: {error}", line) from None
    if not isinstance(data, list) or len(data) != 1 or not isinstance(data[0], dict):
        raise ExchangeError(
            f"line {start}: an entry must be a mapping with text, language, strategy …", start
        )
    return start, data[0]
