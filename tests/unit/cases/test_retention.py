from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from courage.cases.retention import purge
from courage.db.engine import Base
from tests.unit.cases.kit import World


async def test_texts_are_forgotten_on_time(world: World, tmp_path: Path) -> None:
    answered = await world.case("they are vermin xyzzy")
    waiting = await world.case("they are vermin plugh", "$2")
    await world.posted(answered)
    assert purge(world.sessions, world.clock()).texts == 0
    world.clock.pass_(days=31)
    assert purge(world.sessions, world.clock()).texts == 2
    assert world.casework.view(answered).status == "replied"
    assert world.casework.view(waiting).status == "withdrawn"
    assert purge(world.sessions, world.clock()).texts == 0
    with world.sessions() as session:
        for table in Base.metadata.tables:
            rows = str(session.execute(text(f"SELECT * FROM {table}")).all())
            assert "xyzzy" not in rows, table
            assert "plugh" not in rows, table


async def test_what_a_reply_quotes_is_forgotten_and_the_reply_kept(world: World) -> None:
    case_id = await world.case("they are vermin xyzzy")
    world.casework.claim(case_id, world.ann)
    said = "> they are vermin\nYou wrote they are vermin xyzzy. They are people."
    world.casework.confirm_post(case_id, world.ann, world.casework.edit(case_id, world.ann, said).version)
    await world.dispatcher.drain()
    world.clock.pass_(days=31)
    purge(world.sessions, world.clock())
    reply = world.casework.view(case_id).reply
    assert reply is not None
    assert reply.text == "You wrote …. They are people."


async def test_settled_deliveries_and_old_logins_go_too(world: World) -> None:
    case_id = await world.case()
    await world.posted(case_id)
    world.people.login_link(world.ann)
    world.people.open_session(world.bob)
    world.clock.pass_(days=8)
    purged = purge(world.sessions, world.clock())
    assert purged.deliveries >= 1
    assert purged.logins == 2
