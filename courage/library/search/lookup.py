"""Questions to some shards of the search index: what is near, how near, and where do the vectors lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from courage.library.search.shards import SLOTS, Shard


@dataclass(frozen=True, slots=True)
class Hit:
    """A response found: its number and how near its text and its nearest narrative are (cosine; -1 unknown)."""

    number: int
    text: float
    narrative: float


def nearest(shards: Sequence[Shard], vector: np.ndarray, k: int) -> list[Hit]:
    """Return up to about ``2 k`` responses near a vector by text or by narrative, nearest first."""
    text_of: dict[int, float] = {}
    narrative_of: dict[int, float] = {}
    for shard in shards:
        for found, index, fetch in ((text_of, shard.texts, k), (narrative_of, shard.narratives, 3 * k)):
            scores, ids = index.search(vector, fetch)
            for score, number in zip(scores[0].tolist(), (ids[0] // SLOTS).tolist(), strict=True):
                if number >= 0 and score > found.get(number, -1.0):
                    found[number] = score
    numbers = sorted(narrative_of, key=lambda n: -narrative_of[n])[:k]
    numbers = list(dict.fromkeys([*numbers, *sorted(text_of, key=lambda n: -text_of[n])[:k]]))
    hits = [Hit(n, text_of.get(n, -1.0), narrative_of.get(n, -1.0)) for n in numbers]
    return sorted(hits, key=lambda hit: -max(hit.text, hit.narrative))


def near_texts(shards: Sequence[Shard], vector: np.ndarray, least: float) -> dict[int, float]:
    """Return cosine by response number for texts that are nearer than ``least``, at most five a shard."""
    found: dict[int, float] = {}
    for shard in shards:
        scores, ids = shard.texts.search(vector, 5)
        for score, number in zip(scores[0].tolist(), ids[0].tolist(), strict=True):
            if number >= 0 and score > least:
                found[number // SLOTS] = score
    return found


def nearest_scores(shards: Sequence[Shard], vectors: np.ndarray) -> np.ndarray:
    """Return for each vector how near the nearest narrative comes (the nearest text where there are no narratives)."""
    best = np.full(len(vectors), -1.0)
    for shard in shards:
        scores, _ = (shard.narratives if len(shard.narratives) else shard.texts).search(vectors, 1)
        if scores.shape[1]:
            best = np.maximum(best, scores[:, 0])
    return best[best > -1.0]


def vectors_for(
    shards: Sequence[Shard], numbers_and_narratives: Sequence[tuple[int, int]]
) -> list[np.ndarray | None]:
    """Return per (response number, count of narratives) its vectors, text first, or ``None`` if not indexed so."""
    found: dict[int, np.ndarray] = {}
    for shard in shards:
        here = [
            (number, narratives) for number, narratives in numbers_and_narratives if number in shard.versions
        ]
        if not here:
            continue
        text_ids = np.array([number * SLOTS for number, _ in here])
        narrative_ids = [
            number * SLOTS + 1 + place for number, narratives in here for place in range(narratives)
        ]
        try:
            texts = shard.texts.get(text_ids)
            narratives_found = shard.narratives.get(np.array(narrative_ids, dtype=np.int64))
        except (KeyError, RuntimeError):  # some are just being replaced: the caller encodes instead
            continue
        start = 0
        for row, (number, narratives) in enumerate(here):
            found[number] = np.concatenate(
                [texts[row : row + 1], narratives_found[start : start + narratives]]
            )
            start += narratives
    return [found.get(number) for number, _ in numbers_and_narratives]
