"""Files in, files out: previewed, all or nothing, the same when done again."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courage.library.drafts import SourceDraft
from courage.library.errors import ExchangeError
from courage.library.exchange import layouts
from courage.library.exchange.files import each, export_file, fields_of, import_file
from courage.library.exchange.layouts import escape, unescape

from .conftest import ANNA, BILAL, Kit, draft

DATA = Path(os.environ.get("COURAGE_DATA", "../shared/data"))


def write(kit: Kit, name: str, text: str | bytes) -> Path:
    path = kit.folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def everything(kit: Kit) -> list[dict[str, object]]:
    return [fields_of(response) for response in each(kit.library, 1)]


@pytest.fixture
def varied(kit: Kit) -> Kit:
    kit.approved(
        '=HYPERLINK("x"), a "quoted", comma; and\na new line',
        id="odd",
        narratives=("+1 narrative | bar", "@two", "'three"),
        sources=(SourceDraft("Title, with comma", "Press", 2020, "p. 3"),),
        review_on=date(2027, 2, 3),
        tone="firm",
        licence="CC-BY-4.0",
    )
    kit.approved(
        "تحية طيبة للجميع", id="ar-1", language="ar", targets=("muslims", "roma"), translation_of="odd"
    )
    kit.library.add(draft("'quoted start", narratives=(), targets=()), by=BILAL)
    kit.library.add(draft("- a dash: at the start # and a hash"), by=BILAL)
    kit.library.retire("odd", by=ANNA)
    return kit


@pytest.mark.parametrize("ending", ["csv", "jsonl", "yml"])
def test_nothing_is_lost_on_the_way_out_and_in(varied: Kit, ending: str) -> None:
    from courage.db.engine import create_all, make_engine, make_sessions
    from courage.library.service import Library

    path = varied.folder / f"all.{ending}"
    assert export_file(varied.library, path) == 4
    engine = make_engine("sqlite://")
    create_all(engine)
    fresh = Library(make_sessions(engine), clock=varied.clock)
    report = import_file(fresh, path, by=BILAL, keep_states=True)
    assert report.counts["new"] == 4
    assert [fields_of(r) for r in each(fresh, 1)] == everything(varied)
    engine.dispose()


@pytest.mark.parametrize("ending", ["csv", "jsonl", "yml"])
def test_importing_again_changes_nothing(varied: Kit, ending: str) -> None:
    path = varied.folder / f"all.{ending}"
    export_file(varied.library, path)
    before = everything(varied)
    assert import_file(varied.library, path, by=ANNA).counts == {
        "new": 0,
        "changed": 0,
        "duplicate": 4,
        "refused": 0,
    }
    assert everything(varied) == before


def test_no_cell_of_the_export_is_a_formula(varied: Kit) -> None:
    path = varied.folder / "all.csv"
    export_file(varied.library, path)
    with path.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")]


@given(st.text())
def test_escaping_is_undone_exactly(text: str) -> None:
    assert unescape(escape(text)) == text
    assert escape(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_a_dry_run_shows_what_would_happen_and_does_nothing(kit: Kit) -> None:
    old = kit.approved("Old words.", id="old")
    rows = [
        {"id": "old", "text": "Other words.", "language": "en", "strategy": "facts"},
        {"text": "old WORDS", "language": "en", "strategy": "facts"},
        {"text": "New words.", "language": "en", "strategy": "facts"},
        {"text": "New words!", "language": "en", "strategy": "facts"},
        {"text": "Wrong.", "language": "en", "strategy": "rage"},
    ]
    path = write(kit, "in.jsonl", "\n".join(map(json.dumps, rows)))
    report = import_file(kit.library, path, by=ANNA, dry_run=True)
    assert [(row.line, row.outcome) for row in report.rows] == [
        (4, "duplicate"),
        (5, "refused"),
        (1, "changed"),
        (2, "duplicate"),
        (3, "new"),
    ]
    assert "strategy 'rage' is not known" in report.of("refused")[0].reason
    assert "would be: 1 new, 1 changed, 2 duplicate, 1 refused" in report.pretty()
    assert kit.library.get("old") == old
    assert kit.library.count() == 1
    with pytest.raises(ExchangeError, match=r"line 5: strategy .rage.*nothing was imported"):
        import_file(kit.library, path, by=ANNA)
    assert kit.library.count() == 1
    assert import_file(kit.library, path, by=ANNA, skip_refused=True).counts["new"] == 1
    changed = kit.library.get("old")
    assert (changed.text, changed.state, changed.version) == ("Other words.", "draft", 2)


def test_what_is_imported_must_be_approved_here(kit: Kit) -> None:
    path = write(kit, "in.csv", "text,language,strategy,state\nHello.,en,positive,approved\n")
    import_file(kit.library, path, by=ANNA)
    assert [r.state for r in kit.library.list()] == ["draft"]


HEAD = "id,text,language,strategy\n"
BROKEN = {
    "encoding": ("x.csv", HEAD.encode() + b"a,caf\xe9,en,facts\n", 2, "not UTF-8"),
    "columns": ("x.csv", "id,text,language\na,b,en\n", 1, "column strategy is missing"),
    "unknown column": ("x.csv", "text,strategy,colour\n", 1, "'colour' is not known"),
    "twice": ("x.csv", "text,text,strategy\n", 1, "comes twice"),
    "quotes": ("x.csv", HEAD + 'a,b,en,facts\nc,"d,en,facts\ne,f,en,facts\n', 3, "never closed"),
    "stray quote": ("x.csv", HEAD + 'a,"b"c,en,facts\n', 2, "expected after"),
    "huge": ("x.csv", HEAD + "a," + "x" * 70_000 + ",en,facts\n", 2, "longer than"),
    "ids": ("x.csv", HEAD + "a,b,en,facts\na,c,en,facts\n", 3, "already on line 2"),
    "half a row": ("x.csv", HEAD + "a,b,en,facts\nc,d,e", 3, "3 fields where 4"),
    "empty": ("x.csv", "", 1, "empty"),
    "zero": ("x.csv", HEAD + "a,b\x00,en,facts\n", 2, "zero byte"),
    "half json": (
        "x.jsonl",
        '{"text": "a", "language": "en", "strategy": "facts"}\n{"text": "b',
        2,
        "not valid JSON",
    ),
    "list": ("x.jsonl", "[1]\n", 1, "must be a JSON object"),
    "yaml": ("x.yml", "- text: a\n  language: en\n  strategy: facts\n- text: [b\n", 4, "not valid YAML"),
    "no list": ("x.yml", "text: a\n", 1, "must be a list"),
    "language": (
        "x.jsonl",
        '{"text": "a", "language": "it", "strategy": "facts"}',
        1,
        "language 'it' is not known",
    ),
}


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_leaves_the_library_as_it_was(
    kit: Kit, case: tuple[str, str | bytes, int, str]
) -> None:
    name, content, line, reason = case
    kit.approved("Here before.")
    before = everything(kit)
    with pytest.raises(ExchangeError, match=reason) as caught:
        import_file(kit.library, write(kit, name, content), by=ANNA)
    assert caught.value.line == line
    assert f"line {line}" in str(caught.value)
    assert everything(kit) == before


def test_a_failure_half_way_through_writing_undoes_all_of_it(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    from courage.library.exchange import import_job

    rows = [{"text": f"Words {i}.", "language": "en", "strategy": "facts"} for i in range(1_200)]
    path = write(kit, "in.jsonl", "\n".join(map(json.dumps, rows)))
    real, calls = import_job.store.record, []

    def failing(*args: object, **kwargs: object) -> None:
        calls.append(1)
        if len(calls) > 900:
            raise MemoryError
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(import_job.store, "record", failing)
    with pytest.raises(MemoryError):
        import_file(kit.library, path, by=ANNA)
    assert kit.library.count() == 0


@pytest.mark.slow  # a large file
def test_progress_rises_to_the_end(kit: Kit) -> None:
    rows = [{"text": f"Words {i}.", "language": "en", "strategy": "facts"} for i in range(1_100)]
    path = write(kit, "in.jsonl", "\n".join(map(json.dumps, rows)))
    seen: list[tuple[int, int]] = []
    import_file(kit.library, path, by=ANNA, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_files_from_spreadsheets_may_use_plain_lists(kit: Kit) -> None:
    head = "text,language,strategy,targets,narratives,sources\r\n"
    row = 'Hello.,en,facts,"muslims, women",one|two,Report | Press | 2020\r\n'
    import_file(kit.library, write(kit, "in.csv", "\ufeff" + head + row), by=ANNA)
    response = kit.library.list()[0]
    assert (response.targets, response.narratives) == (("muslims", "women"), ("one", "two"))
    assert response.sources == (SourceDraft("Report", "Press", 2020),)


def test_the_conan_layouts_are_known_by_their_header(kit: Kit) -> None:
    conan = "cn_id,hateSpeech,counterSpeech,cnType\nENx1,A narrative.,An answer.,facts\nITx2,Una,Due,facts\n"
    many = "INDEX,HATE_SPEECH,COUNTER_NARRATIVE,TARGET,VERSION\n0,A narrative,Another answer,LGBT+,V1\n"
    assert import_file(kit.library, write(kit, "c.csv", conan), by=ANNA).counts["refused"] == 1
    import_file(kit.library, write(kit, "m.csv", many), by=ANNA)
    found = {r.text: r for r in kit.library.list()}
    assert (found["An answer."].strategy, found["An answer."].narratives) == ("facts", ("A narrative.",))
    assert found["Another answer"].targets == ("lgbt",)
    assert "not redistributable" in found["Another answer"].licence


@pytest.mark.slow  # thousands of rows
@pytest.mark.data
@pytest.mark.parametrize("name", ["conan.csv", "multitarget_conan.csv"])
def test_the_published_files_can_be_imported_and_again_without_change(kit: Kit, name: str) -> None:
    if not (DATA / name).is_file():
        pytest.skip(f"{DATA / name} is missing; set COURAGE_DATA")
    report = import_file(kit.library, DATA / name, by=ANNA)
    assert report.counts["new"] > 1_000
    again = import_file(kit.library, DATA / name, by=ANNA)
    assert again.counts["new"] + again.counts["changed"] == 0


def test_unknown_formats_are_refused(kit: Kit) -> None:
    with pytest.raises(ExchangeError, match="cannot tell the format"):
        import_file(kit.library, write(kit, "in.txt", "x"), by=ANNA)
    with pytest.raises(ExchangeError, match="allowed are csv, jsonl, yaml, conan"):
        import_file(kit.library, write(kit, "in.csv", "x"), by=ANNA, layout="xml")
    with pytest.raises(ExchangeError, match="cannot be read"):
        import_file(kit.library, kit.folder / "none.csv", by=ANNA)
    with pytest.raises(ExchangeError, match="cannot export"):
        export_file(kit.library, kit.folder / "out.xml")
    assert set(layouts.LAYOUTS) >= {"csv", "jsonl", "yaml"}
