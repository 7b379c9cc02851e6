"""Speed of screening beside its own bare encoder, in one run and one process."""

from __future__ import annotations

import random
import resource
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from courage.detection.screener import Screener
from courage.detection.training.examples import read_seeds
from tests.benchmarks.measure import quantiles
from tests.benchmarks.strangers import chat


def traffic(seeds: Path, count: int, named: float = 0.08, hateful: float = 0.02) -> list[str]:
    """Return English messages as a group room has them: ordinary chat, a share that speaks of groups, and a share of hate.

    The chat is by outsiders who knew nothing of the program, and names groups in a quarter of its lines itself.
    """
    pick = random.Random(3)
    english = [example for example in read_seeds(seeds) if example.language == "en"]
    kinds = ("neutral_mention", "positive_mention", "criticism", "counter_speech")
    speaking = [e.text for e in english if not e.hateful and e.kind in kinds]
    hate = [e.text for e in english if e.hateful]
    ordinary = chat("en")
    found = []
    for _ in range(count):
        drawn = pick.random()
        found.append(
            pick.choice(hate if drawn < hateful else speaking if drawn < hateful + named else ordinary)
        )
    return found


def hateful_texts(seeds: Path, count: int) -> list[str]:
    """Return English hateful texts of the seeds that ask for suggestions, not for escalation."""
    grave = ("threat", "incitement", "terrorism", "child_abuse")
    found = [
        e.text for e in read_seeds(seeds) if e.language == "en" and e.hateful and e.category not in grave
    ]
    return random.Random(5).sample(found, min(count, len(found)))


def _rate(work: Callable[[Sequence[str]], Any], texts: list[str], size: int = 64) -> float:
    begun = time.perf_counter()
    for start in range(0, len(texts), size):
        work(texts[start : start + size])
    return len(texts) / (time.perf_counter() - begun)


def _singles(work: Callable[[Sequence[str]], Any], texts: list[str]) -> list[float]:
    taken = []
    for text in texts:
        begun = time.perf_counter()
        work([text])
        taken.append(time.perf_counter() - begun)
    return taken


def measure_screening(screener: Screener, texts: list[str], rounds: int = 3) -> dict[str, Any]:
    """Return texts per second in batches of 64 and the quantiles of single texts, for both, and their ratios."""
    bare = screener.assessor.encoder
    screener.screen_many(texts[:64])
    bare.encode(texts[:64])
    pairs = [(_rate(bare.encode, texts), _rate(screener.screen_many, texts)) for _ in range(rounds)]
    single = texts[:200]
    plain, whole = quantiles(_singles(bare.encode, single)), quantiles(_singles(screener.screen_many, single))
    return {
        "bare encoder": {"per_second": round(statistics.median(p for p, _ in pairs), 1), **plain},
        "screening": {"per_second": round(statistics.median(s for _, s in pairs), 1), **whole},
        "throughput, share of the bare encoder": round(statistics.median(s / p for p, s in pairs), 3),
        "p50, times the bare encoder": round(whole["p50_ms"] / plain["p50_ms"], 2),
        "peak_memory_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
