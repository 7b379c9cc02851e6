"""Speed of screening against its own bare encoder, in one run: ``python -m tests.benchmarks.bench_detection``."""

from __future__ import annotations

import json
import random
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from detection.examples import read_seeds
from detection.screener import load_screener

SEEDS = Path(__file__).resolve().parents[2] / "seeds" / "detection"


def _rate(work: Callable[[list[str]], Any], texts: list[str], size: int = 64) -> float:
    begun = time.perf_counter()
    for start in range(0, len(texts), size):
        work(texts[start : start + size])
    return len(texts) / (time.perf_counter() - begun)


def _median_ms(work: Callable[[list[str]], Any], texts: list[str]) -> float:
    times = []
    for text in texts:
        begun = time.perf_counter()
        work([text])
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1000


def run(
    cache: Path = Path("var/encoders"), *, texts: int = 1280, rounds: int = 3, hateful: float = 0.01
) -> dict[str, Any]:
    """Return texts per second in batches of 64 and the median for one text, for screening and the bare encoder.

    The traffic is made of the English seeds: everyday messages with a share ``hateful`` of hate.
    """
    pick = random.Random(3)
    seeds = [example for example in read_seeds(SEEDS, strict=False) if example.language == "en"]
    everyday = [
        e.text
        for e in seeds
        if not e.hateful and e.kind in ("chat", "joke", "neutral_mention", "positive_mention")
    ]
    hate = [e.text for e in seeds if e.hateful]
    traffic = [pick.choice(hate if pick.random() < hateful else everyday) for _ in range(texts)]
    screener = load_screener(encoder_cache=cache)
    bare = screener.assessor.encoder
    screener.screen_many(traffic[:64])
    pairs = []
    for _ in range(rounds):
        pairs.append((_rate(bare.encode, traffic), _rate(screener.screen_many, traffic)))
    single = traffic[:100]
    bare_ms, full_ms = _median_ms(bare.encode, single), _median_ms(screener.screen_many, single)
    return {
        "bare_texts_per_s": round(max(pair[0] for pair in pairs), 1),
        "screening_texts_per_s": round(max(pair[1] for pair in pairs), 1),
        "share": round(statistics.median(full / plain for plain, full in pairs), 3),
        "bare_p50_ms": round(bare_ms, 2),
        "screening_p50_ms": round(full_ms, 2),
        "p50_factor": round(full_ms / bare_ms, 2),
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    print(json.dumps(run(*(Path(argument) for argument in sys.argv[1:2])), indent=1))
