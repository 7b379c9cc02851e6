"""Measure a trained detector on everything that took no part in its training, and write the model card."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from detection import public_sets
from detection.augmentation import disguise
from detection.evaluation import evaluate_texts
from detection.examples import Example, read_seeds
from detection.fairness import identity_swaps
from detection.screener import Screener, load_screener
from detection.verdict import LANGUAGES, SENSITIVITIES

_NAMES = {"en": "English", "de": "German", "fr": "French", "ar": "Arabic"}


def _measure(
    screener: Screener, examples: Sequence[Example], groups: Sequence[str] | None = None
) -> dict[str, Any]:
    return evaluate_texts(screener, [e.text for e in examples], [e.hateful for e in examples], groups=groups)


def grave_recall(screener: Screener, examples: Sequence[Example]) -> float | None:
    """Return the share of threats and incitement that take the escalation route; ``None`` where there are none."""
    grave = [e.text for e in examples if e.category in ("threat", "incitement")]
    if not grave:
        return None
    verdicts = screener.screen_many(grave, explained=False)
    return round(sum(v.route == "escalate" for v in verdicts) / len(grave), 3)


def disguise_cost(screener: Screener, examples: Sequence[Example]) -> dict[str, float]:
    """Return the recall of hateful English examples as written and with misspelt words."""
    import random

    pick = random.Random(11)
    texts = [e.text for e in examples if e.hateful and e.kind not in ("hate_spelling", "emoji_hate")]
    plain = screener.screen_many(texts, explained=False)
    rough = screener.screen_many([disguise(text, pick) for text in texts], explained=False)
    share = [sum(v.hateful for v in part) / max(1, len(texts)) for part in (plain, rough)]
    return {"plain": round(share[0], 3), "disguised": round(share[1], 3)}


def false_alarms(screener: Screener, path: Path, column: str = "text") -> dict[str, float]:
    """Return flagged messages per 1,000 of a table of ordinary chat, for each sensitivity."""
    with path.open(encoding="utf-8", newline="") as stream:
        texts = [row[column] for row in csv.DictReader(stream)]
    counts = dict.fromkeys(SENSITIVITIES, 0)
    for start in range(0, len(texts), 256):
        for verdict in screener.screen_many(texts[start : start + 256], explained=False):
            for sensitivity in SENSITIVITIES:
                limit = screener.settings.threshold(verdict.language, sensitivity)
                counts[sensitivity] += (
                    verdict.hateful if sensitivity == "balanced" else verdict.score >= limit
                )
    return {sensitivity: round(count / len(texts) * 1000, 2) for sensitivity, count in counts.items()}


def measure_all(
    model: Path, cache: Path, seeds: Path, public: Path | None, progress: Callable[[str], None] = print
) -> dict[str, Any]:
    """Return every figure of the card, keyed by data set."""
    screener = load_screener(model, cache)
    report: dict[str, Any] = {}
    heldout = read_seeds(seeds, heldout=True, strict=False)
    for code in LANGUAGES:
        mine = [e for e in heldout if e.language == code]
        if mine:
            progress(f"measuring {_NAMES[code]}")
            report[f"heldout-{code}"] = _measure(screener, mine, [str(e.kind) for e in mine])
            by_target = _measure(screener, mine, [e.targets[0] if e.targets else "-" for e in mine])
            report[f"heldout-{code}"]["targets"] = by_target["groups"]
            report[f"heldout-{code}"]["grave_recall"] = grave_recall(screener, mine)
        report[f"swaps-{code}"] = identity_swaps(screener, code)
    report["disguise-en"] = disguise_cost(screener, [e for e in heldout if e.language == "en"])
    if public is not None:
        sets: dict[str, Callable[[], list[Example]]] = {
            "hatemoji-test": lambda: list(public_sets.hatemoji(public, "test")),
            "gahd-test": lambda: list(public_sets.gahd(public, "test")),
            "edos-test-not-sexist": lambda: [e for e in public_sets.edos(public, "test") if not e.hateful][
                :2000
            ],
        }
        for name, read in sets.items():
            try:
                progress(f"measuring {name}")
                report[name] = _measure(screener, read())
            except FileNotFoundError:
                continue
        chat = public / "ubuntu_irc_dev.csv"
        if chat.is_file():
            report["chat"] = false_alarms(screener, chat)
    return report


def write_card(report: dict[str, Any], settings: dict[str, Any], path: Path, how: str = "") -> None:
    """Write the card as Markdown from the figures of :func:`measure_all`; ``how`` says how the model was made."""
    licences = "\n".join(f"- {name}" for name in public_sets.LICENCES.values())
    lines = [
        "# Model card: Courage's detector", "",
        "Screens chat messages in English, German, French and Arabic for hate, and sends grave ones to people at once.",
        "A verdict opens a case for a person; it never acts on its own. It is not made for judging people or for use as evidence.",
        "", "## What it is", "",
        "all-MiniLM-L6-v2 (Apache-2.0) with a low-rank adapter and linear heads, a linear model over character pieces, and a",
        "word-by-word gloss of German, French and Arabic into English. Everything shipped is in this folder.",
        "", "## Data", "",
        "Our own examples in `seeds/detection` and the starter library in `seeds/responses` (CC BY 4.0), sentences composed by",
        "`detection/composed.py`, and, as optional input to training:", "", licences, "",
        "No data of the CONAN family, and none under a share-alike licence, took part. Calibration used a part of our examples",
        "kept aside and the development parts of HatemojiBuild, GAHD and EDOS.",
        "", "## How it was made", "",
how or "`courage train detection` made these files from `seeds/` in one run.",
        "", "## Figures", "",
        "Balanced sensitivity. Data of the table took no part in training or calibration. The held-out examples were looked at,",
        "as figures, between earlier versions, so they steered some choices of method; quite new texts will do a little worse.", "",
        "| data | n | macro-F1 | recall, hateful | recall, benign | AUROC | ECE |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, part in report.items():
        if "macro_f1" in part:
            cells = [part[k] for k in ("n", "macro_f1", "recall_hateful", "recall_benign", "auroc", "ece")]
            lines.append(f"| {name} | " + " | ".join("–" if c is None else str(c) for c in cells) + " |")
    lines += [
        "",
        "Threats and incitement that take the escalation route: "
        + ", ".join(
            f"{code} {report[f'heldout-{code}']['grave_recall']}"
            for code in LANGUAGES
            if f"heldout-{code}" in report
        )
        + ".",
        "",
    ]
    if "chat" in report:
        lines += [
            f"False alarms per 1,000 messages of quiet group chat: {json.dumps(report['chat'])}.",
            "",
            "A part of that chat was looked at when the rule of caution and the composed talk were conceived, so other chat may",
            "cost more. The alarms recorded with the thresholds come from a few hundred everyday seeds kept aside, a rough measure.",
            "",
        ]
    lines += [f"Recall of English hate as written and misspelt: {json.dumps(report['disguise-en'])}.", ""]
    lines += ["### The same benign sentence about every group", ""]
    lines += [f"- {code}: {json.dumps(report[f'swaps-{code}'])}" for code in LANGUAGES]
    for code in LANGUAGES:
        part = report.get(f"heldout-{code}")
        if part is None:
            continue
        lines += ["", f"### {_NAMES[code]}, right verdicts by kind and by group", ""]
        lines.append(
            "; ".join(f"{kind} {g['accuracy']:.2f} ({g['n']})" for kind, g in part["groups"].items())
        )
        lines += [
            "",
            "; ".join(f"{group} {g['accuracy']:.2f} ({g['n']})" for group, g in part["targets"].items()),
        ]
    lines += [
        "", "## Thresholds", "", "```json",
        json.dumps({k: settings[k] for k in ("thresholds", "false_alarms_per_1000", "escalation")}, indent=1), "```",
        "", "## Known faults", "",
        "- Implied hate without any bad word is often missed, in every language.",
        "- Languages other than English are read word by word: irony, word order and idioms are lost.",
        "- Dialects and chat spellings outside our lexicons count as unknown words.",
        "- The held-out examples were written by the authors of the training examples; other people's texts are harder.",
        "- Words that decided are found by leaving out one at a time; they explain the score, not the world.", "",
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")
