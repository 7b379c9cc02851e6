from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courage.cases.errors import CaseError, NotPossible
from courage.cases.machine import ACTIONS, STATUSES, STEPS, allowed, next_status
from tests.unit.cases.kit import Wish, make_world


@given(st.sampled_from(STATUSES), st.sampled_from(ACTIONS))
def test_a_step_leads_to_a_known_status_or_is_refused_in_one_line(status: str, action: str) -> None:
    if action in allowed(status):
        assert next_status(7, status, action) in STATUSES
    else:
        with pytest.raises(NotPossible, match=r"^cannot \w+ case 7: it is .+$"):
            next_status(7, status, action)


def test_nothing_leaves_a_closed_case_and_everything_else_can_be_reached() -> None:
    assert allowed("closed") == ()
    reached, before = {"open", "escalated"}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {after for (status, _), after in STEPS.items() if status in reached}
    assert reached == set(STATUSES)


STEPS_OF_PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "claim",
                "release",
                "suggest",
                "choose",
                "edit",
                "post",
                "dismiss",
                "escalate",
                "undo",
                "missed",
                "close",
                "expire",
                "edit_away",
                "edit_back",
                "redact",
                "deliver",
                "later",
            ]
        ),
        st.sampled_from(["ann", "bob", "mia"]),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS_OF_PEOPLE)
def test_whatever_people_do_the_case_stays_in_one_piece(steps: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_live(Path(folder), steps))


async def _live(folder: Path, steps: list[tuple[str, str]]) -> None:
    world = make_world(folder)
    case_id = await world.case()
    confirmed: set[str] = set()
    for number, (step, name) in enumerate(steps):
        person = getattr(world, name)
        before = world.casework.view(case_id)
        world.clock.pass_(seconds=1)
        try:
            match step:
                case "suggest":
                    world.casework.suggest(case_id, person, Wish())  # type: ignore[arg-type]
                case "choose":
                    world.casework.choose(case_id, person, 1)
                case "edit":
                    world.casework.edit(case_id, person, f"Text {number}.")
                case "post":
                    reply = world.casework.confirm_post(
                        case_id, person, before.draft.version if before.draft else 1
                    )
                    confirmed.add(reply.text)
                case "expire":
                    world.clock.pass_(minutes=31)
                    world.casework.expire_claims()
                case "edit_away" | "edit_back":
                    text = "fine" if step == "edit_away" else f"they are vermin {number}"
                    await world.intake.edited(world.message(text))
                case "redact":
                    await world.intake.redacted(1, "test", "!room", "$1")
                case "deliver":
                    await world.dispatcher.drain()
                case "later":
                    world.clock.pass_(minutes=3)
                case _:
                    getattr(world.casework, step)(case_id, person)
        except CaseError as error:
            assert "\n" not in str(error)  # noqa: PT017
            after = world.casework.view(case_id)
            assert (after.status, after.holder_id) == (before.status, before.holder_id)
        view = world.casework.view(case_id)
        assert view.status in STATUSES
        assert (view.status == "claimed") <= (view.holder_id is not None)
        assert (view.status in ("open", "escalated", "dismissed", "withdrawn")) <= (view.holder_id is None)
        assert (view.status == "replied") <= (view.reply is not None and view.reply.state == "posted")
        assert (view.status == "withdrawn") <= (not view.text_kept)
    await world.dispatcher.drain()
    assert {text for _, text, _ in world.channel.replies.values()} <= confirmed
    assert len(world.channel.cards) <= 1
