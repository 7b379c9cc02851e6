"""Detection models side by side, whatever their limits are: how they rank, and what they find at the same false alarms.

``python -m tests.benchmarks.compare_models FOLDER [FOLDER ...]``, each a model's folder. Printed are, by language, AUROC of the
examples kept aside, and the share of hate found at the limit that lets five in a thousand lines of the outsiders' chat through
(``tests/exams/screening``: all of ``chat`` and ``talk``, 1,500 drawn of ``rooms``).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from sklearn.metrics import roc_auc_score

from courage.cli.terminal import say
from courage.detection.screener import Screener, load_screener
from courage.detection.training.examples import HELDOUT, PLAIN, ROUND, Example, read_seeds
from courage.shipped import SEEDS
from courage.taxonomy import LANGUAGES
from tests.benchmarks.strangers import chat

ALLOWED: Final = 0.005
DRAWN: Final = 1500
SETS: Final = {"plain": PLAIN, "oblique": HELDOUT, "adversarial": ROUND}


def scores(screener: Screener, texts: Sequence[str]) -> np.ndarray:
    """Return the score of each text at *balanced*, shape (texts,)."""
    return np.asarray([one.score for one in screener.screen_many(texts, "balanced", explained=False)])


def ordinary(language: str) -> list[str]:
    """Return the lines of chat that limits are laid on; the same ones each time."""
    rooms = random.Random(1).sample(chat("rooms", language), DRAWN)
    return [*rooms, *chat("chat", language), *chat("talk", language)]


def line(screener: Screener, language: str, kept: dict[str, list[Example]]) -> str:
    """Return what is to be said of one model in one language."""
    limit = float(np.quantile(scores(screener, ordinary(language)), 1 - ALLOWED, method="higher")) + 1e-4
    told = []
    for name, examples in kept.items():
        mine = [one for one in examples if one.language == language]
        found, truth = scores(screener, [one.text for one in mine]), np.asarray([one.hateful for one in mine])
        told.append(
            f"{name}: AUROC {roc_auc_score(truth, found):.3f}, found {(found[truth] >= limit).mean():.3f}"
        )
    return f"limit {limit:.2f}; {'; '.join(told)}"


def main() -> None:
    """Compare the models that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("models", nargs="+", type=Path)
    kept = {name: read_seeds(SEEDS / "detection", files) for name, files in SETS.items()}
    with tempfile.TemporaryDirectory() as cache:
        for model in parser.parse_args().models:
            screener = load_screener(model, Path(cache))
            for language in LANGUAGES:
                say(f"{model.name}, {language}: {line(screener, language, kept)}")


if __name__ == "__main__":
    main()
