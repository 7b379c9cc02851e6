"""The library as an XLSX workbook: one sheet, every cell a text, so that nothing in it is ever computed."""

from __future__ import annotations

from pathlib import Path

from courage.library.errors import ExchangeError
from courage.library.exchange import layouts
from courage.library.exchange.export import cell_of, each, fields_of
from courage.library.service import Library

#: What a cell of a workbook holds at most.
_CELL_MAX = 32_767


def export_workbook(
    library: Library, path: Path, *, organisation_id: int = 1, state: str | None = None
) -> int:
    """Write responses to a workbook; return how many.

    :raises ExchangeError: if a text is longer than a cell can hold, or the file cannot be written.
    """
    # Only here: it takes a fifth of a second to load.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("library")
    sheet.append(list(layouts.COLUMNS))
    count = 0
    for response in each(library, organisation_id, state):
        row = []
        for name, value in fields_of(response).items():
            text = cell_of(name, value)
            if len(text) > _CELL_MAX:
                raise ExchangeError(
                    f"{response.id}: {name} is longer than a cell can hold", say="exchange.too_large"
                )
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type = (
                "s"  # a text that begins like a formula stays a text, also once somebody edits it
            )
            cell.quotePrefix = True
            row.append(cell)
        sheet.append(row)
        count += 1
    try:
        book.save(path)
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be written: {error.strerror}") from error
    return count
