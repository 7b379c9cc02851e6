"""Rasa's credentials: made once, private, kept over updates, and what earlier versions had edited is found."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
import yaml

from courage.setup.credentials import place_credentials

ROOT = Path(__file__).resolve().parents[3]
OTHER = "bot.connector.CourageInput:\n  secret: ${COURAGE_INTERNAL_SECRET}\nfacebook:\n  verify: x\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    root.mkdir()
    (root / "credentials.example.yml").write_bytes((ROOT / "credentials.example.yml").read_bytes())
    return root


def test_the_first_run_copies_the_example_for_its_owner_only(checkout: Path, tmp_path: Path) -> None:
    said: list[str] = []
    made = place_credentials(checkout, tmp_path / "home", said.append)
    assert "bot.connector.CourageInput:" in made.read_text()
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert said == []


def test_a_file_that_an_earlier_version_had_edited_is_taken_over(checkout: Path, tmp_path: Path) -> None:
    (checkout / "credentials.yml").write_text(OTHER)
    said: list[str] = []
    made = place_credentials(checkout, tmp_path / "home", said.append)
    assert made.read_text() == OTHER
    assert (checkout / "credentials.yml").exists()
    assert str(made) in said[0]


def test_edits_that_git_merged_into_the_example_are_taken_over(checkout: Path, tmp_path: Path) -> None:
    (checkout / "credentials.example.yml").write_text(OTHER)
    assert place_credentials(checkout, tmp_path / "home", lambda _: None).read_text() == OTHER


def test_an_operators_own_file_is_never_touched(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.yml").write_text(OTHER)
    (checkout / "credentials.yml").write_text("bot.connector.CourageInput:\n  secret: another-secret\n")
    said: list[str] = []
    assert place_credentials(checkout, home, said.append).read_text() == OTHER
    assert said == []


def test_a_connector_that_nothing_reads_is_named(checkout: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    place_credentials(checkout, home, lambda _: None)
    (checkout / "credentials.yml").write_text(OTHER)
    said: list[str] = []
    place_credentials(checkout, home, said.append)
    assert "facebook" in said[0]
    assert str(home / "credentials.yml") in said[0]


TELEGRAM = """bot.connector.CourageInput:
  secret: ${COURAGE_INTERNAL_SECRET}
bot.channels.CourageTelegram:
  access_token: "123:abc"  # from BotFather
  verify: my_bot
  webhook_url: https://my.host/webhooks/telegram/webhook
  webhook_secret: 0123456789abcdef
  desk_rooms:
    - -1001234
    - -1005678
facebook:
  verify: x
"""


def test_the_settings_of_a_connector_that_the_engine_replaced_are_carried_over(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURAGE_CONFIG", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.yml").write_text(TELEGRAM)
    (checkout / "courage.toml").write_text("port = 8090\n")
    said: list[str] = []
    made = place_credentials(checkout, home, said.append)
    kept = yaml.safe_load(made.read_text())
    assert kept == {
        "bot.connector.CourageInput": {"secret": "${COURAGE_INTERNAL_SECRET}"},
        "facebook": {"verify": "x"},
    }
    assert "webhook_secret: 0123456789abcdef" in made.read_text(), "what was set can still be read"
    config = checkout / "courage.toml"
    assert tomllib.loads(config.read_text()) == {
        "port": 8090,
        "telegram_token": "123:abc",
        "telegram_desk_room": "-1001234",
    }
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert "CourageTelegram" in said[0]
    assert "123:abc" not in said[0]
    again: list[str] = []
    place_credentials(checkout, home, again.append)
    assert again == []


def test_settings_that_an_operator_made_already_are_not_replaced(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURAGE_CONFIG", raising=False)
    monkeypatch.setenv("COURAGE_TELEGRAM_TOKEN", "9:new")
    monkeypatch.setenv("OLD_DESK", "-7")
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.yml").write_text(
        "bot.channels.CourageTelegram:\n  access_token: x\n  desk_rooms: [${OLD_DESK}]"
    )
    place_credentials(checkout, home, lambda _: None)
    assert tomllib.loads((checkout / "courage.toml").read_text()) == {"telegram_desk_room": "-7"}


def test_connectors_of_other_chat_systems_are_carried_over_and_what_is_missing_is_said(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURAGE_CONFIG", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    (home / "credentials.yml").write_text(
        "bot.channels.CourageSlack:\n  slack_token: xoxb-1\n  slack_signing_secret: s\n  desk_rooms: [C01]\n"
        "bot.channels.CourageMattermost:\n  url: https://chat.example.org/api/v4\n  token: t\n"
        "bot.channels.CourageRocketChat:\n  user: bot\n  password: p\n  server_url: https://rocket.example.org\n"
    )
    said: list[str] = []
    made = place_credentials(checkout, home, said.append)
    assert yaml.safe_load(made.read_text()) is None, "Rasa knows none of these any more"
    assert tomllib.loads((checkout / "courage.toml").read_text()) == {
        "slack_bot_token": "xoxb-1",
        "slack_desk_channel": "C01",
        "mattermost_url": "https://chat.example.org",
        "mattermost_token": "t",
        "rocketchat_url": "https://rocket.example.org",
    }
    told = "\n".join(said)
    assert "COURAGE_SLACK_APP_TOKEN" in told
    assert "COURAGE_ROCKETCHAT_TOKEN" in told
    for secret in ("xoxb-1", " p;"):
        assert secret not in told
