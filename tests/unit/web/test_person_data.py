"""The pages on which an admin gives out and erases what is kept about one person."""

from __future__ import annotations

import html
import json
from datetime import UTC, datetime

from courage.cases.inbound import InboundMessage
from tests.unit.web.conftest import Enter
from tests.unit.web.world import HATE, World

EVE = {"channel": "matrix", "account": "@eve:x"}


async def flag(world: World) -> int:
    """Let Eve write something hateful; return the case."""
    message = InboundMessage(1, "matrix", "!room", "m1", "@eve:x", HATE, datetime.now(UTC))
    number = (await world.intake.receive(message)).case_id
    assert number is not None
    return number


async def test_an_author_is_shown_given_out_and_erased_once_typed_again(world: World, enter: Enter) -> None:
    admin, number = await enter("admin"), await flag(world)
    page = await (await admin.press("/authors", EVE)).text()
    assert "texts of messages" in page
    assert "Erase @eve:x for good" in page
    assert "thrown out" not in page
    file = await admin.press("/authors/export", EVE)
    assert file.headers["Content-Disposition"].startswith("attachment")
    record = json.loads(await file.text())
    assert record["messages"][0]["text"] == HATE
    assert record["about"].startswith("This is all that Courage keeps about you")
    refused = await admin.press("/authors/erase", {**EVE, "typed": "@eve"})
    assert refused.status == 400
    assert "Nothing was erased" in await refused.text()
    assert world.casework.view(number).text_kept
    done = await (await admin.press("/authors/erase", {**EVE, "typed": "@eve:x"})).text()
    assert "Nothing leads to that account any more" in done
    assert "erased: an author" in done
    assert "@eve" not in done
    assert not world.casework.view(number).text_kept
    assert "Nothing is kept about this account" in await (await admin.press("/authors", EVE)).text()


async def test_somebody_of_the_desk_is_erased_and_logged_out_at_once(world: World, enter: Enter) -> None:
    admin, volunteer = await enter("admin"), await enter("volunteer")
    who = world.person["volunteer"].id
    page = html.unescape(await admin.page(f"/people/{who}/data"))
    assert "To be sure, type the name: volunteer one" in page
    record = json.loads(await (await admin.press(f"/people/{who}/data/export")).text())
    assert record["person"]["name"] == "volunteer one"
    assert (await admin.press(f"/people/{who}/data/erase", {"typed": "volunteer"})).status == 400
    assert (await volunteer.get("/cases")).status == 200
    said = await (await admin.press(f"/people/{who}/data/erase", {"typed": "volunteer one"})).text()
    assert "A number stands where the name was" in said
    assert "volunteer one" not in said
    assert str((await volunteer.get("/cases")).url.path) == "/login"
    assert (await admin.get(f"/people/{who}/data")).status == 404


async def test_nobody_but_an_admin_gets_there_and_nobody_erases_themself(world: World, enter: Enter) -> None:
    moderator, admin = await enter("moderator"), await enter("admin")
    assert (await moderator.get("/authors")).status == 403
    assert (await moderator.press("/authors/export", EVE)).status == 403
    me = world.person["admin"].id
    assert "data/erase" not in await admin.page(f"/people/{me}/data")
    refused = await admin.press(f"/people/{me}/data/erase", {"typed": "admin one"})
    assert refused.status == 400
    assert "you cannot erase yourself" in await refused.text()
