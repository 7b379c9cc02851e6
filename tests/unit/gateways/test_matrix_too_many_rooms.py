"""A room more than the organisation may have is left, and those that are looked after go on."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

from sqlalchemy import update

from courage.db.engine import create_all, make_engine, make_sessions, writing
from courage.db.models.organisations import OrganisationSettings
from courage.gateways.matrix.rooms import RoomBook
from courage.people.rooms import Rooms
from tests.unit.gateways.test_matrix_language import Desk


async def test_a_room_too_many_is_left_with_the_reason(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "en")
    engine = make_engine(f"sqlite:///{tmp_path / 'matrix.db'}")
    create_all(engine)
    sessions = make_sessions(engine)
    with writing(sessions, 1) as session:
        if session.get(OrganisationSettings, 1) is None:
            session.add(OrganisationSettings(organisation_id=1, most_rooms=1))
        else:
            session.execute(update(OrganisationSettings).values(most_rooms=1))
    desk.server.client = SimpleNamespace(rooms={})
    book: RoomBook = desk.book
    book._rooms = Rooms(sessions)
    assert await book.seen("!first:x")
    assert not await book.seen("!second:x")
    assert "may have 1 rooms" in desk.server.reasons[-1]
    assert not book.joined("!second:x")
    assert await book.seen("!first:x")
