"""The catalogue is complete, another language needs no code, and people's words keep their direction."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courage.cases.access import WORKERS
from courage.i18n.catalogue import FOLDER, Catalogue, default_catalogue
from courage.taxonomy import ROLES
from courage.web.errors import BadInput
from courage.web.reading import decode_json
from courage.web.rendering import FOLDER as TEMPLATES
from courage.web.schemas.base import Request, Whole
from courage.web.schemas.refusals import checked
from courage.web.words import HANDBOOK_LANGUAGES, HANDBOOKS, accepted, direction
from tests.unit.i18n.po import write
from tests.unit.web.conftest import Enter
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.world import World

PEOPLES_TEXT = (
    "draft.text",
    "case.reply.text",
    "response.text",
    "s.text",
    "line.text",
    "e.why",
    "me.name",
    "p.name",
)


def test_every_role_is_greeted_and_workers_are_roles() -> None:
    assert all(default_catalogue().knows(f"home.lead.{role}") for role in ROLES)
    assert set(WORKERS) <= set(ROLES)


def test_every_sentence_after_a_step_has_words() -> None:
    known = default_catalogue().keys
    for module in (TEMPLATES.parent / "pages").glob("*.py"):
        for said in re.findall(
            r'back\([^)]*, "(\w+)"\)|casework\.\w+, "(\w+)"\)|request, "(\w+)", lambda', module.read_text()
        ):
            key = "said." + next(word for word in said if word)
            assert key in known, f"{module.name}: {key}"


async def test_a_language_is_added_by_a_file(world: World, enter: Enter, tmp_path: Path) -> None:
    from courage.web.keys import WORDS

    folder = tmp_path / "words"
    shutil.copytree(FOLDER / "en", folder / "en")
    write(folder, "ar", {"nav.cases": "الحالات"})
    stranger = await enter("volunteer")
    app: Any = stranger.client.server.app  # type: ignore[union-attr]
    app._state[WORDS] = Catalogue(folder)
    world.people.change(world.person["volunteer"].id, languages=["ar"])
    page = await stranger.page("/")
    assert '<html lang="ar" dir="rtl">' in page
    assert "الحالات" in page
    assert "Library" in page  # what has no translation yet stays English


@pytest.mark.parametrize(
    ("languages", "lang", "heading"),
    [
        (["de", "en"], "de", "Hallo, volunteer one"),
        (["fr", "de"], "fr", "Bonjour, volunteer one"),
        (["en", "de"], "en", "Hello, volunteer one"),
    ],
)
async def test_people_read_the_desk_in_their_first_language(
    world: World, enter: Enter, languages: list[str], lang: str, heading: str
) -> None:
    volunteer = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=languages)
    response = await volunteer.get("/", headers={"Accept-Language": "ar"})  # what they chose counts more
    page = await response.text()
    assert f'<html lang="{lang}" dir="ltr">' in page
    assert f"<h1>{heading}</h1>" in page


async def test_strangers_read_the_desk_in_the_language_of_their_browser(enter: Enter) -> None:
    response = await (await enter(None)).get("/login", headers={"Accept-Language": "de-AT,en;q=0.8"})
    page = await response.text()
    assert '<html lang="de" dir="ltr">' in page
    assert "<h1>Anmelden</h1>" in page


def test_words_of_people_carry_their_own_direction() -> None:
    for template in TEMPLATES.glob("*.html"):
        for line in template.read_text().splitlines():
            for name in PEOPLES_TEXT:
                for found in re.finditer(r"<(\w+)([^<>]*)>\{\{ " + re.escape(name) + r" ", line):
                    assert 'dir="auto"' in found[2] or found[1] == "option", (
                        f"{template.name}: {line.strip()[:120]}"
                    )


def test_the_readers_order_of_languages_counts() -> None:
    assert accepted("fr-CH, de;q=0.7, en;q=0.9, *;q=0.1")[:3] == ["fr", "en", "de"]
    assert accepted("x;q=abc,,;;") is not None
    assert direction("ar") == "rtl"
    assert default_catalogue().say("home.waiting", count=1) == "case waits for an answer"


class Inner(Request):
    n: Annotated[int, Whole()] | None = None


class Asked(Request):
    text: str
    wish: Inner | None = None
    names: list[str] | None = None


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8,
))  # fmt: skip
def test_whatever_comes_in_is_read_or_refused_in_one_line(data: Any) -> None:
    try:
        found = checked(Asked, data)
    except BadInput as error:
        refused = str(error)
        refused.encode()
        assert refused.count("\n") == 0  # most data is refused, some is read
    else:
        assert isinstance(found.text, str)


@given(st.binary())
def test_any_bytes_are_json_or_refused(body: bytes) -> None:
    try:
        decode_json(body)
    except BadInput as error:
        str(error).encode()


@pytest.mark.parametrize("header", ["", ",", "de" * 1000, "\x00"])
def test_odd_language_headers_do_no_harm(header: str) -> None:
    assert default_catalogue().choose(accepted(header)) == "en"


@pytest.mark.parametrize("language", sorted(HANDBOOK_LANGUAGES))
async def test_every_role_has_a_handbook_in_every_language(world: World, enter: Enter, language: str) -> None:
    volunteer = await enter("volunteer")
    world.people.change(world.person["volunteer"].id, languages=[language])
    shown = {role: await volunteer.page(f"/help/{role}") for role in HANDBOOKS}
    first = (await volunteer.page("/help")).split('href="/help/', 1)[1]
    assert first.startswith("volunteer")  # one's own comes first
    for role, page in shown.items():
        article = page.split("<article", 1)[1].split("</article>")[0]
        assert article.count("<h2") >= 4, role
        words = len(re.sub(r"<[^>]+>", " ", article).split())
        assert 180 < words < 600, (role, words)  # short enough to be read
    assert len(set(shown.values())) == len(HANDBOOKS)
    assert (await volunteer.get("/help/nobody")).status == 404


async def test_how_to_answer_stands_beside_the_case_that_is_mine(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    assert 'id="guide"' not in await volunteer.page(f"/cases/{number}")
    world.casework.claim(number, world.person["volunteer"].id)
    assert "Do not repeat the hateful sentence" in await volunteer.page(f"/cases/{number}")
