"""``courage train``: make the detection model from the seeds."""

from __future__ import annotations

from pathlib import Path

import click

from courage.cli.terminal import say
from courage.cli.train_ranking import ranking
from courage.shipped import DETECTION_MODEL


@click.group()
def train() -> None:
    """Train the detection model, or the weights of the ranking."""


train.add_command(ranking)


@train.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder to write; default: the shipped one."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    help="Public sets; default: COURAGE_DATA, if set.",
)
@click.option(
    "--epochs", type=click.IntRange(1, 20), default=None, help="Passes over the data, in one stage."
)
@click.option(
    "--start",
    type=click.Path(path_type=Path),
    default=None,
    help="An adapter to go on from, with the last stage alone.",
)
@click.option(
    "--feedback",
    type=click.Path(path_type=Path),
    default=None,
    help="Confirmed decisions to train on too, as `courage feedback export` writes them.",
)
@click.option(
    "--encoder",
    default=None,
    help="Name or folder of another encoder (all-MiniLM-L6-v2: the one before); needs --out, and COURAGE_DETECTION_MODEL to use it.",
)
def detection(
    out: Path | None,
    data: Path | None,
    epochs: int | None,
    start: Path | None,
    feedback: Path | None,
    encoder: str | None,
) -> None:
    """Train screening from seeds/ and, where given, openly licensed public sets; writes model and model card.

    In stages, the ones that made the shipped model; `stages.json` beside the model and the card name them. A run that was broken
    off goes on when it is started again.
    """
    from courage.cli.detection_training import train_detection

    written = train_detection(
        out or DETECTION_MODEL,
        data=data,
        epochs=epochs,
        start=start,
        feedback=feedback,
        encoder=encoder,
        say=say,
    )
    say(f"the model is in {written}")
