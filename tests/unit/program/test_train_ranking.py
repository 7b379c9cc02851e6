"""``courage train ranking``: from what people chose to weights that the engine loads."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from courage import wiring
from courage.cases.casework import make_casework
from courage.cases.choices import choices
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.cli import cli
from courage.clock import utcnow
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.library.suggest.ranking import PARTS, RankingWeights
from courage.library.suggest.recommend import Advice, Suggestion
from courage.people.people import People
from courage.settings import load_settings
from courage.wiring import Components, open_database
from tests.unit.library.conftest import WordEncoder

pytestmark = pytest.mark.slow  # trains

Courage = Callable[..., Result]


async def flag(text: str, _: str) -> Verdict:
    """Flag everything."""
    return Verdict(text, True, 0.9, "derogation", 2, (), "en", "counter")


class Shelf:
    """Offers the same three responses in an order of chance, each with parts of chance."""

    def __init__(self, *, parts: bool = True) -> None:
        self._rng = np.random.default_rng(3)
        self._parts = parts

    def suggest(self, text: str, verdict: Verdict, **_: Any) -> Advice:
        offers = []
        for rank in (1, 2, 3):
            parts = dict(zip(PARTS, self._rng.random(len(PARTS)).tolist(), strict=True))
            offers.append(
                Suggestion(
                    f"r{rank}", "No.", "facts", "en", 0.5, (), (), rank, parts=parts if self._parts else {}
                )
            )
        return Advice(False, None, tuple(offers))

    def feedback(self, *_: Any, **__: Any) -> None:
        """Keep nothing."""


@pytest.fixture
def courage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Courage:
    for name, value in {"COURAGE_HOME": str(tmp_path / "home"), "COURAGE_CONFIG": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, list(words))

    return run


def choose(count: int, *, people: int = 3, shelf: Shelf | None = None) -> None:
    """Let people open cases and choose the shortest response each time."""
    sessions = open_database(load_settings())[1]
    staff = People(sessions)
    ids = [staff.add(f"Person {number}", "volunteer").id for number in range(people)]
    intake = Intake(sessions, flag, IntakeSettings(b"a key for tests only"))
    casework = make_casework(sessions, shelf or Shelf(), channels=("practice", "matrix", "test"))

    async def open_cases() -> list[int]:
        opened = []
        for number in range(count):
            message = InboundMessage(
                1, "test", "!room", f"${number}", f"eve{number}", f"Text {number}", utcnow()
            )
            opened.append((await intake.receive(message)).case_id or 0)
        return opened

    for number, case_id in enumerate(asyncio.run(open_cases())):
        person = ids[number % people]
        casework.claim(case_id, person)
        advice = casework.suggest(case_id, person)
        lengths = [s.parts.get("length", 0.0) for s in advice.suggestions]
        casework.choose(case_id, person, 1)
        casework.choose(case_id, person, 1 + int(np.argmax(lengths)))  # people change their minds


@pytest.mark.slow  # trains
def test_choices_become_weights_that_the_engine_uses(courage: Courage, tmp_path: Path) -> None:
    choose(90)
    assert courage("settings").output.endswith("ranking weights in use: as shipped\n")
    done = courage("train", "ranking")
    assert done.exit_code == 0, done.exception
    assert "90 choices by 3 people" in done.output
    assert "held aside" in done.output
    assert "before: " in done.output
    assert "after:  " in done.output
    assert done.output.endswith("the engine uses them from its next start\n")
    assert f"ranking weights in use: trained {utcnow():%Y-%m-%d}" in courage("settings").output
    length = PARTS.index("length")
    with Components(load_settings()) as components:
        assert components.ranking.weights.values[length] > RankingWeights().values[length]

    # The same again is no better than what is in place: nothing is written, and that is said.
    written = (tmp_path / "home" / "ranking.json").read_bytes()
    again = courage("train", "ranking")
    assert "no better than those in use; ranking.json is left as it was" in str(again.exception)
    assert (tmp_path / "home" / "ranking.json").read_bytes() == written
    forced = courage("train", "ranking", "--force", "--out", str(tmp_path / "other.json"))
    assert "the new weights are no better than those they replace" in forced.output
    assert "copy the file to" in forced.output


def test_too_few_choices_are_refused(courage: Courage, tmp_path: Path) -> None:
    choose(4)
    refused = courage("train", "ranking")
    assert isinstance(refused.exception, CourageError)
    assert str(refused.exception) == (
        "too little to learn from: 4 choices by 3 people; it takes 50 by 3 or more"
    )
    assert not (tmp_path / "home" / "ranking.json").exists()


def test_offers_from_before_parts_were_kept_are_counted_and_left_out(courage: Courage) -> None:
    choose(2, shelf=Shelf(parts=False))
    assert choices(open_database(load_settings())[1]) == ([], 2)
    assert "2 choices left out" in courage("train", "ranking").output


def test_the_last_choice_of_a_round_counts(courage: Courage) -> None:
    choose(5)
    found, unusable = choices(open_database(load_settings())[1])
    assert (len(found), unusable) == (5, 0)
    for choice in found:
        lengths = [parts["length"] for parts in choice.parts]
        assert choice.chosen == int(np.argmax(lengths))


def test_a_file_that_cannot_be_used_is_named_and_passed_over(courage: Courage, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "ranking.json").write_text("{}")
    said = courage("settings").output
    assert "ranking weights in use: as shipped (ranking.json does not hold ranking weights" in said
    with Components(load_settings()) as components:
        assert components.ranking.weights == RankingWeights()


def test_a_wrong_setting_does_not_hide_what_is_allowed(
    courage: Courage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURAGE_PORT", "many")
    assert "COURAGE_PORT" in courage("settings").output


def test_judged_pairs_can_teach_the_ranking(
    courage: Courage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Plain:
        def screen_many(self, texts: Any, _: str = "balanced") -> list[Verdict]:
            return [Verdict(t, True, 0.9, "derogation", 2, ("migrants",), "en", "counter") for t in texts]

    monkeypatch.setattr(wiring, "make_screener", lambda _: Plain())
    monkeypatch.setattr(wiring, "load_encoder", lambda *_, **__: WordEncoder())
    monkeypatch.setenv("COURAGE_ENCODER", "words")  # one alone
    file = tmp_path / "judged.csv"

    def judge(messages: int) -> None:
        with file.open("w", newline="") as out:
            rows = csv.writer(out)
            rows.writerow(("message", "response", "label"))
            for number in range(messages):
                for answer, label in (("Who told you that, and why?", 1), ("No 1 2 3, http://x, says 9.", 0)):
                    rows.writerow((f"migrants take job {number}", answer, label))

    judge(5)
    refused = courage("train", "ranking", "--judgements", str(file))
    assert "5 messages with both suitable and unsuitable responses; it takes 20" in str(refused.exception)
    judge(40)
    out = tmp_path / "w.json"
    done = courage("train", "ranking", "--judgements", str(file), "--out", str(out), "--force")
    assert done.exit_code == 0, done.exception
    assert json.loads(out.read_text())["training"]["from"] == "40 messages of judged.csv"
    assert "cannot be read" in str(
        courage("train", "ranking", "--judgements", str(tmp_path / "none.csv")).exception
    )
