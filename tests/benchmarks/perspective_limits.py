"""What a limit on Perspective's scores means here: how much hate and how much else lies above it.

``python -m tests.benchmarks.perspective_limits`` reads public sets from COURAGE_DATA (default ../shared/data), only
parts that training never read, and our own held-out lines. A set that is missing is left out. Texts are neither
printed nor kept.
"""

from __future__ import annotations

import csv
import json
import os
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from courage.cli.terminal import say
from courage.detection.screener import Screener
from courage.detection.training.examples import HELDOUT, PLAIN, read_seeds
from courage.detection.training.public_sets import edos, gahd, group_chat, hatemoji, mlma
from courage.settings import load_settings
from courage.shipped import SEEDS
from courage.web.api.perspective import score_of
from courage.wiring import make_screener

LIMITS: Final = (0.5, 0.7, 0.8, 0.9, 0.95)
#: Of so many lines of quiet chat, this many may be above the score that is looked for.
FALSE_ALARMS: Final = (1, 3, 10)
_BATCH: Final = 256

Labelled = list[tuple[str, bool]]


def stormfront(folder: Path) -> Labelled:
    """Sentences of a hate forum, hate and not; never trained on."""
    with (folder / "stormfront.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["label"] in ("hate", "noHate")]
    return [(row["text"], row["label"] == "hate") for row in rows]


def sets(folder: Path) -> dict[str, Callable[[], Iterable[tuple[str, bool]]]]:
    """Return the name and the reader of every set."""
    return {
        "HatemojiBuild test (en, adversarial)": lambda: [
            (e.text, e.hateful) for e in hatemoji(folder, "test")
        ],
        "EDOS test (en, sexism)": lambda: [(e.text, e.hateful) for e in edos(folder, "test")],
        "Stormfront (en, forum)": lambda: stormfront(folder),
        "GAHD test (de, adversarial)": lambda: [(e.text, e.hateful) for e in gahd(folder, "test")],
        "MLMA hateful (fr, tweets)": lambda: [(e.text, True) for e in mlma(folder, "fr") if e.hateful],
        "MLMA hateful (ar, tweets)": lambda: [(e.text, True) for e in mlma(folder, "ar") if e.hateful],
        "our held-out lines, allusive (en, de, fr, ar)": lambda: [
            (e.text, e.hateful) for e in read_seeds(SEEDS / "detection", HELDOUT)
        ],
        "our held-out lines, plain (en, de, fr, ar)": lambda: [
            (e.text, e.hateful) for e in read_seeds(SEEDS / "detection", PLAIN)
        ],
        "of these: criticism and counter-speech": lambda: [
            (e.text, False)
            for name in (HELDOUT, PLAIN)
            for e in read_seeds(SEEDS / "detection", name)
            if not e.hateful
            and e.kind in ("criticism", "counter_speech", "quoted_opposed", "reported", "news_history")
        ],
        "Ubuntu IRC (en, quiet chat)": lambda: [(text, False) for text in group_chat(folder, 1)],
    }


def scores(screener: Screener, texts: list[str], attribute: str = "IDENTITY_ATTACK") -> np.ndarray:
    """Return the score of every text, shape (texts,), as the Perspective-compatible address answers it."""
    found: list[float] = []
    for start in range(0, len(texts), _BATCH):
        verdicts = screener.screen_many(texts[start : start + _BATCH], explained=False)
        found += [score_of(attribute, verdict) for verdict in verdicts]
    return np.array(found)


def figures(values: np.ndarray, hateful: np.ndarray) -> dict[str, Any]:
    """Return the shares of hateful and of other texts at or above every limit."""
    told: dict[str, Any] = {"hateful": int(hateful.sum()), "other": int((~hateful).sum())}
    for name, rows in (("hateful", values[hateful]), ("other", values[~hateful])):
        if len(rows):
            told[f"{name} above"] = {str(limit): round(float((rows >= limit).mean()), 4) for limit in LIMITS}
    return told


@click.command()
@click.option(
    "--most", type=click.IntRange(10, 1_000_000), default=2_000, show_default=True, help="Texts a set."
)
@click.option("--only", default="", help="Only the sets in whose name this stands.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def measure(most: int, only: str, as_json: bool) -> None:
    """Say what lies above each limit, set by set."""
    folder = Path(os.environ.get("COURAGE_DATA", "../shared/data"))
    screener = make_screener(load_settings())
    told: dict[str, Any] = {}
    for name, read in sets(folder).items():
        if only.casefold() not in name.casefold():
            continue
        try:
            rows = list(read())
        except FileNotFoundError:
            say(f"{name}: not there, left out")
            continue
        if not rows:
            continue
        rows = random.Random(7).sample(rows, min(most, len(rows)))
        values = scores(screener, [text for text, _ in rows])
        told[name] = figures(values, np.array([hateful for _, hateful in rows]))
        if name.startswith("Ubuntu"):
            told[name]["score that so many of 1,000 reach"] = {
                str(count): round(float(np.quantile(values, 1 - count / 1_000)), 3) for count in FALSE_ALARMS
            }
        if not as_json:
            say(f"{name}: {json.dumps(told[name])}")
    if as_json:
        say(json.dumps(told, indent=2))


if __name__ == "__main__":
    measure()
