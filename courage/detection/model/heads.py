"""What sits on top of the vectors: linear heads, the combining step, calibration and thresholds, in numpy only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from courage.detection.model.evidence import BITS, vector
from courage.errors import CourageError
from courage.taxonomy import (
    CATEGORIES,
    ESCALATED,
    HATEFUL_KINDS,
    KINDS,
    LANGUAGES,
    NARRATIVE,
    SENSITIVITIES,
    TARGET_GROUPS,
)

Floats = NDArray[np.float32]
FORMAT = 2
GRAVE = 2  # column of the probability of a grave category in the combining step's inputs
LIKELY_GRAVE = 0.25  # least of that which lets a message pass to people below the limit for hate
_SIGNS = 7  # column at which the signs of ``evidence`` begin
FEATURES = _SIGNS + BITS
BESIDE = 5  # columns more where another model's opinion is weighed beside this one's
HATEFUL = len(HATEFUL_KINDS)  # they come first in ``examples.KINDS``
OTHER = "other"  # in a model's settings: languages that are read without being tuned
# What the heads' outputs stand for, in their order; what a model was trained without comes last.
MODEL_CATEGORIES = (*(code for code in CATEGORIES if code != NARRATIVE), NARRATIVE)
MODEL_KINDS = (*(code for code in KINDS if code != NARRATIVE), NARRATIVE)
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
    """Parts of the head's output for n windows: hate logit (n,), the probabilities of the other heads (n, k).

    Columns of ``category`` are ``taxonomy.CATEGORIES``; ``narrative`` (n,) is the probability of the category of that name.
    """

    hate: Floats
    category: Floats
    targets: Floats
    kind: Floats
    narrative: Floats

    def parts(self) -> tuple[Floats, ...]:
        """Return the arrays in the order of the fields."""
        return self.hate, self.category, self.targets, self.kind, self.narrative

    def escalation(self) -> Floats:
        """Probability, shape (n,), that a window belongs to a category that people must see at once."""
        result: Floats = self.category[:, _ESCALATED].sum(1)
        return result

    def hateful_kind(self) -> Floats:
        """Probability, shape (n,), that a window is of any hateful kind."""
        result: Floats = self.kind[:, :HATEFUL].sum(1)
        return result


class Heads:
    """Linear heads over unit vectors, as ``detection/training`` wrote them.

    A model that was made before the category ``narrative`` has one category and one kind less.
    """

    def __init__(self, weight: Floats, bias: Floats, scale: float) -> None:
        self._weight = np.ascontiguousarray(weight.T) * scale
        self._bias = bias
        rest = 1 + len(MODEL_CATEGORIES) + len(TARGET_GROUPS) + len(MODEL_KINDS) - len(bias)
        if rest not in (0, 2):
            raise CourageError(
                f"heads with {len(bias)} outputs do not fit this version: train the detector again"
            )
        self._knows_narratives = rest == 0
        self._categories = MODEL_CATEGORIES if rest == 0 else MODEL_CATEGORIES[:-1]
        self.kinds = MODEL_KINDS if rest == 0 else MODEL_KINDS[:-1]
        self._columns = [self._categories.index(code) for code in CATEGORIES if code in self._categories]
        self._places = [place for place, code in enumerate(CATEGORIES) if code in self._categories]

    def __call__(self, vectors: Floats) -> Outputs:
        """Return all heads' outputs for vectors of shape (n, dimensions)."""
        # Row by row, for a product of matrices adds up in an order that depends on how many rows there are.
        rows = [row @ self._weight for row in vectors]
        logits = np.asarray(rows, np.float32).reshape(len(rows), len(self._bias)) + self._bias
        first = 1 + len(self._categories)
        second = first + len(TARGET_GROUPS)
        found = softmax(logits[:, 1:first])
        category = np.zeros((len(vectors), len(CATEGORIES)), np.float32)
        category[:, self._places] = found[:, self._columns]
        return Outputs(
            logits[:, 0],
            category,
            sigmoid(logits[:, first:second]),
            softmax(logits[:, second:]),
            found[:, -1] if self._knows_narratives else np.zeros(len(vectors), np.float32),
        )


def tuned_as(language: str) -> str:
    """Return under which language a model's settings for a text of ``language`` stand.

    What is too short to tell (``und``) goes by the English ones.
    """
    if language == "und":
        return "en"
    return language if language in LANGUAGES else OTHER


def log_odds(p: float) -> float:
    """Return ln(p / (1 - p)), with p kept away from nought and one."""
    p = min(max(p, 1e-3), 1.0 - 1e-3)
    return float(np.log(p / (1.0 - p)))


def combine_features(
    hate: float,
    none: float,
    escalation: float,
    ngram: float,
    flags: int,
    words: int,
    kind: float,
    target: float,
) -> list[float]:
    """Return the inputs of the combining step for one window.

    ``hate`` and ``ngram`` are log-odds, ``none``, ``escalation``, ``kind`` and ``target`` probabilities: of no category, of
    a grave one, of any hateful kind, and of the likeliest target group. Hate is about somebody, so the last tells much.
    """
    odds = float(np.log(max(none, 1e-4) / max(1.0 - none, 1e-4)))
    length = float(np.log1p(words))
    return [hate, odds, escalation, ngram, length, log_odds(kind), log_odds(target), *vector(flags)]


def opinion(outputs: Outputs) -> Floats:
    """Return what another model says, as further inputs of the combining step, shape (n, ``BESIDE``)."""
    none = np.clip(outputs.category[:, 0] + outputs.narrative, 1e-4, 1.0)
    odds = np.log(none / np.maximum(1.0 - none, 1e-4))
    kind, target = (
        np.clip(outputs.hateful_kind(), 1e-3, 1 - 1e-3),
        np.clip(outputs.targets.max(1), 1e-3, 1 - 1e-3),
    )
    columns = (
        outputs.hate,
        odds,
        outputs.escalation(),
        np.log(kind / (1 - kind)),
        np.log(target / (1 - target)),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def caution(rows: Floats) -> Floats:
    """Return what is taken off the logit, shape (n,), where nobody is named, insulted or threatened at all.

    Hate speaks of a group. A message without any word for one, or for people at all, needs far more to be flagged.

    ``rows`` are rows of :func:`combine_features`.
    """
    signs = rows[:, _SIGNS : _SIGNS + 8] > 0
    named = signs[:, :3].any(1)
    group, address, harsh = signs[:, 3], signs[:, 4], signs[:, 5] | signs[:, 6]
    plain, aimed = ~named & ~harsh, group | address
    result: Floats = -(
        3.0 * (plain & ~group) + 2.0 * (plain & group)
        + 2.0 * (~named & harsh & ~aimed) + 1.0 * (~named & harsh & aimed)
    ).astype(np.float32)  # fmt: skip
    return result


@dataclass(frozen=True, slots=True)
class Settings:
    """``model.json``: combining weights and thresholds per language, with what they cost.

    Languages that are read without being tuned share the entry ``other``, whose weights leave out what lexicons say;
    ``caution`` is the share of :func:`caution` that is taken off elsewhere.
    """

    combine: dict[str, tuple[Floats, float]]
    thresholds: dict[str, dict[str, float]]
    escalation: dict[str, Any]
    raw: dict[str, Any]
    caution: float = 1.0

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
        return cls(combine, raw["thresholds"], raw["escalation"], raw, float(raw.get("caution", 1.0)))

    def probability(self, rows: Floats, language: str) -> Floats:
        """Return calibrated probabilities, shape (n,), for rows of :func:`combine_features`."""
        tuned = tuned_as(language)
        weights, bias = self.combine.get(tuned, self.combine["en"])
        # Product by row: a product of matrices adds up in an order that depends on how many rows there are.
        logits = np.asarray([row @ weights for row in rows], np.float32) + bias
        if tuned != OTHER:
            logits = logits + self.caution * caution(rows)
        result: Floats = sigmoid(logits)
        return result

    def alarm(self, language: str) -> float:
        """Return the least score at which a message that may be grave goes to people."""
        least: dict[str, float] = self.escalation["least_score"]
        return float(least.get(tuned_as(language), least["en"]))

    def grave(self, language: str) -> float:
        """Return the least probability of a grave category at which a hateful message goes to people at once."""
        limit = self.escalation["limit"]
        if isinstance(limit, dict):
            return float(limit[tuned_as(language)])
        return float(limit)  # a model made before it was chosen for each language

    def threshold(self, language: str, sensitivity: str) -> float:
        """Return the least score that counts as hateful.

        :raises CourageError: on an unknown sensitivity.
        """
        if sensitivity not in SENSITIVITIES:
            raise CourageError(f"sensitivity {sensitivity!r} is unknown; allowed: {', '.join(SENSITIVITIES)}")
        tuned = tuned_as(language)
        return float(self.thresholds.get(tuned, self.thresholds["en"])[sensitivity])
