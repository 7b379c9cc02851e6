"""Measure the detector on any labelled table: in total and per group, with calibration."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from courage.detection.screener import Screener
from courage.errors import CourageError

Progress = Callable[[int, int], None]


def read_table(path: Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a CSV file, or of a TSV file where the name ends so.

    :raises CourageError: where the file cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            if path.suffix.lower() == ".tsv":
                yield from csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            else:
                yield from csv.DictReader(stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CourageError(f"{path} cannot be read as a table: {error}") from error


def evaluate_file(
    screener: Screener, path: Path, *, text_column: str = "text", label_column: str = "label", positive: str = "1",
    group_by: str | None = None, language: str | None = None, sensitivity: str = "balanced",
    limit: int | None = None, progress: Progress | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Screen a table and return accuracy, macro-F1, recall per class, AUROC and calibration error.

    ``positive`` may list several values with commas. ``language`` is the language of all texts, where it is known;
    without it each text's language is identified. ``progress`` gets (done, total).

    :raises CourageError: on a missing file, missing columns, or no rows.
    """
    rows = list(read_table(path))
    wanted = [name for name in (text_column, label_column, group_by) if name]
    if not rows:
        raise CourageError(f"{path} holds no rows")
    missing = [name for name in wanted if name not in rows[0]]
    if missing:
        raise CourageError(
            f"{path.name} has no column {missing[0]!r}; it has: {', '.join(map(str, rows[0]))}"
        )
    rows = rows[:limit]
    accepted = {value.strip() for value in positive.split(",")}
    truth = [str(row[label_column]).strip() in accepted for row in rows]
    if rows and not any(truth):
        found = sorted({str(row[label_column]).strip() for row in rows})[:8]
        raise CourageError(
            f"no row of {path.name} has the label {positive!r} in {label_column!r}; it has: {', '.join(found)}"
        )
    groups = [str(row[group_by]) for row in rows] if group_by else None
    return evaluate_texts(
        screener, [str(row[text_column] or "") for row in rows], truth,
        groups=groups, language=language, sensitivity=sensitivity, progress=progress,
    )  # fmt: skip


def evaluate_texts(
    screener: Screener, texts: Sequence[str], truth: Sequence[bool], *, groups: Sequence[str] | None = None,
    language: str | None = None, sensitivity: str = "balanced", progress: Progress | None = None, batch: int = 256,
) -> dict[str, Any]:  # fmt: skip
    """As :func:`evaluate_file`, for texts and labels in memory."""
    predicted: list[bool] = []
    scores: list[float] = []
    escalated = 0
    for start in range(0, len(texts), batch):
        part = texts[start : start + batch]
        for verdict in screener.screen_many(part, sensitivity, explained=False, language=language):
            predicted.append(verdict.hateful)
            scores.append(verdict.score)
            escalated += verdict.route == "escalate"
        if progress is not None:
            progress(len(predicted), len(texts))
    y, p, s = np.asarray(truth, bool), np.asarray(predicted, bool), np.asarray(scores)
    result = metrics(y, p, s)
    result["escalated"] = escalated
    if groups is not None:
        names = np.asarray(groups)
        result["groups"] = {
            str(name): metrics(y[names == name], p[names == name], s[names == name])
            for name in sorted(set(groups))
        }
    return result


def metrics(truth: Any, predicted: Any, scores: Any) -> dict[str, Any]:
    """Return the figures for boolean arrays and scores of shape (n,); ``None`` where one class is missing."""
    hit = float((truth & predicted).sum())
    right = float((~truth & ~predicted).sum())
    positives, negatives = float(truth.sum()), float((~truth).sum())
    f1 = []
    for found, real, called in ((hit, positives, predicted.sum()), (right, negatives, (~predicted).sum())):
        f1.append(2 * found / (real + float(called)) if real + float(called) else 0.0)
    return {
        "n": len(truth),
        "accuracy": round(float((truth == predicted).mean()), 4) if len(truth) else None,
        "macro_f1": round(sum(f1) / 2, 4) if positives and negatives else None,
        "recall_hateful": round(hit / positives, 4) if positives else None,
        "recall_benign": round(right / negatives, 4) if negatives else None,
        "auroc": _auroc(truth, scores) if positives and negatives else None,
        "ece": _calibration_error(truth, scores) if len(truth) else None,
    }


def _auroc(truth: Any, scores: Any) -> float:
    """Area under the ROC curve by the rank-sum statistic, ties counted half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[inverse]
    positives = int(truth.sum())
    area = (ranks[truth].sum() - positives * (positives + 1) / 2) / (positives * (len(truth) - positives))
    return round(float(area), 4)


def _calibration_error(truth: Any, scores: Any, bins: int = 10) -> float:
    """Expected calibration error over equal-width bins (Naeini et al. 2015)."""
    place = np.minimum((scores * bins).astype(int), bins - 1)
    total = 0.0
    for k in range(bins):
        inside = place == k
        if inside.any():
            total += inside.mean() * abs(truth[inside].mean() - scores[inside].mean())
    return round(float(total), 4)


def pretty(result: dict[str, Any]) -> str:
    """Return the figures as aligned lines of text."""
    names = ["n", "accuracy", "macro_f1", "recall_hateful", "recall_benign", "auroc", "ece"]
    rows = [("all", result), *result.get("groups", {}).items()]
    width = max(len(name) for name, _ in rows)
    lines = [" " * width + "".join(f"{name:>16}" for name in names)]
    for name, part in rows:
        cells = ("-" if part[key] is None else f"{part[key]}" for key in names)
        lines.append(f"{name:<{width}}" + "".join(f"{cell:>16}" for cell in cells))
    return "\n".join(lines)
