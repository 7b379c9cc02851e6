"""Files as spreadsheets save them go in after a look, all or nothing, and come out so that spreadsheets open them unharmed."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from aiohttp import FormData
from openpyxl import Workbook, load_workbook

from courage.library.drafts import ResponseDraft
from courage.library.views import Actor
from courage.web.uploads import Uploads
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import World

HEADER = ["Antwort", "Sprache", "Strategie", "Gruppe", "Narrative", "Wieder ansehen am"]
ROWS = [
    ["Gerüchte über „die da“ – wer sagt das; und woher?", "Deutsch", "Frage", "Geflüchtete und Zugewanderte", "Sie nehmen uns alles weg", "2030-03-31"],
    ["Wir sind alle Nachbarn, auch du.", "de", "affiliation", "migrants, muslims", "Die gehören nicht hierher", ""],
]  # fmt: skip


def as_csv(delimiter: str, encoding: str, rows: list[list[str]] | None = None, first: str = "") -> bytes:
    """Write a table as a spreadsheet program saves it: CRLF, quotation marks where needed."""
    out = io.StringIO(newline="")
    out.write(first)
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(rows or [HEADER, *ROWS])
    return out.getvalue().encode(encoding)


def as_xlsx(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    book.active.title = "Leer"  # people leave empty sheets in front
    sheet = book.create_sheet("Antworten")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def send(visitor: Visitor, name: str, data: bytes) -> tuple[int, str]:
    """Choose a file on the page; return status and page."""
    form = FormData({"csrf": visitor.csrf})
    form.add_field("file", data, filename=name, content_type="application/octet-stream")
    response = await visitor.client.post("/library/exchange", data=form)
    return response.status, html.unescape(await response.text())


def token_of(page: str) -> str:
    found = re.search(r'action="(/library/exchange/[\w-]+)"', page)
    assert found, page
    return found[1]


def taken_for(page: str) -> list[str]:
    """Return the field that each column of the look is taken for."""
    return [
        next(iter(re.findall(r'value="(\w+)" selected', select)), "")
        for select in re.findall(r'<select name="column\d+">.*?</select>', page, re.DOTALL)
    ]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("utf8.csv", lambda: as_csv(",", "utf-8")),
        ("bom.csv", lambda: as_csv(";", "utf-8-sig")),
        ("unicode.txt", lambda: as_csv("\t", "utf-16")),
        ("excel.csv", lambda: as_csv(";", "windows-1252")),
        ("told.csv", lambda: as_csv(";", "windows-1252", first="sep=;\r\n")),
        ("sheet.xlsx", lambda: as_xlsx([HEADER, [*ROWS[0][:5], date(2030, 3, 31)], ROWS[1]])),
    ],
)
async def test_whatever_a_spreadsheet_saves_is_read(
    world: World, enter: Enter, name: str, make: Callable[[], bytes]
) -> None:
    trainer, before = await enter("trainer"), world.library.count(organisation_id=1)
    status, page = await send(trainer, name, make())
    assert status == 200
    assert taken_for(page) == ["text", "language", "strategy", "targets", "narratives", "review_on"]
    assert ROWS[0][0] in page  # every letter, whatever it was saved in
    assert "2 responses would be new" in page
    assert world.library.count(organisation_id=1) == before  # nothing is written for looking
    fields = {f"column{n}": field for n, field in enumerate(taken_for(page))}
    kept = dict(
        re.findall(r'<select name="(encoding|delimiter)">.*?value="([\w-]+)" selected', page, re.DOTALL)
    )
    done = await trainer.press(token_of(page), {**fields, **kept, "columns": "1", "apply": "1"})
    assert "2 responses are new" in await done.text()
    first, second = (
        r for r in world.library.list(organisation_id=1, state="draft", limit=10) if r.language == "de"
    )
    assert {first.text, second.text} == {ROWS[0][0], ROWS[1][0]}
    question = first if first.text == ROWS[0][0] else second
    assert (question.strategy, question.targets, question.review_on) == (
        "question",
        ("migrants",),
        date(2030, 3, 31),
    )


async def test_arabic_windows_files_and_a_wrong_guess_can_be_put_right(enter: Enter) -> None:
    trainer = await enter("trainer")
    rows = [["text", "language", "strategy"], ["من قال ذلك؟ وما الدليل عليه؟", "ar", "question"]]
    _, page = await send(trainer, "a.csv", as_csv(",", "windows-1256", rows))
    assert rows[1][0] in page
    again = await trainer.press(token_of(page), {"encoding": "windows-1252"})
    assert rows[1][0] not in html.unescape(await again.text())  # the choice counts, not the guess


async def test_what_is_wrong_is_said_by_row_and_nothing_half_is_written(world: World, enter: Enter) -> None:
    trainer, before = await enter("trainer"), world.library.count(organisation_id=1)
    rows = [
        ["text", "language", "strategy"],
        ["Fine.", "en", "facts"],
        ["No strategy.", "en", ""],
        ["Odd.", "en", "shouting"],
    ]
    _, page = await send(trainer, "a.csv", as_csv(",", "utf-8", rows))
    assert "Line 3:" in page
    assert "Strategy: nothing is written here yet" in page
    assert "Strategy: “shouting” is not known. Known are: facts" in page
    refused = await trainer.press(token_of(page), {"apply": "1"})
    assert refused.status == 400
    assert "2 rows have mistakes. Nothing was imported." in html.unescape(await refused.text())
    assert world.library.count(organisation_id=1) == before
    some = await trainer.press(token_of(page), {"apply": "1", "skip": "1"})
    assert "1 response is new" in await some.text()
    assert world.library.count(organisation_id=1) == before + 1
    gone = await trainer.press(token_of(page), {"apply": "1"})  # pressed twice, imported once
    assert gone.status == 404
    assert world.library.count(organisation_id=1) == before + 1


async def test_another_person_sees_nothing_of_a_file(enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    _, page = await send(trainer, "a.csv", as_csv(",", "utf-8"))
    assert (await admin.press(token_of(page), {"apply": "1"})).status == 404


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("a.csv", b'text,strategy\n"never closed,facts\n', "quotation mark"),
        ("a.csv", b"text,strategy\n", "no rows under a header"),
        ("a.csv", b"text,strategy\na,b,c,d\n", "Line 2 has 4 columns, the header 2"),
        ("a.xlsx", b"PK\x03\x04 broken", "no table that can be read"),
        ("a.json", b"{", "cannot be read"),
        ("a.csv", b"", "Choose a file"),
        ("a.csv", b"text,strategy\n" + b"a,facts\n" * 5_001, "More than 5000 rows"),
    ],
)
async def test_a_file_that_is_none_is_refused_in_words(
    enter: Enter, name: str, data: bytes, said: str
) -> None:
    status, page = await send(await enter("trainer"), name, data)
    assert status == 400
    assert said in page


async def test_a_workbook_that_unfolds_is_refused_before_it_does(enter: Enter) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 70_000_000)
    assert len(out.getvalue()) < 200_000
    status, page = await send(await enter("trainer"), "bomb.xlsx", out.getvalue())
    assert (status, "too large" in page) == (400, True)


@pytest.mark.parametrize("name", ["a.yml", "a.json", "a.jsonl"])
async def test_yaml_and_json_are_looked_at_too(enter: Enter, name: str) -> None:
    entry = '{"text": "Says who?", "language": "en", "strategy": "question"}'
    data = {"a.yml": f"- {entry}\n", "a.json": f"[{entry}]", "a.jsonl": f"{entry}\n"}[name]
    status, page = await send(await enter("trainer"), name, data.encode())
    assert status == 200
    assert "1 response would be new" in page


async def test_what_comes_out_opens_in_a_spreadsheet_and_computes_nothing(world: World, enter: Enter) -> None:
    evil = '=HYPERLINK("http://example.org";"click")'
    trainer = await enter("trainer")
    world.library.add(
        ResponseDraft(evil, "en", "facts", ("migrants",), narratives=("a",)),
        by=Actor(world.person["trainer"].id, "T"),
    )
    data = await (await trainer.client.get("/library/export/csv")).read()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    assert f"'{evil}" in [row["text"] for row in rows]
    book = load_workbook(io.BytesIO(await (await trainer.client.get("/library/export/xlsx")).read()))
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert evil in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}  # no formula
    for kind in ("csv", "xlsx", "yaml", "pack"):
        answer = await trainer.client.get(f"/library/export/{kind}")
        assert "attachment" in answer.headers["Content-Disposition"]
        ending = {"pack": "json", "yaml": "yml"}.get(kind, kind)
        _, page = await send(trainer, f"back.{ending}", await answer.read())
        if kind != "pack":  # which names a licence where there was none
            assert "already" in page, kind  # what comes out goes in again and changes nothing
        assert "would be new" not in page, kind
    assert (await trainer.client.get("/library/export/exe")).status == 404
    assert (await (await enter("volunteer")).client.get("/library/export/csv")).status == 403


def test_files_are_forgotten() -> None:
    now = [0.0]
    uploads = Uploads(now=lambda: now[0])
    token = uploads.keep(1, "a", b"x")
    assert uploads.get(token, 1) is not None
    assert uploads.get(token, 2) is None
    now[0] = 1_801.0
    assert uploads.get(token, 1) is None
    again = uploads.keep(1, "b", b"y")
    uploads.keep(1, "c", b"z")
    assert uploads.get(again, 1) is None  # one file a person
