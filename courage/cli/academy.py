"""``courage academy``: scenarios and exercises checked, played at random, and what replies are read with."""

from __future__ import annotations

from pathlib import Path

import click

from courage.cli.terminal import Bar, say


@click.group()
def academy() -> None:
    """Training: check scenarios and exercises, play them at random, fit what replies are read with."""


@academy.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Folder to write to; default: where the program reads it.",
)
def fit(out: Path | None) -> None:
    """Fit what replies are read with, anew; needs a checkout and takes minutes."""
    from courage.academy.likeness import DATA
    from courage.cli.academy_fitting import fit_shipped
    from courage.settings import load_settings
    from courage.wiring import load_sentence_encoder

    encoder = load_sentence_encoder(load_settings())
    with Bar("reading") as progress:
        fit_shipped(encoder, out or DATA, progress)
    say(f"what replies are read with is in {out or DATA}")


@academy.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1)
@click.option("--screen", is_flag=True, help="Also ask our own detector about every text; takes a while.")
def check(paths: tuple[Path, ...], screen: bool) -> None:
    """Check scenarios and exercises in PATHS (default: all that come with Courage); status 1 when one is wrong."""
    from courage.academy.check import check as check_files
    from courage.errors import CourageError
    from courage.shipped import SEEDS
    from courage.taxonomy import EXERCISES

    verdict = None
    if screen:
        from courage.settings import load_settings
        from courage.wiring import make_screener

        verdict = make_screener(load_settings()).screen
    there = paths or tuple(SEEDS / kind for kind in EXERCISES if (SEEDS / kind).is_dir())
    found = check_files(there, verdict)
    for problem in found:
        say(str(problem))
    if found:
        raise CourageError(
            f"{len(found)} findings; docs/academy.md says how scenarios and exercises are written"
        )
    say("nothing found")


@academy.command()
@click.argument("paths", type=click.Path(path_type=Path, exists=True), nargs=-1)
@click.option("--players", type=click.IntRange(1, 1_000_000), default=10_000, help="How many play.")
@click.option("--seed", type=int, default=1, help="The same seed gives the same players.")
def fuzz(paths: tuple[Path, ...], players: int, seed: int) -> None:
    """Let players who do anything play every scenario; status 1 when a game does not end."""
    from courage.academy.catalogue import Catalogue, read_file
    from courage.academy.fuzz import play_many
    from courage.errors import CourageError

    if paths:
        files = [
            file for path in paths for file in (sorted(path.rglob("*.yml")) if path.is_dir() else [path])
        ]
        scenarios = [scenario for file in files for scenario in read_file(file).scenarios]
    else:
        scenarios = list(Catalogue.load().scenarios.values())
    if not scenarios:
        raise CourageError("there is no scenario to play; courage academy check says whether a file is wrong")
    played = play_many(scenarios, players, seed)
    outcomes = ", ".join(f"{name} {count}" for name, count in sorted(played.outcomes.items()))
    say(
        f"{played.games} games of {len(scenarios)} scenarios, longest {played.longest} turns; ends: {outcomes}"
    )
    for line in (*played.endless[:20], *(f"never seen: {scene}" for scene in played.never)):
        say(line)
    if played.endless:
        raise CourageError(f"{len(played.endless)} games did not end")


@academy.command()
@click.argument("files", type=click.Path(path_type=Path, exists=True, dir_okay=False), nargs=-1)
@click.option(
    "--language", default=None, help="Of lines that name none; default: the end of the file's name."
)
@click.option(
    "--held-out", is_flag=True, help="Read each fifth by what the others teach: for what was fitted on FILES."
)
@click.option("--wrong", is_flag=True, help="Also show what was called safe or not safe wrongly.")
@click.option(
    "--second",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="The same replies as a second person graded them: only the grades that both give count.",
)
def evaluate(
    files: tuple[Path, ...], language: str | None, held_out: bool, wrong: bool, second: tuple[Path, ...]
) -> None:
    """Compare how replies are read with what people say of them, in FILES of labelled replies (one JSON object a line).

    Without FILES: the labelled replies that come with Courage, which it was fitted on, each fifth held out.
    """
    from courage.academy.agreement import by_language
    from courage.academy.fitting import labelled_file
    from courage.academy.labelled import read_labelled
    from courage.cli.academy_fitting import reading_of
    from courage.settings import load_settings
    from courage.taxonomy import LANGUAGES

    there = files or tuple(labelled_file(name) for name in LANGUAGES)
    labelled = [one for file in there for one in read_labelled(file, language)]
    others = [one for file in second for one in read_labelled(file, language)]
    read = reading_of(load_settings(), labelled if held_out or not files else ())
    for name, agreement in by_language(labelled, read, others).items():
        say(f"## {name}\n")
        for line in agreement.lines():
            say(line)
        if wrong:
            for one in agreement.missed:
                say(f"called safe, {one.does}: {one.reply}")
            for one in agreement.reproached:
                say(f"called not safe, {one.does}: {one.reply}")
        say("")
