"""``courage library``: history, remarks, reviews that fall due, sharing and packs on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from courage import wiring
from courage.cli import cli
from courage.clock import utcnow
from courage.errors import CourageError
from courage.library.drafts import ResponseDraft
from courage.library.views import Actor
from courage.settings import load_settings
from courage.wiring import Components, open_people

pytestmark = pytest.mark.slow  # commands on a whole home of their own

Courage = Callable[..., Result]
ONE = "en-migrants-question-001"


@pytest.fixture
def courage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Courage:
    """Return ``courage library`` on a home with two people and one approved response of two versions."""
    for name, value in {"COURAGE_HOME": str(tmp_path / "home"), "COURAGE_CONFIG": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "responses").mkdir()
    monkeypatch.setattr(wiring, "STARTER_LIBRARY", tmp_path / "responses")
    people = open_people(load_settings())
    people.add("Ada", "admin")
    people.add("Tom", "trainer")
    people.add("Vera", "volunteer")
    draft = ResponseDraft(
        text="Who told you so?",
        language="en",
        strategy="question",
        targets=("migrants",),
        narratives=("they take our jobs", "they never work", "they cost us"),
        review_on=utcnow().date() + timedelta(days=10),
        licence="CC-BY-4.0",
    )
    ada, tom = (Actor(p.id, p.name) for p in (people.find("Ada"), people.find("Tom")) if p is not None)
    with Components(load_settings()) as components:
        library = components.library
        added = library.add(draft, by=tom)
        library.edit(added.id, {"text": "Who told you that?"}, by=tom, why="sounds nicer")
        library.submit(added.id, by=tom)
        library.approve(added.id, by=ada)

    def run(*words: str) -> Result:
        return CliRunner().invoke(cli, ["library", *words])

    return run


def test_the_history_says_who_did_what_and_why(courage: Courage) -> None:
    lines = courage("history", ONE).output.splitlines()
    assert len(lines) == 4
    assert lines[1].endswith("version 2  version by Tom: sounds nicer")
    assert lines[-1].endswith("approved by Ada")
    rows = [json.loads(line) for line in courage("history", ONE, "--json").output.splitlines()]
    assert [row["step"] for row in rows] == ["version", "version", "submitted", "approved"]
    assert rows[1]["person"] == "Tom"


def test_two_versions_can_be_compared(courage: Courage) -> None:
    assert courage("diff", ONE, "1").output == "text: Who told you [-so?-] {+that?+}\n"
    assert courage("diff", ONE, "2", "2").output == "nothing differs\n"
    row = json.loads(courage("diff", ONE, "1", "2", "--json").output)
    assert row == {"field": "text", "before": "Who told you so?", "after": "Who told you that?"}
    assert courage("diff", ONE, "0").exit_code == 2


def test_an_old_version_comes_back_as_a_draft(courage: Courage) -> None:
    assert courage("restore", ONE, "--version", "1").output == f"{ONE} is now draft, version 3\n"
    assert "Who told you so?" in courage("list").output


def test_only_what_is_retired_is_reopened(courage: Courage) -> None:
    assert "only one that is retired" in str(courage("restore", ONE).exception)
    assert "[approved]" in courage("list").output
    assert courage("retire", ONE).exit_code == 0
    assert "is now draft" in courage("restore", ONE).output


def test_remarks_are_made_and_read(courage: Courage) -> None:
    assert courage("comments", ONE).output == f"nobody commented on {ONE} yet\n"
    said = courage("comment", ONE, "Too [short]?", "--as", "Tom").output
    assert said == f"Tom commented on version 2 of {ONE}\n"
    assert courage("comments", ONE).output.endswith("comment by Tom: Too [short]?\n")
    assert json.loads(courage("comments", ONE, "--json").output)["why"] == "Too [short]?"


def test_reviews_that_fall_due_are_listed_in_time(courage: Courage) -> None:
    assert f"(in 10 days)  {ONE}" in courage("due").output
    assert courage("due", "--days", "9").output == "no review falls due within 9 days\n"
    assert json.loads(courage("due", "--json").output)["days_left"] == 10


def test_a_response_is_shared_and_taken_back(courage: Courage) -> None:
    assert courage("share", ONE).output == f"{ONE} is for every organisation of this installation\n"
    assert courage("unshare", ONE).output == f"{ONE} is for this organisation only\n"
    steps = [json.loads(line)["step"] for line in courage("history", ONE, "--json").output.splitlines()]
    assert steps[-2:] == ["shared", "unshared"]


def test_a_pack_goes_out_and_comes_in(courage: Courage, tmp_path: Path) -> None:
    file = str(tmp_path / "pack.json")
    assert courage("pack", "export", file, "--name", "town").output == f"1 responses written to {file}\n"
    pack = json.loads(Path(file).read_text())
    assert (pack["publisher"], pack["title"]) == ("Our organisation", "town")
    assert courage("pack", "import", file).output.startswith("0 added, 0 updated, 1 unchanged")
    pack["responses"][0]["text"] = "Is that so?"
    pack["responses"].append({**pack["responses"][0], "id": "en-migrants-question-002"})
    Path(file).write_text(json.dumps(pack))
    look = courage("pack", "import", file, "--dry-run").output
    assert look.startswith(
        "would be: 1 added, 0 updated, 0 unchanged, 0 changed here and kept, 1 in conflict"
    )
    assert f"{ONE}: changed here and there; yours is kept" in look
    assert "text, yours:  Who told you that?" in look
    assert "text, theirs: Is that so?" in look
    assert courage("list", "--search", "002").output == ""
    told = json.loads(courage("pack", "import", file, "--json").output)
    assert told["added"] == ["en-migrants-question-002"]
    assert told["conflicts"][0]["id"] == ONE
    assert "[draft]" in courage("list", "--search", "002").output


def test_what_cannot_be_done_is_said_in_one_line(courage: Courage, tmp_path: Path) -> None:
    (tmp_path / "other.json").write_text("{}")
    pack = str(tmp_path / "pack.json")
    for words, reason in (
        (("history", "nothing"), "there is no response 'nothing'"),
        (("diff", ONE, "7"), f"{ONE} has no version 7; there are versions 1 to 2"),
        (("comment", ONE, " "), "the comment is empty"),
        (("comment", ONE, "Well.", "--as", "Vera"), "Vera is a volunteer; only trainers and admins"),
        (("share", ONE, "--as", "Nobody"), "there is no person named 'Nobody'"),
        (("pack", "export", pack, "--name", "No!"), "the pack name 'No!' is not allowed"),
        (("pack", "export", pack, "--name", "town", "--id", "none"), "there is no response 'none'"),
        (("pack", "import", str(tmp_path / "none.json")), "none.json cannot be read"),
        (("pack", "import", str(tmp_path / "other.json")), "other.json is no response pack"),
    ):
        error = courage(*words).exception
        assert isinstance(error, CourageError), words
        assert reason in str(error)
        assert "\n" not in str(error)


SOURCE = ("--publisher", "UNHCR", "--title", "Global Trends", "--locator", "https://unhcr.org/trends")


def _values(courage: Courage) -> str:
    return courage("facts", "list").output.split("  ")[1]


def test_a_new_year_of_a_fact_leaves_no_language_with_the_old_value_unsaid(courage: Courage) -> None:
    first = ("--value", "en=58%", "--value", "fr=58 %", "--value", "de=58 %", "--year", "2024")
    assert courage("facts", "set", "displaced", *first, *SOURCE).exit_code == 0
    assert courage("facts", "approve", "displaced", "--as", "Tom").exit_code == 0
    refused = courage("facts", "set", "displaced", "--value", "en=60%", "--year", "2025")
    assert isinstance(refused.exception, CourageError)
    assert "fr: 58 %, de: 58 % would still be of 2024" in str(refused.exception)
    assert "--all-languages" in str(refused.exception)
    assert _values(courage) == "en: 58%, fr: 58 %, de: 58 %"
    # A correction of the same year, and a year whose value is the same, are taken, and what stays is said.
    same = courage("facts", "set", "displaced", "--value", "en=58 per cent")
    assert "as before, of 2024: fr: 58 %, de: 58 %" in same.output
    assert "fr: 58 %" in courage("facts", "set", "displaced", "--year", "2023").output
    two = courage("facts", "set", "displaced", "--value", "en=60%", "--value", "fr=60 %", "--all-languages")
    assert two.exit_code == 2
    done = courage("facts", "set", "displaced", "--value", "en=60%", "--year", "2025", "--all-languages")
    assert done.exit_code == 0
    assert "as before" not in done.output
    assert _values(courage) == "en: 60%, fr: 60%, de: 60%"
