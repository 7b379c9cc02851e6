"""The second step of the ranking: a small cross-encoder reads the message and each of few answers together.

It says how much an answer answers the message, how calm and how coherent it is as a reply there, and whether one could
post it. It learned that from pairs that people judged (``seeds/retrieval/README.md``); ``courage.detection.training.pairs``
made it. It runs as a quantised ONNX graph that is made once and kept in the cache folder.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from courage.detection.model import e5
from courage.detection.model.encoder import cached_forward
from courage.detection.model.pairs import OUTPUTS, halves, padded
from courage.errors import CourageError

log = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).resolve().parent / "data"
WEIGHTS, NOTE = "pairs.safetensors", "pairs.json"
FORMAT: Final = 1
KEPT: Final = 4_000  # pairs whose outputs are remembered, by digest: a case is asked about more than once


class Reader(Protocol):
    """What the ranking needs of a cross-encoder."""

    def read(self, message: str, answers: Sequence[str]) -> np.ndarray:
        """Return :data:`courage.detection.model.pairs.OUTPUTS` of each answer, 0 to 1, shape (answers, outputs)."""


class PairReader:
    """Reads pairs, each by itself and one on each core, so that an answer has the same outputs in any company. Thread-safe.

    :param model: the folder with ``pairs.safetensors`` and ``pairs.json``.
    :param cache: where the graph and the tokenizer are kept.
    :raises CourageError: where a file is missing or does not fit this version.
    """

    def __init__(self, model: Path, cache: Path) -> None:
        weights = model / WEIGHTS
        try:
            note: dict[str, Any] = json.loads((model / NOTE).read_text(encoding="utf-8"))
            digest = blake2b(weights.read_bytes(), digest_size=8).hexdigest()
        except (OSError, ValueError) as error:
            raise CourageError(f"the cross-encoder of the ranking cannot be read: {error}") from error
        if note.get("format") != FORMAT or note.get("outputs") != list(OUTPUTS):
            raise CourageError(
                f"{model / NOTE} has format {note.get('format')!r}, this version reads {FORMAT}"
            )

        def build() -> Any:
            from courage.detection.model.pair_network import load

            return load(weights)

        self._forward, kind = cached_forward(
            build, name="pairs", key=f"{digest}-{e5.FINGERPRINT}", backend="auto", cache=cache, threads=1
        )
        self.fingerprint = f"{digest}-{kind}"
        self._tokenizer = e5.open_tokenizer(cache)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        affinity = getattr(os, "sched_getaffinity", None)
        cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(cores, "pairs")
        self._known: OrderedDict[bytes, np.ndarray] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, message: str, answers: Sequence[str]) -> np.ndarray:
        """Return what the cross-encoder says of each answer, shape (answers, outputs)."""
        if not answers:
            return np.zeros((0, len(OUTPUTS)), np.float32)
        keys = [_key(message, answer) for answer in answers]
        with self._lock:
            found = {key: self._known[key] for key in keys if key in self._known}
        new = {key: answer for key, answer in zip(keys, answers, strict=True) if key not in found}
        if new:
            said = self._said(message, list(new.values()))
            found |= zip(new, said, strict=True)
            with self._lock:
                self._known |= zip(new, said, strict=True)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
        return np.stack([found[key] for key in keys])

    def _said(self, message: str, answers: Sequence[str]) -> list[np.ndarray]:
        asked, given = halves(self._tokenizer, [message], answers)
        rows = [padded([(asked[0], answer)]) for answer in given]
        return [found[0] for found in self._pool.map(lambda row: self._forward(*row), rows)]


def load_reader(model: Path, cache: Path) -> tuple[PairReader | None, str]:
    """Return the cross-encoder, or ``None`` and why there is none; that is logged, and the ranking does without."""
    try:
        return PairReader(model, cache), ""
    except Exception as error:  # whatever is wrong with it: suggestions must not depend on it
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        log.warning("responses are ranked without the cross-encoder: %s", reason)
        return None, f"responses are ranked without the cross-encoder: {reason}"


def _key(message: str, answer: str) -> bytes:
    digest = blake2b(message.encode("utf-8", "replace"), digest_size=16)
    digest.update(b"\0" + answer.encode("utf-8", "replace"))
    return digest.digest()
