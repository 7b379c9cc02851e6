"""``python -m tests.chaos --seed 1 --rounds 100``: rounds of chaos, one after the other, where an earlier run stopped.

Progress is in ``build/chaos-SEED.json``: a run that is stopped goes on with the next round. Status 1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.chaos.rounds import KINDS, Outcome, Round
from tests.postgresql import running


def _known(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {"rounds": 0, "messages": 0, "faults": {}, "broken": []}
    found: dict[str, Any] = json.loads(file.read_text())
    return found


async def _lived(numbers: Sequence[int], seed: int, faults: int, server: str) -> list[Outcome]:
    """Live some rounds at the same time, each in a folder and with a database of its own."""
    with ExitStack() as stack:
        rounds = []
        for number in numbers:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="courage-chaos-"))
            kind = KINDS[number % len(KINDS)]
            rounds.append(Round(Path(folder), kind, f"{seed}-{number}", faults=faults, server=server))
        return await asyncio.gather(*(one.run() for one in rounds))


def _tell(number: int, outcome: Outcome) -> None:
    said = "; ".join(outcome.wrong) or "all is well"
    print(
        f"round {number} ({KINDS[number % len(KINDS)]}): {outcome.messages} messages, "
        f"{sum(outcome.faults.values())} faults, {outcome.seconds} s: {said}",
        flush=True,
    )


def main() -> int:
    """Run rounds and keep what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--rounds", type=int, default=100, help="how many in all, those of earlier runs included"
    )
    parser.add_argument("--faults", type=int, default=12, help="how many in a round")
    parser.add_argument("--together", type=int, default=1, help="how many rounds live at the same time")
    parser.add_argument("--only", type=int, help="this round alone, such as one that broke a promise")
    given = parser.parse_args()
    file = Path("build") / f"chaos-{given.seed}.json"
    file.parent.mkdir(exist_ok=True)
    known = _known(file)
    if given.only is not None:
        with running() as server:
            (outcome,) = asyncio.run(_lived([given.only], given.seed, given.faults, server))
        _tell(given.only, outcome)
        return 1 if outcome.wrong else 0
    with running() as server:
        for first in range(known["rounds"], given.rounds, given.together):
            numbers = range(first, min(first + given.together, given.rounds))
            for number, outcome in zip(
                numbers, asyncio.run(_lived(numbers, given.seed, given.faults, server)), strict=True
            ):
                _tell(number, outcome)
                known["rounds"] = number + 1
                known["messages"] += outcome.messages
                known["faults"] = dict(Counter(known["faults"]) + outcome.faults)
                if outcome.wrong:
                    known["broken"].append({"round": number, "wrong": outcome.wrong})
            partial = file.with_suffix(".partial")
            partial.write_text(json.dumps(known, indent=1) + "\n")
            partial.replace(file)
    print(json.dumps(known))
    return 1 if known["broken"] else 0


if __name__ == "__main__":
    sys.exit(main())
