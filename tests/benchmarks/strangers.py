"""What outsiders wrote, screened: ordinary chat that should pass, and hateful messages that should not.

``python -m tests.benchmarks.strangers``: counts of ``tests/exams/screening/chat-*.tsv``, ``talk-*.tsv`` and ``rooms-*.tsv``, and of the messages in
``tests/exams/library``, at *balanced*, with the shipped model.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from courage.cli.terminal import say
from courage.detection.screener import Screener
from courage.settings import load_settings
from courage.taxonomy import LANGUAGES
from courage.wiring import make_screener

EXAMS: Final = Path(__file__).resolve().parents[1] / "exams"


def chat(name: str, language: str) -> list[str]:
    """Return lines of ordinary group chat in a language; ``name`` is ``chat``, ``talk`` or ``rooms``."""
    lines = (EXAMS / "screening" / f"{name}-{language}.tsv").read_text(encoding="utf-8").splitlines()[1:]
    return [line.split("\t")[1] for line in lines]


def told(screener: Screener, texts: Sequence[str]) -> Counter[str]:
    """Count texts by what is made of them: escalated, hateful, narrative; what passes is not counted."""
    verdicts = screener.screen_many(texts, "balanced", explained=False)
    return Counter(one.by_sensitivity["balanced"] for one in verdicts if "balanced" in one.by_sensitivity)


def main() -> None:
    """Print the counts."""
    screener = make_screener(load_settings())
    for name in ("chat", "talk", "rooms"):
        for language in LANGUAGES:
            lines = chat(name, language)
            say(f"ordinary {name}, {language}: {dict(told(screener, lines))} of {len(lines)}")
    written = [
        json.loads(line)
        for file in ("messages.jsonl", "fresh.jsonl")
        for line in (EXAMS / "library" / file).open(encoding="utf-8")
        if line.strip()
    ]
    for kind in dict.fromkeys(message["kind"] for message in written):
        texts = [message["text"] for message in written if message["kind"] == kind]
        say(f"messages, {kind}: {dict(told(screener, texts))} of {len(texts)}")


if __name__ == "__main__":
    main()
