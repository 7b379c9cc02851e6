"""What sits on top of the vectors: linear heads, the combining step, calibration and thresholds, in numpy only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detection.errors import CourageError
from detection.evidence import BITS, vector
from detection.verdict import CATEGORIES, ESCALATED, SENSITIVITIES, TARGET_GROUPS

Floats = NDArray[np.float32]
FORMAT = 1
FEATURES = 5 + BITS
_ESCALATED = np.asarray([CATEGORIES.index(code) for code in CATEGORIES if code in ESCALATED])


def sigmoid(x: Any) -> Any:
    """The logistic function, safe for large arguments."""
    return 1.0 / (1.0 + np.exp(-np.clip(x, -30.0, 30.0)))


def softmax(x: Floats) -> Floats:
    """Softmax over the last axis."""
    shifted = np.exp(x - x.max(-1, keepdims=True))
    result: Floats = shifted / shifted.sum(-1, keepdims=True)
    return result


@dataclass(frozen=True, slots=True)
class Outputs:
    """Parts of the head's output for n windows: hate logit (n,), the probabilities of the other heads (n, k)."""

    hate: Floats
    category: Floats
    targets: Floats
    kind: Floats

    def escalation(self) -> Floats:
        """Probability, shape (n,), that a window belongs to a category that people must see at once."""
        result: Floats = self.category[:, _ESCALATED].sum(1)
        return result


class Heads:
    """Linear heads over unit vectors, as ``detection/training.py`` wrote them."""

    def __init__(self, weight: Floats, bias: Floats, scale: float, kinds: tuple[str, ...]) -> None:
        self._weight = np.ascontiguousarray(weight.T) * scale
        self._bias = bias
        self.kinds = kinds

    def __call__(self, vectors: Floats) -> Outputs:
        """Return all heads' outputs for vectors of shape (n, dimensions)."""
        logits = vectors @ self._weight + self._bias
        first = 1 + len(CATEGORIES)
        second = first + len(TARGET_GROUPS)
        return Outputs(
            logits[:, 0],
            softmax(logits[:, 1:first]),
            sigmoid(logits[:, first:second]),
            softmax(logits[:, second:]),
        )


def combine_features(
    hate: float, none: float, escalation: float, ngram: float, flags: int, words: int
) -> list[float]:
    """Return the inputs of the combining step for one window."""
    odds = float(np.log(max(none, 1e-4) / max(1.0 - none, 1e-4)))
    return [hate, odds, escalation, ngram, float(np.log1p(words)), *vector(flags)]


def caution(rows: Floats) -> Floats:
    """Return what is taken off the logit, shape (n,), where nobody is named, insulted or threatened at all.

    Hate speaks of a group. A message without any word for one, or for people at all, needs far more to be flagged.

    ``rows`` are rows of :func:`combine_features`; the signs begin in column 5, in the order of ``evidence``.
    """
    signs = rows[:, 5:13] > 0
    named = signs[:, :3].any(1)
    group, address, harsh = signs[:, 3], signs[:, 4], signs[:, 5] | signs[:, 6]
    nothing = ~named & ~harsh
    result: Floats = -(
        2.2 * (nothing & ~group) + 0.8 * (nothing & group) + 1.1 * (~named & harsh & ~group & ~address)
    ).astype(np.float32)
    return result


@dataclass(frozen=True, slots=True)
class Settings:
    """``model.json``: combining weights and thresholds per language, with what they cost."""

    combine: dict[str, tuple[Floats, float]]
    thresholds: dict[str, dict[str, float]]
    escalation: dict[str, float]
    raw: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Settings:
        """Read the file.

        :raises CourageError: where it is missing, unreadable, or of another format.
        """
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CourageError(f"the detector's settings {path} cannot be read: {error}") from error
        if raw.get("format") != FORMAT:
            raise CourageError(f"{path.name} has format {raw.get('format')!r}, this version reads {FORMAT}")
        combine = {
            code: (np.asarray(part["weights"], np.float32), float(part["bias"]))
            for code, part in raw["combine"].items()
        }
        return cls(combine, raw["thresholds"], raw["escalation"], raw)

    def probability(self, rows: Floats, language: str) -> Floats:
        """Return calibrated probabilities, shape (n,), for rows of :func:`combine_features`."""
        weights, bias = self.combine.get(language, self.combine["en"])
        result: Floats = sigmoid(rows @ weights + bias + caution(rows))
        return result

    def threshold(self, language: str, sensitivity: str) -> float:
        """Return the least score that counts as hateful.

        :raises CourageError: on an unknown sensitivity.
        """
        if sensitivity not in SENSITIVITIES:
            raise CourageError(f"sensitivity {sensitivity!r} is unknown; allowed: {', '.join(SENSITIVITIES)}")
        return float(self.thresholds.get(language, self.thresholds["en"])[sensitivity])
