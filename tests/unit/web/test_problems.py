"""No English sentence of an error on a page in another language, and none that is stiff in English."""

from __future__ import annotations

import pytest

from courage.i18n.catalogue import default_catalogue
from courage.library.lint.registry import codes
from courage.library.lint.rule import Issue
from courage.web import problems
from tests.unit.web.conftest import Enter
from tests.unit.web.test_cases_pages import flag, text_of
from tests.unit.web.world import World

LANGUAGES = ("fr", "de", "ar")


async def test_a_page_of_others_says_whose_it_is(world: World, enter: Enter) -> None:
    volunteer, me = await enter("volunteer"), world.person["volunteer"]
    assert "Only admins can open this page." in await (await volunteer.get("/people")).text()
    for language, word in (("fr", "administratrices"), ("de", "Admins"), ("ar", "مسؤول")):
        world.people.change(me.id, languages=(language,))
        page = await (await volunteer.get("/people")).text()
        assert word in page
        assert "your role is" not in page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_what_goes_wrong_is_said_in_the_readers_language(
    world: World, enter: Enter, language: str
) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    world.people.change(world.person["volunteer"].id, languages=(language,))
    for path in ("/nothing", "/cases/999", "/library/none"):
        page = await (await volunteer.get(path)).text()
        assert "there is no" not in page, path
        assert default_catalogue().say("problem.404", language) in page, path
    for step, data in (("draft", {"text": "x"}), ("dismiss", {}), ("post", {"version": "1"}), ("undo", {})):
        response = await volunteer.press(f"/cases/{number}/{step}", data)
        page = await response.text()
        said = page.split('id="problem"', 1)[1].split("</p>")[0]
        assert f"case {number}" not in said, (step, said)
    world.casework.claim(number, world.person["moderator"].id)
    page = await text_of(volunteer, f"/cases/{number}/claim", status=409)
    assert "moderator one" in page
    assert "is already on case" not in page


def test_every_kind_of_error_has_its_sentence_in_every_language() -> None:
    words = default_catalogue()
    for kind, key in problems._SENTENCES:
        assert len({words.say(key, language) for language in (*LANGUAGES, "en")}) == 4, (kind, key)


def test_what_checks_find_is_said_in_every_language() -> None:
    words = default_catalogue()
    for code in codes():
        said = {words.say(f"lint.{code}", language) for language in (*LANGUAGES, "en")}
        assert len(said) == 4, code
    found = Issue("warning", "unsourced_number", "names the number '4,500' without a source")
    assert problems.lint_sentence(found, words, "en") == found.message
    assert problems.lint_sentence(found, words, "de") == "Nennt eine Zahl ohne Quelle: 4,500"
    unknown = Issue("warning", "of_an_extension", "says something else")
    assert problems.lint_sentence(unknown, words, "de") == unknown.message
