"""Throws odd texts at screening: no crash, no verdict outside the contract, no hang.

``python -m tests.benchmarks.fuzz_screening --texts 100000``
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from courage.detection.screener import Screener, load_screener
from courage.detection.verdict import Verdict
from courage.taxonomy import CATEGORIES, ESCALATED, NARRATIVE, SENSITIVITIES, TARGET_GROUPS

BATCH = 50
LONGEST = 4_000
_WORDS = (  # noqa: SIM905
    "the they all Jews Muslims women gay die kill hate love not never nobody says \" “ » ? ! … not k!ll d1e h a t e "
    "Flüchtlinge Frauen raus gehören niemand Straßenbahnhaltestelle les juifs dehors jamais femmes aujourd'hui "
    "اللاجئون النساء اقتلوا لا احد يا المسلمون el 7aywanat \u200b \u202e \ufeff 😂 🔥 👩🏽‍🦽 ｆｕｌｌ ｗｉｄｔｈ ＜b＞ <script> {{7*7}} /claim "
    "http://x.y/z a@b.c #StopHate @nick: ⟦jews1⟧ \\x00 \x00 \ud800 1488 88 10:30 ;-) :) xD"
).split(" ")  # fmt: skip
texts = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(), max_size=300),  # with lone surrogates
    st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join),
    st.lists(st.sampled_from(_WORDS), max_size=25).map("".join),
    st.tuples(st.sampled_from(_WORDS), st.integers(1, 400)).map(lambda pair: pair[0] * pair[1]),
)
WALLS = {
    "words": "they cook on Sunday because it is warm and nobody has to work ",
    "letters spaced out": "h a t e t h e m ",
    "leetspeak": "k1ll th3m 4ll n0w ",
    "emoji": "😂🔥👍🏽🐒👩‍👩‍👧",
    "combining marks": "a\u0301\u0302\u0303",
    "one letter": "x",
    "shouting": "HATE THEM ALL ",
    "marks": "?!.,;:",
    "German": "Flüchtlinge und Nachbarn haben unser Straßenbahnhäuschen gesehen ",
    "French": "les réfugiés et leurs voisins n'ont pas vu l'école ",
    "Arabic": "اللاجئون جيراننا في البيت والمدرسة وهم يحبون القهوة ",
    "right-to-left marks": "\u202ea\u202cb",
    "an address": "https://example.org/" + "a" * 60,
}


def check(text: str, verdict: Verdict) -> None:
    """Fail where a verdict is outside the contract."""
    assert verdict.text == text
    assert 0.0 <= verdict.score <= 1.0
    assert verdict.category in CATEGORIES
    assert verdict.route in ("none", "counter", "escalate")
    assert verdict.wants_people == (verdict.category != "none")
    assert verdict.hateful == (verdict.category not in ("none", NARRATIVE))
    assert (verdict.route == "escalate") == (verdict.category in ESCALATED)
    assert verdict.severity in ((1, 2, 3) if verdict.wants_people else (0,))
    assert set(verdict.targets) <= set(TARGET_GROUPS)
    assert verdict.language.isalpha()
    if not verdict.read:
        assert (verdict.score, verdict.route) == (0.0, "none")
    for reason in verdict.reasons:
        if reason.start is not None and reason.end is not None:
            assert 0 <= reason.start <= reason.end <= len(text)


def fuzz(screener: Screener, count: int) -> dict[str, Any]:
    """Screen ``count`` made-up texts and every wall of text; return how many there were and how long walls took."""
    seen = {"texts": 0, "flagged": 0}

    @settings(
        max_examples=-(-count // BATCH), deadline=None, database=None, derandomize=False,
        phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(st.lists(texts, min_size=BATCH, max_size=BATCH), st.sampled_from(SENSITIVITIES))
    def run(batch: list[str], sensitivity: str) -> None:
        verdicts = screener.screen_many(batch, sensitivity)
        assert len(verdicts) == len(batch)
        for text, verdict in zip(batch, verdicts, strict=True):
            check(text, verdict)
            seen["flagged"] += verdict.hateful
        seen["texts"] += len(batch)

    run()
    walls = {}
    for name, piece in WALLS.items():
        wall = (piece * LONGEST)[:LONGEST]
        check(wall, screener.screen(wall))
        walls[name] = round(statistics.median(_milliseconds(screener, wall) for _ in range(9)), 1)
    return {**seen, "median_ms_for_4000_characters": walls}


def _milliseconds(screener: Screener, text: str) -> float:
    begun = time.perf_counter()
    screener.screen(text)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--cache", type=Path, default=Path("var/encoders"))
    chosen = parser.parse_args()
    print(json.dumps(fuzz(load_screener(encoder_cache=chosen.cache), chosen.texts), indent=1))
