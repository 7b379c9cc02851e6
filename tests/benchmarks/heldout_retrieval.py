"""How well suggestions are chosen for held-out messages: ``python -m tests.benchmarks.heldout_retrieval``.

Real screening, real library, the production path. ``seeds/retrieval/README.md`` says what the messages are.
"""

from __future__ import annotations

import argparse
import csv
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from courage.detection.verdict import Verdict
from courage.library.suggest.advice import Advice
from courage.settings import load_settings
from courage.shipped import CHECKOUT as ROOT
from courage.taxonomy import LANGUAGES
from courage.wiring import Components
from tests.benchmarks.measure import take_along


@dataclass(frozen=True, slots=True)
class Message:
    """A held-out message with the response ids that fit it."""

    text: str
    kind: str
    targets: frozenset[str]
    category: str
    fitting: frozenset[str]


def read(path: Path) -> list[Message]:
    """Read one language's messages."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Message(
            row["text"],
            row["kind"],
            frozenset(filter(None, row["targets"].split(","))),
            row["category"],
            frozenset(filter(None, row["fitting"].split(","))),
        )
        for row in rows
    ]


def share(values: Sequence[bool]) -> float | None:
    """Return the share of true values."""
    return round(sum(values) / len(values), 3) if values else None


def measure(
    components: Components, messages: list[Message], targets_of: dict[str, frozenset[str]]
) -> dict[str, Any]:
    """Return shares for one language.

    ``chain``: the verdict is the screener's. ``reported``: a person says that the message is hateful, so only
    what it is about comes from the screener.
    """
    verdicts = components.screener.screen_many([m.text for m in messages], explained=False)

    def ask(message: Message, verdict: Verdict) -> Advice:
        return components.recommender.suggest(message.text, verdict, organisation_id=1)

    hate = [(m, v) for m, v in zip(messages, verdicts, strict=True) if m.kind == "hate"]
    chain = [(m, ask(m, v)) for m, v in hate]
    reported = [
        (m, ask(m, replace(v, hateful=True, route="counter", category=m.category or v.category, severity=1)))
        for m, v in hate
    ]
    offered = [(m, s) for m, advice in chain + reported for s in advice.suggestions]
    # The lists were made for an older library: of a response on none of them nobody has said what it fits.
    listed = {response for m in messages for response in m.fitting}
    told = [
        (m, known)
        for m, advice in reported
        if (known := [s.id for s in advice.suggestions if s.id in listed])
    ]
    silent = {
        kind: share([ask(m, v).abstained for m, v in zip(messages, verdicts, strict=True) if m.kind == kind])
        for kind in ("benign", "outside")
    }

    def right(pairs: list[tuple[Message, Advice]]) -> float | None:
        return share([any(s.id in m.fitting for s in advice.suggestions) for m, advice in pairs])

    return {
        "messages": len(hate),
        "flagged": share([v.hateful for _, v in hate]),
        "escalated": share([v.route == "escalate" for _, v in hate]),
        "right among three, chain": right(chain),
        "right among three, where suggestions came": right([p for p in chain if not p[1].abstained]),
        "right among three, reported": right(reported),
        "suggestions on any list, reported": share(
            [s.id in listed for _, a in reported for s in a.suggestions]
        ),
        "right, of messages with a listed one": share(
            [any(i in m.fitting for i in known) for m, known in told]
        ),
        "silent, reported": share([advice.abstained for _, advice in reported]),
        "wrong target": share(
            [not (targets_of[s.id] & m.targets) and bool(targets_of[s.id]) for m, s in offered]
        ),
        "silent on benign": silent["benign"],
        "silent on what is outside": silent["outside"],
    }


def main() -> None:
    """Print one JSON line per language."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", nargs="*", default=list(LANGUAGES))
    parser.add_argument("--model", type=Path, default=None, help="another detection model")
    parser.add_argument("--set", default="open", choices=("open", "oblique"), help="how the messages are put")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="courage-heldout-") as home:
        settings = load_settings()
        take_along(settings, Path(home))
        changes: dict[str, Any] = {"home": Path(home), "database_url": "", "detection_model": options.model}
        with Components(settings.model_copy(update=changes)) as components:
            views = components.library.list(organisation_id=1, limit=100_000)
            targets_of = {view.id: frozenset(view.targets) for view in views}
            components.index.open()
            for code in options.languages:
                name = f"heldout-open-{code}.tsv" if options.set == "open" else f"heldout-{code}.tsv"
                messages = read(ROOT / "seeds" / "retrieval" / name)
                print(
                    json.dumps(
                        {"set": options.set, "language": code, **measure(components, messages, targets_of)}
                    ),
                    flush=True,
                )


if __name__ == "__main__":
    main()
