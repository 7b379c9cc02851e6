"""The path from prepared messages to scores, shared by screening, calibration and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from detection import base
from detection.encoder import Backend, BatchedEncoder, cached_forward, minilm_folder, open_tokenizer
from detection.errors import CourageError
from detection.evidence import AMBIGUOUS, GROUP_WORD, IDENTITY, INSULT, SLUR, VIOLENCE, Evidence
from detection.heads import FEATURES, Floats, Heads, Outputs, combine_features
from detection.lexicons import DEFAULT_FOLDER, load_lexicon
from detection.ngrams import NgramModel
from detection.preparation import Preparation, Prepared
from detection.vocabulary import load_vocabulary

SCREEN_TOKENS = 96
MOST_ENCODED = 8


@dataclass(frozen=True, slots=True)
class Assessed:
    """Raw outputs per message: combining features (n, k) of its worst window, and the heads' outputs there."""

    features: Floats
    outputs: Outputs
    flags: tuple[int, ...]


class Assessor:
    """Adapted encoder, heads, n-gram model and evidence; thread-safe."""

    def __init__(
        self,
        encoder: BatchedEncoder,
        heads: Heads,
        ngrams: NgramModel,
        evidence: Evidence,
        prepare: Preparation,
    ) -> None:
        self.encoder, self.heads, self.ngrams, self.evidence, self.prepare = (
            encoder,
            heads,
            ngrams,
            evidence,
            prepare,
        )

    def __call__(self, messages: Sequence[Prepared]) -> Assessed:
        """Assess prepared messages; each is as bad as its worst window."""
        texts: list[str] = []
        owner: list[int] = []
        for number, message in enumerate(messages):
            windows = self._worth_reading(message.windows)
            texts += windows
            owner += [number] * len(windows)
        outputs = self.heads(self.encoder.encode(texts))
        if len(texts) != len(messages):
            worst: dict[int, int] = {}
            danger = outputs.hate + 3.0 * outputs.escalation()
            for row, number in enumerate(owner):
                if number not in worst or danger[row] > danger[worst[number]]:
                    worst[number] = row
            rows = [worst[number] for number in range(len(messages))]
            outputs = Outputs(
                outputs.hate[rows], outputs.category[rows], outputs.targets[rows], outputs.kind[rows]
            )
            texts = [texts[row] for row in rows]
        flags = tuple(self.evidence.flags(text) for text in texts)
        escalation, kind, target = outputs.escalation(), outputs.hateful_kind(), outputs.targets.max(1)
        features = [
            combine_features(
                float(outputs.hate[k]), float(outputs.category[k, 0]), float(escalation[k]),
                self.ngrams.logit(message.normal.text if len(message.windows) == 1 else texts[k]), flags[k],
                texts[k].count(" ") + 1, float(kind[k]), float(target[k]),
            )
            for k, message in enumerate(messages)
        ]  # fmt: skip
        return Assessed(np.asarray(features, np.float32).reshape(len(messages), FEATURES), outputs, flags)

    def _worth_reading(self, windows: Sequence[str]) -> Sequence[str]:
        """Return at most ``MOST_ENCODED`` windows of a long message: those with most signs of hate at a cheap look.

        Encoding is what costs, so a wall of text takes no longer than a few messages do.
        """
        if len(windows) <= MOST_ENCODED:
            return windows

        def promise(place: int) -> float:
            flags = self.evidence.flags(windows[place])
            named, harsh = flags & (IDENTITY | SLUR | AMBIGUOUS), flags & (VIOLENCE | INSULT)
            signs = (
                2.0 * bool(named)
                + 1.5 * bool(harsh)
                + 1.0 * bool(named and harsh)
                + 0.5 * bool(flags & GROUP_WORD)
            )
            return signs + 0.3 * self.ngrams.logit(windows[place])

        best = sorted(range(len(windows)), key=promise, reverse=True)[:MOST_ENCODED]
        return [windows[place] for place in sorted(best)]


def load_assessor(
    model: Path, cache: Path, *, backend: Backend = "auto", lexicons: Path = DEFAULT_FOLDER
) -> Assessor:
    """Load adapter and heads from ``model``; the merged ONNX graph is made once under ``cache``.

    :raises CourageError: where the model files are missing or do not fit the encoder.
    """
    import hashlib

    from safetensors.numpy import load_file

    from detection.examples import KINDS

    weights = model / "adapter.safetensors"
    if not weights.is_file():
        raise CourageError(f"{weights} is missing: train the detector or restore detection/data")
    key = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    source = base.source_of(model)

    def build() -> Any:
        from detection import adapter
        from detection.network import PooledEncoder, load_bert

        return PooledEncoder(adapter.apply(load_bert(source), weights)).eval()

    forward, kind = cached_forward(build, name="screening", key=key, backend=backend, cache=cache)
    encoder = BatchedEncoder(
        open_tokenizer(source),
        forward,
        name="screening",
        fingerprint=f"{key}-{kind}",
        max_tokens=SCREEN_TOKENS,
    )
    stored = load_file(str(weights))
    heads = Heads(
        stored["heads.weight"].astype(np.float32), stored["heads.bias"].astype(np.float32), 8.0, KINDS
    )
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    return Assessor(
        encoder,
        heads,
        NgramModel.load(model / "ngrams.safetensors"),
        Evidence(load_lexicon("en", lexicons)),
        prepare,
    )
