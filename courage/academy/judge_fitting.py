"""Fits what replies are judged with: replies with people's judgements in, a :class:`courage.academy.judging.Judge` out.

Every output is a logistic (marks) or multinomial (grades) regression over the same features, fitted together, with all
weights held back. The same replies give the same layer.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from scipy.sparse import csr_matrix

from courage.academy.features import PLACES
from courage.academy.judging import JUDGED, OUTPUTS, Judge, Judged, features_of, judged, like
from courage.academy.labelled import LabelledReply
from courage.taxonomy import GRADES, MEASURES

#: How much what one sees weighs against words and letters, and how far weights are held back; chosen by holding out fifths.
SEEN: Final = 0.15
HELD_BACK: Final = 0.2
STEPS: Final = 60
PARTS: Final = 5
TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Rows:
    """Replies as features and targets.

    ``meaning`` (replies, dimensions), ``seen`` (replies, len(DENSE)), ``places`` one array a reply; ``marks`` (replies,
    len(JUDGED)) of 0 and 1, ``grades`` (replies, len(MEASURES)) of places in ``GRADES`` or -1 where nothing is known.
    """

    meaning: np.ndarray
    seen: np.ndarray
    places: Sequence[np.ndarray]
    marks: np.ndarray
    grades: np.ndarray
    weights: np.ndarray

    def some(self, chosen: np.ndarray) -> Rows:
        """Return the rows of some numbers."""
        return Rows(
            self.meaning[chosen],
            self.seen[chosen],
            [self.places[number] for number in chosen],
            self.marks[chosen],
            self.grades[chosen],
            self.weights[chosen],
        )


def rows_of(labelled: Sequence[LabelledReply], meaning: np.ndarray) -> Rows:
    """Return labelled replies as features and targets; ``meaning`` are their centred vectors."""
    features = [
        features_of(one.reply, one.language, one.message, one.person_hit, one.cast) for one in labelled
    ]
    return Rows(
        meaning,
        np.stack([seen for seen, _ in features]),
        [places for _, places in features],
        np.array([[one.does == mark for mark in JUDGED] for one in labelled], dtype=np.float32),
        np.array([[GRADES.index(one.grades[measure]) for measure in MEASURES] for one in labelled]),
        np.ones(len(labelled), dtype=np.float32),
    )


def fit_judge(rows: Rows, held_back: float = HELD_BACK) -> Judge:
    """Return what judges, fitted on rows."""
    anchors, seen, letters = _blocks(rows)
    # There are far fewer replies than features: the same weights are found among as many directions as there are replies.
    directions, back = spanned(rows)
    layer = fit_directions(directions, rows, held_back)
    own = back @ layer[:-1]
    return Judge(
        anchors=anchors,
        likeness=own.astype(np.float32),
        seen=(SEEN * seen.T @ own).astype(np.float32),
        letters=(letters.T @ own).astype(np.float16),
        added=layer[-1].astype(np.float32),
    )


def held_out(labelled: Sequence[LabelledReply], rows: Rows, parts: int = PARTS) -> list[Judged]:
    """Return what is judged of each reply by what was fitted on the others; answers to one message are never parted."""
    part = np.array([zlib.crc32(one.message.encode()) % parts for one in labelled])
    directions, _ = spanned(rows)
    scores = np.zeros((len(labelled), len(OUTPUTS)))
    for number in np.unique(part):
        rest, these = np.flatnonzero(part != number), np.flatnonzero(part == number)
        layer = fit_directions(directions[rest], rows.some(rest))
        scores[these] = directions[these] @ layer[:-1] + layer[-1]
    return [judged(row) for row in scores]


def spanned(rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return replies in as many directions as there are replies, shape (replies, replies), and what leads back from them."""
    anchors, seen, letters = _blocks(rows)
    alike = np.stack([like(vector, anchors) for vector in rows.meaning]).astype(np.float64)
    alike = (alike + alike.T) / 2 + SEEN * seen @ seen.T + np.asarray((letters @ letters.T).todense())
    values, vectors = np.linalg.eigh(alike)
    root = np.sqrt(np.maximum(values, 0.0))
    inverse = np.divide(1.0, root, out=np.zeros_like(root), where=root > TINY)
    return (vectors * root).astype(np.float32), vectors * inverse


def fit_directions(directions: np.ndarray, rows: Rows, held_back: float = HELD_BACK) -> np.ndarray:
    """Return weights of shape (directions + 1, outputs), the last row to be added."""
    x = torch.from_numpy(directions)
    marks, grades = torch.from_numpy(rows.marks), torch.from_numpy(rows.grades)
    weights = torch.from_numpy(rows.weights)
    layer = torch.zeros(x.shape[1] + 1, len(OUTPUTS), requires_grad=True)
    optimiser = torch.optim.LBFGS([layer], max_iter=STEPS, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        scores = x @ layer[:-1] + layer[-1]
        each = torch.nn.functional.binary_cross_entropy_with_logits(
            scores[:, : len(JUDGED)], marks, reduction="none"
        ).sum(dim=1)
        for place in range(len(MEASURES)):
            begin = len(JUDGED) + place * len(GRADES)
            given = torch.nn.functional.cross_entropy(
                scores[:, begin : begin + len(GRADES)], grades[:, place], reduction="none", ignore_index=-1
            )
            each = each + given
        loss = (weights * each).sum() + 0.5 * held_back * (layer[:-1] ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return layer.detach().numpy()


def _blocks(rows: Rows) -> tuple[np.ndarray, np.ndarray, csr_matrix]:
    """Return anchors, what is seen, and the sparse block of letters."""
    units = rows.meaning / np.maximum(np.linalg.norm(rows.meaning, axis=1, keepdims=True), 1e-9)
    starts = np.cumsum([0, *(len(row) for row in rows.places)])
    values = np.concatenate([np.full(len(row), 1 / np.sqrt(max(1, len(row)))) for row in rows.places])
    letters = csr_matrix((values, np.concatenate(list(rows.places)), starts), shape=(len(starts) - 1, PLACES))
    return np.round(units * 127).astype(np.int8), rows.seen.astype(np.float64), letters
