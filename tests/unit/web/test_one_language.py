"""No page says a word in another language than its reader's, whatever is pressed and whatever goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from aiohttp import ClientResponse

from courage.cases.inbound import InboundMessage
from courage.web.keys import WORDS
from courage.web.routes import TABLE
from courage.web.security import COOKIE
from tests.unit.academy.workshop_kit import SEEDS
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.pseudo import SPOKEN, pseudo_catalogue, strangers
from tests.unit.web.test_exchange import as_csv, send
from tests.unit.web.world import HATE, STAFF, World

pytestmark = pytest.mark.slow  # every page and every refusal, for every role

#: What people, the library and other programs said in this world.
KNOWN: Final = (
    *(f"{role} one" for role in STAFF), "Olga", "Test community", "default", "Courage", HATE, "Robin", "Sascha", "Noor", "Kim",
    "answers the claim that migrants are criminals", "migrants are criminals", "criminals", "Migrants", "Statistics office",
    "Crime and migration", "Crime depends on age, money and chances in life, not on where somebody was born.",
    "Do you know anybody who came here from elsewhere? What are they like?",
    "We are all neighbours here. Let us talk about people, not about labels.", "A reviewer", "English", "Deutsch", "Français", "العربية",
    "a remark", "seed authors", "CC-BY-4.0", "YYYY-MM-DD", "Matrix", "Telegram", "matrix", "telegram", "Default organisation", "authors", "/api/openapi.json", "https://example.org/hook", "zz", "en-", "-affiliation-001", "-question-001", "-facts-001",
    "2027-03-31", "UTC", "I understand claim, suggest, use and post.", "We are all neighbours here. Let us talk about…",
    "Do you know anybody who came here from…", "Crime depends on age, money and chances in life,…", "true", "false", "https://example.org/…", "a-z", "Find A Helpline", "Befrienders Worldwide",
)  # fmt: skip


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _leaves(inner)


def seeds_words() -> tuple[str, ...]:
    """Return every text of the scenarios and exercises that tests have."""
    files = [*SEEDS.rglob("*.yml"), *SEEDS.rglob("*.yaml")]
    return tuple(
        " ".join(text.split())
        for file in files
        for text in _leaves(yaml.safe_load(file.read_text("utf-8")))
        if len(text) > 3
    )


#: What ends a session or the person whose session it is.
ENDS: Final = re.compile(r"/logout|/sessions/|/deactivate|/erase|/leave|/account/factor/on")


SEEDS_WORDS: Final = seeds_words()


class Forms(HTMLParser):
    """Collects the forms that write: where they go and which fields they have."""

    def __init__(self, here: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self._in: dict[str, str] | None = None
        self.here = here

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._in = {} if given.get("method") == "post" else None
            if self._in is not None:
                self.found.append((unescape(given.get("action", self.here)), self._in))
        elif self._in is not None and given.get("name") and given.get("name") != "csrf":
            self._in[given["name"]] = tag if tag != "input" else given.get("type", "text")


def wrong_ways(fields: dict[str, str]) -> Iterator[dict[str, str]]:
    """Yield how somebody may fill in a form: not at all, with nonsense, with far too much."""
    yield {}
    for nonsense in ("zz", "z" * 21_000):
        yield dict.fromkeys(fields, nonsense)


class Crawl:
    """One person's walk over the desk; ``wrong`` says where words stand that are in no brackets."""

    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.known: tuple[str, ...] = ()
        self.wrong: dict[str, list[str]] = {}
        self.pages: set[str] = set()
        self.forms: dict[str, dict[str, str]] = {}

    async def read(self, where: str, response: ClientResponse) -> str:
        """Look at an answer, if it is a page."""
        if response.content_type != "text/html":
            return ""
        text = await response.text()
        if found := strangers(text, *KNOWN, *SEEDS_WORDS):
            self.wrong[f"{where} ({response.status})"] = found
        return text

    async def walk(self, *starts: str) -> None:
        """Open every page that links lead to."""
        waiting = list(starts)
        while waiting:
            path = waiting.pop(0)
            kind = re.sub(r"\d+|=[^&]*", "", path)
            if kind in self.pages:
                continue
            self.pages.add(kind)
            response = await self.visitor.client.get(path, allow_redirects=False)
            page = await self.read(path, response)
            waiting += [
                unescape(link) for link in re.findall(r'href="(/[^"#]*)', page) if "/static/" not in link
            ]
            reader = Forms(path)
            reader.feed(page)
            self.forms |= dict(reader.found)

    async def press(self) -> None:
        """Send every form that was met in the ways in which people do who make mistakes."""
        for action, fields in list(self.forms.items()):
            if ENDS.search(action):
                continue
            for data in wrong_ways(fields):
                response = await self.visitor.press(action, data, allow_redirects=False)
                await self.read(f"POST {action} {list(data.values())[:1]!r:.20}", response)
                if response.status == 303 and "said=" in response.headers["Location"]:
                    after = await self.visitor.client.get(response.headers["Location"])
                    await self.read(f"after {action}", after)


async def _cases(world: World) -> None:
    """Bring cases into the states that have pages of their own."""
    work, me = world.casework, world.person["moderator"].id
    for state in (
        "open",
        "mine",
        "draft",
        "sent",
        "escalated",
        "dismissed",
    ):  # who dismisses one flags no more of it
        message = InboundMessage(1, "matrix", "!1:x", f"m{state}", f"@{state}", HATE, datetime.now(UTC))
        case = (await world.intake.receive(message)).case_id
        assert case is not None
        if state in ("mine", "draft", "sent"):
            work.claim(case, me)
            work.suggest(case, me)
        if state in ("draft", "sent"):
            work.choose(case, me, 1)
        if state == "sent":
            work.confirm_post(case, me, 1)
        if state == "escalated":
            work.escalate(case, me)
        if state == "dismissed":
            work.dismiss(case, me)


@pytest.fixture
async def speaking(world: World, enter: Enter, tmp_path: Path) -> World:
    """Return a world in which everybody reads the language of brackets."""
    stranger = await enter(None)
    app: Any = stranger.client.server.app  # type: ignore[union-attr]
    app._state[WORDS] = pseudo_catalogue(tmp_path / "words")
    for person in world.person.values():
        world.people.change(person.id, languages=[SPOKEN])
    world.rooms.ensure("matrix", "!1:x", name="Matrix")
    await _cases(world)
    return world


def addresses() -> list[str]:
    """Return the addresses of all pages that are the same for everybody."""
    return [
        line.path for line in TABLE if line.method == "GET" and line.kind == "page" and "{" not in line.path
    ]


@pytest.mark.parametrize("role", STAFF)
async def test_every_page_and_every_refusal_is_in_the_readers_words(
    speaking: World, enter: Enter, role: str
) -> None:
    crawl = Crawl(await enter(role))
    wrong = ("/nothing", "/cases/999", "/cases/zz", "/library/none", "/cases?status=zz", "/library?start=zz")
    await crawl.walk("/", *addresses(), *wrong)
    assert len(crawl.pages) > 20
    await crawl.press()
    assert not crawl.wrong, "\n".join(f"{where}: {words}" for where, words in crawl.wrong.items())


async def test_so_is_what_strangers_and_operators_see(speaking: World, enter: Enter) -> None:
    stranger = await enter(None)
    stranger.client.session.headers["Accept-Language"] = SPOKEN
    crawl = Crawl(stranger)
    await crawl.walk("/login", "/login/zz", *addresses(), "/w/ZZZZZZ", "/nothing")
    await crawl.press()
    operator = await enter("volunteer")
    number = speaking.organisations.add_operator("Olga")
    speaking.people.change(number, languages=[SPOKEN])
    login = speaking.people.open_session(number)
    operator.client.session.cookie_jar.update_cookies({COOKIE: login.token}, operator.client.make_url("/"))
    second = Crawl(Visitor(operator.client, login.csrf_token))
    await second.walk("/", *addresses())
    await second.press()
    assert not crawl.wrong | second.wrong, crawl.wrong | second.wrong


async def test_so_is_what_the_parts_say_of_themselves(speaking: World, enter: Enter) -> None:
    ill = {"status": "degraded", "note": "an English line for the log"}
    chat = {
        "matrix": {**ill, "not_screened": 3},
        "telegram": {**ill, "status": "down"},
        "discord": {"status": "ok", "state": "standby"},
    }
    own = dict.fromkeys(("engine", "index", "rasa", "database", "engines", "actions"), ill)
    full = {"disk": {**ill, "status": "down"}, "outbox": {**ill, "held": 2, "unserved": {"slack": 1}}}
    speaking.health["parts"] = {**chat, **own, **full}
    for role in ("volunteer", "admin"):
        page = await (await enter(role)).page("/")
        assert not (found := strangers(page, *KNOWN, "Discord")), found
        assert ("an English line" in page) == (
            role == "admin"
        )  # whoever looks after it reads the line itself


async def test_so_is_the_look_at_a_file(speaking: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    rows = [["text", "language", "review_on"], ["zz", "en", "soon"], ["zz", "", ""]]
    for name, data in (("zz.csv", as_csv(";", "windows-1252", rows)), ("zz.csv", b"zz"), ("zz.json", b"{")):
        _, page = await send(trainer, name, data)
        assert strangers(page, *KNOWN, "text", "language", "review_on", "soon", "en", ".csv", ".json") == []


async def test_so_is_the_page_that_brings_the_session_along(speaking: World, enter: Enter) -> None:
    stranger = await enter(None)
    headers = {"Sec-Fetch-Site": "cross-site", "Accept-Language": SPOKEN}
    page = await (await stranger.client.get("/cases", headers=headers)).text()
    assert "⟦Go on⟧" in page
    assert strangers(page, *KNOWN) == []


async def test_words_from_elsewhere_are_noticed(speaking: World, enter: Enter) -> None:
    page = await (await enter("volunteer")).page("/keys")
    assert strangers(page, *KNOWN) == []
    spoilt = page.replace("<h1>", "<h1>A word from elsewhere", 1)
    assert strangers(spoilt, *KNOWN) == ["A word from elsewhere"]
