"""Scenarios and exercises as people write them: what is right is read, what is wrong is named with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from courage.academy.catalogue import Catalogue, read_file
from courage.academy.errors import AcademyError, NoSuchExercise
from courage.academy.play import step
from courage.academy.reply import REPORT, SILENCE, ReplyReading

SEEDS = Path(__file__).parent / "seeds"
GARDEN = SEEDS / "scenarios" / "en" / "en-test-garden.yml"

CARD = {
    "id": "en-card-001",
    "groups": ["roma"],
    "level": 1,
    "setting": "A parents' chat before the summer fair.",
    "message": "Lock the cash box, they are coming too.",
    "options": [
        {"text": "Who do you mean by they?", "verdict": "possible", "why": "It asks him to say it."},
        {"text": "You are sick.", "verdict": "poor", "why": "It insults."},
        {"text": "Their children sing with ours. I look forward to it.", "verdict": "best", "why": "Perspective."},
        {"text": "Well, it does happen.", "verdict": "poor", "why": "It repeats the claim."},
    ],
}  # fmt: skip
SPOT = {
    "id": "en-spot-001",
    "message": "Whoever says they are all thieves does not know a single one.",
    "answer": "no_hate",
    "kind": "quoted_opposed",
    "groups": ["roma"],
    "look_at": ["Whoever says"],
    "why": "It quotes in order to oppose.",
}
SOURCE = {
    "id": "en-source-001",
    "groups": [],
    "level": 1,
    "post": "Forwarded: in Lower Wickle they closed the pool.",
    "steps": [
        {
            "question": "What do you look at first?",
            "options": [
                {"text": "Who says it", "right": True, "why": "It is a forward without a source."},
                {"text": "How many shared it", "right": False, "why": "Many may be wrong."},
            ],
            "found": "Nobody is named.",
        },
        {
            "question": "And then?",
            "options": [
                {"text": "The pool's own page", "right": True, "why": "It knows."},
                {"text": "The comments", "right": False, "why": "They guess."},
            ],
            "found": "It is open.",
        },
    ],
    "conclusion": "The pool is open.",
    "reply": "Its own page says that it is open: example.org/pool",
}
LIMITS = {
    "id": "en-limits-001",
    "title": "The third night",
    "situation": "You have answered for three nights.",
    "options": [
        {"text": "Hand over", "verdict": "best", "why": "Others are there for it."},
        {"text": "Go on", "verdict": "poor", "why": "You need sleep."},
        {"text": "Mute the chat", "verdict": "possible", "why": "For one night."},
    ],
    "take_along": "You may stop.",
}
ENTRIES = {"cards": CARD, "spot_the_hate": SPOT, "sources": SOURCE, "limits": LIMITS}


def garden(change: Callable[[dict[str, Any]], None], folder: Path) -> list[str]:
    """Return what is found wrong with the garden after a change."""
    data = yaml.safe_load(GARDEN.read_text(encoding="utf-8"))
    change(data)
    file = folder / "scenarios" / "en" / GARDEN.name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    return [f"{found.place}: {found.says}" for found in read_file(file).problems]


def written(folder: Path, kind: str, *entries: dict[str, Any]) -> Path:
    file = folder / kind / "en.yml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(entries), encoding="utf-8")  # JSON is YAML, without aliases
    return file


def test_a_conversation_goes_where_the_first_branch_that_holds_says() -> None:
    scenario = Catalogue.load(SEEDS).scenario("en-test-garden")
    calm = ReplyReading(kind="counter", strategy="question", tone="calm")
    assert step(scenario, "rumour", calm).scene == "softer"
    insulting = step(scenario, "rumour", ReplyReading(kind="counter", tone="calm", insults=True))
    assert (insulting.scene, insulting.ended) == ("shouting", True)
    assert "called something" in insulting.because
    assert step(scenario, "rumour", SILENCE).scene == "alone"
    assert step(scenario, "rumour", REPORT).scene == "stopped"
    assert step(scenario, "rumour", ReplyReading(kind="counter", tone="harsh")).scene == "alone"


def test_after_the_end_nothing_follows_and_a_scene_that_is_gone_is_named() -> None:
    scenario = Catalogue.load(SEEDS).scenario("en-test-garden")
    with pytest.raises(AcademyError, match="has ended"):
        step(scenario, "seen", SILENCE)
    with pytest.raises(AcademyError, match="no scene 'gone'"):
        step(scenario, "gone", SILENCE)


def test_what_is_answered_is_the_harmful_message() -> None:
    scenario = Catalogue.load(SEEDS).scenario("en-test-garden")
    assert scenario.said_in("rumour").startswith("The foreigners take")
    assert scenario.said_in("softer") == "ok, I only heard it from a mate"
    assert scenario.person_hit() == "Noor"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda d: d.pop("learn"), "learn: is missing"),
        (lambda d: d.update(level=4), "level: 4 is none of: 1, 2, 3"),
        (lambda d: d.update(level=True), "level: must be a whole number, not True"),
        (lambda d: d.update(tittle="x"), "tittle: is no key of this form"),
        (lambda d: d.update(groups=["romani"]), "groups[1]: 'romani' is none of: women"),
        (lambda d: d.update(start="begin"), "there is no scene begin; there are: "),
        (lambda d: d.update(id="en-other"), "id: is en-other, but must be the file's name"),
        (lambda d: d["scenes"]["rumour"].pop("otherwise"), "scenes.rumour: needs branches and otherwise"),
        (lambda d: d["scenes"]["seen"].update(otherwise={"to": "seen", "because": "x"}), "has an end and goes on"),
        (lambda d: d["scenes"]["rumour"]["branches"][2].update({"if": {}}), "branches[3].if: is empty"),
        (
            lambda d: d["scenes"]["rumour"]["branches"][2].update({"if": {"kind": ["couter"]}}),
            "scenes.rumour.branches[3].if.kind[1]: 'couter' is none of: counter, support",
        ),
        (
            lambda d: d["scenes"]["rumour"]["branches"][0].update({"if": {"insults": "yes"}}),
            "if.insults: must be true or false, not 'yes'",
        ),
        (lambda d: d["scenes"]["rumour"]["branches"][0].update(to="away"), "a way leads to away; there are: "),
        (lambda d: d["scenes"]["rumour"]["messages"][0].update({"from": "bob"}), "is from bob; the cast has: dave"),
        (lambda d: d["scenes"]["rumour"]["messages"][0].update(text=7), "must be a text, not 7; put it in quotes"),
        (lambda d: d["scenes"]["rumour"]["messages"][0].update(text=" "), "messages[1].text: is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_scenario_is_named_with_its_place(
    change: Callable[[dict[str, Any]], None], says: str, tmp_path: Path
) -> None:
    assert any(says in found for found in garden(change, tmp_path)), garden(change, tmp_path)


@pytest.mark.parametrize(
    ("kind", "change", "says"),
    [
        ("cards", {"options": CARD["options"][:3]}, "four are needed: one best"),  # type: ignore[index]
        ("cards", {"groups": []}, "at least 1 item"),
        ("spot_the_hate", {"answer": "maybe"}, "'maybe' is none of: hate, no_hate"),
        ("spot_the_hate", {"answer": "hate"}, "kind quoted_opposed does not go with the answer hate; allowed: derog"),
        ("spot_the_hate", {"look_at": ["whoever says"]}, "is not in the message, letter by letter"),
        ("sources", {"steps": SOURCE["steps"][:1]}, "at least 2 items"),  # type: ignore[index]
        ("limits", {"options": [dict(o, verdict="poor") for o in LIMITS["options"]]}, "0 options are best"),  # type: ignore[call-overload, union-attr]
        ("limits", {"id": "de-limits-001"}, "must begin with en-"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_exercise_is_named_with_its_place(
    kind: str, change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    good = ENTRIES[kind]
    file = written(tmp_path, kind, good, {**good, "id": f"{good['id']}9", **change})
    found = read_file(file)
    assert len(found.exercises) == 1
    assert "entry 2 (" in str(found.problems[0])
    assert any(says in problem.says for problem in found.problems), found.problems


def test_what_is_right_stays_when_a_file_beside_it_is_broken(tmp_path: Path) -> None:
    for kind, entry in ENTRIES.items():
        written(tmp_path, kind, entry)
    (tmp_path / "cards" / "de.yml").write_text("- id: [unclosed", encoding="utf-8")
    (tmp_path / "cards" / "fr.yml").write_bytes(b"- id: caf\xe9")
    catalogue = Catalogue.load(tmp_path)
    assert catalogue.card("en-card-001").options[2].verdict == "best"
    assert not catalogue.spot("en-spot-001").hateful
    assert catalogue.source("en-source-001").language == "en"
    assert catalogue.limit("en-limits-001").title == "The third night"
    assert ["de.yml" in str(found) or "fr.yml" in str(found) for found in catalogue.problems] == [True, True]
    assert "line 2" in str(catalogue.problems[0])
    assert "not UTF-8" in str(catalogue.problems[1])


def test_an_id_counts_once_over_all_files(tmp_path: Path) -> None:
    written(tmp_path, "cards", CARD, CARD)
    catalogue = Catalogue.load(tmp_path)
    assert len(catalogue.cards) == 1
    assert "already in" in catalogue.problems[0].says


def test_one_chooses_by_language_groups_and_level(tmp_path: Path) -> None:
    hard = {**CARD, "id": "en-card-002", "level": 3, "groups": ["jews", "women"]}
    written(tmp_path, "cards", hard, CARD)
    written(tmp_path, "limits", LIMITS)
    catalogue = Catalogue.load(tmp_path)
    assert [one.id for one in catalogue.choose("cards")] == ["en-card-001", "en-card-002"]
    assert [one.id for one in catalogue.choose("cards", groups=["women"])] == ["en-card-002"]
    assert [one.id for one in catalogue.choose("cards", level=1)] == ["en-card-001"]
    assert catalogue.choose("cards", language="ar") == []
    assert len(catalogue.choose("limits", groups=["jews"], level=2)) == 1
    assert catalogue.languages() == ("en",)
    with pytest.raises(NoSuchExercise, match="there are: scenarios, cards"):
        catalogue.choose("riddles")
    with pytest.raises(NoSuchExercise, match="en-nothing"):
        catalogue.scenario("en-nothing")


def test_a_file_anywhere_else_is_told_where_files_belong(tmp_path: Path) -> None:
    file = tmp_path / "en.yml"
    file.write_text("[]", encoding="utf-8")
    assert "scenarios/, cards/" in str(read_file(file).problems[0])
