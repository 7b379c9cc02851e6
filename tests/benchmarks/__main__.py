"""``make bench``: speed and memory, each figure beside a baseline measured in the same run."""

from __future__ import annotations

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Any

import click

from courage.cli.terminal import say
from tests.benchmarks.servers import COMMAND, SENTENCE

#: Least round trips per second, as multiples of those of Rasa's starter assistant in the same run.
LEAST = {SENTENCE: 1.0, COMMAND: 3.0}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--requests", type=click.IntRange(20, 100_000), default=300, show_default=True, help="Calls per figure."
)
@click.option(
    "--clients", type=click.IntRange(1, 100), default=4, show_default=True, help="Callers at the same time."
)
@click.option(
    "--no-starter", is_flag=True, help="Leave out Rasa's starter assistant, which has to be trained first."
)
def bench(as_json: bool, requests: int, clients: int, no_starter: bool) -> None:
    """Measure screening, suggestions, the assistant and memory on this machine."""
    from courage.settings import load_settings
    from courage.shipped import SEEDS
    from courage.wiring import make_screener
    from tests.benchmarks.rasa import make_starter, starter_round_trips
    from tests.benchmarks.screening import hateful_texts, measure_screening, traffic
    from tests.benchmarks.servers import measure_servers

    told: dict[str, Any] = {}

    def tell(name: str, figures: dict[str, Any]) -> None:
        told[name] = figures
        if not as_json:
            say(f"{name}\n" + "\n".join(lines_of(figures)) + "\n")

    seeds = SEEDS / "detection"
    tell("screening", measure_screening(make_screener(load_settings()), traffic(seeds, 1280)))
    with tempfile.TemporaryDirectory(prefix="courage-bench-") as folder:
        servers = asyncio.run(
            measure_servers(Path(folder) / "home", hateful_texts(seeds, 100), requests, clients)
        )
        tell("suggestions, HTTP request to answer", servers["suggestions"])
        tell("assistant, round trips", servers["assistant"])
        tell("memory", servers["memory"])
        if not no_starter:
            starter = Path(folder) / "starter"
            asyncio.run(make_starter(starter))
            figures = asyncio.run(starter_round_trips(starter, requests, clients))
            tell("Rasa's starter assistant, round trips", figures)
            ours = {name: found["per_second"] for name, found in servers["assistant"].items()}
            times = {name: round(rate / figures["per_second"], 2) for name, rate in ours.items()}
            tell("assistant, times the starter's round trips per second", times)
            missed = [
                f"{name}: {times[name]}, not {least}" for name, least in LEAST.items() if times[name] < least
            ]
            if missed:
                say("below what is asked: " + "; ".join(missed))
    if as_json:
        say(json.dumps(told, ensure_ascii=False))


def lines_of(figures: dict[str, Any], indent: str = "  ") -> list[str]:
    """Return figures as indented lines."""
    lines: list[str] = []
    for name, value in figures.items():
        if isinstance(value, dict):
            lines.append(f"{indent}{name}: " + ", ".join(f"{k} {v}" for k, v in value.items()))
        else:
            lines.append(f"{indent}{name}: {value}")
    return lines


if __name__ == "__main__":
    bench()
