from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detection.errors import CourageError
from detection.evaluation import evaluate_file, metrics, pretty
from detection.feedback import MOST_PER_PERSON, FeedbackMemory
from detection.screener import Screener
from detection.verdict import Verdict


def _verdict(text: str, route: str = "counter") -> Verdict:
    hateful = route != "none"
    return Verdict(text, hateful, 0.9, "derogation" if hateful else "none", 2, (), "en", route)


def test_a_decision_works_at_once_and_only_nearby() -> None:
    memory = FeedbackMemory()
    memory.decide("Those people again!", "not_hate", "ana")
    assert not memory.apply(_verdict("those PEOPLE, again")).hateful
    assert memory.apply(_verdict("those women again")).hateful
    memory.decide("quiet words", "missed", "ana")
    flagged = memory.apply(_verdict("Quiet words.", "none"))
    assert flagged.hateful
    assert flagged.reasons[0].kind == "feedback"


def test_only_a_trainer_lifts_a_grave_verdict() -> None:
    memory = FeedbackMemory()
    override = memory.decide("some grave words", "not_hate", "ana")
    assert memory.apply(_verdict("some grave words", "escalate")).route == "escalate"
    memory.confirm(override.exact, "ana")
    assert memory.apply(_verdict("some grave words", "escalate")).route == "none"


def test_one_person_cannot_flood_the_memory() -> None:
    memory = FeedbackMemory()
    for number in range(MOST_PER_PERSON):
        memory.decide(f"text number {number}", "not_hate", "ana")
    with pytest.raises(CourageError, match="review"):
        memory.decide("one more", "not_hate", "ana")
    memory.decide("one more", "not_hate", "ben")


def test_no_text_is_kept() -> None:
    memory = FeedbackMemory()
    memory.decide("secretword in a text", "missed", "ana")
    assert "secretword" not in repr(memory.waiting())


def test_metrics_by_hand() -> None:
    truth = np.asarray([True, True, False, False])
    scores = np.asarray([0.9, 0.4, 0.6, 0.1])
    result = metrics(truth, scores >= 0.5, scores)
    assert result["accuracy"] == 0.5
    assert result["macro_f1"] == 0.5
    assert result["auroc"] == 0.75


def test_a_table_is_evaluated_by_group(screener: Screener, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text("body,flag,part\nAll Muslims are vermin,hate,a\nsee you at five,no,a\nhello,no,b\n")
    result = evaluate_file(
        screener, path, text_column="body", label_column="flag", positive="hate", group_by="part"
    )
    assert result["n"] == 3
    assert set(result["groups"]) == {"a", "b"}
    assert "macro_f1" in pretty(result)
    with pytest.raises(CourageError, match="nothing"):
        evaluate_file(screener, path, text_column="nothing", label_column="flag")
