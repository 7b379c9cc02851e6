"""Nobody reads more than they or their trainers want; what was begun can be ended; what was muted is not offered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courage.cases.care import Exposure
from courage.cases.errors import Enough
from courage.cases.softened import Piece, soften
from courage.db.engine import make_sessions
from courage.detection.verdict import Reason
from courage.people.care import Care
from courage.people.errors import PersonError
from courage.people.support import COUNTRIES, LINES, lines_for
from tests.unit.cases.kit import World


@pytest.fixture
def care(world: World) -> Care:
    return Care(make_sessions(world.sessions.kw["bind"], strict=True), clock=world.clock)


async def cases(world: World, number: int) -> list[int]:
    """Open cases of different authors."""
    return [await world.case(f"they are vermin {n}", f"$c{n}", author=f"@e{n}:x") for n in range(number)]


async def test_at_the_limit_nothing_new_is_shown_and_what_was_begun_can_be_ended(
    world: World, care: Care
) -> None:
    first, second, third = await cases(world, 3)
    work = world.casework
    care.choose(world.ann, 1, daily_cap=2)
    work.claim(first, world.ann)
    for case in (first, first, second):  # one that is looked at again counts once
        work.show_message(case, world.ann)
    with pytest.raises(Enough) as refused:
        work.show_message(third, world.ann)
    assert refused.value.cap == 2
    with pytest.raises(Enough):
        work.claim(third, world.ann)
    assert work.view(third).status == "open"
    # What she is on she can read again, answer, or hand back.
    work.show_message(first, world.ann)
    work.claim(first, world.ann)
    await world.posted(first)
    assert work.view(first).status == "replied"
    work.show_message(third, world.bob)  # others go on
    world.clock.pass_(days=1)
    work.show_message(third, world.ann)


async def test_the_lower_limit_counts_and_only_trainers_set_it_for_all(world: World, care: Care) -> None:
    first, second = await cases(world, 2)
    with pytest.raises(PersonError, match="only a trainer"):
        care.set_group_cap(1, world.mia, 1)
    care.set_group_cap(1, world.tom, 1)
    care.choose(world.ann, 1, daily_cap=40)
    assert care.of(world.ann, 1).cap == 1
    world.casework.show_message(first, world.ann)
    with pytest.raises(Enough):
        world.casework.show_message(second, world.ann)
    care.set_group_cap(1, world.tom, None)
    world.casework.show_message(second, world.ann)


async def test_a_threat_does_not_wait_until_tomorrow(world: World, care: Care) -> None:
    (first,) = await cases(world, 1)
    threat = await world.case("I will kill them", "$t")
    care.set_group_cap(1, world.tom, 1)
    world.casework.show_message(first, world.mia)
    world.casework.show_message(threat, world.mia)  # a moderator
    world.casework.show_message(first, world.ann)
    with pytest.raises(Enough):
        world.casework.show_message(threat, world.ann)


async def test_in_a_break_nothing_new_comes_until_it_ends(world: World, care: Care) -> None:
    first, second = await cases(world, 2)
    world.casework.claim(first, world.ann)
    care.rest(world.ann, 1, timedelta(hours=1))
    with pytest.raises(Enough) as refused:
        world.casework.show_message(second, world.ann)
    assert refused.value.why == "break"
    with pytest.raises(Enough):
        world.casework.claim(second, world.ann)
    world.casework.release(first, world.ann)
    world.clock.pass_(hours=1)
    world.casework.claim(second, world.ann)
    care.rest(world.ann, 1, timedelta(days=7))
    care.rest(world.ann, 1, None)
    world.casework.show_message(second, world.ann)
    with pytest.raises(PersonError, match="at most 30 days"):
        care.rest(world.ann, 1, timedelta(days=400))


async def test_muted_groups_are_not_offered_and_nobody_else_is_concerned(world: World, care: Care) -> None:
    about_migrants, other = await cases(world, 2)
    with world.sessions() as session:
        from courage.db.models.cases import Case

        session.get_one(Case, other).targets = ["women", "jews"]
        session.commit()
    care.choose(world.ann, 1, daily_cap=None, muted=["women"])

    def offered(person: int, **more: bool) -> list[int]:
        return [case.id for case in world.casework.queue(person_id=person, **more)]  # type: ignore[arg-type]

    assert offered(world.ann) == [about_migrants]
    assert offered(world.ann, muted=True) == offered(world.bob) == [about_migrants, other]
    world.casework.claim(other, world.ann)  # she looked for it herself
    assert offered(world.ann) == [about_migrants, other]
    with pytest.raises(PersonError, match="not one of"):
        care.choose(world.ann, 1, daily_cap=None, muted=["nobody"])


async def test_cases_behind_many_muted_ones_are_offered_all_the_same(
    world: World, care: Care, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("courage.cases.queue._MAX_PAGE", 2)  # as with 200 muted ones, and quicker
    *muted, other = await cases(world, 4)
    with world.sessions() as session:
        from courage.db.models.cases import Case

        for case_id in muted:
            session.get_one(Case, case_id).targets = ["women"]
        session.commit()
    care.choose(world.ann, 1, daily_cap=None, muted=["women"])
    assert [case.id for case in world.casework.queue(person_id=world.ann)] == [other]


async def test_people_see_their_own_days(world: World, care: Care) -> None:
    first, second = await cases(world, 2)
    world.casework.show_message(first, world.ann)
    world.casework.show_message(first, world.ann)
    world.clock.pass_(days=1)
    world.casework.show_message(second, world.ann)
    exposure = Exposure(make_sessions(world.sessions.kw["bind"], strict=True), clock=world.clock)
    assert [day.read for day in exposure.days(world.ann, 1)][:3] == [1, 1, 0]
    assert exposure.today(world.bob, 1) == 0


@pytest.mark.parametrize("cap", [0, -1, 501])
def test_a_limit_that_cannot_be_is_refused(world: World, care: Care, cap: int) -> None:
    with pytest.raises(PersonError, match="between 1 and 500"):
        care.choose(world.ann, 1, daily_cap=cap)


def _reasons(text: str, *words: str) -> list[Reason]:
    found = []
    for word in words:
        at = text.index(word)
        found.append(Reason("word", "word", 0.5, at, at + len(word)))
    return found


def test_words_are_covered_wherever_they_stand_and_nothing_else_is() -> None:
    text = "Rats! Those rats and their ratatouille.\nسيئون هم السيئون"
    pieces = soften(text, [*_reasons(text, "Rats", "سيئون"), Reason("target", "mention", 0.1, 6, 11)], "en")
    assert "".join(piece.text for piece in pieces) == text
    assert [(piece.text, piece.covered) for piece in pieces if piece.covered] == [
        ("Rats", "word"),
        ("Those", "target"),
        ("rats", "word"),
        ("سيئون", "word"),
    ]
    assert soften("Nothing found.", [], "en") == (Piece("Nothing found."),)
    # What speaks against a flag is no insult.
    assert soften("a frame", [Reason("word", "word", -0.2, 0, 1)], "en") == (Piece("a frame"),)


@pytest.mark.parametrize(
    ("language", "text", "words", "groups"),
    [
        ("en", "Migrants are scum, and those refugees are pigs.", ["scum", "pigs"], ["Migrants", "refugees"]),
        ("de", "Diese Flüchtlinge sind dumm.", ["dumm"], ["Flüchtlinge"]),
        ("fr", "Les réfugiés sont des idiots.", ["idiots"], ["réfugiés"]),
        ("ar", "اللاجئون هنا.", [], ["اللاجئون"]),
    ],
)
def test_words_that_screening_gives_no_reason_for_are_covered_too(
    language: str, text: str, words: list[str], groups: list[str]
) -> None:
    pieces = soften(text, [], language)
    assert [piece.text for piece in pieces if piece.covered == "word"] == words
    assert [piece.text for piece in pieces if piece.covered == "target"] == groups
    assert "".join(piece.text for piece in pieces) == text


def test_help_lines_have_public_pages() -> None:
    assert set(LINES) < set(COUNTRIES)
    for country in COUNTRIES:
        assert lines_for(country)
        assert all(line.page.startswith("https://") for line in lines_for(country))
    assert lines_for("") == lines_for("EG")
