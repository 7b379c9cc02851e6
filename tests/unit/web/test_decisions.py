"""Trainers look through what was decided about texts: on pages, with the keyboard, and over the API."""

from __future__ import annotations

from typing import Any

from courage.cases.inbound import InboundMessage
from courage.clock import utcnow
from courage.web.api.openapi import describe
from courage.web.routes import API
from tests.unit.web.conftest import Enter
from tests.unit.web.world import World

SAID = "Those criminals of the chess club won again"


async def decided(world: World, text: str = SAID, message_id: str = "m1") -> int:
    """Let the volunteer dismiss a flagged message; return the decision's number."""
    message = InboundMessage(1, "practice", "group", message_id, "eve", text, utcnow())
    receipt = await world.intake.receive(message)
    assert receipt.case_id is not None
    world.casework.dismiss(receipt.case_id, world.person["volunteer"].id)
    return world.decisions.list()[0].id


async def screened(visitor: Any, text: str = SAID) -> dict[str, Any]:
    """Return the API's verdict."""
    answer = await (await visitor.api("POST", "/api/screen", {"text": text})).json()
    assert isinstance(answer, dict)
    return answer


async def test_a_volunteers_not_hate_reaches_every_screening(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert (await screened(volunteer))["hateful"]
    await decided(world)
    verdict = await screened(volunteer)
    assert not verdict["hateful"]
    assert verdict["reasons"][0]["text"] == "people decided this is not hate"
    case = world.casework.queue(statuses=("dismissed",))[0]
    await volunteer.press(f"/cases/{case.id}/undo")
    assert (await screened(volunteer))["hateful"]


async def test_screening_missed_it_can_be_said_on_the_case_page(world: World, enter: Enter) -> None:
    volunteer = await enter("volunteer")
    mild = "they are like you know what"
    message = InboundMessage(1, "practice", "group", "m1", "eve", mild, utcnow())
    receipt = await world.intake.reported(message, "bea")
    page = await volunteer.page(f"/cases/{receipt.case_id}")
    assert "screening missed it" in page
    page = await (await volunteer.press(f"/cases/{receipt.case_id}/missed")).text()
    assert "flagged from now on" in page
    assert "screening missed it" not in page
    assert (await screened(volunteer, mild))["hateful"]


async def test_a_trainer_reads_and_confirms(world: World, enter: Enter) -> None:
    number = await decided(world)
    trainer = await enter("trainer")
    assert 'href="/decisions"><b>1</b>' in await trainer.page("/")
    page = await trainer.page("/decisions")
    assert SAID not in page
    assert "volunteer one" in page
    for key, there in (("m", True), ("y", False), ("x", True)):
        assert (f'data-row-key="{key}"' in page) is there, key  # nobody confirms what they have not read
    unread = await trainer.press(f"/decisions/{number}/confirm")
    assert unread.status == 409
    assert "read the message" in await unread.text()
    page = await (await trainer.press(f"/decisions/{number}/message")).text()
    assert f'<blockquote class="message" dir="auto" tabindex="-1" id="shown">{SAID}</blockquote>' in page
    assert 'data-row-key="y"' in page
    page = await (await trainer.press(f"/decisions/{number}/confirm")).text()
    assert "It holds for good" in page
    assert "Nothing waits" in page
    assert "volunteer one" in await trainer.page("/decisions?state=confirmed")
    assert "and a trainer confirmed it" in (await screened(trainer))["reasons"][0]["text"]
    case = world.casework.queue(statuses=("dismissed",))[0]
    moderator = await enter("moderator")
    assert "decision confirmed by" in await moderator.page(f"/cases/{case.id}")


async def test_a_moderator_looks_on(world: World, enter: Enter) -> None:
    number = await decided(world)
    moderator, volunteer = await enter("moderator"), await enter("volunteer")
    assert 'href="/decisions"' in await moderator.page("/")
    page = await (await moderator.press(f"/decisions/{number}/message")).text()
    assert SAID in page
    for step in ("confirm", "reject"):
        assert f"/decisions/{number}/{step}" not in page
        assert (await moderator.press(f"/decisions/{number}/{step}")).status == 403
    assert (await volunteer.get("/decisions")).status == 403


async def test_a_trainer_rejects(world: World, enter: Enter) -> None:
    number = await decided(world)
    admin = await enter("admin")
    page = await (await admin.press(f"/decisions/{number}/reject")).text()
    assert "Automatic detection applies again" in page
    assert (await screened(admin))["hateful"]


async def test_a_text_that_is_gone_can_only_be_rejected(world: World, enter: Enter) -> None:
    number = await decided(world)
    await world.intake.redacted(1, "practice", "group", "m1")
    trainer = await enter("trainer")
    page = await trainer.page("/decisions")
    assert "Text deleted; you can only reject the decision" in page
    assert f"/decisions/{number}/confirm" not in page
    response = await trainer.press(f"/decisions/{number}/confirm")
    assert response.status == 409
    assert "can only be rejected" in await response.text()


async def test_the_same_over_the_api(world: World, enter: Enter) -> None:
    first = await decided(world)
    second = await decided(world, "More criminals of the chess club", "m2")
    trainer = await enter("trainer")
    listed = await (await trainer.api("GET", "/api/decisions")).json()
    assert [entry["id"] for entry in listed] == [second, first]
    assert SAID not in str(listed)
    assert listed[0]["people"] == ["volunteer one"]
    earlier = await (await trainer.api("GET", f"/api/decisions?before={second}&limit=5")).json()
    assert [entry["id"] for entry in earlier] == [first]
    shown = await (await trainer.api("POST", f"/api/decisions/{first}/message")).json()
    assert shown["text"] == SAID
    confirmed = await (await trainer.api("POST", f"/api/decisions/{first}/confirm")).json()
    assert (confirmed["state"], confirmed["reviewer"]) == ("confirmed", "trainer one")
    rejected = await (await trainer.api("POST", f"/api/decisions/{second}/reject")).json()
    assert rejected["state"] == "rejected"
    for wrong in ("999", "x", "99999999999"):
        response = await trainer.api("POST", f"/api/decisions/{wrong}/confirm")
        assert response.status == 404, wrong
    response = await trainer.api("GET", "/api/decisions?state=odd")
    assert response.status == 400
    assert "waiting, confirmed, rejected" in (await response.json())["error"]


def test_the_description_names_it() -> None:
    described = describe(API)
    answer = described["paths"]["/api/decisions"]["get"]["responses"]["200"]["content"]["application/json"]
    assert answer["schema"]["items"]["$ref"] == "#/components/schemas/Decision"
    assert "trainer" in described["paths"]["/api/decisions/{decision_id}/confirm"]["post"]["description"]
