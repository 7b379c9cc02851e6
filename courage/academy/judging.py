"""What was learnt from replies that people judged: how likely each mark is, and each grade of each measure.

Three witnesses are added up: how like the reply is to each judged one, by their vectors; what one sees in it
(:mod:`courage.academy.features`); and its words and letters, hashed. Fitted on ``seeds/academy/labelled-*.jsonl``
(:mod:`courage.academy.judge_fitting`), shipped in whole numbers and half precision.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from courage.academy.errors import AcademyError
from courage.academy.features import DENSE, PLACES, dense, hashed
from courage.taxonomy import GRADES, MEASURES

#: What is learnt of a reply besides its grades; each may be true of it or not.
JUDGED: Final = ("insults", "exposes", "threatens", "preaches", "repeats", "off_topic")
#: How quickly likeness falls with distance, and how much it weighs against words and letters; chosen by holding out fifths.
NEAR: Final = 2.0
MOST: Final = 4.0
_HALVES: Final = ("likeness", "seen", "letters", "added")
#: Outputs, in their order.
OUTPUTS: Final = (*JUDGED, *(f"{measure}.{grade}" for measure in MEASURES for grade in GRADES))


@dataclass(frozen=True, slots=True)
class Judged:
    """How likely each mark of ``JUDGED`` is, and each grade of each measure (which add up to 1)."""

    marks: Mapping[str, float]
    grades: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Judge:
    """What judges: likeness to anchors, and a linear layer for what one sees and for words and letters.

    ``anchors`` (replies, dimensions) are unit vectors in 127ths, ``likeness`` (replies, outputs) what being like each of
    them says, ``seen`` (len(DENSE), outputs) and ``letters`` (PLACES, outputs) weights, ``added`` (outputs,).
    """

    anchors: np.ndarray
    likeness: np.ndarray
    seen: np.ndarray
    letters: np.ndarray
    added: np.ndarray

    def judge(self, vector: np.ndarray, seen: np.ndarray, places: np.ndarray) -> Judged:
        """Return what is likely of one reply.

        :param vector: the reply as a head centres it, shape (dimensions,); ``seen`` and ``places`` are its features.
        """
        scores = like(vector, self.anchors) @ self.likeness + seen @ self.seen + self.added
        if len(places):
            scores = scores + self.letters[places].astype(np.float32).sum(axis=0) / np.sqrt(len(places))
        return judged(scores)

    def save(self, folder: Path) -> None:
        """Write what judges as two files."""
        halves = {name: getattr(self, name).astype(np.float16) for name in _HALVES}
        tensors = {"anchors": self.anchors, **halves}
        save_file(
            {name: np.ascontiguousarray(one) for name, one in tensors.items()}, folder / "judge.safetensors"
        )
        facts = {"outputs": list(OUTPUTS), "seen": list(DENSE), "places": PLACES}
        (folder / "judge.json").write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")


def like(vector: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """Return how like a vector is to anchors in 127ths: from 0 to ``MOST``, falling quickly; shape (anchors,)."""
    unit = vector / max(float(np.linalg.norm(vector)), 1e-9)
    cosines = anchors.astype(np.float32) @ unit.astype(np.float32) / 127
    return np.asarray(MOST * np.exp(NEAR * (cosines - 1)), dtype=np.float32)


def judged(scores: np.ndarray) -> Judged:
    """Return the outputs of the layer as probabilities; ``scores`` has the shape (outputs,)."""
    marks = {name: float(1 / (1 + np.exp(-score))) for name, score in zip(JUDGED, scores, strict=False)}
    grades = {}
    for place, measure in enumerate(MEASURES):
        begin = len(JUDGED) + place * len(GRADES)
        part = np.exp(scores[begin : begin + len(GRADES)] - scores[begin : begin + len(GRADES)].max())
        grades[measure] = dict(zip(GRADES, (part / part.sum()).tolist(), strict=True))
    return Judged(marks, grades)


def load_judge(folder: Path) -> Judge:
    """Return what judges, as it is shipped in a folder.

    :raises AcademyError: if a file is missing or was made for other features.
    """
    try:
        facts = json.loads((folder / "judge.json").read_text(encoding="utf-8"))
        tensors = load_file(folder / "judge.safetensors")
        # The rows of letters stay as they are: few of them are read each time.
        whole = {name: tensors[name].astype(np.float32) for name in _HALVES if name != "letters"}
        judge = Judge(anchors=tensors["anchors"], letters=tensors["letters"], **whole)
        fits = (facts["outputs"], facts["seen"], facts["places"]) == (list(OUTPUTS), list(DENSE), PLACES)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise AcademyError(
            f"what replies are judged with cannot be loaded from {folder} ({type(error).__name__}); "
            "make it anew: courage academy fit"
        ) from error
    if not fits:
        raise AcademyError(
            f"what replies are judged with in {folder} was made for other signs or measures than these; "
            "make it anew: courage academy fit"
        )
    return judge


def features_of(
    text: str, language: str, said: str, person_hit: str | None, cast: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return what one sees in a reply and the places of its words and letters."""
    return dense(text, language, said, person_hit, cast), hashed(text, person_hit, cast)
