"""A text gets the same verdict alone and among others, bit for bit, so that a score can be worked out again later."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from courage.detection.screener import Screener
from courage.detection.training.examples import HELDOUT, PLAIN, read_seeds

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "detection"


def texts(count: int) -> list[str]:
    heldout = [e.text for e in read_seeds(SEEDS, PLAIN) + read_seeds(SEEDS, HELDOUT)]
    return random.Random(9).sample(heldout, count)


@pytest.mark.slow  # screens hundreds of texts one by one
def test_scores_alone_and_in_any_company(screener: Screener) -> None:
    chosen = texts(120)
    together = screener.screen_many(chosen, explained=False)
    other_way = screener.screen_many(chosen[::-1], explained=False)[::-1]
    alone = [screener.screen_many([text], explained=False)[0] for text in chosen]
    assert [v.score for v in together] == [v.score for v in alone] == [v.score for v in other_way]
    assert [(v.category, v.route) for v in together] == [(v.category, v.route) for v in alone]


@pytest.mark.slow  # dozens of texts, one by one
def test_vectors_alone_and_in_any_company(screener: Screener) -> None:
    encoder, chosen = screener.assessor.encoder, texts(40)
    together = encoder.encode([*chosen, "a much longer text " * 40])
    assert all(
        np.array_equal(row, encoder.encode([text])[0]) for row, text in zip(together, chosen, strict=False)
    )
