"""The page of webhooks: for admins, the secret shown once, nothing lost when an address is refused."""

from __future__ import annotations

import re

import pytest

from tests.unit.web.conftest import Enter
from tests.unit.web.world import World


async def test_an_admin_adds_tries_switches_off_and_removes_a_webhook(enter: Enter, world: World) -> None:
    admin = await enter("admin")
    made = await admin.press(
        "/webhooks", {"url": "https://example.org/hook", "event": "case.opened", "with_text": "yes"}
    )
    shown = re.search(r'value="(whsec_[^"]+)"', await made.text())
    assert shown
    page = await admin.page("/webhooks")
    assert shown[1] not in page
    assert "https://example.org/hook" in page
    (hook,) = world.services.webhooks.list(world.person["admin"].id)  # type: ignore[union-attr]
    assert (hook.events, hook.with_text) == (("case.opened",), True)
    tried = await admin.press(f"/webhooks/{hook.id}/test")
    assert "said=webhook_tested" in str(tried.url)
    assert "waiting: 1" in await admin.page("/webhooks")
    renewed = await (await admin.press(f"/webhooks/{hook.id}/secret")).text()
    assert shown[1] not in renewed
    assert "whsec_" in renewed
    await admin.press(f"/webhooks/{hook.id}/switch", {"on": "no"})
    assert "switched off" in await admin.page("/webhooks")
    await admin.press(f"/webhooks/{hook.id}/remove")
    assert "example.org/hook" not in (await admin.page("/webhooks")).replace(
        'placeholder="https://example.org/hook"', ""
    )


async def test_what_was_typed_stays_when_the_address_is_refused(enter: Enter) -> None:
    admin = await enter("admin")
    refused = await admin.press("/webhooks", {"url": "https://10.0.0.1/hook", "event": "case.closed"})
    text = await refused.text()
    assert refused.status == 400
    assert "may not be reached" in text
    assert 'value="https://10.0.0.1/hook"' in text
    assert re.search(r'value="case\.closed" checked', text)
    assert not re.search(r'value="case\.opened" checked', text)


@pytest.mark.parametrize("role", ["volunteer", "moderator", "trainer", None])
async def test_nobody_else_sees_them(role: str | None, enter: Enter) -> None:
    visitor = await enter(role)
    answer = await visitor.get("/webhooks", allow_redirects=False)
    assert answer.status == (303 if role is None else 403)
