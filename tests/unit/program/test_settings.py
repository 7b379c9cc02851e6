"""Settings: where they come from, and what is said when one is wrong."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from courage.cli import main
from courage.errors import CourageError
from courage.gateways.chosen import ChosenSettings
from courage.settings import Settings, SettingsError, load_settings

pytestmark = pytest.mark.usefixtures("no_settings")


def test_secrets_are_made_once_kept_private_and_never_printed(tmp_path: Path) -> None:
    first = load_settings()
    again = load_settings()
    file = tmp_path / "home" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert first.internal_secret.get_secret_value() == again.internal_secret.get_secret_value()
    assert len(first.pseudonym_key.get_secret_value()) >= 32
    assert json.loads(file.read_text())["internal_secret"] not in repr(first)


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "courage.toml").write_text('port = 9001\nsensitivity = "quiet"\n')
    monkeypatch.setenv("COURAGE_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.sensitivity) == (9002, "quiet")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COURAGE_PORT", "seventy", "port"),
        ("COURAGE_PORT", "70000", "65535"),
        ("COURAGE_SENSITIVITY", "nervous", "'quiet', 'balanced' or 'watchful'"),
        ("COURAGE_LANGUAGE", "english", "language: input should be 'en', 'fr', 'de' or 'ar'"),
        ("COURAGE_RETENTION_DAYS", "0", "retention_days"),
        ("COURAGE_PROT", "8080", "COURAGE_PROT"),
        ("COURAGE_PORT_FILE", "/dev/null", "COURAGE_PORT_FILE"),
        ("COURAGE_PUBLIC_URL", "example.org/courage", "public_url: this is no address"),
        ("COURAGE_PUBLIC_URL", "https://example.org/?a=b", "an address with http or https"),
        ("COURAGE_PUBLIC_URL", "https://ann@example.org", "public_url"),
        ("COURAGE_PUBLIC_URL", 'https://example.org/"><b', "public_url"),
        ("COURAGE_PUBLIC_URL", "https://[::1", "public_url"),
        ("COURAGE_PUBLIC_URL", "https://example.org//evil.example", "public_url"),
        ("COURAGE_OIDC_ISSUER", "http://id.example.org", "oidc_issuer: this is no address of a provider"),
        ("COURAGE_OIDC_ISSUER", "https://id.example.org", "oidc_client_id: with oidc_issuer it is needed"),
        ("COURAGE_OIDC_SCOPES", "email", "openid"),
        ("COURAGE_OIDC_NEW_PEOPLE", "admin", "oidc_new_people"),
        (
            "COURAGE_WEBHOOK_NETWORKS",
            '["10.0.0.0/99"]',
            "webhook_networks: '10.0.0.0/99' is no address or network",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    name: str, value: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_an_unknown_setting_in_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "courage.toml").write_text("prot = 9001\n")
    with pytest.raises(SettingsError, match="prot"):
        load_settings()


def test_a_file_with_a_password_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "courage.toml"
    file.write_text('matrix_password = "long enough"\n')
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings()
    file.chmod(0o600)
    assert load_settings().matrix_password.get_secret_value() == "long enough"


def test_rasa_finds_the_engine_on_loopback_wherever_the_desk_listens() -> None:
    assert load_settings(host="0.0.0.0", port=8090).engine_address == "http://127.0.0.1:8090"
    assert load_settings(host="::1").engine_address == "http://[::1]:8080"


def command(
    *words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> tuple[int, str, str]:
    """Run the command line; return its exit status and what it wrote to both streams."""
    monkeypatch.setattr("sys.argv", ["courage", *words])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    return int(str(left.value.code)), out, err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("COURAGE_PORT", "abc", "setting port: "),
        ("COURAGE_PORT", "70000", "allowed: a whole number from 1 to 65535"),
        ("COURAGE_RASA", "perhaps", "allowed: true or false"),
        ("COURAGE_MATRIX_BOTS", "@a:b", "setting matrix_bots: input should be a json list of texts"),
        ("COURAGE_INTERNAL_SECRET", "short", "allowed: 16 characters or more, or none"),
        ("COURAGE_PROT", "8080", "unknown setting COURAGE_PROT"),
    ],
)
def test_a_wrong_setting_fails_after_the_list_of_what_is_allowed(
    name: str, value: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv(name, value)
    status, out, err = command("settings", capsys=capsys, monkeypatch=monkeypatch)
    assert status == 1
    assert says in err
    assert len(err.splitlines()) == 1
    assert value not in err or name == "COURAGE_PROT"
    (port,) = [line for line in out.splitlines() if line.startswith("COURAGE_PORT ")]
    assert port.endswith("[a whole number from 1 to 65535]")
    assert not (tmp_path / "home" / "secrets.json").exists()


def test_right_settings_are_listed_with_status_0(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURAGE_MATRIX_BOTS", '["@bot:example.org"]')
    status, out, err = command("settings", capsys=capsys, monkeypatch=monkeypatch)
    assert (status, err) == (0, "")
    assert "ranking weights in use: as shipped" in out
    assert load_settings().matrix_bots == ["@bot:example.org"]


def test_a_settings_file_that_lists_everything_can_be_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, out, _ = command("settings", "--toml", capsys=capsys, monkeypatch=monkeypatch)
    settings = [line.removeprefix("# ") for line in out.splitlines() if " = " in line]
    assert len(settings) == len(Settings.model_fields)
    file = tmp_path / "courage.toml"
    file.write_text("\n".join(line for line in settings if not line.startswith(("home", "detection_model"))))
    file.chmod(0o600)
    assert load_settings().port == 8080


def test_a_secret_may_come_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "password"
    file.write_text("correct horse\n")
    monkeypatch.setenv("COURAGE_MATRIX_PASSWORD_FILE", str(file))
    monkeypatch.setenv("COURAGE_DATABASE_URL_FILE", str(file))
    settings = load_settings()
    assert settings.matrix_password.get_secret_value() == "correct horse"
    assert settings.database_url == "correct horse"


def test_what_is_wrong_with_the_file_of_a_secret_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURAGE_MATRIX_PASSWORD_FILE", str(tmp_path / "none"))
    with pytest.raises(
        SettingsError, match=r"COURAGE_MATRIX_PASSWORD_FILE names .*/none, which cannot be read"
    ):
        load_settings()
    (tmp_path / "none").write_text("x")
    monkeypatch.setenv("COURAGE_MATRIX_PASSWORD", "y")
    with pytest.raises(SettingsError, match="are both set"):
        load_settings()


def test_the_folder_of_the_desk_is_kept_without_its_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COURAGE_PUBLIC_URL", "https://example.org/courage/")
    assert load_settings().address == "https://example.org/courage"


def test_what_was_connected_on_the_desk_counts_beside_what_the_operator_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    ChosenSettings(home).keep(
        "matrix", {"matrix_homeserver": "https://kept", "matrix_password": "kept secret"}
    )
    found = load_settings()
    assert found.matrix_homeserver == "https://kept"
    assert found.matrix_password.get_secret_value() == "kept secret"
    assert "kept secret" not in repr(found)
    monkeypatch.setenv("COURAGE_MATRIX_HOMESERVER", "https://given")
    found = load_settings()
    assert (found.matrix_homeserver, found.matrix_password.get_secret_value()) == ("https://given", "")
    monkeypatch.delenv("COURAGE_MATRIX_HOMESERVER")
    (home / "chat-systems.json").chmod(0o640)
    with pytest.raises(CourageError, match="chmod 600"):
        load_settings()
