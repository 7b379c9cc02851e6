"""Where ranking, learning and advice tip over: thresholds, order, what counts and for how long.

Each test answers a change of the code that no other test noticed (``python -m tests.mutation``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from courage.library.errors import LibraryError
from courage.library.suggest.advice import shortness
from courage.library.suggest.conditions import Conditions
from courage.library.suggest.explain import reasons
from courage.library.suggest.features import Candidate
from courage.library.suggest.fitting import Comparison, measure
from courage.library.suggest.generality import read_judged
from courage.library.suggest.learning import REREAD_AFTER, Evidence, weigh
from courage.library.suggest.offtopic_floor import OfftopicFloors
from courage.library.suggest.ranking import NOT_READ, PARTS, READ, RankingWeights, score, varied
from courage.library.suggest.recommend import Recommender, Wish

from .conftest import Kit, draft, verdict

JOBS = "migrants steal our jobs and wages"


# when to advise against a reply


def test_the_third_answer_to_the_same_author_today_is_the_last(stocked: Kit) -> None:
    assert not stocked.ask(JOBS, repeats=2).abstained
    advice = stocked.ask(JOBS, repeats=3)
    assert advice.abstained
    assert advice.reason is not None
    assert "answered 3 times" in advice.reason.text
    assert advice.suggestions == ()


@pytest.mark.parametrize("changes", [{"hateful": False}, {"route": "none"}, {"route": "escalate"}])
def test_neither_threats_nor_harmless_talk_are_answered(stocked: Kit, changes: dict[str, Any]) -> None:
    advice = stocked.ask(JOBS, verdict=verdict(JOBS, **changes))
    assert (advice.abstained, advice.suggestions) == (True, ())


def test_an_insult_with_three_words_of_its_own_says_something(stocked: Kit) -> None:
    two, three = "filthy migrants quartz", "filthy migrants quartz bazaar"
    assert stocked.ask(two, verdict=verdict(two, category="slur")).abstained
    assert not stocked.ask(three, verdict=verdict(three, category="slur")).abstained
    assert not stocked.ask(two, verdict=verdict(two, category="dehumanisation")).abstained


# what is offered, and in which order


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_as_many_as_asked_for_are_offered_numbered_and_of_different_strategies(
    stocked: Kit, limit: int
) -> None:
    offered = stocked.ask(JOBS, limit=limit).suggestions
    assert [s.rank for s in offered] == list(range(1, limit + 1))
    assert len({s.strategy for s in offered}) == limit
    assert all(0.0 <= s.score <= 1.0 for s in offered)
    assert {s.id.split("-")[1] for s in offered} == {"migrants"}
    assert all(set(s.parts) == set(PARTS) for s in offered)
    assert {(s.parts["voice"], s.parts["tone"]) for s in offered} == {(0.5, 0.5)}  # nobody wished for any


@pytest.mark.parametrize(("what", "value", "other"), [("tone", "firm", "warm"), ("voice", "ally", "member")])
def test_a_wish_for_tone_or_voice_decides_between_equals(kit: Kit, what: str, value: str, other: str) -> None:
    kit.approved("Migrants built this town with us.", id="a-other", strategy="positive", **{what: other})
    kit.approved("With us migrants built this town.", id="b-asked", strategy="positive", **{what: value})
    anybody = Conditions(member=True)  # a member's voice is offered to who ticked it only
    wish = Wish(**{what: value})  # type: ignore[arg-type]
    assert (
        kit.ask("migrants do not belong here", wish=wish, conditions=anybody).suggestions[0].id == "b-asked"
    )
    opposite = Wish(**{what: other})  # type: ignore[arg-type]
    assert (
        kit.ask("migrants do not belong here", wish=opposite, conditions=anybody).suggestions[0].id
        == "a-other"
    )


def test_an_unknown_wish_names_what_there_is(stocked: Kit) -> None:
    for wish in (Wish(tone="rude"), Wish(voice="king"), Wish(strategies=("facts", "anger"))):
        with pytest.raises(LibraryError, match="is not known; allowed are"):
            stocked.ask(JOBS, wish=wish)


def test_a_language_that_is_asked_for_wins_over_that_of_the_message(kit: Kit) -> None:
    kit.approved("They are our neighbours.", id="en-one")
    kit.approved("Sie sind unsere Nachbarn.", id="de-one", language="de")
    asked = kit.ask("migrants do not belong here", wish=Wish(languages=("de",))).suggestions
    assert [s.language for s in asked] == ["de"]
    assert not any("is in" in reason.text for s in asked for reason in s.reasons)


def test_a_score_is_the_weighted_mean_of_its_parts() -> None:
    weights = RankingWeights(tuple(float(n) for n in range(1, len(PARTS) + 1)))
    parts = np.eye(len(PARTS))
    total = len(PARTS) * (len(PARTS) + 1) / 2
    assert score(parts, weights) == pytest.approx([n / total for n in range(1, len(PARTS) + 1)])
    assert score(np.ones((1, len(PARTS))), weights) == pytest.approx([1.0])


def test_a_strategy_comes_twice_only_where_no_other_is_near() -> None:
    vectors = np.eye(3)
    strategies = ["facts", "facts", "question"]
    assert varied(np.array([0.9, 0.8, 0.69]), vectors, strategies, 2) == [0, 2]
    assert varied(np.array([0.9, 0.8, 0.67]), vectors, strategies, 2) == [0, 1]
    assert varied(np.array([0.9, 0.8, 0.67]), vectors, strategies, 5) == [0, 1, 2]
    assert varied(np.array([0.5, 0.9]), vectors[:2], ["a", "b"], 0) == []


def test_what_says_the_same_as_the_first_comes_after_what_says_something_else() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    assert varied(np.array([0.9, 0.80, 0.70]), vectors, ["a", "b", "c"], 3) == [0, 2, 1]
    assert varied(np.array([0.9, 0.86, 0.70]), vectors, ["a", "b", "c"], 3) == [0, 1, 2]


# why


def candidate(**changes: Any) -> Candidate:
    """Return a response for migrants as the ranking sees it."""
    values: dict[str, Any] = {
        "number": 1, "version": 1, "review_on": None, "id": "one", "text": "Text.", "language": "en", "strategy": "facts", "targets": ("migrants",),
        "tone": "calm", "voice": "member", "length": "short", "sources": (), "translation_of": None,
        "vector": np.zeros(2), "narrative_vectors": np.zeros((0, 2)), "specificity": 0.5,
    }  # fmt: skip
    names = Candidate.__dataclass_fields__
    return Candidate(**{name: value for name, value in {**values, **changes}.items() if name in names})


def why(evidence: Evidence | None = None, asked: tuple[str, ...] = (), **parts: float) -> str:
    """Return the reasons for parts that say nothing but what is given."""
    known = {**dict.fromkeys(PARTS, 0.0), **dict.fromkeys(READ, NOT_READ), "freshness": 1.0, **parts}
    row = np.array([known[name] for name in PARTS])
    found = reasons(
        candidate(targets=("women",)), row, evidence or Evidence(), targets=("migrants",), languages=("en",),
        asked=asked,
    )  # fmt: skip
    return " | ".join(said.text for said in found)


def test_reasons_say_how_near_it_is_and_change_where_they_should() -> None:
    same, similar, subject = why(narrative=0.7), why(narrative=0.45), why(text=0.45)
    assert len({same, similar, subject, why()}) == 4
    assert why(narrative=0.699) == similar
    assert why(narrative=0.449) == why() == why(text=0.449)
    assert why(narrative=0.5, text=0.9) == similar


def test_reasons_speak_of_use_only_where_several_people_found_it_useful() -> None:
    two, one = Evidence(3.0, 0.0, 2), Evidence(3.0, 0.0, 1)
    assert "2" in why(two, use=0.06)
    assert why(two, use=0.05) == why(one, use=0.9) == why()


def test_reasons_say_what_was_asked_and_what_was_used_lately() -> None:
    assert why(asked=("facts",)) != why()
    assert why(freshness=0.49) != why(freshness=0.5) == why()


# learning


@pytest.mark.parametrize(
    ("event", "value"), [("unheard", 1.0), ("edited", -0.1), ("edited", 1.1), ("rated", 2.0)]
)
def test_feedback_outside_what_is_allowed_is_refused(event: str, value: float) -> None:
    with pytest.raises(LibraryError):
        weigh(event, value)


def test_the_more_of_it_is_kept_the_more_a_reply_counts() -> None:
    kept, half, nothing = (weigh("edited", ratio) for ratio in (0.0, 0.5, 1.0))
    assert kept[0] > half[0] > nothing[0] >= 0.0
    assert weigh("chosen", 1.0)[0] > weigh("posted", 1.0)[0] > weigh("posted", 0.4)[0] > 0.0
    assert weigh("shown", 1.0)[0] == 0.0 < weigh("shown", 1.0)[1] < weigh("chosen", 1.0)[0]
    assert weigh("rated", 0.5) == (0.0, 0.0)
    assert weigh("rated", 1.0)[0] == weigh("followed", 0.0)[1] > 0.0


def used(kit: Kit, response_id: str, room: str = "!r") -> float:
    """Return how fresh a response is in a room."""
    return next(s.parts["freshness"] for s in kit.ask(JOBS, room=room).suggestions if s.id == response_id)


def test_a_response_is_stale_where_it_was_posted_and_only_for_a_while(stocked: Kit) -> None:
    name = "en-migrants-question"
    assert used(stocked, name) == 1.0
    stocked.recommender.feedback(1, name, "posted", person="ann", room="!r")
    just_now = used(stocked, name)
    assert just_now == pytest.approx(0.0, abs=0.01)
    assert used(stocked, name, "!elsewhere") == 1.0
    stocked.clock.forward(hours=12)
    later = used(stocked, name)
    assert just_now < later < 1.0
    stocked.clock.forward(days=60)
    assert used(stocked, name) == 1.0


def test_what_another_organisation_does_teaches_ours_nothing(stocked: Kit) -> None:
    from sqlalchemy import text

    from courage.db.engine import writing

    with writing(stocked.library.sessions) as session:
        session.execute(
            text("INSERT INTO organisations (id, name, created_at) VALUES (2, 'Two', '2026-01-01')")
        )
        session.execute(text("UPDATE responses SET scope = 'shared' WHERE id = 'en-migrants-question'"))
    before = {s.id: s.parts["use"] for s in stocked.ask(JOBS).suggestions}
    for person in ("xena", "yuri", "zoe"):
        stocked.recommender.feedback(2, "en-migrants-question", "posted", person=person)
    stocked.clock.forward(minutes=10)
    assert {s.id: s.parts["use"] for s in stocked.ask(JOBS).suggestions} == before
    for person in ("ann", "bob", "carl"):
        stocked.recommender.feedback(1, "en-migrants-question", "posted", person=person)
    after = {s.id: s.parts["use"] for s in stocked.ask(JOBS).suggestions}
    assert after["en-migrants-question"] > before["en-migrants-question"]
    assert after["en-migrants-positive"] == before["en-migrants-positive"]


def test_a_response_for_everybody_stands_between_the_right_group_and_another(kit: Kit) -> None:
    kit.approved("Neighbours help each other here.", id="a-any", targets=(), strategy="positive")
    kit.approved("Neighbours help each other, here.", id="b-own", targets=("migrants",), strategy="question")
    kit.approved("Neighbours help each other, hear.", id="c-else", targets=("women",), strategy="humor")
    offered = {s.id: s.parts["target"] for s in kit.ask("migrants do not belong here").suggestions}
    assert offered == {"a-any": 0.5, "b-own": 1.0}


def test_a_draft_is_not_offered_until_somebody_else_approves_it(kit: Kit) -> None:
    from .conftest import ANNA, BILAL

    kit.approved("They are our neighbours.", id="known")
    added = kit.library.add(draft("They have always been our friends."), by=ANNA)
    kit.library.submit(added.id, by=ANNA)
    assert [s.id for s in kit.ask("migrants do not belong here").suggestions] == ["known"]
    kit.library.approve(added.id, by=BILAL)
    assert added.id in {s.id for s in kit.ask("migrants do not belong here").suggestions}


def test_the_verdict_is_left_as_it_was(stocked: Kit) -> None:
    judged = verdict(JOBS)
    stocked.ask(JOBS, verdict=judged)
    assert judged == replace(judged) == verdict(JOBS)


# what is kept, and for how long


def test_what_was_read_of_a_response_is_read_again_after_a_while(stocked: Kit) -> None:
    """Another engine may have learnt something in the meantime."""
    name = "en-migrants-question"
    other = Recommender(stocked.library, stocked.index, explore=False)

    def use() -> float:
        return next(s.parts["use"] for s in stocked.ask(JOBS).suggestions if s.id == name)

    before = use()
    for person in ("ann", "bob", "carl"):
        other.feedback(1, name, "posted", person=person)
    stocked.clock.forward(seconds=REREAD_AFTER - 1)
    assert use() == before
    stocked.clock.forward(seconds=1)
    assert use() > before


def test_a_floor_is_measured_anew_when_the_library_has_grown(stocked: Kit) -> None:
    floors = OfftopicFloors(stocked.index)
    measured: list[int] = []
    real = floors._measure

    def count(organisation_id: int) -> float:
        measured.append(organisation_id)
        return real(organisation_id)

    floors._measure = count  # type: ignore[method-assign]
    stocked.index.refresh()
    first = floors.everyday(1)
    for n in range(5):
        stocked.approved(f"Shall we talk about the weather instead, number {n}?", id=f"weather-{n}")
    stocked.index.refresh()
    assert floors.everyday(1) == first
    assert measured == [1]
    stocked.approved("And this is the sixth that is new.", id="weather-6")
    stocked.index.refresh()
    floors.everyday(1)
    assert measured == [1, 1]


def test_other_kinds_are_offered_from_the_moment_of_their_approval(stocked: Kit) -> None:
    assert stocked.ask(JOBS, conditions=Conditions(kinds=("support",))).suggestions == ()
    stocked.approved(
        "I am sorry that you had to read this.",
        id="here-for-you",
        kind="support",
        narratives=(),
        general=True,
    )
    assert [s.id for s in stocked.ask(JOBS, conditions=Conditions(kinds=("support",))).suggestions] == [
        "here-for-you"
    ]


# figures


def test_short_answers_lead_only_a_little_unless_they_were_asked_for() -> None:
    short, long = candidate(text="No."), candidate(text="x" * 700)
    asked = [shortness(c, Wish(shorter=True)) for c in (short, long, candidate(text="x" * 900))]
    assert asked == [pytest.approx(1 - 3 / 700), 0.0, 0.0]
    unasked = [shortness(c, Wish()) for c in (short, long)]
    assert unasked == [pytest.approx(0.75, abs=0.01), 0.5]


def test_an_order_that_ties_is_half_right() -> None:
    parts = np.zeros((3, len(PARTS)))
    parts[:, 0] = (0.5, 0.5, 0.2)
    weights = RankingWeights((1.0, *[0.0] * (len(PARTS) - 1)))
    tied = measure([Comparison("a", parts, np.array([1.0, 0.0, 0.0]))], weights)
    assert (tied.ordered, tied.first) == (0.75, 1.0)
    wrong = measure([Comparison("a", parts, np.array([0.0, 0.0, 1.0]))], weights)
    assert (wrong.ordered, wrong.first) == (0.0, 0.0)
    both = measure([Comparison(k, parts, np.array([k == "a", 0.0, k != "a"])) for k in ("a", "b")], weights)
    assert (both.ordered, both.first) == (0.375, 0.5)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("", "holds no judged answers"),
        ("5,Too high.\n", "line 2: needs a generality from 0 to 4"),
        ("2,\n", "line 2: needs a generality"),
        ("2,Fine.\n,Unjudged.\n", "line 3"),
    ],
)
def test_a_file_of_judged_answers_that_is_malformed_is_refused_by_line(
    tmp_path: Path, rows: str, said: str
) -> None:
    file = tmp_path / "judged.csv"
    file.write_text("generality,response\n" + rows, encoding="utf-8")
    with pytest.raises(LibraryError, match=said):
        read_judged(file)
    with pytest.raises(LibraryError, match="cannot be read"):
        read_judged(tmp_path / "missing.csv")
