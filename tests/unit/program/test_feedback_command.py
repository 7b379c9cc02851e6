"""``courage feedback``: reviewing on the command line, and the way of decisions into the next training."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from courage.cases.casework import make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.cli import cli
from courage.cli import detection_training as training
from courage.clock import utcnow
from courage.detection.training.examples import read_feedback
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.people.people import People
from courage.settings import load_settings
from courage.wiring import open_database, open_decisions

pytestmark = pytest.mark.slow  # loads the detector

SAID = "You vermin, write to @zoe:example.org again"


async def flag(text: str, _: str) -> Verdict:
    """Flag everything."""
    return Verdict(text, True, 0.9, "derogation", 2, (), "en", "counter")


@pytest.fixture
def courage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the command line on an empty home in which a volunteer dismissed two messages."""
    for name, value in {"COURAGE_HOME": str(tmp_path / "home"), "COURAGE_CONFIG": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURAGE_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    _, sessions = open_database(settings)
    people, (decisions, _) = People(sessions), open_decisions(settings)
    people.add("Ada", "admin")
    ann = people.add("Ann", "volunteer")
    intake = Intake(sessions, flag, IntakeSettings(decisions.key))
    casework = make_casework(sessions, channels=("test",), decisions=DecisionRecords(decisions.key))
    for number, text in enumerate((SAID, "Harmless enough")):
        message = InboundMessage(1, "test", "!room", f"${number}", "eve", text, utcnow())
        receipt = asyncio.run(intake.receive(message))
        assert receipt.case_id is not None
        casework.dismiss(receipt.case_id, ann.id)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["feedback", *words])

    return run


@pytest.mark.slow  # loads the detector
def test_from_a_decision_to_the_next_training(
    courage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = courage("list").output
    assert "by Ann" in listed
    assert "vermin" not in listed
    assert SAID in courage("list", "--texts").output
    rows = [json.loads(line) for line in courage("list", "--json").output.splitlines()]
    harmless, first = (row["id"] for row in rows)
    assert courage("confirm", str(first)).output == f"decision {first} is confirmed\n"
    assert courage("reject", str(harmless)).exit_code == 0
    assert courage("list").output == "no decision is waiting\n"
    file = tmp_path / "confirmed.tsv"
    file.write_text("old")
    file.chmod(0o644)
    assert courage("export", str(file)).output.startswith("1 confirmed decisions written")
    assert file.stat().st_mode & 0o777 == 0o600
    (example,) = read_feedback(file)
    assert (example.text, example.hateful) == ("You vermin, write to @somebody again", False)

    asked: dict[str, Any] = {}

    def train(*_: Path, **options: Any) -> None:
        asked.update(options)
        raise CourageError("that is enough for a test")

    monkeypatch.setattr(training, "train", train)
    words = ["train", "detection", "--out", str(tmp_path / "model"), "--feedback", str(file)]
    assert str(CliRunner().invoke(cli, words).exception) == "that is enough for a test"
    assert asked["feedback"] == file


def test_what_cannot_be_done_is_said_in_one_line(courage: Any, tmp_path: Path) -> None:
    for words, reason in (
        (("confirm", "99"), "there is no decision 99 to review"),
        (("reject", "1", "--as", "Ann"), "Ann is a volunteer; only trainer and admin review decisions"),
        (("confirm", "1", "--as", "Nobody"), "there is no person named 'Nobody'"),
        (("export", str(tmp_path / "no" / "file.tsv")), "cannot be written"),
    ):
        error = courage(*words).exception
        assert isinstance(error, CourageError), words
        assert reason in str(error)
    with pytest.raises(CourageError, match="--feedback names"):
        training.train_detection(
            tmp_path, data=None, epochs=1, start=None, feedback=tmp_path / "none.tsv", say=print
        )
