"""What is read in full and what a glance clears: everyday talk costs nothing, hate without a bad word is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.detection.screener import Screener
from courage.detection.training.examples import HELDOUT, NARRATIVES, PLAIN, Example, read_seeds

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "detection"
EVERYDAY = (
    "thanks, got it, see you at six", "can you restart the router please", "lol the update broke my keyboard again",
    "merci, je regarde ça demain matin", "t'as réussi à installer la mise à jour ?", "wann fährt der nächste Bus?",
    "danke dir, die Datei ist angekommen", "تمام، نلتقي غدا الساعة السادسة", "الطابعة لا تعمل من جديد",
)  # fmt: skip


def read(screener: Screener, text: str) -> bool:
    """Say whether any of a message's texts would reach the encoder."""
    prepare = screener.assessor.prepare
    return not screener.assessor.clears(prepare(text, screener.screen(text).language))


def test_everyday_talk_is_not_encoded(screener: Screener) -> None:
    cleared = [text for text in EVERYDAY if not read(screener, text)]
    assert len(cleared) >= 7, set(EVERYDAY) - set(cleared)


@pytest.mark.parametrize("language", ["en", "fr", "de", "ar"])
def test_what_somebody_should_answer_is_read(screener: Screener, language: str) -> None:
    wanted: list[Example] = [
        e
        for e in (*read_seeds(SEEDS, PLAIN), *read_seeds(SEEDS, HELDOUT), *read_seeds(SEEDS, NARRATIVES))
        if e.language == language and (e.hateful or e.category == "narrative")
    ]
    prepare = screener.assessor.prepare
    passed = [e.text for e in wanted if screener.assessor.clears(prepare(e.text, language))]
    assert len(passed) <= 0.03 * len(wanted), passed
