"""``courage library check``: files of responses against the editorial rules."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from courage.cli.terminal import Bar, say

if TYPE_CHECKING:
    from courage.library.facts import Fact
    from courage.library.lint import Linter


@click.command()
@click.argument("path", type=click.Path(path_type=Path), required=False)
@click.option(
    "--rule", "rules", type=click.IntRange(0, 12), multiple=True, help="Only this rule; repeatable."
)
@click.option("--holes", is_flag=True, help="Also list where fewer than two responses stand.")
@click.option("--screen", is_flag=True, help="Also ask our own detector about every text; takes a while.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def check(path: Path | None, rules: tuple[int, ...], holes: bool, screen: bool, as_json: bool) -> None:
    """Check files of responses at PATH (default: the starter library) against docs/editorial.md; status 1 when a rule is broken."""
    from courage.errors import CourageError
    from courage.library.check import check_path
    from courage.library.lint import Linter
    from courage.shipped import STARTER_LIBRARY

    verdict = None
    if screen:
        from courage.settings import load_settings
        from courage.wiring import make_screener

        verdict = make_screener(load_settings()).screen

    def linter(facts: dict[str, Fact]) -> Linter:
        return Linter(verdict=verdict, facts=lambda organisation_id: facts)

    with Bar("checking") as progress:
        report = check_path(path or STARTER_LIBRARY, linter, progress=progress)
    found = [finding for finding in report.findings if not rules or finding.rule in rules]
    for finding in found:
        say(json.dumps(asdict(finding), ensure_ascii=False) if as_json else finding.pretty())
    if holes and not as_json:
        for language, target, strategy, count in report.holes:
            say(f"{language}: {target} {strategy}: {count} responses")
    if not as_json:
        brief = ", ".join(f"{lang} {short} of {all_}" for lang, (short, all_) in report.brief.items())
        say(
            f"{report.responses} responses and {report.facts} facts checked, {len(found)} findings; brief: {brief or '–'}"
        )
    if found:
        raise CourageError(f"{len(found)} findings; docs/editorial.md explains the rules")


COMMANDS = (check,)
