"""Scenarios of one's own at the desk: written, checked, tried out without a trace, offered, handed on."""

from __future__ import annotations

import html
import json
from typing import Any

import pytest
from aiohttp import FormData

from courage.academy.scenario import as_yaml
from tests.unit.academy.test_own import GARDEN, MINE
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import World

pytestmark = pytest.mark.slow  # whole scenarios over HTTP

BROKEN = MINE.replace("to: softer", "to: nowhere")


async def write(visitor: Visitor, text: str, do: str = "save", path: str = "new", **more: Any) -> Any:
    return await visitor.press(f"/academy/own/{path}", {"text": text, "do": do, **more})


async def test_from_a_copy_to_a_drill_of_a_volunteer(world: World, enter: Enter) -> None:
    trainer, volunteer = await enter("trainer"), await enter("volunteer")
    page = html.unescape(await trainer.page("/academy/own/new?from=en-test-garden"))
    assert "id: en-test-garden-copy" in page
    assert "it can be offered" in page
    saved = await write(trainer, MINE)
    assert "Saved." in await saved.text()
    address = saved.url.path
    assert "Our park" not in await volunteer.page("/academy")
    offered = await write(trainer, MINE, "offer", address.rsplit("/", 1)[1], revision="1")
    assert "Offered." in await offered.text()
    assert "Our park" in await volunteer.page("/academy")
    assert "Our park" in await trainer.page("/workshops?language=en")
    await volunteer.press("/academy/scenarios/en-our-park/begin")
    run = world.academy.drills.list(world.person["volunteer"].id)[0]
    answer = {"run": str(run.id), "turn": "1", "do": "reply", "text": "Where did you hear that?"}
    said = await (await volunteer.press("/academy/scenarios/en-our-park/turn", answer)).text()
    assert "A calm question leaves Dave a way back." in said
    await trainer.press(f"{address}/retire", {"retired": "yes"})
    assert (
        'href="/academy/scenarios/en-our-park"><bdi dir="auto">Our park'
        not in (await volunteer.page("/academy")).split("runs")[0]
    )
    assert "Our park" in await volunteer.page("/academy/scenarios/en-our-park")  # who plays it goes on


async def test_what_is_written_is_checked_while_it_is_written(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    for text, count, says in (
        (MINE, 0, "it can be offered"),
        (BROKEN, 1, "nowhere"),
        ("a: [", 1, "line 2: not valid YAML"),
    ):
        found = await (await trainer.press("/academy/own/check", {"text": text, "number": ""})).json()
        assert (found["findings"], says in html.unescape(found["html"])) == (count, True), text[:40]
    # The preview hides what hurts, and takes nobody's words for markup.
    shown = await (
        await trainer.press("/academy/own/check", {"text": MINE.replace("Our park", "<b>x</b>")})
    ).json()
    assert '<details class="harmful">' in shown["html"]
    assert "<b>x" not in shown["html"]
    assert world.academy.own.list(1) == []  # nothing of it is kept


async def test_what_has_a_finding_is_kept_as_a_draft_and_not_offered(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    refused = await write(trainer, BROKEN, "offer")
    page = html.unescape(await refused.text())
    assert "Not offered yet" in page
    assert "to: nowhere" in page
    assert "a way leads to nowhere" in page
    (kept,) = world.academy.own.list(1)
    assert (kept.state, kept.text) == ("draft", BROKEN)


async def test_who_was_overtaken_sees_both_texts_and_loses_none(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    number = (await write(trainer, MINE)).url.path.rsplit("/", 1)[1]
    await write(admin, MINE + "# theirs\n", path=number, revision="1")
    overtaken = await write(trainer, MINE + "# mine\n", path=number, revision="1")
    page = await overtaken.text()
    assert overtaken.status == 409
    assert "# theirs" in page
    assert "# mine" in page
    assert 'name="revision" value="2"' in page  # saved once more, mine is the newest and theirs a version
    await write(trainer, MINE + "# mine\n", path=number, revision="2")
    assert world.academy.own.get(1, int(number)).text.endswith("# mine\n")
    assert (await trainer.press(f"/academy/own/{number}/back", {"version": "2"})).status == 200
    assert world.academy.own.get(1, int(number)).text.endswith("# theirs\n")


async def test_it_is_tried_out_without_a_trace(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    played = await write(trainer, MINE, "play")
    assert played.url.path.endswith("/play")
    page = await played.text()
    assert "Nothing of this is kept" in page
    answered = await trainer.press(
        played.url.path, {"scene": GARDEN.start, "do": "reply", "text": "Where did you hear that?"}
    )
    page = html.unescape(await answered.text())
    assert "A calm question leaves Dave a way back." in page
    assert 'class="measures"' in page
    for scene, do, status in (
        ("nowhere", "reply", 400),
        (GARDEN.start, "silence", 200),
        (GARDEN.start, "reply", 400),
    ):
        again = await trainer.press(played.url.path, {"scene": scene, "do": do, "text": ""})
        assert again.status == status, (scene, do)
    assert world.academy.drills.list(world.person["trainer"].id) == []


async def test_what_cannot_be_read_cannot_be_tried_out_and_is_not_lost(enter: Enter) -> None:
    trainer = await enter("trainer")
    page = await (await write(trainer, "id: en-half", "play")).text()
    assert "cannot be tried out yet" in page
    assert "id: en-half" in page


async def test_a_pack_is_saved_and_taken(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    assert (await trainer.get("/academy/own/pack")).status == 400
    number = (await write(trainer, MINE, "offer")).url.path.rsplit("/", 1)[1]
    response = await trainer.get("/academy/own/pack")
    assert "attachment" in response.headers["Content-Disposition"]
    pack = await response.text()

    async def take(text: str) -> str:
        form = FormData()
        form.add_field("csrf", trainer.csrf)
        form.add_field("pack", text.encode(), filename="scenarios.json", content_type="application/json")
        return html.unescape(await (await trainer.client.post("/academy/own/pack", data=form)).text())

    assert "0 scenarios are here as drafts now; 1 you had already." in await take(pack)
    data = json.loads(pack)
    data["scenarios"] = [as_yaml(GARDEN.model_copy(update={"id": "en-theirs", "title": "Theirs"}))]
    assert "1 scenario is here as a draft now" in await take(json.dumps(data))
    data["scenarios"].append(BROKEN)
    said = await take(json.dumps(data))
    assert "nothing of it was taken" in said
    assert "a way leads to nowhere" in said
    assert "is not JSON" in await take("no pack at all")
    assert {one.title for one in world.academy.own.list(1)} == {"Our park", "Theirs"}
    assert world.academy.own.get(1, int(number)).state == "offered"


@pytest.mark.parametrize("role", ["volunteer", "moderator"])
async def test_others_neither_read_nor_write(enter: Enter, role: str) -> None:
    somebody = await enter(role)
    for path in ("/academy/own", "/academy/own/new", "/academy/own/1", "/academy/own/pack"):
        assert (await somebody.get(path)).status == 403
    assert (await write(somebody, MINE)).status == 403


@pytest.mark.parametrize("language", ["fr", "de", "ar"])
async def test_the_pages_are_in_the_readers_language(world: World, enter: Enter, language: str) -> None:
    trainer = await enter("trainer")
    world.people.change(world.person["trainer"].id, languages=(language,))
    path = (await write(trainer, BROKEN)).url.path
    for address in ("/academy/own", path, "/academy/own/new"):
        page = html.unescape(await trainer.page(address))
        assert f'lang="{language}"' in page
        for english in (
            "there are:",
            "Save",
            "Version 1 ·" if language == "ar" else "offer it",
            "Scenarios of your own",
        ):
            assert english not in page, (address, english)
