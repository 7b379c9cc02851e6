"""Message and answer as one row for the cross-encoder, what judges say as what it learns, and how it is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from courage.detection.model import e5
from courage.detection.model.pairs import ANSWER, ANSWER_TOKENS, MESSAGE, MESSAGE_TOKENS, halves, padded
from courage.detection.training.judged_pairs import by_message, lessons_of, lessons_of_library, read_judged
from courage.errors import CourageError
from courage.shipped import SEEDS, STARTER_LIBRARY

END = 2


@pytest.mark.slow  # trains a little
def test_long_texts_are_cut_and_still_end(tmp_path: Path) -> None:
    tokenizer = e5.open_tokenizer(tmp_path)
    tokenizer.no_truncation()
    messages, answers = halves(tokenizer, ["a b c " * 200, "short"], ["No.", "one two " * 300, ""])
    assert len(messages[0]) == MESSAGE_TOKENS
    assert len(answers[1]) == ANSWER_TOKENS
    assert {ids[-1] for ids in messages + answers} == {END}
    assert messages[1][0] == 0 != answers[0][0]  # the row begins once

    ids, marks = padded([(messages[1], answers[0]), (messages[0], answers[1])])
    assert ids.shape == marks.shape == (2, MESSAGE_TOKENS + ANSWER_TOKENS)
    assert (marks[0] == MESSAGE).sum() == len(messages[1])
    assert (marks[0] == ANSWER).sum() == len(answers[0])
    assert (marks[1] == 0).sum() == 0


def line(**changes: object) -> str:
    row: dict[str, object] = {
        "pair": "p1", "part": "train", "lang": "en", "message_id": "m1", "kind": "open", "group": "women",
        "message": "M", "answer_id": "a", "answer": "A", "judged": [[3, 0, 3, 2], [1, 1, 3, 3]],
    }  # fmt: skip
    return json.dumps({**row, **changes}) + "\n"


def test_two_judges_count_alike_and_aggression_is_turned_round(tmp_path: Path) -> None:
    (tmp_path / "pairs-en.jsonl").write_text(line() + line(pair="p2", answer="B", judged=[[0, 3, 1, 0]]))
    (lesson,) = lessons_of(read_judged(tmp_path))
    assert lesson.answers == ("A", "B")
    assert lesson.wanted[0] == pytest.approx((2 / 3, 5 / 6, 1.0, 5 / 6))
    assert lesson.wanted[1] == pytest.approx((0.0, 0.0, 1 / 3, 0.0))


@pytest.mark.parametrize(
    "bad",
    [
        line(part="test"),
        line(judged=[]),
        line(judged=[[1, 2, 3]]),
        line(judged=[[1, 2, 3, 4]]),
        "{}\n",
        "no\n",
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, bad: str) -> None:
    (tmp_path / "pairs-en.jsonl").write_text(line() + bad)
    with pytest.raises(CourageError, match=r"pairs-en\.jsonl line 2"):
        read_judged(tmp_path)


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(CourageError, match="holds no pairs"):
        read_judged(tmp_path)


def test_the_judged_pairs_are_whole_and_no_message_is_in_two_parts() -> None:
    pairs = read_judged(SEEDS / "retrieval")
    assert len(pairs) > 6000
    assert sum(len(pair.judgements) == 2 for pair in pairs) > 1600
    for group in by_message(pairs):
        assert len({(pair.part, pair.message, pair.language) for pair in group}) == 1
    messages = {part: {p.message for p in pairs if p.part == part} for part in ("train", "choose", "blind")}
    assert not messages["train"] & (messages["blind"] | messages["choose"])
    assert len(messages["blind"]) == 100


@pytest.mark.slow  # reads the whole library
def test_the_library_teaches_in_every_language_that_another_groups_answer_is_none() -> None:
    lessons = lessons_of_library(STARTER_LIBRARY, count=40)
    assert len(lessons) == 40
    for lesson in lessons:
        assert len(lesson.answers) == len(set(lesson.answers)) == len(lesson.wanted)
        assert lesson.wanted[0][0] > 0.8
        assert min(wanted[0] for wanted in lesson.wanted) < 0.1
