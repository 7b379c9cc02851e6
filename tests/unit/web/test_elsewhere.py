"""A text from anywhere: answers to copy, nothing stored, nothing in an address, nothing from another site's page."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest
from sqlalchemy import text as sql

from tests.unit.web.conftest import Enter, token_in
from tests.unit.web.world import HATE, World


async def test_a_pasted_text_gets_answers_and_is_hidden_until_asked_for(enter: Enter, world: World) -> None:
    volunteer = await enter("volunteer")
    answer = await volunteer.press("/suggest", {"text": HATE, "link": "https://social.example/post/1"})
    page = await answer.text()
    assert answer.status == 200
    assert page.count("data-copy=") == 3
    assert "Do you know anybody who came here from elsewhere?" in page
    hidden = re.search(r"<details[^>]*>.*?</details>", page, re.DOTALL)
    assert hidden
    assert HATE in unescape(hidden[0])
    assert HATE not in unescape(page.replace(hidden[0], ""))
    assert 'href="https://social.example/post/1" rel="noopener noreferrer nofollow"' in page
    assert "social.example" not in str(answer.url)


async def test_nothing_of_it_is_stored(enter: Enter, world: World) -> None:
    volunteer = await enter("volunteer")
    await volunteer.press("/suggest", {"text": HATE, "link": "https://social.example/post/1"})
    with world.engine.connect() as connection:
        names = connection.execute(sql("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for name in names:
            rows = str(connection.execute(sql(f'SELECT * FROM "{name}"')).all())
            assert "thrown out of our country" not in rows, name
            assert "social.example" not in rows, name


async def test_a_threat_gets_no_answer_but_advice(enter: Enter) -> None:
    page = await (await (await enter("volunteer")).press("/suggest", {"text": "let us beat them up"})).text()
    assert "data-copy" not in page
    assert "call the police" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"text": "   "}, "Write or paste something first"),
        ({"text": "x" * 8_001}, "8001 characters are too many; 8000 fit"),
        ({"text": "they are criminals", "link": "javascript:alert(1)"}, "The link is no web address"),
        ({"text": "they are criminals", "link": "ftp://example.org"}, "The link is no web address"),
        ({"text": "they are criminals", "strategy": "shouting"}, "Strategy: “shouting”"),
    ],
)
async def test_what_is_wrong_is_said_and_the_text_stays(
    form: dict[str, str], said: str, enter: Enter
) -> None:
    answer = await (await enter("volunteer")).press("/suggest", form)
    page = unescape(await answer.text())
    assert answer.status == 400
    assert said in page
    assert form["text"].strip() in page
    assert 'href="javascript:alert' not in page
    assert 'value="javascript:alert' not in page


async def test_what_became_of_an_answer_is_noted(enter: Enter, world: World) -> None:
    volunteer = await enter("volunteer")
    for outcome in ("posted", "no_fit"):
        answer = await volunteer.press(
            "/suggest/outcome", {"response": "en-migrants-question-001", "outcome": outcome}
        )
        assert "said=outcome_noted" in str(answer.url)
        assert "the ranking learns from it" in await answer.text()
    assert world.shelf.learnt == [
        ("en-migrants-question-001", "posted"),
        ("en-migrants-question-001", "rated"),
    ]
    wrong = await volunteer.press("/suggest/outcome", {"response": "x", "outcome": "liked"})
    assert wrong.status == 400


async def test_the_bookmark_puts_the_text_behind_the_hash(enter: Enter) -> None:
    page = await (await enter("volunteer")).page("/suggest")
    found = re.search(r'href="(javascript:[^"]+)"', page)
    assert found
    script = unquote(unescape(found[1]))
    assert "/suggest#text='" in script
    assert "?text" not in script


SHARE = {"Sec-Fetch-Site": "none", "Origin": "null"}


async def test_what_a_device_shares_fills_the_form_and_does_nothing_else(enter: Enter, world: World) -> None:
    volunteer = await enter("volunteer")
    shared = await volunteer.client.post(
        "/suggest/shared",
        data={"title": "A post", "text": f"{HATE}\nhttps://social.example/1"},
        headers=SHARE,
    )
    page = unescape(await shared.text())
    assert shared.status == 200
    assert f">{HATE}</textarea>" in page
    assert 'value="https://social.example/1"' in page
    assert "data-copy" not in page
    only_link = await volunteer.client.post(
        "/suggest/shared", data={"title": "A post", "text": "https://social.example/1"}, headers=SHARE
    )
    assert ">A post</textarea>" in await only_link.text()


async def test_whoever_is_not_logged_in_finds_what_was_shared_after_the_login(enter: Enter) -> None:
    stranger = await enter(None)
    shared = await stranger.client.post("/suggest/shared", data={"text": HATE}, headers=SHARE)
    page = unescape(await shared.text())
    assert shared.status == 200
    assert f'data-text="{HATE}"' in page
    assert 'name="next" value="/suggest"' in page
    assert token_in(page)
    # It waits in the browser: nothing of it went into a cookie.
    assert all("country" not in str(cookie) for cookie in shared.cookies.values())


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
async def test_another_sites_page_cannot_share(headers: dict[str, str], enter: Enter) -> None:
    for role in ("volunteer", None):
        visitor = await enter(role)
        shared = await visitor.client.post("/suggest/shared", data={"text": HATE}, headers=headers)
        assert shared.status == 403
        assert "country" not in await shared.text()


async def test_another_sites_page_cannot_ask_either(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    asked = await volunteer.client.post("/suggest", data={"text": HATE}, headers=SHARE)
    assert asked.status == 403


async def test_the_manifest_offers_the_desk_to_the_share_menu(enter: Enter) -> None:
    answer = await (await enter(None)).client.get("/manifest.webmanifest")
    told = await answer.json(content_type="application/manifest+json")
    assert told["share_target"]["method"] == "POST"
    assert told["share_target"]["action"] == "/suggest/shared"
    assert told["icons"][0]["src"] == "/static/courage.svg"
