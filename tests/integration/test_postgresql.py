"""On a real PostgreSQL: what happens at the same moment happens once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select, text

from courage.cases.casework import make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.errors import CaseError
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.db.engine import make_engine, make_sessions
from courage.db.migrations import downgrade, upgrade
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.detection.verdict import Verdict
from courage.insights.period import Period
from courage.insights.work import Work, WorkFigures
from courage.people.access import Access
from courage.people.care import Care
from courage.people.erasing import owned_tables
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from tests.databases import open_database
from tests.unit.cases.kit import make_world
from tests.unit.insights import kit

pytestmark = pytest.mark.slow


@pytest.fixture
def database(address: str) -> Iterator[Engine]:
    engine = make_engine(address)
    upgrade(engine)
    yield engine
    engine.dispose()


async def _hateful(text_: str, _: str) -> Verdict:
    return Verdict(text_, True, 0.9, "derogation", 2, ("migrants",), "en", "counter")


def _message(number: int = 1, text_: str = "They are all thieves.") -> InboundMessage:
    return InboundMessage(1, "practice", "room", f"m{number}", "author", text_, datetime.now(UTC))


def test_two_first_starts_at_once_both_succeed(address: str) -> None:
    def start(_: int) -> None:
        engine = make_engine(address)
        upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(4)))
    engine = make_engine(address)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM organisations")).scalar_one() == 1
    engine.dispose()


async def test_the_same_message_delivered_by_many_at_once_is_one_case(database: Engine) -> None:
    intakes = [Intake(make_sessions(database), _hateful, IntakeSettings(b"k" * 32)) for _ in range(2)]
    receipts = await asyncio.gather(*(intakes[n % 2].receive(_message()) for n in range(20)))
    assert len({receipt.case_id for receipt in receipts}) == 1
    assert sum(receipt.created for receipt in receipts) == 1


async def test_the_same_words_sent_twenty_times_at_once_are_one_case_and_one_card(database: Engine) -> None:
    sessions = make_sessions(database)
    intakes = [Intake(sessions, _hateful, IntakeSettings(b"k" * 32)) for _ in range(2)]
    await asyncio.gather(*(intakes[n % 2].receive(_message(n)) for n in range(20)))
    with sessions() as session:
        assert session.scalar(select(func.count(Case.id))) == 1
        assert session.scalar(select(Case.repeats)) == 20
        assert session.scalar(select(func.count(Outbox.id)).where(Outbox.kind == "card")) == 1


async def test_a_reply_confirmed_twice_at_once_is_posted_once(database: Engine) -> None:
    sessions = make_sessions(database)
    receipt = await Intake(sessions, _hateful, IntakeSettings(b"k" * 32)).receive(_message())
    case_id = receipt.case_id
    assert case_id is not None
    person = People(sessions, Access(sessions)).add("Ada", "volunteer")
    works = [make_casework(sessions, channels=("practice",)) for _ in range(2)]
    works[0].claim(case_id, person.id)
    draft = works[0].edit(case_id, person.id, "We are all neighbours here.")

    def confirm(number: int) -> str:
        try:
            works[number % 2].confirm_post(case_id, person.id, draft.version)
        except CaseError as error:
            return str(error)
        return "confirmed"

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(confirm, range(8)))
    assert "confirmed" in said
    with sessions() as session:
        assert session.scalar(select(func.count(Reply.id))) == 1
        assert session.scalar(select(func.count(Outbox.id)).where(Outbox.kind == "reply")) == 1


def test_organisations_and_practice_live_behind_their_walls(database: Engine) -> None:
    strict = make_sessions(database, strict=True)
    organisations, people, spaces = Organisations(strict), People(strict), PracticeSpaces(strict)
    two = organisations.create("Two", "two", retention_days=7)
    ann = people.add("Ann", "volunteer", two.id, password="a long enough password")
    with ThreadPoolExecutor(6) as pool:  # several clicks at once make one space
        made = set(pool.map(lambda _: spaces.ensure(ann.id), range(6)))
    (space,) = made
    intake = Intake(strict, _hateful, IntakeSettings(b"k" * 32), organisations=organisations)
    for number, owner in ((1, two.id), (2, space)):
        message = InboundMessage(
            owner, "practice", "room", f"m{number}", "author", "vermin", datetime.now(UTC)
        )
        assert asyncio.run(intake.receive(message)).created
    work = make_casework(strict, channels=("practice",), decisions=DecisionRecords(b"k" * 32))
    assert len(work.queue(two.id)) == len(work.queue(space)) == 1
    (practised,) = work.queue(space)
    work.dismiss(practised.id, ann.id)
    assert spaces.empty(ann.id) == 1
    erased = organisations.erase("two")
    assert erased["cases"] == 1
    with make_sessions(database)() as session:
        for table in owned_tables():
            left = select(func.count()).select_from(table).where(table.c.organisation_id.in_((two.id, space)))
            assert session.scalar(left) == 0, table.name
    assert organisations.create("Two anew", "two").id not in (two.id, space)


def test_the_tables_of_organisations_come_and_go(address: str, tmp_path: Path) -> None:
    engine = make_engine(address)
    upgrade(engine)
    downgrade(engine, "0006", copies=tmp_path)
    upgrade(engine, copies=tmp_path)
    with engine.connect() as connection:
        slugs = connection.execute(text("SELECT slug FROM organisation_settings")).scalars().all()
    assert slugs in (["default"], [])
    engine.dispose()


async def test_pages_of_the_queue_and_conversations_are_the_same_here(
    database: Engine, address: str, tmp_path: Path
) -> None:
    world = make_world(tmp_path, address)
    first = await world.case("they are vermin", "$1")
    await world.case("they are vermin, the women", "$2", author="@b:x", reply_to="$1")
    await world.case("we will kill them", "$3", author="@c:x")
    with world.sessions() as session:
        session.get_one(Case, 2).targets = ["women"]
        session.commit()
    Care(make_sessions(database, strict=True), clock=world.clock).choose(
        world.ann, 1, daily_cap=None, muted=("women",)
    )
    pages = [world.casework.page(1, world.ann, number=number, size=1) for number in (1, 2)]
    assert [[case.id for case in page.cases] for page in pages] == [[3], [first]]
    assert (pages[0].total, pages[0].hidden, pages[0].pages) == (2, 1, 2)
    lines = world.casework.thread(2, world.bob)
    assert {(line.case_id, line.kind, line.answered) for line in lines} == {
        (1, "case", True), (2, "this", False), (3, "case", False),
    }  # fmt: skip


def _work_of_march(database: Engine) -> Work:
    """Return the figures of a month in which three people answered, one author wrote again, and much was left."""
    sessions = make_sessions(database, strict=True)
    begun = datetime(2026, 3, 3, 9, tzinfo=UTC)
    three = kit.people(sessions, "Ann", "Bob", "Cem")
    kit.room(sessions, "!a", "Garden talk")
    for days, person in enumerate(three * 3):
        kit.case(
            sessions,
            begun + timedelta(days=days),
            by=person,
            strategy="own_words" if days % 4 == 0 else "facts",
        )
    kit.case(sessions, begun, by=three[0], author="again", language="fr", targets=["women", "roma"])
    kit.case(sessions, begun + timedelta(days=2), author="again", targets=[])
    kit.case(sessions, begun + timedelta(days=4), author="once", status="claimed")
    kit.case(sessions, begun + timedelta(days=5), status="dismissed", category="threat")
    kit.screened(sessions, begun, 500)
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    return WorkFigures(sessions, clock=lambda: now).of(1, Period(date(2026, 3, 1), date(2026, 3, 31)))


def test_figures_of_work_are_the_same_here(database: Engine, tmp_path: Path) -> None:
    here = _work_of_march(database)
    assert (here.total.cases, here.total.answers) == (13, 10)
    assert here == _work_of_march(open_database(tmp_path / "courage.db"))
