"""Fits what replies are read with: labelled texts in, a :class:`courage.academy.likeness.Head` out.

Where texts come from: ``seeds/academy/replies-<language>.yml`` (kinds and marks, written for this), the approved texts of
the library (kind, strategy, tone), and kinds of the detector's training examples that are replies or what replies must not
be. The same texts give the same head.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from courage import safe_yaml
from courage.academy.errors import AcademyError
from courage.academy.judge_fitting import fit_judge, rows_of
from courage.academy.labelled import DOES, LabelledReply
from courage.academy.likeness import PREFIX, Encoder, Head, Table
from courage.library.starter import load_seeds
from courage.shipped import SEEDS
from courage.taxonomy import LANGUAGES

#: What a labelled reply may be: a kind, or a mark that says more than any kind.
CLASSES: Final = DOES
OF_RESPONSES: Final = {
    "counter_narrative": "counter",
    "support": "support",
    "bystander": "bystander",
    "boundary": "boundary",
    "check_before_sharing": "check",
    "de_escalation": "de_escalate",
    "refer": "refer",
}
#: Kinds of the detector's examples, and what they are as replies.
OF_EXAMPLES: Final = {
    "abuse_person": ("insults", 150),
    "chat": ("off_topic", 250),
    "counter_speech": ("counter", 350),
    "quoted_opposed": ("counter", 200),
    "narrative": ("repeats", 200),
    "animosity": ("repeats", 60),
    "derogation": ("repeats", 60),
    "threat": ("threatens", 120),
}
#: Weights, chosen by holding out fifths of the labelled replies.
WRITTEN: Final = 3.0
BORROWED: Final = 0.3
SPREAD: Final = 0.003
EVENED: Final = 0.5
BATCH: Final = 256


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text and what it is; a label that is ``None`` says nothing about that table."""

    text: str
    kind: str | None
    strategy: str | None = None
    tone: str | None = None
    weight: float = 1.0


def exemplar_file(language: str, folder: Path = SEEDS) -> Path:
    """Return the file of labelled replies in a language."""
    return folder / "academy" / f"replies-{language}.yml"


def labelled_file(language: str, folder: Path = SEEDS) -> Path:
    """Return the file of replies in a language that people judged."""
    return folder / "academy" / f"labelled-{language}.jsonl"


def fingerprint(folder: Path = SEEDS) -> str:
    """Return what tells one state of the labelled replies from another."""
    files = [file(language, folder) for language in LANGUAGES for file in (exemplar_file, labelled_file)]
    words = b"".join(file.read_bytes() for file in files)
    return hashlib.blake2b(words, digest_size=8).hexdigest()


def read_exemplars(language: str, folder: Path = SEEDS) -> list[Labelled]:
    """Return the labelled replies of a language.

    :raises AcademyError: naming file and class, where the file is not as it should be.
    """
    file = exemplar_file(language, folder)
    try:
        data = safe_yaml.load(file.read_text(encoding="utf-8"))
    except (OSError, safe_yaml.UnsafeYaml) as error:
        raise AcademyError(f"{file.name}: {error}") from error
    if not isinstance(data, dict):
        raise AcademyError(f"{file.name}: must be a mapping from kinds to lists of replies")
    found = []
    for name, texts in data.items():
        if name not in CLASSES:
            raise AcademyError(f"{file.name}: {name!r} is none of: {', '.join(CLASSES)}")
        if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
            raise AcademyError(f"{file.name}: {name} must be a list of texts; put one with a colon in quotes")
        tone = "harsh" if name in ("insults", "threatens") else None
        found += [Labelled(text, name, tone=tone, weight=WRITTEN) for text in texts]
    return found


def read_library(folder: Path) -> list[Labelled]:
    """Return the approved texts of the starter library with what their authors said they are."""
    return [
        Labelled(
            draft.text,
            OF_RESPONSES[draft.kind],
            draft.strategy if draft.kind == "counter_narrative" else None,
            draft.tone,
        )
        for draft in load_seeds(folder)
    ]


def fit(
    labelled: Sequence[Labelled],
    encoder: Encoder,
    *,
    examples: str,
    judged: Sequence[LabelledReply] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Head:
    """Return a head fitted on labelled texts.

    :param judged: replies with people's judgements; without them the head judges nothing.
    :param examples: the fingerprint of what was read, kept with the head.
    :raises AcademyError: where a table would have fewer than two names.
    """
    vectors = np.concatenate(list(_encoded([one.text for one in labelled], encoder, progress)))
    mean = vectors.mean(axis=0)
    scale = float((vectors - mean).std())
    centred = ((vectors - mean) / scale).astype(np.float32)
    weights = np.array([one.weight for one in labelled], dtype=np.float32)
    tables = {}
    for table, attribute in (("kinds", "kind"), ("strategies", "strategy"), ("tones", "tone")):
        labels = [getattr(one, attribute) for one in labelled]
        names = tuple(sorted({label for label in labels if label is not None}))
        if len(names) < 2:
            raise AcademyError(f"the table of {table} needs texts of at least two kinds; it has {names}")
        there = np.array([label is not None for label in labels])
        numbers = np.array([names.index(label) for label in labels if label is not None])
        tables[table] = Table(names, _layer(centred[there], numbers, weights[there], len(names)))
    head = Head(mean.astype(np.float32), scale, tables, encoder.fingerprint, examples)
    if not judged:
        return head
    meaning = head.centred(np.concatenate(_encoded([one.reply for one in judged], encoder, None)))
    return replace(head, judge=fit_judge(rows_of(judged, meaning)))


def _encoded(
    texts: Sequence[str], encoder: Encoder, progress: Callable[[int, int], None] | None
) -> list[np.ndarray]:
    parts = []
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        parts.append(np.asarray(encoder.encode([PREFIX + text for text in part]), dtype=np.float32))
        if progress is not None:
            progress(start + len(part), len(texts))
    return parts


def _layer(vectors: np.ndarray, labels: np.ndarray, weights: np.ndarray, names: int) -> np.ndarray:
    """Return the weights of multinomial logistic regression; rare names count more than their number."""
    totals = np.bincount(labels, weights=weights, minlength=names)
    evened = weights * ((totals.sum() / names / totals) ** EVENED)[labels]
    x, y = torch.from_numpy(vectors), torch.from_numpy(labels)
    w = torch.from_numpy(evened.astype(np.float32))
    layer = torch.zeros(vectors.shape[1] + 1, names, requires_grad=True)
    optimiser = torch.optim.LBFGS([layer], max_iter=100, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        each = torch.nn.functional.cross_entropy(x @ layer[:-1] + layer[-1], y, reduction="none")
        loss = (w * each).sum() + 0.5 * (layer[:-1] ** 2).sum() / SPREAD
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return layer.detach().numpy()
