"""What is kept about a person is given out whole, and erased whole."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from courage.cases.person_data.service import PersonData
from courage.cases.person_data.staff import MARKS, NAMES
from courage.db.engine import Base, make_sessions, writing
from courage.db.models.academy import Drill, DrillTurn
from courage.db.models.cases import Case
from courage.db.models.library import Response
from courage.library.drafts import ResponseDraft
from courage.library.service import Library
from courage.library.views import Actor
from courage.people.errors import PersonError
from courage.people.practice import PracticeSpaces
from tests.unit.cases.kit import KEY, World

HATE = "They are vermin, all of them."


@dataclass
class At:
    """Casework with somebody of the desk, Vera, who has done a bit of everything."""

    world: World
    data: PersonData
    vera: int

    async def answer(self, case: int) -> None:
        """Let Vera answer a case."""
        work = self.world.casework
        work.claim(case, self.vera)
        work.suggest(case, self.vera)
        work.choose(case, self.vera, 1)
        work.confirm_post(case, self.vera, 1)
        await self.world.dispatcher.drain()

    async def report(self, text: str, author: str, reporter: str) -> None:
        """Let a member report a message."""
        await self.world.intake.reported(self.world.message(text, "$reported", author), reporter)


@pytest.fixture
def at(world: World) -> At:
    sessions = make_sessions(world.sessions.kw["bind"], strict=True)
    vera = world.people.add("Vera Quill", "volunteer").id
    return At(world, PersonData(sessions, KEY, bus=world.bus, clock=world.clock), vera)


def test_every_column_that_points_at_people_says_what_becomes_of_it() -> None:
    pointing = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if any(key.target_fullname == "people.id" for key in column.foreign_keys)
    }
    assert {(mark.table, mark.column) for mark in MARKS} == pointing
    named = {
        (table.name, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.c
        if table.name.startswith("response")
        and column.name.endswith(("person_name", "by_name", "author_name"))
    }
    assert {(table, words) for table, _, words, _ in NAMES} == named
    for mark in MARKS:
        columns = set(Base.metadata.tables[mark.table].c.keys())
        assert set(mark.shown) <= columns, mark
        assert not [name for name in mark.shown if "hash" in name or "secret" in name or "csrf" in name]


async def test_an_author_gets_everything_and_nobody_elses(at: At) -> None:
    mine = await at.world.case(HATE, "$1")
    await at.world.case("They are vermin, says another.", "$2", author="@kim:x")
    await at.report("Nothing to see here.", "@kim:x", "@eve:x")
    record = at.data.export_author(1, "test", "@eve:x", at.world.mia)
    assert [message["case"] for message in record["messages"]] == [mine]
    assert record["messages"][0]["text"] == HATE
    assert len(record["reported"]) == 1
    whole = json.dumps(record)
    assert "says another" not in whole
    assert "Nothing to see" not in whole
    assert "Mia" not in whole  # who worked on it is nobody else's business
    assert [(line.kind, line.subject, line.by) for line in at.data.log(1)] == [("export", "author", "Mia")]


async def test_an_erased_author_leaves_a_count_and_nothing_that_leads_to_them(at: At) -> None:
    world = at.world
    answered = await world.case(HATE, "$1")
    await at.answer(answered)
    waiting = await world.case("They are vermin, and worse.", "$2")
    world.casework.claim(waiting, at.vera)
    world.casework.keep_typed(waiting, at.vera, "Vermin? Nobody is.")
    await at.report("Nothing to see here.", "@kim:x", "@eve:x")
    shown = at.data.of_author(1, "test", "@eve:x")
    assert {name: shown[name] for name in ("cases", "texts", "reports")} == {
        "cases": 2,
        "texts": 2,
        "reports": 1,
    }
    assert at.data.erase_author(1, "test", "@eve:x", world.mia) == shown
    assert set(at.data.of_author(1, "test", "@eve:x").values()) == {0}
    view = world.casework.view(waiting)
    assert (view.status, view.text_kept, view.author) == ("withdrawn", False, "")
    assert world.casework.unsent(waiting, at.vera) is None
    assert world.casework.view(answered).text_kept is False
    with world.sessions() as session:
        assert len(session.scalars(select(Case)).all()) == 3
    # The chat system hands the message over once more: it is not taken in again.
    assert await world.case("They are vermin, and worse.", "$2") == waiting
    assert world.casework.view(waiting).text_kept is False


async def test_somebody_of_the_desk_gets_everything_but_secrets_and_others(at: At) -> None:
    world = at.world
    _busy(at)
    case = await world.case(HATE, "$1")
    await at.answer(case)
    record = at.data.export_staff(1, at.vera, None)
    assert record["person"]["name"] == "Vera Quill"
    records = record["records"]
    assert records["channel_identities"][0]["user_id"] == "@vera:x"
    assert {row["case_id"] for row in records["case_events"]} == {case}
    assert records["replies"][0]["text"].startswith("Response number")
    assert records["response_comments"][0]["text"] == "A remark."
    assert records["drills"][0]["exercise_id"] == "one"
    assert records["drill_turns"][0]["reply"] == "Vera was here."
    whole = json.dumps(record)
    assert HATE not in whole
    assert "Mia" not in whole
    assert not [word for word in ("hash", "csrf", "token") if word in whole]


async def test_an_erased_person_leaves_a_number(at: At) -> None:
    world = at.world
    _busy(at)
    done = await world.case(HATE, "$1")
    await at.answer(done)
    held = await world.case("They are vermin, and worse.", "$2")
    world.casework.claim(held, at.vera)
    world.casework.keep_typed(held, at.vera, "Nobody is.")
    counts = at.data.of_staff(1, at.vera)
    assert counts.go["accounts"] == 1
    assert counts.stay["library"] >= 2
    assert at.data.erase_staff(1, at.vera, world.mia) == counts
    assert world.casework.view(held).status == "open"
    with world.sessions() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert "Vera" not in repr(row), table.name
                assert "@vera" not in repr(row), table.name
        assert {name for (name,) in session.execute(select(Response.author_name))} == {f"#{at.vera}"}
    people = {event.person for event in world.casework.history(done, world.mia)}
    assert f"#{at.vera}" in people
    with pytest.raises(PersonError):
        world.people.activate(at.vera)
    with pytest.raises(PersonError):
        at.data.export_staff(1, at.vera, None)
    assert [(line.kind, line.person) for line in at.data.log(1)] == [("erase", f"#{at.vera}")]


def test_nobody_erases_themself_or_the_last_admin(at: At) -> None:
    world = at.world
    ada = world.people.add("Ada", "admin").id
    with pytest.raises(PersonError, match="ask another admin"):
        at.data.erase_staff(1, ada, ada)
    with pytest.raises(PersonError, match="last admin"):
        at.data.erase_staff(1, ada, world.mia)
    second = world.people.add("Ben", "admin").id
    at.data.erase_staff(1, ada, second)
    with pytest.raises(PersonError):
        at.data.of_staff(2, second)  # another organisation's


def _busy(at: At) -> None:
    """Let the volunteer have an account, work on the library and practise."""
    world = at.world
    world.people.link_identity(at.vera, "test", "@vera:x")
    library, vera = Library(world.sessions), Actor(at.vera, "Vera Quill")
    draft = ResponseDraft("Not so.", "en", "facts", ("migrants",), narratives=("n",), id="one")
    library.add(draft, by=vera)
    library.comment("one", "A remark.", by=vera)
    space = PracticeSpaces(world.sessions).ensure(at.vera)
    with writing(world.sessions) as session:
        run = Drill(
            organisation_id=space, person_id=at.vera, kind="scenario", exercise_id="one", language="en"
        )
        session.add(run)
        session.flush()
        said = "Vera was here."
        session.add(
            DrillTurn(organisation_id=space, drill_id=run.id, number=1, reply=said, reading={}, feedback={})
        )
