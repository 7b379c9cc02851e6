"""``courage webhooks`` on a real database."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from courage.cli import cli
from courage.people.people import People
from courage.settings import load_settings
from courage.wiring import open_database

pytestmark = pytest.mark.slow  # commands on a whole home of their own


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty home with an admin."""
    monkeypatch.setenv("COURAGE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COURAGE_CONFIG", "")
    monkeypatch.chdir(tmp_path)
    people = People(open_database(load_settings())[1])
    people.add("Ada", "admin")
    people.add("Mia", "moderator")


def courage(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words))


@pytest.mark.usefixtures("home")
def test_a_webhook_from_its_first_day_to_its_last() -> None:
    added = courage("webhooks", "add", "https://example.org/hook", "--event", "case.escalated", "--with-text")
    assert added.exit_code == 0, added.output
    secret = re.search(r"whsec_\S+", added.output)
    assert secret
    (listed,) = courage("webhooks", "list", "--json").output.splitlines()
    told = json.loads(listed)
    assert (told["events"], told["with_text"], told["active"]) == (["case.escalated"], True, True)
    assert "secret" not in listed
    assert courage("webhooks", "test", "1").exit_code == 0
    assert "waiting 1, failed 0" in courage("webhooks", "list").output
    waiting = courage("deliveries", "list", "--state", "waiting").output
    assert "webhook" in waiting
    renewed = courage("webhooks", "new-secret", "1").output
    assert "whsec_" in renewed
    assert secret[0] not in renewed
    assert courage("webhooks", "switch", "1", "--off").exit_code == 0
    assert "switched off" in courage("webhooks", "list").output
    assert courage("webhooks", "remove", "1").exit_code == 0
    assert "no program hears" in courage("webhooks", "list").output


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "https://10.0.0.1/"), "may not reach"),
        (("add", "https://example.org/", "--as", "Mia"), "only an admin"),
        (("remove", "7"), "there is no webhook 7"),
        (("test", "99999999999"), "there is no webhook"),
    ],
)
def test_what_cannot_be_is_said(words: tuple[str, ...], said: str) -> None:
    done = courage("webhooks", *words)
    assert done.exit_code != 0
    assert said in str(done.exception)
