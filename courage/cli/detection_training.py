"""Training from the command line: where seeds, public sets and results are."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from courage.detection.model import base
from courage.detection.screener import DEFAULT_MODEL as SHIPPED
from courage.detection.training.batches import ALL_ROUNDS, Plan
from courage.detection.training.card_text import write_card
from courage.detection.training.loop import train
from courage.detection.training.model_card import measure_all
from courage.detection.training.stages import STAGES, in_words
from courage.errors import CourageError
from courage.shipped import LEXICONS, SEEDS, checkout


def train_detection(
    out: Path,
    *,
    data: Path | None,
    epochs: int | None,
    start: Path | None,
    feedback: Path | None = None,
    encoder: str | None = None,
    say: Callable[[str], None],
) -> Path:
    """Train the detection model into ``out``, stage by stage, measure it and write its card.

    Public sets come from ``data`` or ``COURAGE_DATA``, if there. With ``start`` only the last stage is done, from there;
    ``epochs`` is how often that one, or without ``start`` the first and only one, passes over the data.

    :raises CourageError: without a checkout, or where a folder or file that was named does not exist.
    """
    checkout("training the detector")
    named = data or (Path(os.environ["COURAGE_DATA"]) if os.environ.get("COURAGE_DATA") else None)
    if named is not None and not named.is_dir():
        raise CourageError(
            f"{named} is no folder; --data and COURAGE_DATA name the folder of the public data sets"
        )
    if named is None:
        say("no public data sets named (--data or COURAGE_DATA): training on the seeds alone")
    if feedback is not None and not feedback.is_file():
        raise CourageError(f"{feedback} is no file; --feedback names what `courage feedback export` wrote")
    if encoder is not None and out == SHIPPED:
        raise CourageError("a model for another encoder needs a folder of its own: name it with --out")
    stages = _stages(epochs, start)
    train(
        SEEDS / "detection",
        out,
        public=named,
        lexicons=LEXICONS,
        stages=stages,
        start=start,
        feedback=feedback,
        encoder=encoder,
        progress=say,
    )
    with tempfile.TemporaryDirectory() as cache:
        report = measure_all(out, Path(cache), SEEDS / "detection", named, say)
    settings = json.loads((out / "model.json").read_text(encoding="utf-8"))
    how = _how(named, stages, start, encoder)
    write_card(report, settings, out / "MODEL_CARD.md", how, glossed=base.glossed(base.source_of(out)))
    return out


def _stages(epochs: int | None, start: Path | None) -> tuple[Plan, ...]:
    if start is None:
        return STAGES if epochs is None else (replace(STAGES[0], epochs=epochs, rounds=ALL_ROUNDS),)
    return (STAGES[-1] if epochs is None else replace(STAGES[-1], epochs=epochs),)


def _how(public: Path | None, stages: Sequence[Plan], start: Path | None, encoder: str | None) -> str:
    sources = "`seeds/` and the open sets" if public is not None else "`seeds/` alone"
    begun = f"the encoder {encoder}" if encoder else "the bundled encoder"
    if start is not None:
        begun = f"an earlier adapter (`--start`), itself trained from {begun}"
    return "\n".join(
        [
            f"`courage train detection` makes these files from {sources}, beginning with {begun}:",
            "",
            *in_words(stages),
        ]
    )
