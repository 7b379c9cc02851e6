"""A new year's figure: one edit, one approval, every text that shows it."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.library.errors import LintError, StateError, TwoPeopleError
from courage.library.exchange import packs
from courage.library.facts import Fact, fact_from_mapping
from courage.library.lint import Linter
from courage.library.shared_facts import SharedFacts
from courage.library.starter import SEED_ORIGIN, load_starter_library
from courage.library.suggest.recommend import Wish

from .conftest import ANNA, BILAL, CHLOE, Kit, draft, verdict


def fact(value: str = "58%", year: int = 2024, fact_id: str = "displaced") -> Fact:
    return fact_from_mapping(
        {
            "id": fact_id,
            "value": {"en": value},
            "year": year,
            "publisher": "UNHCR",
            "title": "Global Trends",
            "locator": "table 2",
            "looked_up": "2026-01-10",
            "expect": "Ask which figure they mean.",
        }
    )


@pytest.fixture
def facts(kit: Kit) -> SharedFacts:
    shared = SharedFacts(kit.library.sessions, clock=kit.library.clock, on_change=kit.library.changed)
    kit.library.checks = Linter(
        identify=lambda text: "und", today=lambda: kit.library.clock().date(), facts=shared.approved
    )
    return shared


def in_use(facts: SharedFacts, value: str = "58%", year: int = 2024) -> None:
    facts.propose(fact(value, year), by=ANNA)
    facts.approve("displaced", by=BILAL)


SHOWS = "So {fact:displaced} of them never cross a border (UNHCR, {fact:displaced.year})."


def test_a_new_year_is_one_edit_and_one_approval_for_all_texts(kit: Kit, facts: SharedFacts) -> None:
    in_use(facts)
    one = kit.approved(SHOWS, strategy="facts")
    two = kit.approved("Did you know that {fact:displaced} stay at home?", strategy="question")
    other = kit.approved("People rarely leave gladly.")
    assert kit.library.get(one.id).text == "So 58% of them never cross a border (UNHCR, 2024)."
    assert [(s.publisher, s.locator) for s in kit.library.get(one.id).sources] == [("UNHCR", "table 2")]

    facts.propose(fact("60%", 2025), by=ANNA)  # the one edit
    assert "58%" in kit.library.get(one.id).text  # nothing changes before somebody else has looked
    assert [text for _, text in facts.texts_as_proposed("displaced")] == [
        "So 60% of them never cross a border (UNHCR, 2025).",
        "Did you know that 60% stay at home?",
    ]
    with pytest.raises(TwoPeopleError):
        facts.approve("displaced", by=ANNA)
    assert set(facts.approve("displaced", by=BILAL)) == {one.id, two.id}  # the one approval

    for response in (one, two):
        now = kit.library.get(response.id)
        assert now.state == "approved"
        assert "60%" in now.text
        assert now.sources[0].year == 2025
    assert kit.library.get(other.id).version == other.version
    with pytest.raises(StateError, match="nothing is proposed"):
        facts.approve("displaced", by=CHLOE)
    assert "60%" in kit.library.history(one.id)[-1].why
    advice = kit.recommender.suggest(
        "migrants do not belong here", verdict("x"), organisation_id=1, wish=Wish(strategies=("facts",))
    )
    assert "So 60% of them never cross a border (UNHCR, 2025)." in [s.text for s in advice.suggestions]


def test_who_approved_a_figure_may_still_approve_the_text(kit: Kit, facts: SharedFacts) -> None:
    in_use(facts)
    added = kit.library.add(draft(SHOWS, strategy="facts"), by=CHLOE)
    in_use(facts, "60%", 2025)
    kit.library.submit(added.id, by=CHLOE)
    assert kit.library.approve(added.id, by=BILAL).state == "approved"


def test_editing_keeps_the_placeholder(kit: Kit, facts: SharedFacts) -> None:
    in_use(facts)
    one = kit.approved(SHOWS, strategy="facts")
    changed = kit.library.edit(one.id, {"tone": "warm"}, by=ANNA)
    assert changed.written == SHOWS
    assert changed.text.startswith("So 58%")
    assert kit.library.edit(one.id, kit.library.get(one.id).draft(), by=ANNA).version == changed.version


def test_a_text_that_shows_an_unknown_fact_is_not_approved(kit: Kit, facts: SharedFacts) -> None:
    added = kit.library.add(draft("So {fact:nowhere} of them stay."), by=ANNA)
    kit.library.submit(added.id, by=ANNA)
    with pytest.raises(LintError, match="there is no fact 'nowhere'"):
        kit.library.approve(added.id, by=BILAL)


def test_facts_fall_due(kit: Kit, facts: SharedFacts) -> None:
    in_use(facts)
    assert facts.due(within_days=30) == ()
    assert [f.id for f in facts.due(within_days=400)] == ["displaced"]


def test_a_proposal_can_be_dropped(kit: Kit, facts: SharedFacts) -> None:
    in_use(facts)
    facts.propose(fact("60%", 2025), by=ANNA)
    facts.reject("displaced", by=BILAL)
    assert facts.get("displaced").proposed is None
    assert facts.approved()["displaced"].value["en"] == "58%"


def starter(folder: Path, value: str, *ids: str) -> Path:
    (folder / "en").mkdir(parents=True, exist_ok=True)
    (folder / "facts").mkdir(exist_ok=True)
    (folder / "facts" / "un.yml").write_text(
        f"- {{id: displaced, value: '{value}', year: 2024, publisher: UNHCR, title: Global Trends, "
        "locator: table 2, looked_up: 2026-01-10, expect: Ask.}\n"
    )
    (folder / "en" / "one.yml").write_text(
        "".join(
            f"- {{id: {name}, text: '{name}: {{fact:displaced}} stay.', language: en, strategy: facts, targets: [migrants]}}\n"
            for name in ids
        )
    )
    return folder


def test_the_starter_librarys_new_figure_waits_where_an_organisation_made_a_text_its_own(
    kit: Kit, facts: SharedFacts, tmp_path: Path
) -> None:
    load_starter_library(kit.library, starter(tmp_path, "58%", "a", "b"))
    assert kit.library.get("a").text == "a: 58% stay."
    load_starter_library(kit.library, starter(tmp_path, "59%", "a", "b"))
    assert kit.library.get("a").text == "a: 59% stay."  # nobody here had a hand in it

    kit.library.edit("a", {"text": "Ours: {fact:displaced} stay."}, by=ANNA)
    kit.library.submit("a", by=ANNA)
    kit.library.approve("a", by=BILAL)
    load_starter_library(kit.library, starter(tmp_path, "60%", "a", "b"))
    assert kit.library.get("a").text == "Ours: 59% stay."
    assert facts.get("displaced").proposed is not None
    load_starter_library(kit.library, starter(tmp_path, "60%", "a", "b"))  # asks once
    facts.approve("displaced", by=BILAL)
    assert [kit.library.get(name).text for name in ("a", "b")] == ["Ours: 60% stay.", "b: 60% stay."]
    before = facts.get("displaced").version
    load_starter_library(kit.library, starter(tmp_path, "60%", "a", "b"))
    assert facts.get("displaced").version == before


def test_what_leaves_the_starter_library_goes_unless_somebody_here_touched_it(
    kit: Kit, tmp_path: Path
) -> None:
    load_starter_library(kit.library, starter(tmp_path, "58%", "a", "b", "c"))
    kit.library.edit("b", {"text": "Ours."}, by=ANNA)
    kit.library.submit("b", by=ANNA)
    kit.library.approve("b", by=BILAL)
    own = kit.approved("Written here.")
    load_starter_library(kit.library, starter(tmp_path, "58%", "a"))
    assert [kit.library.get(name).state for name in ("a", "b", "c", own.id)] == [
        "approved",
        "approved",
        "retired",
        "approved",
    ]
    load_starter_library(kit.library, starter(tmp_path, "58%"))  # an empty folder withdraws nothing
    assert kit.library.get("a").state == "approved"
    assert kit.library.get("a").origin == SEED_ORIGIN


def test_a_pack_brings_the_facts_that_its_texts_show(kit: Kit, facts: SharedFacts, tmp_path: Path) -> None:
    in_use(facts)
    kit.approved(
        SHOWS, strategy="facts", kind="counter_narrative", needs=("workplace",), subgroups=("refugees",)
    )
    packs.export_pack(kit.library, tmp_path / "pack.json", name="ours", title="Ours", publisher="We")
    pack = packs.read_pack(tmp_path / "pack.json")
    assert [f.id for f in pack.facts] == ["displaced"]
    assert pack.drafts[0].text == SHOWS
    assert pack.drafts[0].needs == ("workplace",)
    assert pack.drafts[0].subgroups == ("refugees",)
