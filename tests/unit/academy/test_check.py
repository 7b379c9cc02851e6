"""What ``courage academy check`` finds, and players who do anything."""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from courage.academy.catalogue import Catalogue
from courage.academy.check import check, longest
from courage.academy.fuzz import play_many
from courage.cli import cli
from courage.detection.verdict import Verdict
from courage.errors import CourageError

from .test_forms import CARD, GARDEN, SEEDS, written


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    data = yaml.safe_load(GARDEN.read_text(encoding="utf-8"))
    change(data)
    file = folder / "scenarios" / "en" / GARDEN.name
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(data), encoding="utf-8")  # JSON is YAML, without aliases
    return folder


def in_german(data: dict[str, Any]) -> None:
    """Write all that is told in German, and leave the file an English one."""
    data["setting"] = "Eine Gruppe von Leuten, die sich einen Garten teilen, und viele lesen jeden Tag mit."
    data["title"] = "Das Gerücht über den Garten"
    data["learn"] = ["Antworte ruhig auf ein Gerücht und wiederhole es dabei nicht noch einmal."]
    for scene in data["scenes"].values():
        for way in (*scene.get("branches", ()), *([scene["otherwise"]] if "otherwise" in scene else [])):
            way["because"] = "Danach reden alle nur noch davon, und niemand spricht mehr über den Garten."
        if "end" in scene:
            scene["end"]["text"] = (
                "Das Gespräch endet hier und alle gehen nach Hause, und morgen ist ein neuer Tag."
            )


def test_the_test_scenarios_of_all_languages_are_right() -> None:
    assert check([SEEDS]) == []
    assert {one.language for one in Catalogue.load(SEEDS).scenarios.values()} == {"en", "de", "fr", "ar"}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda d: d["scenes"].update(island=d["scenes"]["seen"]),
            "scenes.island: no way leads here from the start",
        ),
        (
            lambda d: d["scenes"]["softer"]["branches"].pop(),
            "scenes.softer: a reply with insults: true can lead to the good end seen",
        ),
        (
            lambda d: d["scenes"]["rumour"]["branches"].sort(key=lambda one: "exposes" in one["if"]),
            "scenes.rumour: a reply with exposes: true can lead to the good end seen",
        ),
        (
            lambda d: d["scenes"]["softer"].update(otherwise={"to": "rumour", "because": "back"}),
            "can go in a circle for ever",
        ),
        (
            lambda d: d["scenes"]["softer"].update(
                otherwise={"to": "softer", "because": "again"},
                branches=[{"if": {"insults": True}, "to": "softer", "because": "again"}],
            ),
            "scenes.softer: no way leads to an end from here",
        ),
        (
            lambda d: d["scenes"]["rumour"]["branches"].append(
                {"if": {"kind": ["report"], "length": ["short"]}, "to": "seen", "because": "x"}
            ),
            "branches[9].if: never taken",
        ),
        (
            lambda d: d["scenes"]["softer"]["branches"].append(
                {"if": {"kind": ["support"], "strategy": ["facts"]}, "to": "seen", "because": "x"}
            ),
            "strategy is read in counter and ask only",
        ),
        (
            lambda d: d["scenes"]["softer"]["branches"].append(
                {"if": {"threatens": True, "tone": ["calm"]}, "to": "seen", "because": "x"}
            ),
            "has the tone harsh",
        ),
        (
            lambda d: d["scenes"]["alone"]["end"].update(outcome="mixed"),
            "who does nothing but silence comes to",
        ),
        (lambda d: d["scenes"]["rumour"]["messages"][0].pop("harmful"), "no message is harmful: true"),
        (lambda d: d["scenes"]["rumour"]["branches"].pop(7), "no branch reacts to silence"),
        (
            lambda d: in_german(d),
            "reads as de; the file is for en",
        ),
    ],
)  # fmt: skip
def test_a_scenario_that_cannot_be_played_is_told_where_and_why(
    change: Callable[[dict[str, Any]], object], says: str, tmp_path: Path
) -> None:
    found = [f"{problem.place} {problem.says}" for problem in check([changed(tmp_path, change)])]
    assert any(says in one for one in found), found


def test_no_shipped_reason_stands_in_two_places() -> None:
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for scenario in Catalogue.load().scenarios.values():
        for name, scene in scenario.scenes.items():
            for way in scene.ways:
                places[scenario.language, way.because].append(f"{scenario.id}: {name}")
    assert {text: where for text, where in places.items() if len(where) > 1} == {}


def test_slurs_are_found_by_our_own_lexicon_and_everyday_words_of_others_are_none(tmp_path: Path) -> None:
    slur = base64.b64decode("dGFyZA==").decode()
    written(tmp_path, "cards", {**CARD, "message": f"What a {slur}."})
    (problem,) = check([tmp_path])
    assert "en-card-001: message: holds a slur" in str(problem)
    assert slur not in str(problem)
    french = {**CARD, "id": "fr-card-001", "setting": "Il est tard, et tout le monde dort."}
    file = written(tmp_path / "fr", "cards", french)
    assert not [one for one in check([file.rename(file.with_name("fr.yml"))]) if "slur" in one.says]


def test_the_detector_is_asked_for_grave_texts(tmp_path: Path) -> None:
    def screen(text: str) -> Verdict:
        return Verdict(text, "cash" in text, 0.9, "threat", 3, (), "en", "escalate")

    file = written(tmp_path, "cards", CARD)
    assert ["reads it as threat" in found.says for found in check([file], screen)] == [True]


def test_the_longest_way_is_counted_in_turns() -> None:
    assert longest(Catalogue.load(SEEDS).scenario("en-test-garden")) == 2


def test_players_who_do_anything_come_to_an_end_and_a_seed_makes_them_the_same() -> None:
    scenarios = list(Catalogue.load(SEEDS).scenarios.values())
    played = play_many(scenarios, 1600, seed=7)
    assert (played.games, played.endless, played.never) == (1600, [], [])
    assert set(played.outcomes) == {"good", "mixed", "hard"}
    assert play_many(scenarios, 1600, seed=7) == played
    assert play_many(scenarios, 1600, seed=8) != played


def test_a_game_without_end_is_named(tmp_path: Path) -> None:
    folder = changed(
        tmp_path,
        lambda d: d["scenes"]["softer"].update(
            branches=[{"if": {"insults": True}, "to": "softer", "because": "x"}],
            otherwise={"to": "softer", "because": "x"},
        ),
    )
    played = play_many(Catalogue.load(folder).scenarios.values(), 50, seed=1)
    assert "still in scene softer after 9 turns" in played.endless[0]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["academy", *arguments])
    if isinstance(result.exception, CourageError):
        return 1, result.output + str(result.exception)
    return result.exit_code, result.output


def test_the_command_says_what_is_wrong_and_fails(tmp_path: Path) -> None:
    assert run("check", str(SEEDS)) == (0, "nothing found\n")
    file = written(tmp_path, "cards", {**CARD, "level": 9})
    status, output = run("check", str(file))
    assert status == 1
    assert "entry 1 (en-card-001): level: 9 is none of: 1, 2, 3" in output
    assert "1 findings" in output


def test_the_command_plays(tmp_path: Path) -> None:
    status, output = run("fuzz", str(SEEDS), "--players", "80", "--seed", "3")
    assert status == 0
    assert output.startswith("80 games of 8 scenarios, longest 2 turns; ends: ")
    assert run("fuzz", str(written(tmp_path, "cards", CARD)))[0] == 1
