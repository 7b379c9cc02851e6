"""Measure a trained detector on everything that took no part in its training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from courage.detection.screener import Screener, load_screener
from courage.detection.training import public_sets
from courage.detection.training.augmentation import disguise
from courage.detection.training.evaluation import evaluate_texts
from courage.detection.training.examples import HELDOUT, NARRATIVES, PLAIN, ROUND, Example, read_seeds
from courage.detection.training.fairness import identity_swaps
from courage.taxonomy import ESCALATED, LANGUAGES, NARRATIVE, SENSITIVITIES

NAMES = {"en": "English", "de": "German", "fr": "French", "ar": "Arabic"}
SETS = {"plain": PLAIN, "oblique": HELDOUT, "adversarial": ROUND}

STORIES = {"narratives": NARRATIVES, "adversarial-narratives": ROUND}


def _measure(
    screener: Screener, examples: Sequence[Example], groups: Sequence[str] | None = None
) -> dict[str, Any]:
    return evaluate_texts(screener, [e.text for e in examples], [e.hateful for e in examples], groups=groups)


def grave_recall(screener: Screener, examples: Sequence[Example]) -> float | None:
    """Return the share of threats and incitement that take the escalation route; ``None`` where there are none."""
    return _escalated(screener, [e.text for e in examples if e.category in ("threat", "incitement")])


def others_escalated(screener: Screener, examples: Sequence[Example]) -> float | None:
    """Return the share of other hate that takes the escalation route too; ``None`` where there is none."""
    return _escalated(screener, [e.text for e in examples if e.hateful and e.category not in ESCALATED])


def _escalated(screener: Screener, texts: Sequence[str]) -> float | None:
    if not texts:
        return None
    verdicts = screener.screen_many(texts, explained=False)
    return round(sum(v.route == "escalate" for v in verdicts) / len(texts), 3)


def narratives(screener: Screener, examples: Sequence[Example]) -> dict[str, float]:
    """Return shares: narratives named as such, benign texts named so, hateful texts flagged, narratives flagged as hateful."""
    verdicts = screener.screen_many([e.text for e in examples], explained=False)
    pairs = list(zip(examples, verdicts, strict=True))

    def share(found: list[bool]) -> float:
        return round(sum(found) / max(1, len(found)), 3)

    return {
        "named": share([v.category == NARRATIVE for e, v in pairs if e.category == NARRATIVE]),
        "benign_named": share(
            [v.category == NARRATIVE for e, v in pairs if not e.hateful and e.category != NARRATIVE]
        ),
        "hate_flagged": share([v.hateful for e, v in pairs if e.hateful]),
        "narratives_flagged": share([v.hateful for e, v in pairs if e.category == NARRATIVE]),
    }


def disguise_cost(screener: Screener, examples: Sequence[Example]) -> dict[str, float]:
    """Return the recall of hateful English examples as written and with misspelt words."""
    import random

    pick = random.Random(11)
    texts = [e.text for e in examples if e.hateful and e.kind not in ("hate_spelling", "emoji_hate")]
    plain = screener.screen_many(texts, explained=False)
    rough = screener.screen_many([disguise(text, pick) for text in texts], explained=False)
    share = [sum(v.hateful for v in part) / max(1, len(texts)) for part in (plain, rough)]
    return {"plain": round(share[0], 3), "disguised": round(share[1], 3)}


def false_alarms(screener: Screener, texts: Sequence[str]) -> dict[str, float]:
    """Return flagged messages per 1,000 of ordinary chat, for each sensitivity."""
    counts = {
        name: sum(
            verdict.hateful
            for start in range(0, len(texts), 256)
            for verdict in screener.screen_many(texts[start : start + 256], name, explained=False)
        )
        for name in SENSITIVITIES
    }
    return {name: round(count / len(texts) * 1000, 2) for name, count in counts.items()}


def measure_all(
    model: Path, cache: Path, seeds: Path, public: Path | None, progress: Callable[[str], None] = print
) -> dict[str, Any]:
    """Return every figure of the card, keyed by data set."""
    screener = load_screener(model, cache)
    report: dict[str, Any] = {}
    english: list[Example] = []
    for name, files in SETS.items():
        heldout = read_seeds(seeds, files, strict=False)
        if files != ROUND:
            english += [e for e in heldout if e.language == "en"]
        for code in LANGUAGES:
            mine = [e for e in heldout if e.language == code]
            if mine:
                progress(f"measuring {NAMES[code]}, {name}")
                part = report[f"{name}-{code}"] = _measure(screener, mine, [str(e.kind) for e in mine])
                by_target = _measure(screener, mine, [e.targets[0] if e.targets else "-" for e in mine])
                part["targets"] = by_target["groups"]
                part["grave_recall"] = grave_recall(screener, mine)
                part["others_escalated"] = others_escalated(screener, mine)
    for name, files in STORIES.items():
        stories = read_seeds(seeds, files, strict=False)
        for code in LANGUAGES:
            mine = [e for e in stories if e.language == code]
            if mine:
                progress(f"measuring {NAMES[code]}, {name}")
                report[f"{name}-{code}"] = narratives(screener, mine)
    for code in LANGUAGES:
        report[f"swaps-{code}"] = identity_swaps(screener, code)
    report["disguise-en"] = disguise_cost(screener, english)
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
        try:
            progress("measuring group chat")
            report["chat"] = false_alarms(screener, public_sets.group_chat(public, 1))
        except FileNotFoundError:
            pass
    return report
