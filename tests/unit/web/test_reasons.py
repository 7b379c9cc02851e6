"""Cards and cases are said in the language of whoever reads the desk."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from courage.cases.inbound import InboundMessage
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason
from courage.detection.verdict import Reason
from courage.i18n.catalogue import default_catalogue
from courage.library.suggest.sayings import saying as said_by_library
from courage.web.pages.practice import GROUP
from courage.web.reasons import reason, reasons_line, saying, title
from tests.unit.web.conftest import Enter
from tests.unit.web.world import HATE, World, until

ENGLISH = "derogation; against migrants; derogatory word"
ARABIC = "تحقير؛ المستهدَفون: المهاجرون؛ كلمة مهينة"


async def flag(world: World, organisation_id: int = 1) -> int:
    """Let a member write something hateful; return the case once its card is there."""

    def there() -> bool:
        room = world.practice.desk_of(organisation_id)
        return any(line.card is not None for line in world.practice.lines(room))

    message = InboundMessage(organisation_id, "practice", GROUP, "m1", "Robin", HATE, datetime.now(UTC))
    async with until(world.bus, "practice", there):
        receipt = await world.intake.receive(message)
    assert receipt.case_id is not None
    return receipt.case_id


@pytest.mark.parametrize(
    ("language", "line", "button"),
    [
        ("en", ENGLISH, "Claim"),
        ("fr", "dénigrement ; vise : personnes migrantes ; mot dégradant", "Prendre"),
        ("de", "Herabwürdigung; gegen Geflüchtete und Zugewanderte; abwertendes Wort", "Übernehmen"),
        ("ar", ARABIC, "استلام"),
    ],
)
async def test_a_reader_sees_reasons_and_buttons_in_their_language(
    world: World, enter: Enter, language: str, line: str, button: str
) -> None:
    volunteer = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=[language])
    number = await flag(world, world.practice_spaces.ensure(world.person["volunteer"].id))
    case = html.unescape(await volunteer.page(f"/cases/{number}"))
    assert f"<dd>{line}</dd>" in case
    practice = html.unescape(await volunteer.page("/practice"))
    assert f'<p class="quietly">{line}' in practice
    assert re.search(rf'value="claim {number}"><button class="small main">{button}</button>', practice)
    if language != "en":
        assert "derogatory word" not in case + practice
        assert "Show message" not in case + practice


async def test_the_api_gives_reasons_as_one_text_in_the_readers_language(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    number = await flag(world)
    for languages, line in ((["en"], ENGLISH), (["ar"], ARABIC)):
        world.people.change(world.person["volunteer"].id, languages=languages)
        one = await (await volunteer.api("GET", f"/api/cases/{number}")).json()
        (listed,) = await (await volunteer.api("GET", "/api/cases")).json()
        assert one["reasons"] == listed["reasons"] == line


def test_a_button_that_comes_with_a_title_keeps_it() -> None:
    assert title(Button("Take 2", "use 2"), default_catalogue(), "fr") == "Take 2"
    assert title(Button("", "claim 2", "claim"), default_catalogue(), "fr") == "Prendre"


def test_one_case_more_is_said_as_one() -> None:
    assert reasons_line([CaseReason("more_cases", count=1)], default_catalogue(), "de").startswith(
        "ein weiterer Fall"
    )


async def test_a_desk_has_a_language_for_those_who_choose_none(world: World, enter: Enter) -> None:
    world.services = replace(world.services, language="fr")
    stranger = await enter(None)
    page = await (await stranger.get("/login", headers={"Accept-Language": "xx"})).text()
    assert '<html lang="fr"' in page
    volunteer = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=[])
    await volunteer.press("/practice/say", {"say": "queue"})
    assert world.assistant.heard[-1][2]["language"] == "fr"


@pytest.mark.parametrize(
    ("language", "words_said"),
    [
        ("en", "stands up for Roma, disabled people"),
        ("fr", "prend la défense des Roms, des personnes handicapées"),
        ("de", "tritt ein für Sinti und Roma, behinderte Menschen"),
        ("ar", "يدافع عن: الروما، ذوي الإعاقة"),
    ],
)
def test_what_the_library_says_is_said_in_the_readers_language(language: str, words_said: str) -> None:
    said = said_by_library("stands_up", groups=["roma", "disabled"])
    assert saying(said, default_catalogue(), language) == words_said


def test_a_sentence_of_an_older_version_stays_as_it_is() -> None:
    said = said_by_library("as_written", text="something of an older version {name}")
    assert saying(said, default_catalogue(), "fr") == "something of an older version {name}"


def test_what_was_seen_is_said_in_the_readers_language() -> None:
    found = Reason("target", "mention", 0.2, 0, 8, {"word": "Migrants"})
    assert reason(found, default_catalogue(), "de") == "nennt eine Gruppe: Migrants"
    assert (
        reason(Reason("example", "implicit"), default_catalogue(), "fr")
        == "proche d'exemples connus : haine sous-entendue"
    )
    assert reason(Reason("word", "word"), default_catalogue(), "ar") == ""  # the message is gone
    assert reason(Reason("category", "support_hate"), default_catalogue(), "en") == "support of hate"
