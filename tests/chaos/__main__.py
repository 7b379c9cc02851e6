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
from pathlib import Path
from typing import Any

from tests.chaos.rounds import KINDS, Round
from tests.postgresql import running


def _known(file: Path) -> dict[str, Any]:
    if not file.exists():
        return {"rounds": 0, "messages": 0, "faults": {}, "broken": []}
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def main() -> int:
    """Run rounds and keep what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--rounds", type=int, default=100, help="how many in all, those of earlier runs included"
    )
    parser.add_argument("--faults", type=int, default=12, help="how many in a round")
    parser.add_argument("--only", type=int, help="this round alone, such as one that broke a promise")
    given = parser.parse_args()
    file = Path("build") / f"chaos-{given.seed}.json"
    file.parent.mkdir(exist_ok=True)
    known = _known(file)
    numbers = range(known["rounds"], given.rounds) if given.only is None else [given.only]
    with running() as server:
        for number in numbers:
            kind = KINDS[number % len(KINDS)]
            with tempfile.TemporaryDirectory(prefix="courage-chaos-") as folder:
                chaos = Round(
                    Path(folder), kind, f"{given.seed}-{number}", faults=given.faults, server=server
                )
                outcome = asyncio.run(chaos.run())
            said = "; ".join(outcome.wrong) or "all is well"
            print(
                f"round {number} ({kind}): {outcome.messages} messages, {sum(outcome.faults.values())} faults, "
                f"{outcome.seconds} s: {said}",
                flush=True,
            )
            if given.only is not None:
                return 1 if outcome.wrong else 0
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
