"""``make nlu``: how often the assistant understands a free sentence, through Rasa's whole pipeline.

Three-fold by language: the pipeline of ``config.yml`` learns two thirds of ``bot/data/nlu`` and reads the rest. What is
counted is what people get: a fallback counts as wrong, which ``rasa test`` would undo before it scores. And once
trained on all of it, sentences by somebody who had not seen them (``tests/integration/rasa/natural.tsv``).

Runs in Rasa's environment, with the engine's vectors: ``courage vectors python -m tests.benchmarks.bench_nlu``.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import resource
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
NATURAL: Final = ROOT / "tests" / "integration" / "rasa" / "natural.tsv"
LANGUAGES: Final = ("en", "fr", "de", "ar")
FALLBACK: Final = "nlu_fallback"
#: Set by the room, never by words.
UNTAUGHT: Final = "group_message"
#: What a sentence of these intents would change for good if it were done at once.
GRAVE: Final = frozenset({"post", "not_hate", "escalate", "release", "close_case", "missed", "undo"})
FOLDS: Final = 3


@dataclass(frozen=True)
class Sentence:
    """A sentence with what it means; ``got`` is what the pipeline made of it."""

    language: str
    text: str
    intent: str
    got: str = ""
    confidence: float = 0.0

    @property
    def right(self) -> bool:
        """Whether it was understood."""
        return self.got == self.intent


def learned() -> list[Sentence]:
    """Return the sentences that the assistant learns from."""
    return [
        Sentence(language, line.removeprefix("- "), block["intent"])
        for language in LANGUAGES
        for block in yaml.safe_load((ROOT / f"bot/data/nlu/{language}.yml").read_text(encoding="utf-8"))[
            "nlu"
        ]
        for line in block["examples"].splitlines()
        if block["intent"] != UNTAUGHT
    ]


def natural(path: Path) -> list[Sentence]:
    """Return the sentences of a file: language, sentence and intent, divided by tabs."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Sentence(language, text, intent) for language, text, intent in rows]


def folds(sentences: Sequence[Sentence], number: int) -> list[list[Sentence]]:
    """Divide sentences so that each fold has its share of every intent in every language; the same at every run."""
    kinds: dict[tuple[str, str], list[Sentence]] = defaultdict(list)
    for sentence in sentences:
        kinds[sentence.language, sentence.intent].append(sentence)
    found: list[list[Sentence]] = [[] for _ in range(number)]
    place = 0
    for kind in kinds.values():
        # Neighbours in the file are often alike; dealt out one by one they would be learned and asked.
        for sentence in kind:
            found[place % number].append(sentence)
            place += 1
    return found


def train(sentences: Iterable[Sentence], folder: Path) -> Path:
    """Train the pipeline of ``config.yml`` on sentences; return the model."""
    from rasa.model_training import train_nlu

    examples: dict[str, list[str]] = defaultdict(list)
    for sentence in sentences:
        examples[sentence.intent].append(sentence.text)
    blocks = [
        {"intent": intent, "examples": "".join(f"- {text}\n" for text in texts)}
        for intent, texts in examples.items()
    ]
    data = folder / "nlu.yml"
    data.write_text(yaml.safe_dump({"version": "3.1", "nlu": blocks}, allow_unicode=True), encoding="utf-8")
    made = train_nlu(str(ROOT / "config.yml"), str(data), str(folder))
    if made is None:
        raise SystemExit("bench_nlu: Rasa trained nothing")
    return Path(made)


def read(model: Path, sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return the sentences as a model understands them, in a direct room."""
    from rasa.core.agent import Agent

    agent = Agent.load(str(model))

    async def parse(sentence: Sentence) -> Sentence:
        found = await agent.parse_message(sentence.text)
        if found.get("away"):
            raise SystemExit("bench_nlu: no vectors; run it with `courage vectors`, as `make nlu` does")
        intent = found["intent"]
        return Sentence(
            sentence.language, sentence.text, sentence.intent, intent["name"], intent["confidence"]
        )

    async def all_of_them() -> list[Sentence]:
        return [await parse(sentence) for sentence in sentences]

    return asyncio.run(all_of_them())


def table(title: str, sentences: Sequence[Sentence]) -> str:
    """Return how many were understood, by language; what was not is a fallback or taken for something else."""
    lines = [
        "",
        title,
        f"{'':8}{'sentences':>10}{'right':>8}{'asked back':>12}{'wrong':>8}{'wrong and grave':>17}",
    ]
    for language in (*LANGUAGES, "all"):
        mine = [s for s in sentences if language in (s.language, "all")]
        if not mine:
            continue
        fell = sum(s.got == FALLBACK for s in mine)
        wrong = [s for s in mine if not s.right and s.got != FALLBACK]
        grave = sum(s.got in GRAVE for s in wrong)
        share = [
            sum(s.right for s in mine) / len(mine),
            fell / len(mine),
            len(wrong) / len(mine),
            grave / len(mine),
        ]
        lines.append(
            f"{language:8}{len(mine):10}{share[0]:8.3f}{share[1]:12.3f}{share[2]:8.3f}{share[3]:17.3f}"
        )
    return "\n".join(lines)


def cross_validated(sentences: Sequence[Sentence]) -> list[Sentence]:
    """Return each sentence as a model understands it that learned the other folds."""
    parts = folds(sentences, FOLDS)
    found: list[Sentence] = []
    for number, part in enumerate(parts):
        rest = [s for other in parts if other is not part for s in other]
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            model = train(rest, Path(folder))
            print(
                f"fold {number + 1}: trained on {len(rest)} in {time.monotonic() - begun:.0f} s", flush=True
            )
            found += read(model, part)
    return found


def main() -> int:
    """Measure and print; return 1 where a limit that was asked for is not held."""
    parser = argparse.ArgumentParser(prog="bench_nlu", description=__doc__)
    parser.add_argument("--natural", type=Path, default=NATURAL, help="sentences by others")
    parser.add_argument("--only-natural", action="store_true", help="leave the cross-validation out")
    parser.add_argument("--list", action="store_true", help="list what was taken for something else")
    parser.add_argument("--at-least", type=float, default=0.0, help="share right that every language needs")
    options = parser.parse_args()
    # Rasa tells every sentence it reads at the level of debugging, and unless told otherwise prints it.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    sentences, failed = learned(), False
    if not options.only_natural:
        read_ = cross_validated(sentences)
        print(table(f"three-fold, {len({s.intent for s in sentences})} intents", read_))
        mistaken = Counter((s.intent, s.got) for s in read_ if not s.right and s.got != FALLBACK)
        print("most mistaken:", ", ".join(f"{a} for {b} ({n})" for (a, b), n in mistaken.most_common(8)))
        for language in LANGUAGES:
            mine = [s.right for s in read_ if s.language == language]
            failed |= sum(mine) / len(mine) < options.at_least
        _listed(read_, options.list)
    if options.natural.exists():
        with tempfile.TemporaryDirectory() as folder:
            begun = time.monotonic()
            model = train(sentences, Path(folder))
            print(f"\nwhole: trained on {len(sentences)} in {time.monotonic() - begun:.0f} s")
            read_ = read(model, natural(options.natural))
        print(table("sentences by others", read_))
        _listed(read_, options.list)
    print(f"\nlargest memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return int(failed)


def _listed(sentences: Sequence[Sentence], wanted: bool) -> None:
    for s in sentences if wanted else ():
        if not s.right:
            print(f"  {s.language} {s.text!r}: {s.intent}, got {s.got} ({s.confidence:.2f})")


if __name__ == "__main__":
    sys.exit(main())
