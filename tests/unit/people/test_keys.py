"""API keys: shown once, kept as a hash, for what they are for, as often as they may, until they are revoked."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from courage.db.engine import create_all, make_engine, make_sessions
from courage.people.errors import ApiKeyError, ApiKeyInvalid, ApiKeyScopeMissing, QuotaExceeded
from courage.people.keys import ApiKeys


class Time:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 28, 23, 58, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **much: float) -> None:
        self.now += timedelta(**much)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def keys(tmp_path: Path, time: Time) -> ApiKeys:
    engine = make_engine(f"sqlite:///{tmp_path / 'keys.db'}")
    create_all(engine)
    return ApiKeys(make_sessions(engine), clock=time)


def test_a_secret_is_nowhere_in_the_database(tmp_path: Path, keys: ApiKeys) -> None:
    secret, key = keys.add("forum", ["screen"])
    assert keys.use(secret, "screen").name == "forum"
    with make_engine(f"sqlite:///{tmp_path / 'keys.db'}").connect() as connection:
        row = " ".join(map(str, connection.execute(text("select * from api_keys")).one()))
    assert secret not in row
    assert secret.startswith(key.hint)
    assert len(key.hint) < 12
    assert keys.list()[0].hint == key.hint


def test_a_revoked_key_stops_at_once_and_its_name_is_free_again(keys: ApiKeys) -> None:
    old, _ = keys.add("forum", ["screen"])
    with pytest.raises(ApiKeyError, match="already"):
        keys.add("forum", ["screen"])
    keys.use(old, "screen")
    keys.revoke("forum")
    with pytest.raises(ApiKeyInvalid):
        keys.use(old, "screen")
    with pytest.raises(ApiKeyError, match="no working key named 'forum'"):
        keys.revoke("forum")
    new, _ = keys.add("forum", ["screen"])
    keys.use(new, "screen")
    assert [key.revoked_at is None for key in keys.list(all_=True)] == [False, True]
    assert len(keys.list()) == 1


@pytest.mark.parametrize("secret", ["", "ck_", "ck_" + "a" * 43, "\ud800", "x" * 10_000])
def test_what_is_no_key_is_refused(keys: ApiKeys, secret: str) -> None:
    keys.add("forum", ["screen"])
    with pytest.raises(ApiKeyInvalid) as raised:
        keys.use(secret, "screen")
    assert raised.value.missing is (secret == "")


def test_a_key_opens_only_what_it_is_for(keys: ApiKeys) -> None:
    secret, _ = keys.add("forum", ["library", "screen"])
    assert keys.use(secret, "library").scopes == ("screen", "library")
    with pytest.raises(ApiKeyScopeMissing, match="is for screen, library; this needs cases"):
        keys.use(secret, "cases")


def test_the_minute_slides_and_refusals_do_not_count(keys: ApiKeys, time: Time) -> None:
    secret, _ = keys.add("forum", ["screen"], per_minute=2)
    keys.use(secret, "screen")
    time.pass_(seconds=40)
    keys.use(secret, "screen")
    for _ in range(5):
        with pytest.raises(QuotaExceeded) as raised:
            keys.use(secret, "screen")
    assert (raised.value.unit, raised.value.limit, raised.value.wait) == ("minute", 2, 20)
    time.pass_(seconds=20)
    keys.use(secret, "screen")
    with pytest.raises(QuotaExceeded):
        keys.use(secret, "screen")


def test_a_day_ends_at_midnight_utc(keys: ApiKeys, time: Time) -> None:
    secret, _ = keys.add("forum", ["screen"], per_day=2)
    keys.use(secret, "screen")
    keys.use(secret, "screen")
    with pytest.raises(QuotaExceeded) as raised:
        keys.use(secret, "screen")
    assert (raised.value.unit, raised.value.wait) == ("day", 120)
    time.pass_(minutes=2)
    keys.use(secret, "screen")


def test_one_key_does_not_use_up_the_quota_of_another(keys: ApiKeys) -> None:
    one, _ = keys.add("one", ["screen"], per_minute=1)
    two, _ = keys.add("two", ["screen"], per_minute=1)
    keys.use(one, "screen")
    keys.use(two, "screen")


def test_quotas_hold_for_engines_together_and_over_a_restart(
    tmp_path: Path, keys: ApiKeys, time: Time
) -> None:
    secret, _ = keys.add("forum", ["screen"], per_minute=6, per_day=10)
    other = ApiKeys(make_sessions(make_engine(f"sqlite:///{tmp_path / 'keys.db'}")), clock=time)
    for engine in (keys, other) * 3:
        engine.use(secret, "screen")
    for engine in (keys, other):
        with pytest.raises(QuotaExceeded) as raised:
            engine.use(secret, "screen")
        assert (raised.value.unit, raised.value.wait) == ("minute", 60)
    time.pass_(minutes=1)
    again = ApiKeys(make_sessions(make_engine(f"sqlite:///{tmp_path / 'keys.db'}")), clock=time)
    for _ in range(4):
        again.use(secret, "screen")
    with pytest.raises(QuotaExceeded) as raised:
        again.use(secret, "screen")
    assert (raised.value.unit, raised.value.wait) == ("day", 60)
    time.pass_(minutes=1)
    keys.use(secret, "screen")


def test_last_use_is_noted_within_a_minute(keys: ApiKeys, time: Time) -> None:
    secret, key = keys.add("forum", ["screen"])
    assert key.last_used_at is None
    first = time.now
    keys.use(secret, "screen")
    time.pass_(seconds=30)
    keys.use(secret, "screen")
    assert keys.list()[0].last_used_at == first
    time.pass_(seconds=30)
    keys.use(secret, "screen")
    assert keys.list()[0].last_used_at == time.now


@pytest.mark.parametrize(
    ("name", "scopes", "more", "says"),
    [
        ("", ["screen"], {}, "1 to 80 letters"),
        (" forum", ["screen"], {}, "1 to 80 letters"),
        ("a\nb", ["screen"], {}, "1 to 80 letters"),
        ("a" * 81, ["screen"], {}, "1 to 80 letters"),
        ("forum", [], {}, "needs a scope; allowed: screen, suggest, cases, library"),
        ("forum", ["screen", "all"], {}, "'all' is unknown; allowed: screen, suggest, cases, library"),
        ("forum", ["screen"], {"per_minute": 0}, "0 requests a minute is not allowed; allowed: 1 to"),
        ("forum", ["screen"], {"per_day": 10**9}, "a day is not allowed; allowed: 1 to"),
    ],
)
def test_what_cannot_be_made_is_said(
    keys: ApiKeys, name: str, scopes: list[str], more: dict[str, int], says: str
) -> None:
    with pytest.raises(ApiKeyError) as raised:
        keys.add(name, scopes, **more)
    assert says in str(raised.value)
    assert keys.list(all_=True) == []


def test_the_command_line_makes_lists_and_revokes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from courage.cli import cli
    from courage.settings import load_settings
    from courage.wiring import open_keys

    monkeypatch.setenv("COURAGE_HOME", str(tmp_path))
    monkeypatch.setenv("COURAGE_CONFIG", str(tmp_path / "none.toml"))

    def run(*words: str) -> str:
        result = CliRunner().invoke(cli, ["keys", *words], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    made = json.loads(
        run("add", "our forum", "--scope", "screen", "--scope", "library", "--per-minute", "5", "--json")
    )
    key = open_keys(load_settings()).use(made["secret"], "library")
    assert (key.per_minute, key.scopes) == (5, ("screen", "library"))
    listed = run("list")
    assert "our forum" in listed
    assert made["secret"] not in listed
    assert "our forum" in run("revoke", "our forum")
    assert run("list") == ""
    assert json.loads(run("list", "--all", "--json"))[0]["revoked_at"]
