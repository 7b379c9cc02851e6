"""Chat systems that are connected while the program runs: tried before they count, kept where nobody else can read."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel, Field, SecretStr

from courage.cases.chat_setup import CannotConnect
from courage.cases.events import EventBus
from courage.cases.ports import Channel
from courage.db.engine import make_sessions
from courage.db.leases import Leases
from courage.errors import CourageError
from courage.gateways import running as module
from courage.gateways.chosen import FILE, ChosenSettings, values_beside
from courage.gateways.registry import GatewayContext, GatewayType, Texts
from courage.gateways.running import RunningGateways
from tests.databases import open_database


class Options(BaseModel):
    """What is asked for."""

    echo_url: str = Field("", description="address")
    echo_token: SecretStr = Field(SecretStr(""), description="token")
    echo_people: Texts = Field(default_factory=list, description="people")
    echo_room: str = Field("", description="not asked for")


class Echo:
    """A gateway that does what its address says."""

    name = "echo"
    made: ClassVar[list[Echo]] = []

    def __init__(self, options: Options, bus: EventBus) -> None:
        if not options.echo_url.startswith("https://"):
            raise CourageError(f"{options.echo_url!r} is no address")
        self.options, self.bus = options, bus
        self.running = False
        self.note = ""
        Echo.made.append(self)

    async def run(self) -> None:
        self.running = True
        try:
            right = self.options.echo_token.get_secret_value() == "right"
            state = "waiting" if "silent" in self.options.echo_url else "ready" if right else "refused"
            self.note = "" if state == "ready" else f"it says {state}"
            self.bus.publish("channel", {"channel": "another", "state": "ready"})
            self.bus.publish("channel", {"channel": "echo", "state": state})
            if "breaking" in self.options.echo_url and len(Echo.made) < 3:
                raise ZeroDivisionError("what nobody foresaw")
            await asyncio.Event().wait()
        finally:
            self.running = False

    def health(self) -> dict[str, Any]:
        return {"status": "ok" if not self.note else "down", "note": self.note}


KIND = GatewayType(
    "echo",
    lambda options, context: Echo(options, context.bus),  # type: ignore[arg-type, return-value]
    Options,
    needs=("echo_url", "echo_token"),
    asked=("echo_url", "echo_token", "echo_people"),
)
GIVEN = {"echo_url": "https://echo", "echo_token": "right", "echo_people": "@a:x, @b:x\n@c:x"}


class Home:
    """A process with that one chat system."""

    def __init__(self, folder: Path, leases: Leases | None = None, **settings: Any) -> None:
        values = {
            name: field.get_default(call_default_factory=True) for name, field in Options.model_fields.items()
        }
        chosen = ChosenSettings(folder)
        values |= values_beside(chosen.read(), [KIND], set(settings)) | settings
        self.channels: dict[str, Channel] = {}
        self.receivers: dict[str, Channel] = {}
        self.woken = 0
        context = SimpleNamespace(bus=EventBus())
        self.running = RunningGateways(
            SimpleNamespace(**values), context, chosen,  # type: ignore[arg-type]
            channels=self.channels, receivers=self.receivers, changed=self.wake, leases=leases, patience=0.3 if leases is None else 2.0, pause=0.01,
        )  # fmt: skip
        self.running.start()

    def wake(self) -> None:
        self.woken += 1

    @property
    def system(self) -> Any:
        (found,) = self.running.systems()
        return found


@pytest.fixture(autouse=True)
def _one_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    Echo.made = []

    def opened(settings: Any, context: GatewayContext, *, only: str | None = None) -> dict[str, Any]:
        options = KIND.options_from(settings)
        on = all(getattr(options, name) and str(getattr(options, name)) for name in KIND.needs)
        return {"echo": KIND.make(options, context)} if on else {}

    monkeypatch.setattr(module, "find_gateways", lambda: (KIND,))
    monkeypatch.setattr(module, "open_gateways", opened)


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    found = Home(tmp_path)
    yield found
    await found.running.stop()


async def test_what_answers_is_used_at_once_and_kept_for_the_next_start(home: Home, tmp_path: Path) -> None:
    assert (home.system.origin, home.system.health["status"]) == ("off", "off")
    await home.running.connect("echo", GIVEN)
    assert home.channels == home.receivers == {"echo": Echo.made[-1]}
    assert Echo.made[-1].running
    assert Echo.made[-1].options.echo_people == ["@a:x", "@b:x", "@c:x"]
    assert (home.system.origin, home.system.health["status"]) == ("page", "ok")
    assert {f.name: f.value for f in home.system.asked} == {
        "echo_url": "https://echo", "echo_token": "", "echo_people": "@a:x @b:x @c:x",
    }, "a secret is never shown"  # fmt: skip
    assert home.woken
    file = tmp_path / FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "right" not in repr(home.system)
    again = Home(tmp_path)
    assert again.system.origin == "page"
    assert again.channels
    await again.running.stop()


@pytest.mark.parametrize(
    ("changes", "say"),
    [
        ({"echo_token": "wrong"}, "connect.refused"),
        ({"echo_url": "https://silent"}, "connect.silent"),
        ({"echo_url": "echo"}, "connect.wrong"),
        ({"echo_people": " , "}, "wrong.empty"),
        ({"echo_url": ""}, "wrong.empty"),
    ],
)
async def test_what_fails_says_why_and_leaves_everything_as_it_was(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], say: str
) -> None:
    monkeypatch.setattr(module, "AGAIN", 0.05)
    with pytest.raises(CannotConnect) as refused:
        await home.running.connect("echo", {**GIVEN, **changes})
    assert refused.value.say == say
    assert home.channels == home.receivers == home.running.gateways == {}
    assert not (tmp_path / FILE).exists()
    assert not any(one.running for one in Echo.made)
    await home.running.connect("echo", GIVEN)
    with pytest.raises(CannotConnect):
        await home.running.connect("echo", {**GIVEN, **changes})
    assert len([one for one in Echo.made if one.running]) <= 1
    await asyncio.sleep(0)
    assert [one.options.echo_url for one in Echo.made if one.running] == ["https://echo"]
    assert home.channels["echo"].options.echo_token.get_secret_value() == "right"  # type: ignore[attr-defined]
    assert json.loads((tmp_path / FILE).read_text())["echo"]["echo_token"] == "right"


async def test_a_secret_left_empty_stays_and_disconnecting_forgets_it(home: Home, tmp_path: Path) -> None:
    await home.running.connect("echo", GIVEN)
    await home.running.connect("echo", {**GIVEN, "echo_token": "", "echo_people": "@d:x"})
    assert Echo.made[-1].options.echo_people == ["@d:x"]
    assert [one.running for one in Echo.made] == [False, True]
    await home.running.disconnect("echo")
    assert home.system.origin == "off"
    assert home.channels == {}
    assert json.loads((tmp_path / FILE).read_text()) == {}
    with pytest.raises(CannotConnect):
        await home.running.connect("echo", {**GIVEN, "echo_token": ""})


async def test_what_the_operator_gives_counts_and_no_page_changes_it(home: Home, tmp_path: Path) -> None:
    await home.running.connect("echo", GIVEN)
    operated = Home(tmp_path, echo_url="https://theirs", echo_token=SecretStr("right"))
    assert operated.system.origin == "settings"
    assert Echo.made[-1].options.echo_people == [], "nothing of the page's is mixed in"
    for press in (operated.running.connect("echo", GIVEN), operated.running.disconnect("echo")):
        with pytest.raises(CannotConnect) as refused:
            await press
        assert refused.value.say == "connect.by_settings"
    await operated.running.stop()
    partly = Home(tmp_path, echo_people=["@theirs:x"])
    assert Echo.made[-1].options.echo_url == "https://echo"
    assert Echo.made[-1].options.echo_people == ["@theirs:x"]
    await partly.running.stop()


async def test_a_file_that_cannot_be_written_connects_nothing(home: Home, tmp_path: Path) -> None:
    (tmp_path / FILE).with_suffix(".partial").mkdir()
    with pytest.raises(CannotConnect) as refused:
        await home.running.connect("echo", GIVEN)
    assert refused.value.say == "connect.not_kept"
    assert home.channels == {}


async def test_of_several_engines_the_one_that_has_the_say_connects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courage.gateways.led._EVERY", 0.05)
    sessions = make_sessions(open_database(tmp_path / "courage.db"), strict=True)
    one = Home(tmp_path, Leases(sessions, "one"))
    (tmp_path / "two").mkdir()
    two = Home(tmp_path / "two", Leases(sessions, "two"))
    await one.running.connect("echo", GIVEN)
    assert one.running.leads("echo")
    assert one.channels["echo"] is one.running.led["echo"].gateway
    with pytest.raises(CannotConnect) as refused:
        await two.running.connect("echo", GIVEN)
    assert refused.value.say == "connect.elsewhere"
    assert two.channels == {}
    await one.running.disconnect("echo")
    await two.running.connect("echo", GIVEN)
    for home in (one, two):
        await home.running.stop()


@pytest.mark.parametrize("shared", [False, True])
async def test_a_gateway_that_ends_by_an_error_is_made_anew_and_health_says_so(
    tmp_path: Path, shared: bool
) -> None:
    leases = Leases(make_sessions(open_database(tmp_path / "x.db")), "one") if shared else None
    home = Home(tmp_path / "home", leases, echo_url="https://breaking", echo_token=SecretStr("right"))
    try:
        with Echo.made[0].bus.subscribe("channel") as events:
            async with asyncio.timeout(10):
                for _ in range(3):
                    while (await anext(events)).data["channel"] != "echo":
                        pass
        assert len(Echo.made) == 3
        assert not any(one.running for one in Echo.made[:-1])
        assert (
            home.channels["echo"] is home.receivers["echo"] is home.running.gateways["echo"] is Echo.made[-1]
        )
        assert home.woken  # what waits for it is tried again
        health = home.running.health("echo")
        assert health["status"] == "degraded"
        assert "began anew after an error" in health["note"]
    finally:
        await home.running.stop()
    assert not Echo.made[-1].running


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    ChosenSettings(tmp_path).keep("echo", {"echo_token": "right"})
    (tmp_path / FILE).chmod(0o644)
    with pytest.raises(CourageError, match="chmod 600"):
        ChosenSettings(tmp_path).read()


def test_a_gateway_asks_only_for_what_it_has() -> None:
    from courage.gateways.registry import _check, find_gateways

    with pytest.raises(CourageError, match="asks for"):
        _check("echo", replace(KIND, asked=("echo_nothing",)))
    assert [kind.name for kind in find_gateways() if kind.asked] == [
        "discord", "matrix", "mattermost", "rocketchat", "slack", "telegram",
    ]  # fmt: skip
