"""A lint rule, a chat system and a strategy are one file (or entry) each, and their words: seen in a copy of the house."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow  # each copies the checkout and starts the program in it

ROOT = Path(__file__).resolve().parents[2]

RULE = '''
"""A response asks one thing at a time."""

from collections.abc import Iterator

from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context, Issue, Rule


def check(draft: ResponseDraft, _: Context) -> Iterator[Issue]:
    """Count the questions."""
    if draft.text.count("?") > 1:
        yield Issue("error", "many_questions", "asks more than one question; keep one")


RULE = Rule(("many_questions",), check)
'''

GATEWAY = '''
"""A chat system that says back what it is told."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from courage.cases.inbound import InboundMessage
from courage.cases.ports import Button, Card
from courage.gateways.registry import GatewayContext, GatewayType


class EchoOptions(BaseModel):
    """Its settings."""

    echo_room: str = Field("", description="room that is read; empty: no echo")
    echo_tries: int = Field(3, ge=1, description="how often it tries")


class EchoGateway:
    """Reads one message, keeps what it is given."""

    name = "echo"

    def __init__(self, options: EchoOptions, context: GatewayContext) -> None:
        self.options, self.context = options, context
        self.cards: dict[str, Card] = {}
        self.replies: dict[str, str] = {}

    async def run(self) -> None:
        """Hand one message in."""
        await self.context.intake.receive(InboundMessage(
            self.context.organisation_id, self.name, self.options.echo_room, "$1", "@eve", "they are vermin",
            datetime.now(UTC),
        ))

    def health(self) -> dict[str, Any]:
        """Say how often it tries."""
        return {"status": "ok", "tries": self.options.echo_tries}

    async def send_card(self, card: Card, key: str) -> str:
        """Keep a card."""
        self.cards[key] = card
        self.context.bus.publish("echo", {"card": key})
        return key

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Keep the newer card."""
        self.cards[ref] = card

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Keep a reply."""
        self.replies[key] = text
        self.context.bus.publish("echo", {"reply": key})
        return key

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say nothing."""
        return key


GATEWAY = GatewayType("echo", EchoGateway, EchoOptions, needs=("echo_room",))
'''

STORY = {
    "en": "A true story",
    "de": "Eine wahre Geschichte",
    "fr": "Une histoire vraie",
    "ar": "قصة حقيقية",
}

#: Runs in the copy: an engine whose models are stood in for, and everything else is real.
SCRIPT = """
import asyncio, faulthandler, json
from datetime import date, timedelta

from aiohttp.test_utils import TestClient, TestServer

import courage
from courage.i18n.catalogue import default_catalogue
from courage.engine import Engine
from courage.library.drafts import ResponseDraft
from courage.library.errors import LintError
from courage.library.suggest.recommend import Wish
from courage.library.views import Actor
from courage.settings import load_settings
from courage.web.security import COOKIE
from courage.wiring import Components
from tests.unit.library.conftest import WordEncoder, verdict


class Screener:
    def screen(self, text, sensitivity="balanced"):
        hateful = text == "they are vermin"
        return verdict(text, hateful=hateful, route="counter" if hateful else "none", language="en")

    def screen_batch(self, texts, sensitivity="balanced"):
        return [self.screen(text) for text in texts]

    def screen_many(self, texts, sensitivity="balanced"):
        return [self.screen(text) for text in texts]


async def main():
    said = {"from": courage.__file__}
    settings = load_settings().model_copy(update={"encoder": "words"})
    components = Components(settings)
    components.__dict__["screener"] = Screener()
    components.__dict__["encoder"] = WordEncoder()
    linter = components.linter
    anna, bilal = Actor(1, "Anna"), Actor(2, "Bilal")

    def write(name, text, strategy):
        draft = ResponseDraft(
            text, "en", strategy, ("migrants",), id=name, review_on=date.today() + timedelta(days=300),
            narratives=("migrants are vermin", "they are vermin", "vermin all of them"),
        )
        components.library.add(draft, by=anna)
        components.library.submit(name, by=anna)
        components.library.approve(name, by=bilal)

    try:
        write("en-migrants-asking", "Why do you say so? And who told you?", "question")
    except LintError as error:
        said["lint"] = [issue.code for issue in error.issues]
    write("en-migrants-story", "They are people. One of them fled a war and now repairs our heating.", "story")
    said["word"] = [default_catalogue().named("strategy", "story", "de")]

    engine = Engine(settings, components)
    echo = engine.gateways["echo"]
    admin = engine.people.add("Ada", "admin")
    volunteer = engine.people.add("Val", "volunteer")
    async with engine.bus.subscribe("echo", "case") as news, TestClient(TestServer(engine.application())) as client:
        async with asyncio.timeout(60):
            while not echo.cards:
                await anext(news)
        health = await (await client.get("/health")).json()
        said["health"] = {name: part["status"] for name, part in health["parts"].items()}
        said["tries"] = echo.health()["tries"]
        said["card"] = [card.category for card in echo.cards.values()]
        login = engine.people.open_session(admin.id)
        client.session.cookie_jar.update_cookies({COOKIE: login.token}, client.make_url("/"))
        said["coverage"] = await (await client.get("/library/coverage?language=en")).text()
        said["found"] = await (await client.get("/library?strategy=story")).text()
        said["list"] = [r["id"] for r in await (await client.get("/api/library?strategy=story")).json()]
        engine.casework.claim(1, volunteer.id)
        advice = engine.casework.suggest(1, volunteer.id, Wish(strategies=("story",)))
        said["offered"] = [(s.id, s.strategy) for s in advice.suggestions][:1]
        draft = engine.casework.choose(1, volunteer.id, 1)
        engine.casework.confirm_post(1, volunteer.id, draft.version)
        async with asyncio.timeout(60):
            while not echo.replies:
                await anext(news)
        said["reply"] = list(echo.replies.values())
    components.__exit__()
    print(json.dumps(said))


asyncio.run(main())
"""


def add_words(checkout: Path, strategy: str, words: dict[str, str]) -> None:
    """Name a strategy in the catalogues."""
    for language, text in words.items():
        catalogue = checkout / "courage" / "i18n" / "messages" / language / "LC_MESSAGES" / "courage.po"
        with catalogue.open("a", encoding="utf-8") as file:
            file.write(f'\nmsgid "strategy.{strategy}"\nmsgstr "{text}"\n')


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the checkout, into which files may be put."""
    place = tmp_path / "checkout"
    for folder in ("courage", "actions"):
        shutil.copytree(ROOT / folder, place / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("bot", "seeds", "pyproject.toml"):
        (place / name).symlink_to(ROOT / name)
    (place / "responses" / "en").mkdir(
        parents=True
    )  # a small starter library: its size is not what is tested
    shutil.copy(ROOT / "responses" / "en" / "roma.yml", place / "responses" / "en")
    return place


def run(checkout: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python in the copy, which comes before this checkout on the import path."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("COURAGE_")}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=checkout,
        env={
            **clean,
            "PYTHONPATH": f"{checkout}:{ROOT}",
            "COURAGE_HOME": str(checkout.parent / "home"),
            "COURAGE_RASA": "false",
            "COURAGE_UNDO_SECONDS": "0",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_rule_a_gateway_and_a_strategy_are_one_file_each(checkout: Path) -> None:
    (checkout / "courage/library/lint/rules/many_questions.py").write_text(RULE, encoding="utf-8")
    (checkout / "courage/gateways/echo.py").write_text(GATEWAY, encoding="utf-8")
    taxonomy = checkout / "courage/taxonomy.py"
    known = taxonomy.read_text(encoding="utf-8")
    taxonomy.write_text(known.replace('    "opinion",\n', '    "opinion",\n    "story",\n'), encoding="utf-8")
    add_words(checkout, "story", STORY)

    done = run(checkout, "-c", SCRIPT, COURAGE_ECHO_ROOM="!talk", COURAGE_ECHO_TRIES="7")
    assert done.returncode == 0, done.stderr[-3000:]
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert Path(said["from"]).is_relative_to(checkout)
    assert said["lint"] == ["many_questions"]
    assert said["health"]["echo"] == "ok"
    assert said["health"]["practice"] == "ok"
    assert said["health"]["matrix"] == "off"
    assert said["tries"] == 7
    assert said["card"] == ["derogation"]
    assert STORY["en"] in said["coverage"]
    assert "repairs our heating" in said["found"]
    assert said["list"] == ["en-migrants-story"]
    assert said["word"] == [STORY["de"]]
    assert said["offered"] == [["en-migrants-story", "story"]]
    assert said["reply"] == ["They are people. One of them fled a war and now repairs our heating."]


def test_settings_know_the_settings_of_every_gateway(checkout: Path) -> None:
    (checkout / "courage/gateways/echo.py").write_text(GATEWAY, encoding="utf-8")
    listed = run(checkout, "-m", "courage", "settings")
    assert "COURAGE_ECHO_ROOM" in listed.stdout
    wrong = run(
        checkout, "-c", "from courage.settings import load_settings; load_settings()", COURAGE_ECHO_TRIES="0"
    )
    assert "echo_tries" in wrong.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("courage/gateways/mute.py", "x = 1\n", "gateway mute has no GATEWAY"),
        (
            "courage/gateways/loud.py",
            "from courage.gateways.registry import GatewayType\nGATEWAY = GatewayType('quiet', None)\n",
            "gateway loud calls itself 'quiet'",
        ),
        ("courage/library/lint/rules/empty.py", "x = 1\n", "lint rule empty has no RULE"),
        (
            "courage/library/lint/rules/again.py",
            "from courage.library.lint.rule import Rule\nRULE = Rule(('insult',), lambda *_: [])\n",
            "lint rules again and insults both have the code 'insult'",
        ),
    ],
)
def test_a_file_that_does_not_declare_what_it_is_gets_named(
    checkout: Path, name: str, content: str, complaint: str
) -> None:
    (checkout / name).write_text(content, encoding="utf-8")
    find = (
        "from courage.gateways.registry import find_gateways; find_gateways()"
        if "gateways" in name
        else "from courage.library.lint import find_rules; find_rules()"
    )
    assert complaint in run(checkout, "-c", find).stderr
