"""``courage evaluate``: how well screening and retrieval do on anybody's data."""

from __future__ import annotations

import json
from pathlib import Path

import click

from courage.cli.terminal import Bar, say
from courage.taxonomy import LANGUAGES, SENSITIVITIES


@click.group()
def evaluate() -> None:
    """Measure screening or retrieval on labelled files."""


@evaluate.command()
@click.option(
    "--data", type=click.Path(path_type=Path), required=True, help="A CSV or TSV file with a header."
)
@click.option("--text-column", required=True, help="Column with the texts.")
@click.option("--label-column", required=True, help="Column with the labels.")
@click.option(
    "--positive", required=True, help="The label that means hateful; every other label means not hateful."
)
@click.option("--group-by", default=None, help="Column by which the figures are also given.")
@click.option(
    "--language", type=click.Choice(LANGUAGES), default=None, help="Language of all texts, if known."
)
@click.option(
    "--sensitivity", type=click.Choice(SENSITIVITIES), default="balanced", help="The threshold to use."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def detection(
    data: Path,
    text_column: str,
    label_column: str,
    positive: str,
    group_by: str | None,
    language: str | None,
    sensitivity: str,
    as_json: bool,
) -> None:
    """Screen every text of a file and compare with its label."""
    from courage.detection.training.evaluation import evaluate_file, pretty
    from courage.settings import load_settings
    from courage.wiring import make_screener

    screener = make_screener(load_settings())
    with Bar("screening") as progress:
        report = evaluate_file(
            screener,
            data,
            text_column=text_column,
            label_column=label_column,
            positive=positive,
            group_by=group_by,
            language=language,
            sensitivity=sensitivity,
            progress=progress,
        )
    say(json.dumps(report, ensure_ascii=False) if as_json else pretty(report))


@evaluate.command()
@click.option(
    "--judgements", type=click.Path(path_type=Path), required=True, help="A CSV file of judged pairs."
)
@click.option("--judged-only", is_flag=True, help="Rank only the responses judged for a message.")
@click.option(
    "--message-column", default=None, help="Column of the messages, where its name is not a known one."
)
@click.option("--response-column", default=None, help="Column of the responses, likewise.")
@click.option("--label-column", default=None, help="Column of the 0/1 judgements, likewise.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def retrieval(
    judgements: Path,
    judged_only: bool,
    message_column: str | None,
    response_column: str | None,
    label_column: str | None,
    as_json: bool,
) -> None:
    """Rank the responses of a judged file for each of its messages, by the production code path."""
    from courage.library.suggest.evaluate import evaluate_retrieval, pretty
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings()) as components, Bar("ranking") as progress:
        report = evaluate_retrieval(
            judgements,
            encoder=components.encoder,
            screen=components.screener.screen_many,
            reading=components.texts_read,
            reader=components.reader,
            judged_only=judged_only,
            message_column=message_column,
            response_column=response_column,
            label_column=label_column,
            progress=progress,
        )
    say(json.dumps(report, ensure_ascii=False) if as_json else pretty(report))
