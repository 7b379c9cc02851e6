from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from courage.detection.feedback import FeedbackMemory, make_override
from courage.detection.screener import Screener
from courage.detection.training.evaluation import evaluate_file, metrics, pretty
from courage.detection.training.examples import HEADER, read_feedback, seed_line
from courage.detection.verdict import Verdict
from courage.errors import CourageError

LONG = "the whole village met last evening to talk about the new road behind the old mill " * 4


def _verdict(text: str, route: str = "counter", severity: int = 2) -> Verdict:
    hateful = route != "none"
    return Verdict(text, hateful, 0.9, "derogation" if hateful else "none", severity, (), "en", route)


def test_a_decision_works_at_once_and_only_nearby() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, "Those people again!", "not_hate"))
    lifted = memory.apply(_verdict("those PEOPLE, again"))
    assert not lifted.hateful
    assert lifted.reasons[0].text == "people decided this is not hate"
    assert memory.apply(_verdict("those women again")).hateful
    memory.remember(make_override(2, "quiet words", "missed"))
    flagged = memory.apply(_verdict("Quiet words.", "none"))
    assert flagged.hateful
    assert flagged.reasons[0].kind == "feedback"
    memory.forget(1)
    assert memory.apply(_verdict("those people again")).hateful


def test_what_people_decided_holds_at_every_sensitivity() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, "those people again", "not_hate"))
    memory.remember(make_override(2, "quiet words", "missed"))
    flags = {"balanced": "hateful", "watchful": "escalated"}
    lifted = memory.apply(replace(_verdict("Those people again"), by_sensitivity=flags))
    assert lifted.by_sensitivity == {"watchful": "escalated"}  # what is grave is lifted by trainers only
    flagged = memory.apply(replace(_verdict("Quiet words"), by_sensitivity=flags))
    assert flagged.by_sensitivity == {"quiet": "hateful", "balanced": "hateful", "watchful": "escalated"}


def test_another_emoji_or_a_quotation_is_another_text() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, "look at them 🎉", "not_hate"))
    assert not memory.apply(_verdict("Look at them!! 🎉")).hateful
    assert memory.apply(_verdict("look at them 🐒")).hateful
    assert memory.apply(_verdict('"look at them" 🎉')).hateful


def test_a_long_text_may_differ_a_little_but_not_become_worse() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, LONG, "not_hate", severity=2))
    near = LONG.replace("the", "thé", 1)
    found = memory.find(near)
    assert found is not None
    assert not found[1]
    assert not memory.apply(_verdict(near)).hateful
    assert memory.apply(_verdict(near, severity=3)).hateful
    assert memory.find(LONG + LONG) is None


def test_only_a_trainer_lifts_a_grave_verdict_and_only_for_the_same_words() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, LONG, "not_hate", severity=3))
    assert memory.apply(_verdict(LONG, "escalate", 3)).route == "escalate"
    memory.remember(make_override(1, LONG, "not_hate", severity=3, confirmed=True))
    assert memory.apply(_verdict(LONG, "escalate", 3)).route == "none"
    assert memory.apply(_verdict(LONG.replace("the", "thé", 1), "escalate", 3)).route == "escalate"


def test_a_trainers_word_counts_more_than_a_later_one() -> None:
    memory = FeedbackMemory()
    memory.remember(make_override(1, "some words", "not_hate", confirmed=True))
    memory.remember(make_override(2, "some words", "missed"))
    assert not memory.apply(_verdict("some words")).hateful
    memory.forget(1)
    memory.remember(make_override(3, "some words", "not_hate"))
    assert not memory.apply(_verdict("some words")).hateful  # of equals, the latest


def test_no_text_is_kept_and_hashes_need_the_key() -> None:
    made = make_override(1, "secretword in a text", "missed", key=b"one key of the house")
    assert "secretword" not in repr(made)
    memory = FeedbackMemory(b"another key entirely")
    memory.remember(made)
    assert memory.find("secretword in a text") is None
    with pytest.raises(CourageError, match="word"):
        make_override(1, " ?! ", "missed")
    with pytest.raises(CourageError, match="allowed: not_hate, missed"):
        make_override(1, "text", "maybe")


def test_confirmed_texts_come_back_as_training_examples(tmp_path: Path) -> None:
    file = tmp_path / "confirmed.tsv"
    said = ["Ask @eve:example.org\tor see https://example.org/x", "Das ist doch nicht euer Ernst, oder? ⟦x⟧"]
    lines = ["\t".join(HEADER), seed_line(said[0], False), seed_line(said[1], True)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    benign, hateful = read_feedback(file)
    assert (benign.text, benign.hateful) == ("Ask @somebody or see (link)", False)
    assert (hateful.language, hateful.hateful) == ("de", True)
    assert (hateful.category, hateful.targets, hateful.kind) == (None, None, None)
    with pytest.raises(CourageError, match="cannot be read"):
        read_feedback(tmp_path / "nowhere.tsv")


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
