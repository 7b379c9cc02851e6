"""``courage screen`` and ``courage suggest``: contracts that other tools rely on."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TextIO

import click

from courage.cli.terminal import console, say
from courage.detection.verdict import Verdict
from courage.errors import CourageError
from courage.taxonomy import SENSITIVITIES
from courage.web.answers import advice_json

#: How many lines are screened together: enough to fill batches, few enough to answer while a pipe is open.
CHUNK = 256


def _lines(source: TextIO) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) from JSON lines; a bad line is an error that names it."""
    number = 0
    try:
        for number, line in enumerate(source, 1):
            if not line.strip():
                continue
            try:
                item = json.loads(line)
            except ValueError:
                raise CourageError(f'line {number} is not JSON; each line must be {{"text": "…"}}') from None
            if not isinstance(item, dict) or set(item) != {"text"} or not isinstance(item["text"], str):
                names = ", ".join(sorted(item)) if isinstance(item, dict) else type(item).__name__
                raise CourageError(
                    f'line {number} has {names or "no field"}; allowed is one field, "text", a string'
                )
            yield number, item["text"]
    except UnicodeDecodeError:
        raise CourageError(f"line {number + 1} is not UTF-8") from None


def _chunks(items: Iterable[tuple[int, str]], size: int) -> Iterator[list[str]]:
    iterator = iter(items)
    while chunk := [text for _, text in islice(iterator, size)]:
        yield chunk


@click.command()
@click.argument("text", required=False)
@click.option(
    "--jsonl", is_flag=True, help='Read {"text": "…"} lines from standard input, write one verdict a line.'
)
@click.option("--json", "as_json", is_flag=True, help="Print the verdict of TEXT as JSON.")
@click.option(
    "--sensitivity",
    type=click.Choice(SENSITIVITIES),
    default=None,
    help="How readily to flag; default: the setting.",
)
def screen(text: str | None, jsonl: bool, as_json: bool, sensitivity: str | None) -> None:
    """Say whether TEXT is hateful, and why."""
    if jsonl == (text is not None):
        raise click.UsageError("give either a TEXT or --jsonl with texts on standard input")
    from courage.wiring import make_screener, settings_or_default

    settings = settings_or_default()
    chosen = sensitivity or settings.sensitivity
    screener = make_screener(settings)
    if text is not None:
        verdict = screener.screen(text, chosen)
        if as_json:
            say(json.dumps(verdict.to_json(), ensure_ascii=False))
        else:
            _show(verdict)
        return
    source = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="strict")
    for chunk in _chunks(_lines(source), CHUNK):
        for verdict in screener.screen_many(chunk, chosen):
            # Lone surrogates are valid in JSON only as escapes.
            line = json.dumps(verdict.to_json(), ensure_ascii=False)
            try:
                line.encode()
            except UnicodeEncodeError:
                line = json.dumps(verdict.to_json())
            sys.stdout.write(line + "\n")
        sys.stdout.flush()


def _show(verdict: Verdict) -> None:
    out = console()
    colour = "red" if verdict.hateful else "green"
    out.print("hateful" if verdict.hateful else "not hateful", style=colour, end="")
    out.print(f", score {verdict.score:.2f}, language {verdict.language}", markup=False)
    if verdict.hateful:
        targets = ", ".join(verdict.targets) or "no group named"
        out.print(f"{verdict.category}, severity {verdict.severity} of 3, about: {targets}", markup=False)
        where = {"escalate": "the escalation lane, no suggestions", "counter": "suggestions of responses"}
        out.print(f"route: {verdict.route} ({where.get(verdict.route, 'nothing to do')})", markup=False)
    for reason in verdict.reasons:
        out.print(f"  {'+' if reason.weight >= 0 else '-'} {reason.text}", markup=False)


@click.command()
@click.argument("text")
@click.option("--json", "as_json", is_flag=True, help="Print verdict and suggestions as JSON.")
def suggest(text: str, as_json: bool) -> None:
    """Offer responses of the library that fit TEXT."""
    from courage.wiring import Workshop, settings_or_default

    with Workshop(settings_or_default()) as workshop:
        verdict = workshop.screener.screen(text, workshop.settings.sensitivity)
        advice = workshop.recommender.suggest(text, verdict, organisation_id=workshop.organisation_id)
    if as_json:
        say(json.dumps(advice_json(verdict, advice), ensure_ascii=True))
        return
    if advice.abstained:
        say(f"No suggestion: {advice.reason.text if advice.reason else ''}")
        return
    out = console()
    for suggestion in advice.suggestions:
        out.print(f"{suggestion.rank}. {suggestion.strategy}", style="bold", end="")
        out.print(f"  {suggestion.id}, score {suggestion.score:.2f}", markup=False)
        out.print(f"   {suggestion.text}", markup=False)
        out.print(f"   why: {'; '.join(reason.text for reason in suggestion.reasons)}", markup=False)
        for source in suggestion.sources:
            out.print(f"   source: {', '.join(str(v) for v in source.values() if v)}", markup=False)
