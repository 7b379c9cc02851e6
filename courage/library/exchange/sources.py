"""Where the rows of an import come from: a file on the disk, or a table that was read already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from courage.library.exchange import layouts
from courage.library.exchange.layouts import Row

Seen = Callable[[bytes], None]


class Source(Protocol):
    """Rows that can be read twice: once to look, once to write. ``size`` is in bytes, for progress."""

    name: str
    layout: str
    size: int

    def rows(self, seen: Seen) -> Iterator[Row]:
        """Yield (line, raw fields); ``seen`` gets what shows that nothing changed in between."""
        ...


class FileSource:
    """A file, read a few rows at a time.

    :raises ExchangeError: if its layout cannot be told.
    """

    def __init__(self, path: Path, layout: str | None = None) -> None:
        self._path = path
        self.name = path.name
        self.layout = layouts.detect(path, layout)
        self.size = path.stat().st_size

    def rows(self, seen: Seen) -> Iterator[Row]:
        """Yield the rows of the file as it is now."""
        with self._path.open("rb") as file:
            yield from layouts.read(file, self.layout, seen)


class RowSource:
    """Rows in memory, with fields as a table's cells hold them (``csv``) or as values (``jsonl``, ``yaml``)."""

    def __init__(self, name: str, layout: str, rows: Sequence[Row]) -> None:
        self.name, self.layout, self.size = name, layout, len(rows)
        self._rows = rows

    def rows(self, seen: Seen) -> Iterator[Row]:
        """Yield the rows; they cannot change."""
        yield from self._rows
