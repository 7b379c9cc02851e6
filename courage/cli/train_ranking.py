"""``courage train ranking``: how much each part of a score counts, learned from choices."""

from __future__ import annotations

from pathlib import Path

import click

from courage.cli.terminal import Bar, say
from courage.cli.whose import OF, organisation_of


@click.command()
@click.option(
    "--judgements",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="Learn from this CSV file of judged pairs instead of what people chose.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=None,
    help="File to write; default: ranking.json in the home folder, which the engine loads at its start.",
)
@click.option("--force", is_flag=True, help="Write the weights even if they are no better.")
@OF
def ranking(judgements: Path | None, out: Path | None, force: bool, slug: str | None) -> None:
    """Train the weights of the ranking; writes them only if they do better on choices held aside."""
    from courage.cli.ranking_training import train_weights
    from courage.library.suggest.weights import weights_file
    from courage.settings import load_settings
    from courage.wiring import Components

    settings = load_settings()
    with Components(settings) as components, Bar("ranking") as progress:
        path = train_weights(
            components,
            organisation_id=None if judgements else organisation_of(slug),
            judgements=judgements,
            out=out,
            force=force,
            say=say,
            progress=progress,
        )
    say(f"the weights are in {path}")
    used = weights_file(settings.home)
    if path.resolve() == used.resolve():
        say("the engine uses them from its next start")
    else:
        say(f"to use them, copy the file to {used} and start the engine again")
