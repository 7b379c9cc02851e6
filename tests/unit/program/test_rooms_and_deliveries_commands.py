"""``courage rooms``, ``courage deliveries`` and accounts under ``courage users``, on a real database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.counters import Counters
from courage.cli import cli
from courage.clock import utcnow
from courage.db.engine import reading, writing
from courage.db.models.delivery import Outbox
from courage.errors import CourageError
from courage.people.people import People
from courage.people.rooms import Rooms
from courage.settings import load_settings
from courage.wiring import open_database

pytestmark = pytest.mark.slow  # commands on a whole home of their own

Run = Callable[..., Result]


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sessionmaker[Session]:
    """Return an empty home with an admin and a volunteer."""
    for name, value in {"COURAGE_HOME": str(tmp_path / "home"), "COURAGE_CONFIG": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURAGE_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    _, made = open_database(load_settings())
    people = People(made)
    people.add("Ada", "admin")
    people.add("Ann", "volunteer")
    return made


@pytest.fixture
def courage() -> Run:
    return lambda *words: CliRunner().invoke(cli, list(words))


def test_an_admin_lists_rooms_and_sets_their_sensitivity(
    courage: Run, sessions: sessionmaker[Session]
) -> None:
    assert "no room is known yet" in courage("rooms", "list").output
    rooms = Rooms(sessions)
    rooms.ensure("matrix", "!a:x", name="Garden talk")
    rooms.ensure("matrix", "!d:x", kind="desk", active=False)
    done = courage("rooms", "sensitivity", "matrix", "!a:x", "watchful")
    assert done.output.startswith("Garden talk in matrix is watchful now")
    (group,) = map(json.loads, courage("rooms", "list", "--kind", "group", "--json").output.splitlines())
    assert (group["room_id"], group["sensitivity"]) == ("!a:x", "watchful")
    assert "(left)" in courage("rooms", "list").output
    assert Rooms(sessions).sensitivity("matrix", "!a:x") == "watchful"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("matrix", "!nowhere:x", "quiet"), "there is no room '!nowhere:x' in matrix"),
        (("matrix", "!a:x", "quiet", "--as", "Ann"), "Ann is a volunteer; only moderator and admin"),
        (("matrix", "!a:x", "quiet", "--as", "Zed"), "there is no person named 'Zed'"),
    ],
)
def test_what_may_not_be_set_is_named(
    courage: Run, sessions: sessionmaker[Session], words: tuple[str, ...], reason: str
) -> None:
    Rooms(sessions).ensure("matrix", "!a:x")
    failed = courage("rooms", "sensitivity", *words)
    assert isinstance(failed.exception, CourageError)
    assert reason in str(failed.exception)
    assert Rooms(sessions).sensitivity("matrix", "!a:x") == "balanced"


def test_a_moderator_says_what_narratives_do_in_a_room(courage: Run, sessions: sessionmaker[Session]) -> None:
    Rooms(sessions).ensure("matrix", "!a:x", name="Garden talk")
    done = courage("rooms", "narratives", "matrix", "!a:x", "count")
    assert done.output.startswith("narratives in Garden talk in matrix are counted and open no case")
    assert "Garden talk  (narratives: count)" in courage("rooms", "list").output
    assert Rooms(sessions).choices("matrix", "!a:x").narratives is False
    assert "as balanced has it" in courage("rooms", "narratives", "matrix", "!a:x", "default").output
    assert Rooms(sessions).choices("matrix", "!a:x").narratives is None
    refused = courage("rooms", "narratives", "matrix", "!a:x", "open", "--as", "Ann")
    assert "Ann is a volunteer" in str(refused.exception)


def test_rooms_say_what_each_sensitivity_would_have_flagged(
    courage: Run, sessions: sessionmaker[Session]
) -> None:
    assert "no group room is known yet" in courage("rooms", "shadow").output
    rooms, counters = Rooms(sessions), Counters(sessions)
    rooms.ensure("matrix", "!a:x", name="Garden talk")
    rooms.ensure("matrix", "!b:x", name="Silent")
    today = utcnow().date()
    for name, count in {"screened": 1203, "unread": 17, "quiet_hateful": 2, "balanced_hateful": 4,
                        "balanced_escalated": 1, "watchful_hateful": 11, "quiet_narrative": 3}.items():  # fmt: skip
        for _ in range(count):
            counters.add(1, today, "matrix", "!a:x", name)
    counters.add(1, today - timedelta(days=7), "matrix", "!a:x", "quiet_hateful")
    counters.flush()
    assert courage("rooms", "shadow").output == (
        "Garden talk in matrix (balanced): in the last 7 days quiet would have flagged 2, "
        "balanced 5 (1 of them escalated), watchful 11 of 1,203 messages; narratives: 3; "
        "17 in a language that is not read\n"
        "Silent in matrix (balanced): in the last 7 days quiet would have flagged 0, balanced 0, watchful 0 of 0 "
        "messages; 0 in a language that is not read\n"
    )
    (line,) = courage("rooms", "shadow", "matrix", "!a:x", "--days", "8", "--json").output.splitlines()
    told = json.loads(line)
    assert told["would"]["quiet"] == {"flagged": 3, "escalated": 0, "narratives": 3}
    unknown = courage("rooms", "shadow", "matrix", "!none:x")
    assert "there is no group room '!none:x' in matrix" in str(unknown.exception)


def test_a_running_engine_hears_of_another_process_change(sessions: sessionmaker[Session]) -> None:
    now = 0.0
    engine = Rooms(sessions, timer=lambda: now)
    engine.ensure("matrix", "!a:x")
    assert engine.sensitivity("matrix", "!a:x") == "balanced"
    Rooms(sessions).set_sensitivity("matrix", "!a:x", "quiet")
    now = 4.9
    assert engine.sensitivity("matrix", "!a:x") == "balanced"
    now = 5.0
    assert engine.sensitivity("matrix", "!a:x") == "quiet"


def test_deliveries_are_listed_retried_and_given_up(courage: Run, sessions: sessionmaker[Session]) -> None:
    assert courage("deliveries", "list").output == "no delivery has failed\n"
    with writing(sessions) as session:
        for number, state in enumerate(("dead", "dead", "pending"), start=1):
            session.add(
                Outbox(
                    organisation_id=1, key=f"k{number}", lane=f"l{number}", channel="slack", kind="say",
                    room_id="#desk", payload={"text": "secret words"}, state=state, last_error="no such room",
                    created_at=utcnow(),
                )
            )  # fmt: skip
    listed = courage("deliveries", "list").output
    assert listed.count("slack  say") == 2
    assert "no such room" in listed
    assert "secret" not in listed + courage("deliveries", "list", "--state", "waiting", "--json").output
    assert courage("deliveries", "retry", "1").output == "delivery 1 (say to slack) is tried again\n"
    assert courage("deliveries", "give-up", "2", "3").exit_code == 0
    assert courage("deliveries", "list").output == "no delivery has failed\n"
    (waiting,) = courage("deliveries", "list", "--state", "waiting", "--json").output.splitlines()
    assert json.loads(waiting)["id"] == 1
    with reading(sessions, 1) as session:
        row = session.get_one(Outbox, 1)
        assert (row.state, row.key, row.attempts) == ("pending", "k1", 0)
    refused = courage("deliveries", "retry", "1", "--as", "Ann")
    assert "Ann is a volunteer" in str(refused.exception)


def test_accounts_are_linked_moved_listed_and_unlinked(courage: Run, sessions: sessionmaker[Session]) -> None:
    assert courage("users", "link", "Ann", "telegram:501").output == "telegram:501 is Ann\n"
    assert courage("users", "link", "Ann", "matrix:@ann:x.org").exit_code == 0
    assert courage("users", "identities", "Ann").output == "matrix:@ann:x.org\ntelegram:501\n"
    assert courage("users", "link", "Ada", "telegram:501").output == "telegram:501 is Ada (it was Ann's)\n"
    assert json.loads(courage("users", "identities", "Ada", "--json").output) == [
        {"channel": "telegram", "user_id": "501"}
    ]
    assert courage("users", "unlink", "telegram:501").exit_code == 0
    assert "is nobody's account" in str(courage("users", "unlink", "telegram:501").exception)
    found = People(sessions).by_identity("matrix", "@ann:x.org")
    assert found is not None
    assert found.name == "Ann"


@pytest.mark.parametrize("account", ["501", "telegram:", ":501"])
def test_an_account_that_is_none_is_named(
    courage: Run, sessions: sessionmaker[Session], account: str
) -> None:
    failed = courage("users", "link", "Ann", account)
    assert f"{account!r} is not" in str(failed.exception)


def test_a_login_link_has_its_own_name(courage: Run, sessions: sessionmaker[Session]) -> None:
    assert "/login/" in courage("users", "login-link", "Ann").output
