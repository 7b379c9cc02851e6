"""Chat accounts on the desk: everybody links their own by a code, admins also those of others, nobody a stranger's."""

from __future__ import annotations

import re

import pytest

from courage.people.codes import MINUTES
from courage.people.errors import PersonError
from tests.unit.web.conftest import Enter
from tests.unit.web.world import World


def code_in(page: str) -> int:
    found = re.search(r'value="link me (\d{9})"', page)
    assert found
    return int(found[1])


async def test_somebody_links_an_account_of_their_own_by_a_code_shown_once(
    enter: Enter, world: World
) -> None:
    volunteer = await enter("volunteer")
    assert "No account in a chat system yet" in await volunteer.page("/account/chat")
    page = await (await volunteer.press("/account/chat/code")).text()
    code = code_in(page)
    assert f"for {MINUTES} minutes" in page
    assert "link me" not in await volunteer.page("/account/chat")
    person = world.people.use_link_code(code, "telegram", "501", 1)
    assert person.id == world.person["volunteer"].id
    assert "501" in await volunteer.page("/account/chat")
    with pytest.raises(PersonError):
        world.people.use_link_code(code, "telegram", "502", 1)
    gone = await volunteer.press("/account/chat/unlink", {"channel": "telegram", "account": "501"})
    assert "said=account_unlinked" in str(gone.url)
    assert world.people.by_identity("telegram", "501") is None


async def test_an_account_of_somebody_else_cannot_be_unlinked_by_naming_it(
    enter: Enter, world: World
) -> None:
    world.people.link_identity(world.person["moderator"].id, "matrix", "@mia:example.org")
    answer = await (await enter("volunteer")).press(
        "/account/chat/unlink", {"channel": "matrix", "account": "@mia:example.org"}
    )
    assert answer.status == 404
    found = world.people.by_identity("matrix", "@mia:example.org")
    assert found is not None
    assert found.name == "moderator one"


async def test_an_admin_links_moves_and_unlinks_accounts_of_others(enter: Enter, world: World) -> None:
    admin = await enter("admin")
    ann, bob = world.person["volunteer"].id, world.person["trainer"].id
    assert f"/people/{ann}/chat" in await admin.page("/people")
    linked = await admin.press(f"/people/{ann}/chat", {"channel": "matrix", "account": " @ann:example.org "})
    assert "said=account_linked" in str(linked.url)
    assert world.people.identities(ann) == [("matrix", "@ann:example.org")]
    moved = await admin.press(f"/people/{bob}/chat", {"channel": "matrix", "account": "@ann:example.org"})
    assert "another person’s before" in await moved.text()
    assert world.people.identities(ann) == []
    await admin.press(f"/people/{bob}/chat/unlink", {"channel": "matrix", "account": "@ann:example.org"})
    assert world.people.identities(bob) == []
    code = code_in(await (await admin.press(f"/people/{bob}/chat/code")).text())
    assert world.people.use_link_code(code, "telegram", "7", 1).id == bob


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"channel": "icq", "account": "5"}, "matrix"),
        ({"channel": "matrix", "account": " "}, "1 to 255"),
        ({"channel": "matrix", "account": "x" * 256}, "1 to 255"),
    ],
)
async def test_an_account_that_cannot_be_is_named_and_stays_typed(
    form: dict[str, str], said: str, enter: Enter, world: World
) -> None:
    admin = await enter("admin")
    answer = await admin.press(f"/people/{world.person['volunteer'].id}/chat", form)
    page = await answer.text()
    assert answer.status == 400
    assert said in page
    assert f'value="{form["account"].strip()}"' in page


async def test_only_admins_and_only_of_their_own_organisation(enter: Enter, world: World) -> None:
    made = world.organisations.create("Others", "others")
    stranger = world.people.add("Zoe", "volunteer", made.id)
    admin = await enter("admin")
    for path in (f"/people/{stranger.id}/chat", "/people/99999/chat"):
        assert (await admin.get(path)).status == 404
        assert (await admin.press(path, {"channel": "matrix", "account": "@a:x"})).status == 404
        assert (await admin.press(f"{path}/code")).status == 404
    for role in ("volunteer", "moderator", "trainer"):
        visitor = await enter(role)
        path = f"/people/{world.person['admin'].id}/chat"
        assert (await visitor.get(path)).status == 403
        assert (await visitor.press(path, {"channel": "matrix", "account": "@a:x"})).status == 403
    assert world.people.identities(world.person["admin"].id) == []


async def test_a_person_without_access_gets_no_code(enter: Enter, world: World) -> None:
    admin, ann = await enter("admin"), world.person["volunteer"].id
    world.people.deactivate(ann)
    assert "/chat/code" not in await admin.page(f"/people/{ann}/chat")
    answer = await admin.press(f"/people/{ann}/chat/code")
    assert answer.status == 400
    assert "not active" in await answer.text()
