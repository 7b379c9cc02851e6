"""A workshop from its code to its end: nothing that was sent is lost or counted twice, and nobody is named."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from courage.academy.catalogue import Catalogue
from courage.academy.errors import AcademyError
from courage.academy.shelf import Shelf
from courage.academy.workshops.attendance import as_csv
from courage.academy.workshops.codes import LETTERS, make_code, read_code
from courage.academy.workshops.errors import Full, NoSuchWorkshop, NotNow, NotTakingPart, WrongLength
from courage.academy.workshops.leading import Leading, ReadWhenAsked
from courage.academy.workshops.service import Workshops
from courage.academy.workshops.taking_part import clean_name
from courage.academy.workshops.views import Participant
from courage.cases.retention import purge
from courage.db.engine import make_sessions
from courage.people.people import People
from tests.databases import open_database
from tests.unit.academy.workshop_kit import GARDEN, Clock, make_workshops


class Room:
    """A workshop with a trainer and people."""

    def __init__(self, folder: Path) -> None:
        self.sessions = make_sessions(open_database(folder / "w.db"), strict=True)
        self.clock = Clock()
        self.trainer = People(self.sessions).add("Tom", "trainer").id
        self.workshops: Workshops = make_workshops(self.sessions, clock=self.clock)
        self.id = self.workshops.leading.create(1, self.trainer, "Answering together", "en", [GARDEN])
        self.code = self.workshops.leading.snapshot(self.id, 1).code

    def join(self, name: str) -> Participant:
        return self.workshops.guests.who(self.code, self.workshops.guests.join(self.code, name))

    def turn(self) -> int:
        turn = self.workshops.leading.snapshot(self.id, 1).turn_id
        assert turn is not None
        return turn

    def lead(self, step: str, *more: object) -> None:
        getattr(self.workshops.leading, step)(self.id, 1, *more)

    def again(self) -> None:
        """Start anew on the same database, as after a crash."""
        self.workshops = make_workshops(self.sessions, clock=self.clock)


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path)


def test_a_whole_scenario_from_the_lobby_to_the_certificate(room: Room) -> None:
    ann, ben, cem = (room.join(name) for name in ("Ann", "Ben", "Cem"))
    guests, leading = room.workshops.guests, room.workshops.leading
    room.lead("begin")
    first = room.turn()
    assert guests.answer(ann, first, "Where did you hear that?", 1)
    assert guests.answer(ben, first, "You idiot", 1)
    room.clock.pass_(minutes=10)
    console = leading.console(room.id, 1)
    assert [(seat.name, seat.answered) for seat in console.seats] == [
        ("Ann", True),
        ("Ben", True),
        ("Cem", False),
    ]
    assert console.counts.answered == 2
    ids = {answer.text: answer.id for answer in console.answers}
    room.lead("show", list(ids.values()))
    shown = leading.snapshot(room.id, 1)
    assert {one.text for one in shown.shown} == set(ids)
    assert all(one.votes is None for one in shown.shown)  # nobody follows the crowd
    guests.vote(cem, first, ids["You idiot"], 1)
    guests.vote(cem, first, ids["Where did you hear that?"], 2)
    guests.vote(ben, first, ids["Where did you hear that?"], 1)
    room.lead("talk")
    votes = {one.text: one.votes for one in leading.snapshot(room.id, 1).shown}
    assert votes == {"Where did you hear that?": 2, "You idiot": 0}
    room.lead("write_down", "A question opens a door.")
    assert leading.snapshot(room.id, 1).notes == "A question opens a door."
    room.lead("go_on", ids["Where did you hear that?"])
    now = leading.snapshot(room.id, 1)
    assert now.phase == "answer"
    assert now.messages[0].text == "ok, I only heard it from a mate"
    assert now.before is not None
    assert (now.before.text, now.before.because) == (
        "Where did you hear that?",
        "A calm question leaves Dave a way back.",
    )
    room.lead("talk")
    room.lead("go_on", "silence")
    over = leading.snapshot(room.id, 1)
    assert (over.phase, over.outcome) == ("outcome", "good")
    room.lead("end")
    found = room.workshops.attendance(room.id, 1)
    assert found.topics == ("The rumour about the garden",)
    assert [(one.name, one.answers, one.votes) for one in found.people] == [
        ("Ann", 1, 0),
        ("Ben", 1, 1),
        ("Cem", 0, 1),
    ]
    assert found.minutes == 10


def test_the_reader_gets_what_is_answered_and_who_is_there(room: Room) -> None:
    ann = room.join("Ann")
    room.lead("begin")
    room.workshops.guests.answer(ann, room.turn(), "Noor, I am with you", 1)
    (answer,) = room.workshops.leading.console(room.id, 1).answers
    room.lead("talk")
    room.lead("go_on", answer.id)
    assert room.workshops.leading._reader.asked == [  # type: ignore[attr-defined]
        (
            "Noor, I am with you",
            "en",
            "The foreigners take all the plots, they get everything for free.",
            "Noor",
            ("Dave", "Noor", "Sam"),
        )
    ]


def test_sent_twice_late_or_out_of_order_counts_once(room: Room) -> None:
    ann, ben = room.join("Ann"), room.join("Ben")
    guests = room.workshops.guests
    room.lead("begin")
    turn = room.turn()
    assert guests.answer(ann, turn, "second thought", 2)
    assert guests.answer(ann, turn, "second thought", 2)  # sent again, as its answer got lost
    assert guests.answer(ann, turn, "first thought", 1)  # overtaken on the way
    (answer,) = room.workshops.leading.console(room.id, 1).answers
    assert answer.text == "second thought"
    room.lead("show", [answer.id])
    assert not guests.answer(ann, turn, "third thought", 3)  # it is on the screen already
    assert not guests.answer(ben, turn, "my line was dead", 1)
    assert guests.own(ben).text == "my line was dead"  # nothing is lost
    console = room.workshops.leading.console(room.id, 1)
    assert [(one.text, one.late) for one in console.answers if one.late] == [("my line was dead", True)]
    assert console.counts.answered == 1
    guests.vote(ben, turn, answer.id, 2)
    guests.vote(ben, turn, answer.id, 2)
    assert room.workshops.leading.console(room.id, 1).counts.voted == 1
    room.lead("talk")
    guests.vote(ben, turn, answer.id, 2)  # what is known already is no mistake
    with pytest.raises(NotNow, match="closed"):
        guests.vote(ben, turn, answer.id, 3)


def test_killed_anywhere_it_goes_on_where_it_was(room: Room) -> None:
    ann, ben = room.join("Ann"), room.join("Ben")
    token = room.workshops.guests.join(room.code, "Cem")
    room.lead("begin")
    room.workshops.guests.answer(ann, room.turn(), "Is that so?", 1)
    room.again()
    (answer,) = room.workshops.leading.console(room.id, 1).answers
    room.lead("show", [answer.id])
    room.again()
    room.workshops.guests.vote(ben, room.turn(), answer.id, 1)
    room.again()
    assert room.workshops.guests.who(room.code, token).name == "Cem"
    room.lead("talk")
    room.again()
    assert room.workshops.leading.snapshot(room.id, 1).shown[0].votes == 1


def test_the_order_on_the_screen_is_not_that_of_writing_and_stays(room: Room) -> None:
    people = [room.join(f"P{n}") for n in range(12)]
    room.lead("begin")
    for n, who in enumerate(people):
        room.workshops.guests.answer(who, room.turn(), f"answer {n:02}", 1)
    written = [one.text for one in room.workshops.leading.console(room.id, 1).answers]
    assert written != sorted(written)
    ids = [one.id for one in room.workshops.leading.console(room.id, 1).answers]
    room.lead("show", sorted(ids))
    assert [one.text for one in room.workshops.leading.snapshot(room.id, 1).shown] == written


def test_nobody_votes_for_their_own_or_for_what_is_not_shown(room: Room) -> None:
    ann, ben = room.join("Ann"), room.join("Ben")
    room.lead("begin")
    for who in (ann, ben):
        room.workshops.guests.answer(who, room.turn(), f"by {who.name}", 1)
    ids = {one.text: one.id for one in room.workshops.leading.console(room.id, 1).answers}
    room.lead("show", [ids["by Ann"]])
    with pytest.raises(AcademyError, match="own answer"):
        room.workshops.guests.vote(ann, room.turn(), ids["by Ann"], 1)
    with pytest.raises(AcademyError, match="not on the screen"):
        room.workshops.guests.vote(ann, room.turn(), ids["by Ben"], 1)


def test_showing_others_takes_their_votes_back(room: Room) -> None:
    ann, ben, cem = room.join("Ann"), room.join("Ben"), room.join("Cem")
    room.lead("begin")
    for who in (ann, ben):
        room.workshops.guests.answer(who, room.turn(), f"by {who.name}", 1)
    ids = {one.text: one.id for one in room.workshops.leading.console(room.id, 1).answers}
    room.lead("show", [ids["by Ann"]])
    room.workshops.guests.vote(cem, room.turn(), ids["by Ann"], 1)
    room.lead("show", [ids["by Ben"]])
    assert room.workshops.guests.own(cem).vote is None
    room.workshops.guests.vote(cem, room.turn(), ids["by Ben"], 2)


def test_what_cannot_be_done_now_is_refused(room: Room) -> None:
    for step, more in (("show", ([1],)), ("talk", ()), ("go_on", ("silence",)), ("write_down", ("x",))):
        with pytest.raises(NotNow):
            room.lead(step, *more)
    room.lead("begin")
    with pytest.raises(NotNow):
        room.lead("begin")
    room.lead("talk")
    with pytest.raises(AcademyError, match="silence, report"):
        room.lead("go_on", "shouting")
    room.lead("end")
    with pytest.raises(NotNow):
        room.join("Late")


def test_two_presses_at_once_go_one_step(room: Room) -> None:
    room.lead("begin")
    room.lead("talk")
    before = room.turn()
    room.lead("go_on", "report")
    with pytest.raises(NotNow):
        room.lead("go_on", "report")
    assert room.workshops.leading.snapshot(room.id, 1).phase == "outcome"
    assert before


def test_there_is_room_for_so_many(room: Room) -> None:
    room.workshops.guests._most = 2
    room.join("Ann")
    room.join("Ann")  # names need not differ
    with pytest.raises(Full, match="2 people"):
        room.join("Cem")


def test_what_a_browser_holds_is_of_one_workshop(room: Room) -> None:
    token = room.workshops.guests.join(room.code, "Ann")
    other = room.workshops.leading.create(1, room.trainer, "Another", "en", [GARDEN])
    code = room.workshops.leading.snapshot(other, 1).code
    for wrong in (token, "", "x"):
        with pytest.raises(NotTakingPart):
            room.workshops.guests.who(code, wrong)


def test_another_organisations_workshop_is_not_there(room: Room) -> None:
    with pytest.raises(NoSuchWorkshop):
        room.workshops.leading.console(room.id, 2)
    with pytest.raises(NoSuchWorkshop):
        room.workshops.attendance(room.id, 2)


def test_leaving_takes_everything_along(room: Room) -> None:
    ann, ben = room.join("Ann"), room.join("Ben")
    room.lead("begin")
    room.workshops.guests.answer(ann, room.turn(), "by Ann", 1)
    (answer,) = room.workshops.leading.console(room.id, 1).answers
    room.lead("show", [answer.id])
    room.workshops.guests.vote(ben, room.turn(), answer.id, 1)
    room.workshops.guests.leave(ann)
    assert room.workshops.leading.snapshot(room.id, 1).shown == ()
    assert [seat.name for seat in room.workshops.leading.console(room.id, 1).seats] == ["Ben"]


def test_texts_and_names_go_on_the_date_and_figures_stay(room: Room) -> None:
    ann = room.join("Ann")
    room.lead("begin")
    room.workshops.guests.answer(ann, room.turn(), "Is that so?", 1)
    room.lead("talk")
    room.lead("write_down", "Ann was brave")
    room.lead("end")
    room.clock.pass_(days=29)
    purge(room.sessions, room.clock())
    assert room.workshops.attendance(room.id, 1).people[0].name == "Ann"
    room.clock.pass_(days=1)
    purged = purge(room.sessions, room.clock())
    assert purged.workshops == 1
    (one,) = room.workshops.attendance(room.id, 1).people
    assert (one.name, one.answers) == ("", 1)
    with room.sessions() as session:
        dump = "\n".join(session.connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert "Is that so?" not in dump
    assert "brave" not in dump


def test_a_workshop_that_nobody_ended_ends_and_a_prepared_one_waits(room: Room) -> None:
    room.clock.pass_(days=2)
    purge(room.sessions, room.clock())
    assert room.workshops.leading.snapshot(room.id, 1).phase == "lobby"
    room.lead("begin")
    room.clock.pass_(days=2)
    purge(room.sessions, room.clock())
    assert room.workshops.leading.snapshot(room.id, 1).phase == "ended"


def test_no_cell_of_the_table_is_a_formula(room: Room) -> None:
    for name in ('=HYPERLINK("http://x")', "+1", "@sum", "-2", "Zoë, Ann"):
        room.join(name)
    rows = list(csv.reader(io.StringIO(as_csv(room.workshops.attendance(room.id, 1)).lstrip("\ufeff"))))
    names = [row[0] for row in rows[1:]]
    assert names == ['\'=HYPERLINK("http://x")', "'+1", "'@sum", "'-2", "Zoë, Ann"]


def test_codes_can_be_read_out_and_typed_as_people_do() -> None:
    code = make_code()
    assert len(code) == 6
    assert not set("ILOQUV01") & set(LETTERS)
    assert read_code(f" {code[:3].lower()}-{code[3:]} ") == code
    for wrong in ("", "ABCDE", "ABCDEFG", "ABCDE1", "ILOQUV", "\u0627" * 6):
        assert read_code(wrong) is None


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Ann \n  Lee ", "Ann Lee"),
        ("ليلى", "ليلى"),
        ("Ann\u202eevil", "Annevil"),
        ("Zoe\u0308", "Zoë"),
        ("👩‍🏫 Kim", "👩‍🏫 Kim"),
    ],
)
def test_names_are_kept_as_they_look(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


@pytest.mark.parametrize("typed", ["", "   ", "\u202e", "x" * 61])
def test_no_name_or_a_long_one_is_refused(typed: str) -> None:
    with pytest.raises(WrongLength, match="1 to 60 characters"):
        clean_name(typed)


def test_the_reader_is_loaded_while_people_write_and_a_broken_one_is_told_of_when_it_is_needed() -> None:
    loaded: list[int] = []

    def broken() -> Any:
        loaded.append(1)
        raise AcademyError("what replies are read with cannot be loaded")

    reader = ReadWhenAsked(broken)
    Leading(None, Shelf(Catalogue(), None), reader).prepare()  # type: ignore[arg-type]
    assert loaded == [1]
    with pytest.raises(AcademyError, match="cannot be loaded"):
        reader.read("text", "en", said="", person_hit=None, cast=())


def test_own_words_are_for_the_trainer_of_the_workshop_and_without_names(room: Room) -> None:
    guests, leading = room.workshops.guests, room.workshops.leading
    people = [room.join(f"Person {n}") for n in range(5)]
    for place, one in enumerate(people):
        guests.feel(one, before=2, words=f"frightened {place}" if place < 2 else "")
    guests.feel(people[0], before=3, words="a little frightened")  # said again: the newest counts
    guests.feel(people[0], after=4, words="  calmer  ")
    mine = leading.console(room.id, 1, room.trainer)
    assert mine.before.people == 5
    assert mine.before.mean == 2.2
    assert sorted(mine.before.words or ()) == ["a little frightened", "frightened 1"]
    assert (mine.after.people, mine.after.mean, mine.after.words) == (1, None, ("calmer",))
    another = leading.console(room.id, 1, room.trainer + 1)
    assert another.before.people == 5
    assert another.before.words is None
    with pytest.raises(WrongLength):
        guests.feel(people[1], after=1, words="x" * 501)


def test_own_words_go_with_the_person_and_with_the_texts(room: Room) -> None:
    ann, ben = room.join("Ann"), room.join("Ben")
    for one in (ann, ben):
        room.workshops.guests.feel(one, before=1, words=f"words of {one.name}")
    room.workshops.guests.leave(ann)
    assert room.workshops.leading.console(room.id, 1, room.trainer).before.words == ("words of Ben",)
    room.lead("begin")
    room.lead("end")
    room.clock.pass_(days=31)
    purge(room.sessions, room.clock.now)
    found = room.workshops.leading.console(room.id, 1, room.trainer)
    assert (found.before.words, found.before.people) == ((), 1)  # figures stay
