"""What the desk did, counted so that nobody reads one person's record in it, and no more is said than it allows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from courage.db.engine import make_sessions
from courage.insights.intervals import Conclusion, conclude, share, wilson
from courage.insights.period import Period, PeriodError, between, named
from courage.insights.pictures import Bar, Picture, Span
from courage.insights.work import Cell, WorkFigures
from tests.databases import open_database
from tests.unit.insights import kit

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
MARCH = Period(date(2026, 3, 1), date(2026, 3, 31))
T0 = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def sessions(tmp_path: Path) -> sessionmaker[Session]:
    return make_sessions(open_database(tmp_path / "courage.db"), strict=True)


@pytest.fixture
def figures(sessions: sessionmaker[Session]) -> WorkFigures:
    return WorkFigures(sessions, clock=lambda: NOW)


# Of the literature on Wilson's interval, at 95 percent.
@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [(0, 10, 0.0, 0.2775), (8, 10, 0.4902, 0.9433), (10, 10, 0.7225, 1.0), (0, 0, 0, 1)],
)
def test_wilsons_interval(count: int, of: int, low: float, high: float) -> None:
    assert wilson(count, of) == pytest.approx((low, high), abs=1e-4)


def test_no_more_is_concluded_than_the_numbers_allow() -> None:
    assert conclude([]) == Conclusion("too_few")
    assert conclude([share("facts", 5, 5), share("humor", 0, 5)]) == Conclusion("too_few", most=5)
    assert conclude([share("facts", 15, 20), share("humor", 10, 20)]).code == "no_difference"
    assert conclude([share("facts", 38, 40), share("humor", 10, 40)]) == Conclusion(
        "difference", "facts", "humor"
    )
    # One pair would pass alone; among forty-five pairs such a one is found by chance.
    pair = [share("facts", 34, 40), share("humor", 21, 40)]
    assert conclude(pair).code == "difference"
    others = [share(f"other {n}", 28, 40) for n in range(8)]
    assert conclude([*pair, *others]).code == "no_difference"


def test_weeks_go_by_their_monday_over_the_turn_of_the_year() -> None:
    # 2026 has 53 weeks, and the first days of 2027 lie in the last of them.
    turn = Period(date(2026, 12, 20), date(2027, 1, 12))
    mondays = [
        date(2026, 12, 14),
        date(2026, 12, 21),
        date(2026, 12, 28),
        date(2027, 1, 4),
        date(2027, 1, 11),
    ]
    assert list(turn.steps()) == mondays
    assert turn.step_of(date(2027, 1, 3)) == date(2026, 12, 28)
    long = Period(date(2025, 11, 15), date(2027, 1, 12))
    assert [step.isoformat() for step in long.steps()][:3] == ["2025-11-01", "2025-12-01", "2026-01-01"]
    assert len(list(long.steps())) == 15


@pytest.mark.parametrize("dates", [("2026-03-02", "2026-03-01"), ("soon", ""), ("1026-01-01", "2026-01-01")])
def test_a_period_that_cannot_be_is_refused(dates: tuple[str, str]) -> None:
    with pytest.raises(PeriodError):
        between(*dates, date(2026, 3, 31))


def test_periods_by_name() -> None:
    assert named("last_year", date(2026, 3, 31)) == Period(date(2025, 1, 1), date(2025, 12, 31))
    assert named("four_weeks", date(2026, 3, 31)) == Period(date(2026, 3, 9), date(2026, 3, 31))


def test_cases_answers_and_the_median_time(sessions: sessionmaker[Session], figures: WorkFigures) -> None:
    kit.room(sessions, "!a", "Garden talk")
    kit.screened(sessions, T0, 500)
    kit.screened(sessions, T0 - timedelta(days=60), 99)
    three = kit.people(sessions, "Ann", "Bob", "Cem")
    for minutes, person in zip((1, 10, 100), three, strict=True):
        kit.case(sessions, T0, by=person, after=timedelta(minutes=minutes))
    kit.case(sessions, T0 + timedelta(days=7), targets=["women", "migrants"])
    kit.case(sessions, T0 - timedelta(days=60), by=three[0])  # before the period
    work = figures.of(1, MARCH)
    assert work.screened == 500
    assert work.total == Cell("all", 4, 3, 10.0)
    assert work.by["room"] == (Cell("Garden talk", 4, 3, 10.0),)
    assert work.by["group"] == (Cell("migrants", 4, 3, 10.0), Cell("women", 1, 0, None))
    weeks = {cell.key: (cell.cases, cell.answers) for cell in work.by["step"]}
    assert weeks == {
        "2026-02-23": (0, 0), "2026-03-02": (3, 3), "2026-03-09": (1, 0), "2026-03-16": (0, 0),
        "2026-03-23": (0, 0), "2026-03-30": (0, 0),
    }  # fmt: skip


def test_what_one_or_two_people_did_is_not_told_and_does_not_follow_from_the_rest(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    ann, bob, cem, dee = kit.people(sessions, "Ann", "Bob", "Cem", "Dee")
    for person in (ann, bob, cem):
        kit.case(sessions, T0, by=person, language="en")
        kit.case(sessions, T0, by=person, language="en")
        kit.case(sessions, T0, by=person, language="fr", strategy="humor")
    for _ in range(5):
        kit.case(sessions, T0, by=dee, language="ar", strategy="opinion")  # she alone answers Arabic
    work = figures.of(1, MARCH)
    assert work.total.answers == 14
    cells = {cell.key: cell for cell in work.by["language"]}
    assert (cells["ar"].cases, cells["ar"].answers, cells["ar"].minutes) == (5, None, None)
    # With the sum, Arabic would follow from English and French: the smaller of them is hidden as well.
    assert cells["fr"].answers is None
    assert cells["en"].answers == 6
    assert [one.key for one in work.outcomes] == ["facts"]
    assert work.hidden == 2
    assert "Dee" not in repr(work)
    few = WorkFigures(sessions, clock=lambda: NOW).of(1, Period(date(2026, 3, 4), date(2026, 3, 31)))
    assert few.total.answers == 0
    kit.case(sessions, T0 + timedelta(days=2), by=dee)
    alone = figures.of(1, Period(date(2026, 3, 4), date(2026, 3, 31)))
    assert alone.total.answers is None
    assert alone.used is None
    assert alone.own_words is None


def test_quiet_is_when_the_author_wrote_nothing_more_there_for_a_week(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    three = kit.people(sessions, "Ann", "Bob", "Cem")
    for place, person in enumerate(three):
        kit.case(sessions, T0, by=person, author=f"eve {place}")
    kit.case(sessions, T0 + timedelta(days=2), author="eve 0")  # went on
    kit.case(sessions, T0 + timedelta(days=2), author="eve 1", room_id="!b")  # elsewhere
    kit.case(sessions, T0 + timedelta(days=8), author="eve 2")  # later
    kit.case(sessions, NOW - timedelta(days=1), by=three[0], author="kim")  # nobody knows yet
    kit.case(sessions, T0, by=three[0], author="")  # an author who was erased
    kit.case(sessions, T0, author="lu", status="dismissed")
    (facts, unanswered) = figures.of(1, MARCH).outcomes
    assert (facts.key, facts.count, facts.of) == ("facts", 2, 3)
    assert (unanswered.key, unanswered.of) == ("unanswered", 3)


def test_false_alarms_are_what_people_settled_as_not_hate(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    (ann,) = kit.people(sessions, "Ann")
    for person in (ann, *kit.people(sessions, "Bob", "Cem")):
        kit.case(sessions, T0, by=person)
    kit.case(sessions, T0, status="dismissed")
    kit.case(sessions, T0, status="dismissed", hateful=False)  # reported by somebody: no alarm of ours
    kit.case(sessions, T0)  # still open
    everything, derogation = figures.of(1, MARCH).alarms
    assert (everything.key, everything.count, everything.of) == ("all", 1, 4)
    assert derogation.key == "derogation"


def test_false_alarms_do_not_tell_how_many_answers_one_person_gave(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    ann, bob, cem = kit.people(sessions, "Ann", "Bob", "Cem")
    for person in (ann, ann, bob):
        kit.case(sessions, T0, by=person)
    kit.case(sessions, T0, status="dismissed")
    kit.case(sessions, T0, status="dismissed", category="threat")
    work = figures.of(1, MARCH)
    # Two people answered: the sum and derogation would say how often. Of threats nobody answered any.
    assert [(one.key, one.count, one.of) for one in work.alarms] == [("threat", 1, 1)]
    assert work.alarms_hidden == 2
    for person in (cem, bob, ann):
        kit.case(sessions, T0, by=person, category="dehumanisation")
    # Enough people answered altogether, and derogation would follow from the sum and dehumanisation.
    assert [one.key for one in figures.of(1, MARCH).alarms] == ["all", "threat"]


def test_the_load_is_by_name_and_counts_nobody_who_is_erased(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    bob, ann = kit.people(sessions, "Bob", "Ann")
    kit.people(sessions, "Idle")
    for person in (bob, bob, ann):
        kit.case(sessions, T0, by=person)
    assert [(one.person, one.claimed, one.read, one.answered) for one in figures.load(1, MARCH)] == [
        ("Ann", 1, 1, 1),
        ("Bob", 2, 2, 2),
    ]


def test_it_asks_as_often_for_two_hundred_cases_as_for_two(
    sessions: sessionmaker[Session], figures: WorkFigures
) -> None:
    heard: list[object] = []
    engine = sessions.kw["bind"]
    three = kit.people(sessions, "Ann", "Bob", "Cem")
    for number in range(2):
        kit.case(sessions, T0, by=three[number])
    event.listen(engine, "before_cursor_execute", lambda *args: heard.append(args[2]))
    figures.of(1, MARCH)
    few = len(heard)
    for number in range(200):
        kit.case(sessions, T0 + timedelta(hours=number), by=three[number % 3], room_id=f"!{number % 7}")
    heard.clear()
    assert figures.of(1, MARCH).total.cases == 202
    assert len(heard) == few <= 7


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_pictures_are_well_formed_whatever_rooms_are_called(direction: str) -> None:
    draw, name = Picture(direction), '<script>alert("x")</script> & غرفة ' * 3
    for picture in (
        draw.bars("room", name, [Bar(name, (3, None), "3"), Bar("", (0, 0), "0")]),
        draw.columns("step", name, [Bar(name, (3, 1))] * 60),
        draw.spans("alarms", name, [Span(name, 0.0, 0.5, 1.0, "1 / 2")]),
        draw.bars("none", "", []),
        draw.columns("none", "", []),
    ):
        root = ElementTree.fromstring(picture)
        assert root.find("title") is not None
        assert root.find(".//script") is None
        wide = float(root.attrib["width"])
        for shape in root.iter("rect"):
            x, width = float(shape.attrib["x"]), float(shape.attrib["width"])
            assert 0 <= x <= x + width <= wide + 0.1
