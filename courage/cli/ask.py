"""``courage screen`` and ``courage suggest``: contracts that other tools rely on."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import cast

import click

from courage.cli.jsonl import CHUNK, Bytes, batches, line
from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.detection.verdict import Verdict
from courage.library.suggest.advice import Advice
from courage.taxonomy import SENSITIVITIES
from courage.web.schemas import screening as schemas
from courage.web.schemas.base import Answer

#: Suggestions take longer than verdicts, so fewer texts wait for one another.
SUGGEST_CHUNK = 16


def _one_of_two(text: str | None, jsonl: bool) -> None:
    if jsonl == (text is not None):
        raise click.UsageError("give either a TEXT or --jsonl with texts on standard input")


def _answer_lines(answer: Callable[[list[str]], Sequence[Answer]], size: int) -> None:
    """Read texts from standard input, write one answer a line in the same order, at once."""
    for texts in batches(cast(Bytes, sys.stdin.buffer), size):
        for found in answer(texts):
            sys.stdout.write(line(found) + "\n")
        sys.stdout.flush()


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
    _one_of_two(text, jsonl)
    from courage.wiring import make_screener, settings_or_default

    settings = settings_or_default()
    chosen = sensitivity or settings.sensitivity
    screener = make_screener(settings)
    if text is None:

        def answer(texts: list[str]) -> list[schemas.Verdict]:
            return [schemas.Verdict.model_validate(one) for one in screener.screen_many(texts, chosen)]

        _answer_lines(answer, CHUNK)
        return
    verdict = screener.screen(text, chosen)
    if as_json:
        say(line(schemas.Verdict.model_validate(verdict)))
    else:
        _show(verdict)


def _show(verdict: Verdict) -> None:
    out = console()
    colour = "red" if verdict.hateful else "green"
    out.print("hateful" if verdict.hateful else "not hateful", style=colour, end="")
    out.print(f", score {verdict.score:.2f}, language {verdict.language}", markup=False)
    if verdict.hateful:
        targets = ", ".join(verdict.targets) or "no group named"
        if verdict.subgroups:
            targets += f" ({', '.join(verdict.subgroups)})"
        out.print(f"{verdict.category}, severity {verdict.severity} of 3, about: {targets}", markup=False)
        where = {"escalate": "the escalation lane, no suggestions", "counter": "suggestions of responses"}
        out.print(f"route: {verdict.route} ({where.get(verdict.route, 'nothing to do')})", markup=False)
    for reason in verdict.reasons:
        out.print(f"  {'+' if reason.weight >= 0 else '-'} {reason.text}", markup=False)


@click.command()
@click.argument("text", required=False)
@click.option(
    "--jsonl",
    is_flag=True,
    help='Read {"text": "…"} lines from standard input, write one verdict with its suggestions a line.',
)
@click.option("--json", "as_json", is_flag=True, help="Print verdict and suggestions of TEXT as JSON.")
@OF
def suggest(text: str | None, jsonl: bool, as_json: bool, slug: str | None) -> None:
    """Offer responses of an organisation's library that fit TEXT."""
    _one_of_two(text, jsonl)
    from courage.wiring import Components, settings_or_default

    whose = organisation_of(slug)
    with Components(settings_or_default()) as components:

        def ask(text: str, verdict: Verdict) -> Advice:
            return components.recommender.suggest(text, verdict, organisation_id=whose)

        def answer(texts: list[str]) -> list[schemas.ScreenedAdvice]:
            verdicts = components.screener.screen_many(texts, sensitivity)
            return [schemas.ScreenedAdvice.of(one, ask(one.text, one)) for one in verdicts]

        sensitivity = components.settings.sensitivity
        if text is None:
            _answer_lines(answer, SUGGEST_CHUNK)
            return
        verdict = components.screener.screen(text, sensitivity)
        advice = ask(text, verdict)
    if as_json:
        say(line(schemas.ScreenedAdvice.of(verdict, advice)))
    else:
        _show_advice(advice)


def _show_advice(advice: Advice) -> None:
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
