"""The last step of training: n-gram model, combining weights, and thresholds chosen on data kept aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detection.assessment import Assessor, load_assessor
from detection.examples import Example
from detection.heads import FORMAT, Floats, caution, sigmoid
from detection.ngrams import NgramModel, fit
from detection.verdict import ESCALATED, LANGUAGES

_PRIOR = np.asarray([0.9, -0.15, 0.6, 0.25, 0.0, 0.15, 0.2, 0.0, 0.2, 0.0, 0.1, 0.2, 0.0], np.float32)


def fit_ngrams(examples: Sequence[Example], prepare: Any, target: Path) -> NgramModel:
    """Fit and store the n-gram model on normalised originals of all languages."""
    texts = [prepare.normalise(example.text).text for example in examples]
    own = [2.0 if example.source == "seeds" else example.weight * 0.5 for example in examples]
    model = fit(texts, [example.hateful for example in examples], own)
    model.save(target)
    return NgramModel.load(target)


def calibrate(
    model: Path, cache: Path, dev: Sequence[Example], chat: Sequence[Example], progress: Callable[[str], None]
) -> dict[str, Any]:
    """Fit combining weights per language on ``dev``, choose thresholds, and write ``model.json``.

    ``chat`` is everyday benign talk that took no part in training, for the false-alarm side of the thresholds.
    """
    assessor = load_assessor(model, cache)
    rows, labels, weights = _rows(assessor, dev), np.asarray([e.hateful for e in dev]), _weights(dev)
    codes = np.asarray([e.language for e in dev])
    chat_rows = _rows(assessor, chat)
    shared = _logistic(rows, labels, weights, _PRIOR, 0.0)
    combine: dict[str, Any] = {}
    thresholds: dict[str, dict[str, float]] = {}
    alarms: dict[str, dict[str, float]] = {}
    for code in LANGUAGES:
        mine = (codes == code) & np.asarray([e.source == "seeds" for e in dev])
        vector, bias = shared
        if mine.sum() >= 50:
            vector, bias = _scaled(rows[mine] @ vector + bias, labels[mine], vector, bias)
        combine[code] = {"weights": [round(float(v), 5) for v in vector], "bias": round(float(bias), 5)}
        base = rows[mine] if mine.any() else rows
        scores = sigmoid(base @ vector + bias + caution(base))
        truth = labels[mine] if mine.any() else labels
        everyday = sigmoid(chat_rows @ vector + bias + caution(chat_rows))
        thresholds[code] = _thresholds(scores, truth, everyday)
        alarms[code] = {
            name: round(float((everyday >= limit).mean() * 1000), 2) if len(everyday) else 0.0
            for name, limit in thresholds[code].items()
        }
        progress(f"{code}: thresholds {thresholds[code]}, false alarms per 1,000 {alarms[code]}")
    settings = {
        "format": FORMAT, "combine": combine, "thresholds": thresholds, "false_alarms_per_1000": alarms,
        "escalation": _escalation(rows, dev),
    }  # fmt: skip
    (model / "model.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    return settings


def _rows(assessor: Assessor, examples: Sequence[Example]) -> Floats:
    return assessor([assessor.prepare(e.text, e.language) for e in examples]).features


def _weights(dev: Sequence[Example]) -> Floats:
    return np.asarray([1.0 if e.source == "seeds" else 0.05 for e in dev], np.float32)


def _logistic(
    x: Floats, y: Any, weight: Floats, prior: Floats, bias: float, pull: float = 2.0
) -> tuple[Floats, float]:
    """Logistic regression by Newton's method, pulled towards ``prior`` so that few examples suffice."""
    theta = np.append(prior, bias).astype(np.float64)
    centre = theta.copy()
    padded = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    penalty = np.full(len(theta), pull)
    penalty[-1] = 0.01
    for _ in range(30):
        p = sigmoid(padded @ theta)
        gradient = padded.T @ (weight * (p - y)) + penalty * (theta - centre)
        hessian = (padded * (weight * p * (1 - p))[:, None]).T @ padded + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        theta -= step
        if np.abs(step).max() < 1e-6:
            break
    return theta[:-1].astype(np.float32), float(theta[-1])


def _scaled(logits: Floats, y: Any, vector: Floats, bias: float) -> tuple[Floats, float]:
    """Platt scaling (Platt 1999) of one language's logits, folded into the combining weights."""
    scale, shift = _logistic(
        logits[:, None], y, np.ones(len(logits), np.float32), np.ones(1, np.float32), 0.0, pull=5.0
    )
    factor = float(np.clip(scale[0], 0.3, 1.5))
    return vector * factor, bias * factor + shift


def _macro_f1(predicted: Any, truth: Any) -> float:
    parts = []
    for value in (True, False):
        hit = float(((predicted == value) & (truth == value)).sum())
        parts.append(2 * hit / max(1.0, float((predicted == value).sum() + (truth == value).sum())))
    return sum(parts) / 2


def _thresholds(scores: Floats, truth: Any, everyday: Floats) -> dict[str, float]:
    """Balanced: the best macro-F1 among limits that flag at most 1 in 1,000 everyday messages, within reason."""
    grid = np.arange(0.3, 0.91, 0.02)
    quality = np.asarray([_macro_f1(scores >= limit, truth) for limit in grid])
    smooth = np.convolve(quality, np.ones(3) / 3, mode="same")[1:-1]
    # Among limits of nearly equal merit the lowest is taken: a missed threat costs more than a look at a message.
    good = np.flatnonzero(smooth >= smooth.max() - 0.012)
    best = float(grid[int(good[0]) + 1])
    # The few everyday texts kept aside may lift the limit, but one odd text among them may not lift it far.
    quiet_enough = float(np.quantile(everyday, 0.985)) if len(everyday) else best
    balanced = round(min(max(best, quiet_enough), best + 0.06, 0.85), 3)
    return {
        "quiet": round(min(0.97, balanced + 0.22), 3), "balanced": balanced, "watchful": round(max(0.15, balanced - 0.22), 3)
    }  # fmt: skip


def _escalation(rows: Floats, dev: Sequence[Example]) -> dict[str, float]:
    """Choose the least probability of a grave category at which a hateful message goes to people at once."""
    grave = np.asarray([e.category in ESCALATED and e.source == "seeds" for e in dev])
    found = rows[grave, 2]
    limit = float(np.clip(np.quantile(found, 0.03) if len(found) else 0.1, 0.04, 0.3))
    return {
        "limit": round(limit, 3),
        "recall_dev": round(float((found >= limit).mean()) if len(found) else 0.0, 3),
    }
