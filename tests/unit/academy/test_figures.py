"""Figures for funders: sums that outlive names and texts, and nobody's own answer."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from courage.academy.figures import as_csv
from courage.cases.retention import purge
from tests.unit.academy.test_workshops import Room


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def hold(room: Room, before: list[int], after: list[int]) -> None:
    people = [room.join(f"P{n}") for n in range(len(before))]
    for who, value in zip(people, before, strict=True):
        room.workshops.guests.feel(who, before=value)
    room.lead("begin")
    room.clock.pass_(minutes=90)
    for who, value in zip(people, after, strict=True):
        room.workshops.guests.answer(who, room.turn(), "Is that so?", 1)
        room.workshops.guests.feel(who, after=value)
    room.lead("end")


def test_people_hours_and_feelings_are_counted(room: Room) -> None:
    hold(room, [1, 2, 3, 3, 4, 2], [3, 2, 4, 5, 3, 4])
    found = room.workshops.figures(1)
    assert (found.organisations, found.workshops, found.participants, found.hours) == (1, 1, 6, 9.0)
    assert found.languages == (("en", 6),)
    assert found.before.counts == (1, 2, 2, 1, 0)
    assert (found.before.mean, found.after.mean) == (2.5, 3.5)
    assert (found.both, found.more, found.same, found.less) == (6, 4, 1, 1)
    assert room.workshops.figures(1, 2026).participants == 6
    assert room.workshops.figures(1, 2025).participants == 0
    assert room.workshops.figures(2).participants == 0
    assert room.workshops.figures(None).participants == 6
    assert room.workshops.years(1) == [2026]


def test_few_people_are_not_told_apart(room: Room) -> None:
    hold(room, [1, 2, 3, 4], [2, 3, 4, 5])
    found = room.workshops.figures(1)
    assert (found.before.mean, found.more) == (None, None)


def test_figures_stay_when_names_and_texts_go(room: Room) -> None:
    hold(room, [1] * 5, [2] * 5)
    before = room.workshops.figures(1)
    room.clock.pass_(days=31)
    purge(room.sessions, room.clock())
    assert room.workshops.figures(1) == before


def test_the_csv_has_a_figure_a_line(room: Room) -> None:
    hold(room, [1] * 5, [2] * 5)
    rows = list(csv.reader(io.StringIO(as_csv(room.workshops.figures(1)).lstrip("\ufeff"))))
    assert rows[0] == ["figure", "part", "value"]
    assert ["participants", "", "5"] in rows
    assert ["participants", "en", "5"] in rows
    assert ["after", "mean", "2.0"] in rows
    assert ["before_and_after", "more", "5"] in rows
