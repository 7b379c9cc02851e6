"""Fits the weights of the ranking to judged pairs: ``python -m tests.benchmarks.fit_ranking`` prints them.

What the production ranking says of each answer, part by part, is taken once; then weights are sought, none below 0, that put
right answers first (the listwise loss of ListNet, Cao et al. 2007). Four kinds of judged answers count alike, whatever
their size: those found by likeness (``pairs``), those drawn by chance (``pools``), and the two files for choosing.
Printed are the weights from all of them, from each kind alone, and with each language held out, each with nDCG@10 on
every kind and on what is kept to choose by. Nothing that is kept for measuring is read.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from courage.detection.training.judged_pairs import read_judged
from courage.library.suggest.evaluate import each_ranked, read_judgements
from courage.library.suggest.ranking import PARTS, RankingWeights
from courage.settings import load_settings
from courage.shipped import SEEDS
from courage.wiring import Components
from tests.benchmarks.bench_ranking import Shelf, blind_pools, ndcg
from tests.benchmarks.measure import take_along

FITTED: Final = ("narrative", "text", "target", "length", "usability", "words")
JUDGED: Final = SEEDS / "retrieval"
SHARP: Final = 7.0  # how much more a right answer weighs in the order that is wanted than one that is not
PULL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Table:
    """A message's answers: what the parts that are fitted say, shape (answers, parts), and how good each is, 0 to 1."""

    language: str
    rows: np.ndarray
    worth: np.ndarray


def tables(components: Components) -> dict[str, list[Table]]:
    """Return all judged answers by kind; ``choose`` is what is kept to choose by."""
    columns = [PARTS.index(part) for part in FITTED]
    found: dict[str, list[Table]] = {}
    pairs = [p for p in read_judged(JUDGED) if p.part != "blind"]
    pools = [p for p in read_judged(JUDGED, "pools") if p.part != "blind"]
    shelf = Shelf(components, [*pairs, *pools])
    spoken = {p.message: p.language for p in [*pairs, *pools]}
    for name, some in (
        ("pairs", [p for p in pairs if p.part == "train"]),
        ("pools", [p for p in pools if p.part == "train"]),
        ("choose", [p for p in pairs if p.part == "choose"]),
    ):
        found[name] = [
            Table(spoken[message], ranked.parts[:, columns], np.array(worth)[places] / 6.0)
            for (message, _, worth), ranked, places in shelf.ranked(blind_pools(some), spoken, reading=False)
        ]
    for name in ("choosing", "suitability"):
        labels = read_judgements(JUDGED / f"{name}-en.csv", None, None, None)
        found[name] = [
            Table(
                "en", ranked.parts[:, columns], np.array([labels.get((message, t), 0) for t in texts], float)
            )
            for message, ranked, texts in each_ranked(
                labels,
                encoder=components.encoder,
                screen=components.screener.screen_many,
                reading=components.texts_read,
            )
        ]
    return found


def fitted(kinds: Iterable[Sequence[Table]], steps: int = 500, rate: float = 0.05) -> np.ndarray:
    """Return weights, none below 0, by Adam (Kingma & Ba 2015) on the listwise loss."""
    lists = [(t, 1.0 / len(kind)) for kind in kinds for t in kind if np.ptp(t.worth) > 0]
    scale = np.concatenate([t.rows for t, _ in lists]).std(axis=0).clip(min=1e-6)
    weights = np.full(len(scale), 0.3)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    wanted = [_softmax(SHARP * t.worth) for t, _ in lists]
    for step in range(1, steps + 1):
        gradient = 2 * PULL * weights
        for (table, share), ideal in zip(lists, wanted, strict=True):
            rows = table.rows / scale
            gradient += share * (rows.T @ (_softmax(rows @ weights) - ideal))
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        move = (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
        weights = np.maximum(weights - rate * move, 0.0)
    return np.asarray(weights / scale)


def _softmax(values: np.ndarray) -> np.ndarray:
    shifted = np.exp(values - values.max())
    return np.asarray(shifted / shifted.sum())


def measured(found: Mapping[str, Sequence[Table]], weights: np.ndarray) -> dict[str, float]:
    """Return nDCG@10 on every kind."""
    return {
        name: round(
            float(
                np.mean(
                    [
                        ndcg(list(t.worth[np.argsort(-(t.rows @ weights), kind="stable")]), list(t.worth))
                        for t in some
                    ]
                )
            ),
            3,
        )
        for name, some in found.items()
    }


def main() -> None:
    """Print one JSON line per fit; weights are given so that the narrative's is the shipped one."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    shipped = dict(zip(PARTS, RankingWeights().values, strict=True))
    with tempfile.TemporaryDirectory(prefix="courage-fitting-") as home:
        settings = load_settings()
        take_along(settings, Path(home))
        changes: dict[str, Any] = {"home": Path(home), "database_url": "", "cross_encoder": False}
        with Components(settings.model_copy(update=changes)) as components:
            found = tables(components)
    kinds = [name for name in found if name != "choose"]

    def tell(what: str, weights: np.ndarray, on: Mapping[str, Sequence[Table]]) -> None:
        shown = weights * (shipped["narrative"] / max(weights[0], 1e-6))
        said = dict(zip(FITTED, np.round(shown, 2).tolist(), strict=True))
        print(json.dumps({"fitted to": what, "weights": said, "nDCG@10": measured(on, weights)}), flush=True)

    tell("nothing: as shipped", np.array([shipped[part] for part in FITTED]), found)
    tell("all", fitted([found[name] for name in kinds]), found)
    for name in kinds:
        tell(name, fitted([found[name]]), found)
    for code in sorted({t.language for t in found["pairs"]}):
        others = [[t for t in found[name] if t.language != code] for name in kinds]
        own = {
            name: mine for name, some in found.items() if (mine := [t for t in some if t.language == code])
        }
        tell(f"all but {code}, measured on it", fitted([some for some in others if some]), own)


if __name__ == "__main__":
    main()
