"""Frames become examples that say of every group what they say of one, and a bad frame is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.detection.text.lexicons import load_lexicon
from courage.detection.training.composed import compose, read_frames
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "detection"


def test_all_blanks_are_filled_and_labels_follow_the_kind() -> None:
    made = compose({code: load_lexicon(code) for code in LANGUAGES}, SEEDS)
    assert {example.language for example in made} == set(LANGUAGES)
    assert not [e.text for e in made if "{" in e.text or "}" in e.text]
    assert all(e.hateful == (e.category != "none") for e in made)
    hateful_about = {e.targets[0] for e in made if e.hateful and e.targets}
    benign_about = {e.targets[0] for e in made if not e.hateful and e.targets}
    assert hateful_about == benign_about


def test_the_same_examples_come_each_time() -> None:
    lexicons = {"en": load_lexicon("en")}
    assert compose(lexicons, SEEDS) == compose(lexicons, SEEDS)


def test_a_frame_of_an_unknown_kind_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "frames.tsv"
    path.write_text("kind\tframe\nthreat\tRun, {g}.\nmenace\tRun, {g}.\n", encoding="utf-8")
    with pytest.raises(CourageError, match=r"frames\.tsv line 3"):
        read_frames(path)
