"""The library in the browser: two people, conflicts, history."""

from __future__ import annotations

import html
from typing import Any

import pytest

from courage.library.views import SEED_AUTHORS
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import World

FORM = {
    "text": "We talk about people, not about labels.", "language": "en", "strategy": "positive", "tone": "warm",
    "voice": "ally", "narratives": "one narrative\nanother narrative\na third", "licence": "CC-BY-4.0",
    "sources": "A report | Statistics office | 2024 | page 3\nAnother report", "review_on": "2030-01-01",
    "target": "migrants", "why": "first draft", "translation_of": "",
}  # fmt: skip


async def add(trainer: Visitor, **changes: str) -> str:
    """Add a response; return its address."""
    response = await trainer.press("/library/new", {**FORM, **changes})
    assert response.status == 200, await response.text()
    return str(response.url.path)


async def pressed(visitor: Visitor, path: str, data: dict[str, Any] | None = None) -> tuple[int, str]:
    response = await visitor.press(path, data)
    return response.status, html.unescape(await response.text())


async def test_a_response_goes_through_two_hands_before_it_is_suggested(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    at = await add(trainer)
    name = at.rsplit("/", 1)[1]
    found = world.library.get(name)
    assert found.narratives == ("one narrative", "another narrative", "a third")
    assert [(s.title, s.publisher, s.year, s.locator) for s in found.sources] == [
        ("A report", "Statistics office", 2024, "page 3"),
        ("Another report", "", None, ""),
    ]
    assert "Handed in" in (await pressed(trainer, f"{at}/submit"))[1]
    lock = str(world.library.get(name).lock)
    status, page = await pressed(trainer, f"{at}/approve", {"lock": lock})
    assert status == 403
    assert "another person has to approve it" in page
    assert "suggested from now on" in (await pressed(admin, f"{at}/approve", {"lock": lock}))[1]
    assert world.library.get(name).state == "approved"


async def test_a_refused_form_loses_nothing(enter: Enter) -> None:
    trainer = await enter("trainer")
    status, page = await pressed(trainer, "/library/new", {**FORM, "review_on": "soon"})
    assert status == 400
    assert "“soon” is no date" in page
    assert FORM["text"] in page
    assert FORM["sources"] in page
    assert 'value="migrants" checked' in page


async def test_the_second_to_save_sees_both_texts(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    at = await add(trainer)
    name = at.rsplit("/", 1)[1]
    lock = str(world.library.get(name).lock)
    await pressed(admin, f"{at}/edit", {**FORM, "text": "The admin was faster.", "lock": lock})
    status, page = await pressed(
        trainer, f"{at}/edit", {**FORM, "text": "The trainer was slower.", "lock": lock}
    )
    assert status == 409
    assert "admin one changed this response meanwhile" in page
    assert "The admin was faster." in page
    assert "The trainer was slower." in page
    fresh = str(world.library.get(name).lock)
    again = {**FORM, "text": "Both together.", "lock": fresh}
    assert "Saved as a new version" in (await pressed(trainer, f"{at}/edit", again))[1]
    page = await trainer.page(f"{at}?before=1")
    assert "<ins>Both together.</ins>" in page
    assert "<del>" in page


async def test_versions_can_be_brought_back_and_retired_ones_too(world: World, enter: Enter) -> None:
    trainer, name = await enter("trainer"), "en-migrants-facts-001"
    before = world.library.get(name)
    await pressed(trainer, f"/library/{name}/edit", {**FORM, "lock": str(before.lock)})
    await pressed(trainer, f"/library/{name}/restore", {"version": "1"})
    assert world.library.get(name).text == before.text
    assert "Retired" in (await pressed(trainer, f"/library/{name}/retire", {"why": "too old"}))[1]
    assert world.library.get(name).state == "retired"
    assert "too old" in await trainer.page(f"/library/{name}")
    await pressed(trainer, f"/library/{name}/restore")
    assert world.library.get(name).state == "draft"


async def test_sending_back_needs_a_reason(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    at = await add(trainer)
    await pressed(trainer, f"{at}/submit")
    assert (await pressed(admin, f"{at}/reject"))[0] == 400
    assert "Sent back" in (await pressed(admin, f"{at}/reject", {"why": "a bit harsh"}))[1]
    assert "a bit harsh" in await trainer.page(at)


async def test_volunteers_read_and_comment_but_see_no_buttons_to_write(world: World, enter: Enter) -> None:
    volunteer, name = await enter("volunteer"), "en-migrants-facts-001"
    page = await volunteer.page(f"/library/{name}")
    for word in ("/edit", "/retire", "/approve", "/submit"):
        assert f'/library/{name}{word}"' not in page
    assert "/library/new" not in await volunteer.page("/library")
    said = "<script>alert(1)</script> مرحبا"
    await volunteer.press(f"/library/{name}/comment", {"text": said})
    page = await volunteer.page(f"/library/{name}")
    assert "<script>alert" not in page
    assert said in html.unescape(page)


async def test_search_filters_and_coverage(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert "neighbours" in await volunteer.page("/library?q=neighbours&state=approved")
    assert "Nothing found" in await volunteer.page("/library?q=neighbours&strategy=humor")
    assert "Nothing found" in await volunteer.page("/library?q=%25_'%22;--")
    assert (await volunteer.get("/library?language=xx")).status == 400
    page = await volunteer.page("/library/coverage?language=en")
    assert 'aria-label="migrants, Facts: 1"' in page
    assert 'aria-label="Roma, Humor: 0"' in page
    assert "Nothing found" in await volunteer.page("/library?due=1")


async def test_checks_are_shown(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    assert "there is no source" in await volunteer.page("/library/en-migrants-question-001")
    assert "there is no source" not in await volunteer.page("/library/en-migrants-facts-001")


async def test_responses_that_are_not_there(enter: Enter) -> None:
    trainer = await enter("trainer")
    for path in ("/library/none", "/library/none/edit", "/library/%00", "/library/x'--"):
        assert (await trainer.get(path)).status == 404, path
    assert (await trainer.get("/library/en-migrants-facts-001?before=99")).status in (200, 404)


@pytest.mark.slow  # loads the encoders
async def test_whom_and_when_a_response_is_for_is_written_and_kept(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    at = await add(
        trainer, kind="support", longer="We talk about people here, never about labels.", for_role="moderator",
        needs="after_attack", narratives="", strategy="affiliation",
    )  # fmt: skip
    found = world.library.get(at.rsplit("/", 1)[1])
    assert (found.kind, found.for_role, found.needs) == ("support", "moderator", ("after_attack",))
    page = html.unescape(await trainer.page(at))
    assert "For moderators only" in page
    assert found.longer in page
    world.library.edit(found.id, {"subgroups": ("refugees",)}, by=SEED_AUTHORS)
    form = {
        **FORM,
        "kind": "support",
        "lock": str(world.library.get(found.id).lock),
        "longer": "",
        "general": "1",
    }
    assert "Saved as a new version" in (await pressed(trainer, f"{at}/edit", form))[1]
    saved = world.library.get(found.id)
    assert saved.subgroups == ("refugees",)  # the form does not show them and does not lose them
    assert (saved.longer, saved.for_role, saved.general) == ("", "", True)
