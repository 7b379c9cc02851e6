"""A chat is connected from the desk, in a real browser: Matrix on a real homeserver, Mattermost on a stand-in; English and Arabic."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio

from courage.cases.positions import Positions
from courage.cases.trial_cards import TrialCards
from courage.gateways.chosen import FILE, ChosenSettings
from courage.gateways.registry import GatewayContext, find_gateways
from courage.gateways.running import RunningGateways
from courage.i18n.catalogue import default_catalogue, default_voice
from tests.e2e import mattermost_server
from tests.e2e.axe import wrong_on
from tests.e2e.desk_browser import MARKS, Browser, open_browser
from tests.e2e.matrix_fixtures import eventually
from tests.e2e.synapse import Synapse, available, running
from tests.e2e.test_axe import RULES
from tests.unit.web.world import World

pytest.importorskip("playwright", reason="playwright is not installed")
pytestmark = [*MARKS, pytest.mark.e2e, pytest.mark.asyncio(loop_scope="module")]

LANGUAGES = ("en", "ar")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Synapse]:
    async with running(tmp_path_factory.mktemp("synapse")) as server:
        yield server


class Desk:
    """An admin in front of the page that connects a chat system, in their language."""

    def __init__(self, browser: Browser, gateways: RunningGateways, language: str) -> None:
        self.browser, self.gateways, self.language = browser, gateways, language
        self.page: Any = None
        self.at = ""

    def t(self, key: str, **values: Any) -> str:
        return default_catalogue().say(key, self.language, **values)

    async def open(self, system: str) -> None:
        self.page = await self.browser.enter("admin")
        self.browser.world.people.change(self.browser.world.person["admin"].id, languages=[self.language])
        self.at = f"{self.browser.base}/rooms/connect/{system}"
        await self.page.goto(f"{self.browser.base}/rooms")
        await self.page.get_by_role("link", name=self.t("connect.title")).click()
        await self.page.locator(f"a.number[href$='/{system}']").click()

    async def fill(self, **values: str) -> None:
        for name, value in values.items():
            label = self.page.locator("label", has_text=self.t(f"field.{name}"))
            await label.locator(f"[name={name}]").fill(value)
        await self.page.get_by_role("button", name=self.t("connect.press")).click()

    async def says(self, key: str) -> None:
        try:
            await self.page.get_by_text(self.t(key)).first.wait_for(timeout=20_000)
        except Exception:
            raise AssertionError(await self.page.locator("main").inner_text()) from None

    async def look_for(self, room: str) -> None:
        """Look again until a room stands there."""

        async def there() -> bool:
            await self.page.get_by_role("link", name=self.t("connect.look_again")).click()
            return bool(await self.page.get_by_role("radio", name=room).count())

        await eventually(there, f"the room {room} on the page")

    async def rest(self, desk: str, number: Callable[[], Awaitable[str]]) -> None:
        """Choose the desk room, send a test card, type its number (first another one), say that the notice stands."""
        page = self.page
        await page.get_by_role("radio", name=desk).check()
        await page.get_by_role("button", name=self.t("rooms.make_desk")).click()
        await self.says("said.desk_chosen")
        await page.get_by_role("button", name=self.t("connect.send_card")).click()
        await self.says("said.card_sent")
        right = await number()
        for typed, said in (("1", "trial.other_number"), (right, "said.card_seen")):
            await page.get_by_label(self.t("connect.number"), exact=True).fill(typed)
            await page.get_by_role("button", name=self.t("connect.number_press")).click()
            await self.says(said)
        await page.get_by_role("button", name=self.t("connect.notice_press")).first.click()
        await self.says("said.notice_noted")
        assert await page.locator("h2 .state.approved").count() == 5, "every step is done"
        await page.locator("details").evaluate_all("all => all.forEach((one) => { one.open = true; })")
        assert await wrong_on(page, runOnly=RULES) == []
        assert await page.locator("html").get_attribute("dir") == ("rtl" if self.language == "ar" else "ltr")

    def case(self) -> bool:
        return bool(self.browser.world.casework.queue())


@asynccontextmanager
async def at_the_desk(folder: Path, language: str) -> AsyncIterator[Desk]:
    """Serve a desk whose chat systems are real, none of them connected."""
    kept: dict[str, RunningGateways] = {}

    def prepare(world: World) -> None:
        options = {
            name: field.get_default(call_default_factory=True)
            for kind in find_gateways()
            for name, field in kind.options.model_fields.items()
        }
        context = GatewayContext(
            intake=world.intake, people=world.people, rooms=world.rooms, assistant=world.assistant, bus=world.bus,
            language="en", organisation_id=1, home=folder,
            positions=lambda channel, account: Positions(world.people._sessions, account, channel=channel),
        )  # fmt: skip
        channels: dict[str, Any] = {}
        gateways = RunningGateways(
            SimpleNamespace(**options), context, ChosenSettings(folder),
            channels=channels, receivers={}, patience=15.0,
        )  # fmt: skip
        kept["gateways"] = gateways
        trials = TrialCards(channels, world.rooms, b"k" * 32, default_voice())
        world.services = replace(world.services, chats=gateways, trials=trials)

    async with open_browser(folder, prepare=prepare) as browser:
        try:
            yield Desk(browser, kept["gateways"], language)
        finally:
            await kept["gateways"].stop()


@pytest.mark.skipif(not available(), reason="Synapse is not installed (requirements/synapse.txt)")
@pytest.mark.parametrize("language", LANGUAGES)
async def test_matrix_on_a_real_homeserver(server: Synapse, tmp_path: Path, language: str) -> None:
    bot, mia, eve = [
        await server.register(f"{name}-connect-{language}") for name in ("courage", "mia", "eve")
    ]
    given = {
        "matrix_homeserver": server.url,
        "matrix_user": bot.user_id,
        "matrix_password": "not the right one",
        "matrix_moderators": mia.user_id,
    }
    async with at_the_desk(tmp_path, language) as desk:
        await desk.open("matrix")
        await desk.fill(**{**given, "matrix_user": "courage"})
        await desk.says("connect.wrong")
        await desk.fill(**given)
        await desk.says("connect.refused")
        assert not (tmp_path / FILE).exists()
        await desk.fill(**{**given, "matrix_password": "only for tests"})
        await desk.says("said.chat_connected")
        await desk.says("connect.no_rooms")
        volunteers = await mia.create_room("Volunteers", bot.user_id)
        garden = await mia.create_room("Garden talk", bot.user_id, eve.user_id)
        await eve.join(garden)
        await desk.look_for("Volunteers")
        await desk.look_for("Garden talk")

        async def number() -> str:
            async def look() -> str | None:
                for event in await mia.messages(volunteers):
                    body = str(event["content"].get("body", ""))
                    if event["sender"] == bot.user_id and "test card" in body:
                        return re.findall(r"\b\d{4}\b", body)[0]
                return None

            return str(await eventually(look, "the test card"))

        await desk.rest("Volunteers", number)
        assert "only for tests" not in await desk.page.content()
        await eve.send(garden, "Migrants are all criminals")

        async def read() -> bool:
            return desk.case()

        await eventually(read, "a case from the room that was connected")


@pytest.mark.parametrize("language", LANGUAGES)
async def test_mattermost(tmp_path: Path, language: str) -> None:
    async with mattermost_server.serving() as server, at_the_desk(tmp_path, language) as desk:
        await desk.open("mattermost")
        await desk.fill(mattermost_url="http://127.0.0.1:9", mattermost_token=mattermost_server.TOKEN)
        await desk.says("connect.silent")
        await desk.fill(mattermost_url=server.url, mattermost_token=mattermost_server.TOKEN[::-1])
        await desk.says("connect.refused")
        await desk.fill(mattermost_url=server.url, mattermost_token=mattermost_server.TOKEN)
        await desk.says("said.chat_connected")
        name = server.channels[mattermost_server.DESK].display_name
        await desk.look_for(name)

        async def number() -> str:
            async def look() -> str | None:
                said = [
                    p["message"] for p in server.of_bot(mattermost_server.DESK) if "test card" in p["message"]
                ]
                return re.findall(r"\b\d{4}\b", said[-1])[0] if said else None

            return str(await eventually(look, "the test card"))

        await desk.rest(name, number)
        await server.says(mattermost_server.GROUP, mattermost_server.EVE, "Migrants are all criminals")

        async def read() -> bool:
            return desk.case()

        await eventually(read, "a case from the channel that was connected")
        await desk.page.goto(desk.at)
        await desk.page.get_by_text(desk.t("connect.disconnect"), exact=True).click()
        await desk.page.get_by_role("button", name=desk.t("connect.disconnect_sure")).click()
        await desk.says("said.chat_disconnected")
        assert desk.gateways.gateways == {} or "mattermost" not in desk.gateways.gateways
