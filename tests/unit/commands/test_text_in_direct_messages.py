"""``suggest: a text`` in a chat of one's own with the assistant: answers to copy, no case, nothing repeated of the text."""

from __future__ import annotations

from sqlalchemy import func, select

from courage.db.models.cases import Case
from tests.unit.cases.kit import World
from tests.unit.commands.talk import Talk


async def test_a_text_from_anywhere_gets_answers_in_a_direct_message(world: World) -> None:
    said = await Talk(world).hear(
        world.ann, "suggest: they are vermin https://social.example/post/1", room_kind="direct"
    )
    assert "Response number 1." in said
    assert "vermin" not in said
    with world.sessions() as session:
        assert session.scalar(select(func.count(Case.id)).where(Case.organisation_id == 1)) == 0


async def test_a_threat_gets_none(world: World) -> None:
    said = await Talk(world).hear(world.ann, "suggest: I will kill you", room_kind="direct")
    assert "Response number" not in said
    assert "kill" not in said
