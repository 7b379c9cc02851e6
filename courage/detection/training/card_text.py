"""The model card: what was measured, in words and tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from courage.detection.training import public_sets
from courage.detection.training.model_card import NAMES, SETS, STORIES
from courage.shipped import SEEDS
from courage.taxonomy import LANGUAGES

_MADE_OF: Final = {
    True: (
        "all-MiniLM-L6-v2 (Apache-2.0), whose blocks were trained in full and whose changes are kept in three bits each; linear",
        "heads, a linear model over character pieces, and a word-by-word gloss of German, French and Arabic into English.",
    ),
    False: (
        "multilingual-e5-small (MIT; 12 blocks, its vocabulary cut to the languages read), whose upper blocks were trained in",
        "full and whose changes are kept in three bits each; linear heads, a linear model over character pieces, and cheap signs",
        "(is a group named, insulted, threatened?) read from a word-by-word gloss. The encoder reads every text as it is written:",
        "English, German, French and Arabic are tuned, Spanish, Italian, Portuguese, Dutch and Polish are read without tuning.",
    ),
}


def write_card(
    report: dict[str, Any],
    settings: dict[str, Any],
    path: Path,
    how: str = "",
    *,
    glossed: bool = False,
    seeds: Path = SEEDS,
) -> None:
    """Write the card as Markdown from the figures of :func:`measure_all`; ``how`` says how the model was made.

    ``glossed`` says whether the encoder gets glosses; ``seeds`` is where the rounds of adversarial examples are counted.
    """
    licences = "\n".join(f"- {name}" for name in public_sets.LICENCES.values())
    lines = [
        "# Model card: Courage's detector", "",
        "Screens chat messages in English, German, French and Arabic for hate, and sends grave ones to people at once.",
        "A verdict opens a case for a person; it never acts on its own. It is not made for judging people or for use as evidence.",
        "", "## What it is", "", *_MADE_OF[glossed],
        "Everything shipped is in this folder.",
        "", "## Data", "",
        "Our own examples in `seeds/detection` and the starter library in `seeds/responses` (CC BY 4.0), sentences composed by",
        "`detection/composed.py`, and, as optional input to training:", "", licences, "",
        "No data of the CONAN family, and none under a share-alike licence, took part. Calibration used a part of our examples",
        "kept aside and the development parts of HatemojiBuild, GAHD and EDOS.",
        "", "## How it was made", "",
how or "`courage train detection` made these files from `seeds/` in one run.",
        *_rounds(seeds), "", "## Figures", "",
        "Balanced sensitivity. Data of the table took no part in training or calibration. *Plain* examples say what they mean as",
        "most people do, and were written apart from the training examples; *oblique* ones allude, joke and hint wherever they can.",
        "Both were looked at, as figures, between versions, so they steered some choices of method. *Adversarial* ones are whole pairs of",
        "the rounds that were kept aside: about half of their hateful texts had passed the model of their day.", "",
        "| data | n | macro-F1 | recall, hateful | recall, benign | AUROC | ECE |", "|---|---|---|---|---|---|---|",
    ]  # fmt: skip
    for name, part in report.items():
        if "macro_f1" in part:
            cells = [part[k] for k in ("n", "macro_f1", "recall_hateful", "recall_benign", "auroc", "ece")]
            lines.append(f"| {name} | " + " | ".join("–" if c is None else str(c) for c in cells) + " |")
    lines += ["", "| escalation route | threats and incitement | other hate |", "|---|---|---|"]
    for name, part in report.items():
        if "grave_recall" in part:
            lines.append(f"| {name} | {part['grave_recall']} | {part['others_escalated']} |")
    lines.append("")
    if "chat" in report:
        lines += [
            f"False alarms per 1,000 messages of quiet group chat: {json.dumps(report['chat'])}.",
            "",
            "The English limits were chosen on every other message of that chat and measured on those between. The rule of",
            "caution was conceived with some of its false alarms at hand, so other chat may cost more.",
            "",
        ]
    lines += ["### Narratives", ""]
    lines += [
        "Named as such; called a narrative though benign; hate told near them flagged; narratives flagged as hateful.",
        "",
    ]
    for name in STORIES:
        for code in LANGUAGES:
            if f"{name}-{code}" in report:
                kept_aside = ", adversarial" if name != "narratives" else ""
                lines.append(f"- {code}{kept_aside}: {json.dumps(report[f'{name}-{code}'])}")
    lines.append("")
    lines += [f"Recall of English hate as written and misspelt: {json.dumps(report['disguise-en'])}.", ""]
    lines += ["### The same benign sentence about every group", ""]
    lines += [f"- {code}: {json.dumps(report[f'swaps-{code}'])}" for code in LANGUAGES]
    for name, code in ((name, code) for name in SETS for code in LANGUAGES):
        part = report.get(f"{name}-{code}")
        if part is None:
            continue
        lines += ["", f"### {NAMES[code]}, {name}: right verdicts by kind and by group", ""]
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
        *(
            ["- Languages other than English are read word by word: irony, word order and idioms are lost."]
            if glossed
            else ["- Languages read without tuning have no lexicon: a slur of theirs that the encoder does not know goes unseen."]
        ),
        "- Dialects and chat spellings outside our lexicons count as unknown words.",
        "- The held-out examples were written by the authors of the training examples; other people's texts are harder.",
        "- Words that decided are found by leaving out one at a time; they explain the score, not the world.", "",
    ]  # fmt: skip
    path.write_text("\n".join(lines), encoding="utf-8")


def _rounds(seeds: Path) -> list[str]:
    """Return what the rounds in which writers tried to fool the model of the day gave, from ``<language>/round-N.json``."""
    lines = ["", "### Rounds of adversarial examples", ""]
    for code in LANGUAGES:
        for path in sorted((seeds / "detection" / code).glob("round-*.json")):
            told = json.loads(path.read_text(encoding="utf-8"))
            fooled = told["fooled"]
            stories = (
                f"{fooled['narratives_that_passed']} of {told['written_narratives']} narratives were not named as such, "
                if "written_narratives" in told
                else ""
            )
            aside = f", {told['lines_kept_aside']} were kept aside" if "lines_kept_aside" in told else ""
            lines.append(
                f"- {NAMES[code]}, {path.stem.replace('-', ' ')}: {told['pairs_written']} pairs written; "
                f"{fooled['hate_that_passed']} of {told['written_hateful']} hateful texts passed the model of the day, "
                f"{fooled['harmless_that_was_flagged']} of {told['written_harmless']} harmless ones were flagged; "
                f"{stories}{told['lines_kept']} lines joined the training{aside}."
            )
    return lines if len(lines) > 3 else []
