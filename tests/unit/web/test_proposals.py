"""Scores that programs suggest: nothing by default; by choice a proposal that works once a trainer confirms it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from courage.cases.proposals import MOST_PER_KEY
from courage.cases.retention import purge
from courage.clock import utcnow
from courage.db.engine import make_sessions
from courage.db.models.proposals import Proposal
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.test_perspective import Program, program
from tests.unit.web.world import HATE, World

__all__ = ["program"]
SUGGEST = "/v1alpha1/comments:suggestscore"
MISSED = "Those people over there are not like us and never will be, if you know what I mean."


@pytest.fixture
def kept(world: World) -> World:
    """Return a world whose operator wants proposals."""
    object.__setattr__(world.services, "perspective_suggestions", True)
    return world


async def suggest(program: Program, text: str, value: float, name: str = "TOXICITY") -> None:
    scores = {name: {"summaryScore": {"value": value}}}
    status, _ = await program.post(SUGGEST, {"comment": {"text": text}, "attributeScores": scores})
    assert status == 200


async def listed(visitor: Visitor, state: str = "waiting") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await (await visitor.get(f"/api/proposals?state={state}")).json()
    return found


async def value_of(program: Program, text: str) -> float:
    answer = await program.analyze(text)
    return float(answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"])


async def test_nothing_is_kept_unless_the_operator_wants_it(
    world: World, program: Program, enter: Enter
) -> None:
    await suggest(program, MISSED, 1)
    assert await listed(await enter("trainer")) == []


async def test_a_proposal_has_no_effect_until_a_trainer_confirms_it(
    kept: World, program: Program, enter: Enter
) -> None:
    trainer = await enter("trainer")
    before = await value_of(program, MISSED)
    await suggest(program, MISSED, 1)
    assert await value_of(program, MISSED) == before
    (proposal,) = await listed(trainer)
    assert (proposal["decision"], proposal["key"], proposal["text_kept"]) == ("missed", "forum", True)
    assert MISSED not in json.dumps(proposal)
    at = f"/api/proposals/{proposal['id']}"
    assert (await (await trainer.api("POST", f"{at}/message")).json())["text"] == MISSED
    confirmed = await (await trainer.api("POST", f"{at}/confirm")).json()
    assert (confirmed["state"], confirmed["reviewer"]) == ("confirmed", "trainer one")
    assert await value_of(program, MISSED) == 0.95
    assert (await (await trainer.api("POST", f"{at}/reject")).json())["state"] == "rejected"
    assert await value_of(program, MISSED) == before


async def test_a_confirmed_not_hate_lowers_the_score_and_the_desk_agrees(
    kept: World, program: Program, enter: Enter
) -> None:
    trainer = await enter("trainer")
    await suggest(program, HATE, 0)
    (proposal,) = await listed(trainer)
    await trainer.api("POST", f"/api/proposals/{proposal['id']}/confirm")
    assert await value_of(program, HATE) == 0.05
    verdict = await (await trainer.api("POST", "/api/screen", {"text": HATE})).json()
    assert verdict["hateful"] is False


@pytest.mark.parametrize(
    ("text", "value", "name"),
    [(HATE, 1, "TOXICITY"), (MISSED, 0, "TOXICITY"), (MISSED, 0.5, "TOXICITY"), (MISSED, 1, "THREAT"), (MISSED, 1, "INSULT"), ("!!! ...", 1, "TOXICITY")],
)  # fmt: skip
async def test_what_says_nothing_new_is_not_kept(
    kept: World, program: Program, enter: Enter, text: str, value: float, name: str
) -> None:
    await suggest(program, text, value, name)
    assert await listed(await enter("trainer")) == []


async def test_the_same_proposal_is_kept_once_and_never_after_a_rejection(
    kept: World, program: Program, enter: Enter
) -> None:
    trainer = await enter("trainer")
    for _ in range(3):
        await suggest(program, MISSED, 1)
    (proposal,) = await listed(trainer)
    await trainer.api("POST", f"/api/proposals/{proposal['id']}/reject")
    await suggest(program, MISSED, 1)
    assert await listed(trainer) == []


@pytest.mark.slow  # hundreds of proposals
async def test_one_program_cannot_flood_the_trainers(kept: World, program: Program, enter: Enter) -> None:
    verdict, key = await kept.services.screen(MISSED, "balanced"), kept.keys.list()[0].id
    kept_count = sum(
        kept.services.proposals.propose(replace(verdict, text=f"word{n} says it"), "missed", api_key_id=key)  # type: ignore[union-attr]
        for n in range(MOST_PER_KEY + 5)
    )
    assert kept_count == MOST_PER_KEY


async def test_texts_go_when_their_time_is_over_and_what_was_confirmed_stays_in_force(
    kept: World, program: Program, enter: Enter
) -> None:
    trainer, sessions = await enter("trainer"), make_sessions(kept.engine)
    await suggest(program, MISSED, 1)
    await suggest(program, HATE, 0)
    waiting, confirmed = [proposal["id"] for proposal in await listed(trainer)]
    await trainer.api("POST", f"/api/proposals/{confirmed}/confirm")
    purge(sessions, utcnow() + timedelta(days=91))
    with sessions() as session:
        rows = {row.id: row.text for row in session.scalars(select(Proposal))}
    assert rows == {confirmed: None}
    assert await value_of(program, MISSED) == 0.95
    trainer = await enter("trainer")
    assert (await trainer.api("POST", f"/api/proposals/{confirmed}/message")).status == 409
    assert (await trainer.api("POST", f"/api/proposals/{waiting}/confirm")).status == 404
