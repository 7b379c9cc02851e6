"""Starter library, packs, coverage, evaluation, migrations."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path

import pytest
from sqlalchemy import inspect

from courage.db.engine import Organisation, make_engine, writing
from courage.library.coverage import coverage, pretty
from courage.library.errors import ExchangeError
from courage.library.exchange.packs import export_pack, import_pack
from courage.library.starter import load_seeds, load_starter_library
from courage.library.suggest import metrics
from courage.library.suggest.evaluate import evaluate_retrieval, read_judgements

from .conftest import ANNA, BILAL, Kit, WordEncoder, verdict

SEEDS = Path(__file__).resolve().parents[3] / "responses"
ENTRY = """
- id: en-migrants-facts-001
  text: {text}
  language: en
  targets: [migrants]
  strategy: facts
  narratives: [a b, c d, e f]
  sources: [{{title: Report, publisher: Office, year: 2024}}]
  review_on: 2027-01-01
  author: Courage authors
  licence: CC-BY-4.0
"""


def seeds(folder: Path, text: str = "They work.") -> Path:
    (folder / "seeds" / "en").mkdir(parents=True, exist_ok=True)
    (folder / "seeds" / "en" / "one.yml").write_text(ENTRY.format(text=text), encoding="utf-8")
    return folder / "seeds"


def test_starter_responses_are_approved_at_once_and_loaded_once(kit: Kit) -> None:
    folder = seeds(kit.folder)
    assert load_starter_library(kit.library, folder) == 1
    assert load_starter_library(kit.library, folder) == 0
    response = kit.library.get("en-migrants-facts-001")
    assert (response.state, response.author_name, response.version) == ("approved", "Courage authors", 1)


def test_a_new_edition_updates_what_nobody_changed_here(kit: Kit) -> None:
    load_starter_library(kit.library, seeds(kit.folder))
    load_starter_library(kit.library, seeds(kit.folder, "They work hard."))
    response = kit.library.get("en-migrants-facts-001")
    assert (response.text, response.state, response.version) == ("They work hard.", "approved", 2)
    kit.library.edit(response.id, {"text": "Ours."}, by=ANNA)
    load_starter_library(kit.library, seeds(kit.folder, "They work very hard."))
    assert kit.library.get(response.id).text == "Ours."


def test_what_was_retired_here_stays_retired(kit: Kit) -> None:
    load_starter_library(kit.library, seeds(kit.folder))
    kit.library.retire("en-migrants-facts-001", by=ANNA)
    load_starter_library(kit.library, seeds(kit.folder, "Next edition."))
    assert kit.library.get("en-migrants-facts-001").state == "retired"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("- text: a\n", "one.yml, entry 1 .no id.: language is missing"),
        ("- {id: a, text: a, language: en, strategy: rage}", "entry 1 .a.: strategy 'rage'"),
        ("- {id: a, text: a, language: en, strategy: facts, colour: red}", "unknown field 'colour'"),
        ("- {text: a, language: en, strategy: facts}", "entry 1: id is missing"),
        (
            "- {id: a, text: a, language: en, strategy: facts}\n" * 2,
            "entry 2: the id a is already in one.yml, entry 1",
        ),
        ("text: [", "one.yml, line 2: not valid YAML"),
        ("text: a", "must be a list"),
    ],
)
def test_a_bad_starter_file_is_named_with_its_entry(tmp_path: Path, text: str, named: str) -> None:
    (tmp_path / "one.yml").write_text(text, encoding="utf-8")
    with pytest.raises(ExchangeError, match=named):
        load_seeds(tmp_path)


def test_the_starter_library_itself_can_be_read() -> None:
    if not SEEDS.is_dir():
        pytest.skip("there is no starter library yet")
    drafts = load_seeds(SEEDS)
    assert all(
        draft.narratives for draft in drafts if draft.kind == "counter_narrative" and not draft.general
    )
    assert all(draft.sources or draft.fact_ids() for draft in drafts if draft.strategy == "facts")


def test_packs_travel_update_and_show_conflicts(kit: Kit) -> None:
    with writing(kit.library.sessions) as session:
        session.add(Organisation(id=2, name="Two"))
    for name in ("same", "ours", "theirs"):
        kit.approved(f"Words of {name}.", id=name)
    path = kit.folder / "pack.json"
    options = {"name": "first-pack", "title": "First pack", "publisher": "Org one"}
    assert export_pack(kit.library, path, **options) == 3
    assert len(import_pack(kit.library, path, by=ANNA, organisation_id=2).added) == 3
    taken = kit.library.get("same", organisation_id=2)
    assert (taken.state, taken.origin, taken.author_name) == ("draft", "pack:first-pack", "Anna")

    kit.library.edit("theirs", {"text": "Changed there."}, by=BILAL, organisation_id=2)
    kit.library.edit("ours", {"text": "Changed there too."}, by=BILAL, organisation_id=2)
    for name in ("same", "ours"):
        kit.library.edit(name, {"text": f"New words of {name}."}, by=ANNA)
        kit.library.submit(name, by=ANNA)
        kit.library.approve(name, by=BILAL)
    export_pack(kit.library, path, **options)
    preview = import_pack(kit.library, path, by=ANNA, organisation_id=2, dry_run=True)
    report = import_pack(kit.library, path, by=ANNA, organisation_id=2)
    assert (report.updated, report.conflicts, report.kept) == (["same"], ["ours"], ["theirs"])
    assert preview == report
    assert report.theirs["ours"].text == "New words of ours."
    assert kit.library.get("ours", organisation_id=2).text == "Changed there too."
    assert kit.library.get("same", organisation_id=2).text == "New words of same."


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("{", "line 1: not valid JSON"),
        ("{}", "is no response pack"),
        (
            json.dumps({"format": "courage-pack-1", "name": "a-b", "responses": [{"text": "x"}]}),
            "response 1: language",
        ),
        (json.dumps({"format": "courage-pack-1", "name": "../x", "responses": []}), "pack name"),
    ],
)
def test_a_bad_pack_is_refused(kit: Kit, content: str, named: str) -> None:
    path = kit.folder / "pack.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ExchangeError, match=named):
        import_pack(kit.library, path, by=ANNA)


def test_coverage_counts_and_names_holes(stocked: Kit) -> None:
    table = coverage(stocked.library)
    assert table.total == 9
    assert table.at("en", "women", "facts") == 1
    assert ("en", "women", "humor") in table.holes()
    assert table.to_json()["total"] == 9
    assert "9 responses" in pretty(table)
    assert "no response yet: hypocrisy, consequences" in pretty(table)


def test_measures_of_a_ranking() -> None:
    assert metrics.precision([1, 0, 1, 1], 3) == pytest.approx(2 / 3)
    assert metrics.reciprocal_rank([0, 0, 1]) == pytest.approx(1 / 3)
    assert metrics.ndcg([0, 1], 10) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg([1, 1, 0], 10) == 1.0
    assert metrics.average_precision([1, 0, 1]) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.ndcg([0, 0], 10) == 0.0


def judged(path: Path, header: list[str]) -> Path:
    rows = []
    answers = [
        "neighbours work here every day",
        "women lead companies everywhere",
        "faith is a private matter",
    ]
    questions = [
        "those neighbours never work here",
        "women cannot lead companies",
        "that faith is dangerous matter",
        "alone",
    ]
    for i, question in enumerate(questions):
        rows += [[question, answer, int(i == j)] for j, answer in enumerate(answers)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.mark.parametrize(
    "header",
    [
        ["hate_speech", "counter_speech", "label"],
        ["HATE_SPEECH", "COUNTER_NARRATIVE", "relevant"],
        ["HS", "CN", "score"],
    ],
)
def test_retrieval_is_measured_on_judged_pairs(tmp_path: Path, header: list[str]) -> None:
    report = evaluate_retrieval(judged(tmp_path / "j.csv", header), encoder=WordEncoder())
    assert report["P@1"] == report["nDCG@10"] == 1.0
    assert (report["messages"], report["messages_without_relevant"], report["responses"]) == (3, 1, 3)


def test_judged_only_ranks_what_was_judged(tmp_path: Path) -> None:
    path = tmp_path / "j.csv"
    path.write_text("message,response,label\na b c,a b c,0\na b c,x y z,1\nq r,a b c d,1\n", encoding="utf-8")
    options = {
        "encoder": WordEncoder(),
        "screen": lambda texts: [verdict(t, targets=()) for t in texts],
    }
    assert evaluate_retrieval(path, judged_only=True, **options)["MRR"] == pytest.approx((1 / 2 + 1) / 2)
    assert evaluate_retrieval(path, **options)["MRR"] < 0.75


def test_a_bad_judgement_file_is_explained(tmp_path: Path) -> None:
    path = tmp_path / "j.csv"
    path.write_text("a,b,c\n1,2,3\n", encoding="utf-8")
    with pytest.raises(ExchangeError, match="no column for the message found in a, b, c"):
        read_judgements(path, None, None, None)
    path.write_text("a,b,c\n1,2,3x\n", encoding="utf-8")
    with pytest.raises(ExchangeError, match="line 2: c '3x' is neither 0 nor 1"):
        read_judgements(path, "a", "b", "c")


def test_migrations_lead_to_the_tables_of_the_code(tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    import courage.db.models.delivery  # noqa: F401
    from courage.db.engine import Base
    from courage.db.migrations import upgrade

    engine = make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    upgrade(engine, organisation="Ours")
    upgrade(engine)
    assert "responses" in inspect(engine).get_table_names()
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()
