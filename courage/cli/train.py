"""``courage train``: make the detection model from the seeds, and the ranking from what people did."""

from __future__ import annotations

from pathlib import Path

import click

from courage.cli.terminal import say


@click.group()
def train() -> None:
    """Train the detection model or the ranking."""


@train.command()
@click.option(
    "--out", type=click.Path(path_type=Path), default=None, help="Folder to write; default: the shipped one."
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    help="Folder of the public sets; default: COURAGE_DATA.",
)
@click.option("--epochs", type=click.IntRange(1, 20), default=None, help="Passes over the data.")
@click.option(
    "--heads-only", is_flag=True, help="Keep the encoder as it is and train the heads (for another encoder)."
)
def detection(out: Path | None, data: Path | None, epochs: int | None, heads_only: bool) -> None:
    """Train screening from seeds/ and, where given, openly licensed public sets; writes model and model card."""
    from courage.settings import ROOT, load_settings
    from courage.training import train_detection

    settings = load_settings()
    written = train_detection(
        settings, out or ROOT / "detection" / "data", data=data, epochs=epochs, heads_only=heads_only, say=say
    )
    say(f"model and model card are in {written}")


@train.command()
def ranking() -> None:
    """Fit the ranking anew to the feedback that people gave."""
    from courage.settings import load_settings
    from courage.wiring import Workshop

    with Workshop(load_settings()) as workshop:
        say(workshop.train_ranking())
