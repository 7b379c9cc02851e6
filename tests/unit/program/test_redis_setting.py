"""The setting that names a Redis: what is let through, what it changes, and that its password shows nowhere."""

from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from courage import supervisor
from courage.cases.events import EventBus
from courage.cases.relay.postgres import PostgresTransport
from courage.cases.relay.redis import RedisTransport
from courage.cli import cli
from courage.errors import CourageError
from courage.settings import Settings, SettingsError, load_settings
from courage.supervisor import rasa_command
from courage.wiring import make_relay

pytestmark = pytest.mark.usefixtures("no_settings")

ROOT = Path(__file__).resolve().parents[3]
DATABASE = "postgresql+psycopg://courage@db.example/courage"


@pytest.mark.parametrize(
    "address",
    [
        "redis://redis.example",
        "redis://:geheim@127.0.0.1:6380/3",
        "redis://courage:a%23b%2Fc@[::1]:6379",
        "rediss://courage:geheim@redis.example:6380/0?ssl_ca_certs=/etc/ssl/ours.pem",
        "unix:///run/redis/redis.sock",
        "unix://courage:geheim@/run/redis/redis.sock?db=2",
    ],
)
def test_addresses_of_a_redis_are_let_through_as_they_are(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURAGE_REDIS_URL", address)
    found = load_settings()
    assert found.redis_url.get_secret_value() == address
    assert "geheim" not in repr(found) + str(found.model_dump())
    RedisTransport(address, b"key", DATABASE)


@pytest.mark.parametrize(
    "address",
    [
        "redis.example:6379",
        "http://:w0rd@redis.example",
        "redis+sentinel://:w0rd@redis.example/mymaster",
        "redis://",
        "redis:///1",
        "redis://:w0rd@",
        "redis://:w0rd@redis.example:0",
        "redis://:w0rd@redis.example:99999",
        "redis://:w0rd@redis.example/first",
        "redis://:w0rd@redis.example/1/2",
        "redis://:w0rd#w0rd@redis.example",
        "redis://:w0rd/w0rd@redis.example",
        "redis://:w0rd?w0rd@redis.example",
        "redis://:w0rd w0rd@redis.example",
        "redis://:w0rd℀@redis.example",
        "redis://:w0rd@[::1",
        "redis://:w0rd@redis.example?db=one",
        "redis://:w0rd@redis.example?socket_timeout=900",
        "redis://:w0rd@redis.example?ssl_ca_certs=/x",
        "rediss://:w0rd@redis.example?ssl_cert_reqs=none",
        "unix://:w0rd@redis.example/run/redis.sock",
        "unix://",
    ],
)
def test_what_is_no_address_of_a_redis_is_refused_without_quoting_it(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "redis_url"
    secret.write_text(f"{address}\n")
    monkeypatch.setenv("COURAGE_REDIS_URL_FILE", str(secret))
    with pytest.raises(SettingsError) as raised:
        load_settings()
    said = str(raised.value)
    assert said.startswith("setting redis_url: this is no address of a redis")
    for scheme in ("redis://", "rediss://", "unix://"):
        assert scheme in said
    assert "w0rd" not in said
    assert "\n" not in said


def test_a_settings_file_with_the_address_is_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "courage.toml"
    file.write_text('redis_url = "redis://:geheim@redis.example"\n')
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        load_settings()
    file.chmod(0o600)
    assert load_settings().redis_url.get_secret_value() == "redis://:geheim@redis.example"


def test_the_list_of_settings_never_shows_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COURAGE_REDIS_URL", "redis://courage:geheim@redis.example")
    for arguments in (["settings"], ["settings", "--toml"]):
        shown = CliRunner().invoke(cli, arguments).output
        assert "redis" in shown
        assert "geheim" not in shown
        assert "redis.example" not in shown


def settings(**given: Any) -> Settings:
    return load_settings(database_url=DATABASE, **given)


def test_engines_hear_each_other_by_redis_only_where_one_is_set() -> None:
    assert isinstance(make_relay(settings(), EventBus(), "one")._transport, PostgresTransport)
    relay = make_relay(settings(redis_url="redis://:geheim@redis.example"), EventBus(), "one")
    assert isinstance(relay._transport, RedisTransport)
    assert "geheim" not in str(relay.health())
    assert "redis.example" not in str(relay.health())


def test_a_missing_client_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name == "courage.cases.relay.redis":
            raise ModuleNotFoundError("No module named 'redis'", name="redis")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(CourageError, match=r"the package redis is missing: install courage\[redis\]"):
        make_relay(settings(redis_url="redis://redis.example"), EventBus(), "one")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a checkout from which Rasa can be started."""
    root = tmp_path / "checkout"
    for made in (root / ".venv" / "rasa" / "bin" / "python", tmp_path / "home" / "rasa" / "courage.tar.gz"):
        made.parent.mkdir(parents=True)
        made.touch()
    for name in ("endpoints.yml", "credentials.example.yml"):
        (root / name).write_bytes((ROOT / name).read_bytes())
    monkeypatch.setattr(supervisor, "checkout", lambda _: root)
    return root


def endpoints(command: Any) -> Path:
    return Path(command.arguments[command.arguments.index("--endpoints") + 1])


def test_rasa_keeps_its_locks_in_memory_without_a_redis(checkout: Path) -> None:
    command = rasa_command(settings(), print)
    assert endpoints(command) == checkout / "endpoints.yml"
    assert "lock_store" not in (checkout / "endpoints.yml").read_text()


def test_rasa_keeps_its_locks_in_redis_and_the_address_in_its_environment(
    checkout: Path, tmp_path: Path
) -> None:
    made = settings(redis_url="redis://:geheim@redis.example/1")
    command = rasa_command(made, print)
    assert command.environment["COURAGE_REDIS_URL"] == "redis://:geheim@redis.example/1"
    file = endpoints(command)
    assert file.is_relative_to(tmp_path / "home")
    text = file.read_text()
    assert "geheim" not in text + " ".join(command.arguments)
    found = yaml.safe_load(text)
    assert {"action_endpoint", "tracker_store"} <= found.keys(), "the rest stays"
    locks = found["lock_store"]
    assert (locks["type"], locks["url"]) == ("bot.locks.RedisLockStore", "${COURAGE_REDIS_URL}")
    assert locks["key_prefix"].isalnum()
    again = yaml.safe_load(endpoints(rasa_command(made, print)).read_text())
    assert again["lock_store"] == locks
    other = load_settings(database_url=f"{DATABASE}-of-others", redis_url="redis://redis.example")
    assert yaml.safe_load(endpoints(rasa_command(other, print)).read_text())["lock_store"] != locks


def test_a_lock_store_that_somebody_chose_stays(checkout: Path) -> None:
    with (checkout / "endpoints.yml").open("a") as file:
        file.write("\nlock_store:\n  type: in_memory\n")
    command = rasa_command(settings(redis_url="redis://redis.example"), print)
    assert yaml.safe_load(endpoints(command).read_text())["lock_store"] == {"type": "in_memory"}
