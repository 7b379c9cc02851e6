"""Four measures, what was good, what to try, examples of the library, and what research says."""

from __future__ import annotations

from typing import Any

import pytest

from courage.academy.feedback import Coach, measures, research_on, what_to_try, what_was_good
from courage.academy.reply import REPORT, SILENCE, Found, ReplyReading
from courage.detection.verdict import Verdict
from courage.library.suggest.advice import Advice, Suggestion
from courage.taxonomy import GRADES, MEASURES

CALM = ReplyReading(kind="counter", strategy="perspective", tone="calm")


def grades(reading: ReplyReading) -> dict[str, str]:
    return {measure.name: measure.grade for measure in measures(reading)}


def hurting(mark: str, **more: Any) -> ReplyReading:
    found = (Found(f"{mark}.words", ("those words",)),)
    return ReplyReading(**{"kind": "counter", "strategy": "opinion", mark: True, "reasons": found, **more})


def test_a_calm_answer_is_good_in_all_four() -> None:
    assert grades(CALM) == dict.fromkeys(MEASURES, "good")
    assert what_was_good(CALM) == ("strategy_perspective", "tone_calm", "short")
    assert what_to_try(CALM) == ("person_hit",)


@pytest.mark.parametrize("mark", ["insults", "threatens", "exposes", "personal_data"])
def test_what_comes_back_at_you_is_not_safe_and_the_words_are_named(mark: str) -> None:
    safe = measures(hurting(mark))[0]
    assert safe.grade == "not_good"
    assert [found.words for found in safe.grounds] == [("those words",)]


def test_a_repeated_claim_is_neither_true_nor_kind() -> None:
    got = grades(hurting("repeats"))
    assert (got["true"], got["kind"], got["safe"]) == ("not_good", "not_good", "good")


def test_silence_could_be_better_and_a_report_is_good() -> None:
    assert grades(SILENCE) == {
        "safe": "good",
        "kind": "could_be_better",
        "to_the_point": "could_be_better",
        "true": "good",
    }
    assert what_to_try(SILENCE) == ("say_something",)
    assert set(grades(REPORT).values()) == {"good"}
    assert what_was_good(REPORT) == ("report",)


def test_a_lecture_and_a_long_reply_miss_the_point_a_little() -> None:
    assert grades(hurting("preaches"))["to_the_point"] == "could_be_better"
    assert grades(ReplyReading(kind="counter", length="long"))["to_the_point"] == "could_be_better"
    assert what_to_try(hurting("preaches", length="long")) == ("not_preach", "shorter")


def test_nothing_is_praised_in_what_hurts() -> None:
    assert what_was_good(hurting("exposes", tone="calm")) == ("short",)
    assert what_to_try(hurting("exposes", insults=True, threatens=True))[0] == "no_threat"


def test_research_is_named_with_its_source() -> None:
    found = research_on(CALM)
    assert found is not None
    assert (found.code, found.link) == ("empathy", "https://doi.org/10.1073/pnas.2116310118")
    assert research_on(SILENCE) is None


class Library:
    """Hands out two responses and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def suggest(self, text: str, verdict: Verdict, **more: Any) -> Advice:
        self.asked.append({"text": text, "verdict": verdict, **more})
        some = [Suggestion(f"en-{n}", f"Example {n}", "perspective", "en", 0.9, (), (), n) for n in (1, 2, 3)]
        return Advice(False, None, tuple(some))


def test_examples_come_from_the_library_with_role_and_language_kept() -> None:
    library = Library()
    unflagged = Verdict("They take it all", False, 0.1, "none", 0, ("migrants",), "en", "none")
    feedback = Coach(library).feedback(
        CALM,
        said="They take it all",
        verdict=unflagged,
        language="en",
        organisation_id=7,
        role="trainer",
        without=("en-9",),
    )
    assert [one.text for one in feedback.examples] == ["Example 1", "Example 2"]
    (asked,) = library.asked
    assert asked["organisation_id"] == 7
    assert asked["conditions"].role == "trainer"
    assert not asked["conditions"].member
    assert asked["wish"].languages == ("en",)
    assert asked["wish"].exclude == {"en-9"}
    assert asked["verdict"].wants_people  # a scene is there to be answered
    assert all(measure.grade in GRADES for measure in feedback.measures)


def test_who_supports_sees_other_words_of_support() -> None:
    library = Library()
    verdict = Verdict("x", True, 0.9, "derogation", 2, (), "en", "counter")
    Coach(library).examples("x", verdict, language="en", organisation_id=1, kind="support")
    assert library.asked[0]["conditions"].kinds == ("support",)
    assert Coach(library).examples(" ", verdict, language="en", organisation_id=1) == ()
