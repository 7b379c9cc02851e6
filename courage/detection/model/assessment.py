"""The path from prepared messages to scores, shared by screening, calibration and evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from courage.detection.model import base
from courage.detection.model.encoder import (
    Backend,
    BatchedEncoder,
    cached_forward,
    minilm_folder,
    open_tokenizer,
)
from courage.detection.model.evidence import (
    ADDRESS,
    AMBIGUOUS,
    GROUP_WORD,
    IDENTITY,
    INSULT,
    SLUR,
    VIOLENCE,
    Evidence,
)
from courage.detection.model.heads import (
    FEATURES,
    OTHER,
    Floats,
    Heads,
    Outputs,
    combine_features,
    opinion,
    tuned_as,
)
from courage.detection.model.ngrams import NgramModel
from courage.detection.text.lexicons import DEFAULT_FOLDER, load_lexicon
from courage.detection.text.preparation import Preparation, Prepared
from courage.detection.text.vocabulary import load_vocabulary
from courage.errors import CourageError
from courage.taxonomy import CATEGORIES, NARRATIVE, TARGET_GROUPS

SCREEN_TOKENS = 96
GATE_FILE = "gate.safetensors"
MOST_ENCODED = 8
# Two thirds of ordinary chat name, threaten and insult nobody, and of two cheap models of words and characters one finds
# nothing that concerns groups of people and the other nothing hateful. They are not encoded; of the hateful texts and
# narratives kept aside at most three in a hundred may lie below both limits (tests/unit/detection/test_glance.py).
CLEAR = 0.0
CLEAR_OF_HATE = -0.5
# For a model without the first of the two; there what is addressed to somebody is never clear.
CLEAR_BY_HATE_ALONE = -1.0
HARMLESS = -3.5
_NAMED_OR_HARSH = IDENTITY | SLUR | AMBIGUOUS | VIOLENCE | INSULT


_STORY = CATEGORIES.index(NARRATIVE)


@dataclass(frozen=True, slots=True)
class Assessed:
    """Raw outputs per message: combining features (n, k) of its worst window, and the heads' outputs there."""

    features: Floats
    outputs: Outputs
    flags: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Glance:
    """What is known of a message before it is encoded; ``clear`` where that is enough."""

    flags: int
    ngram: float
    words: int
    clear: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """An adapted encoder with its heads; ``glossed`` where other languages reach it as glosses in English."""

    encoder: BatchedEncoder
    heads: Heads
    glossed: bool


class Assessor:
    """Adapted encoder, heads, n-gram model and evidence; thread-safe.

    ``beside`` is another reader whose opinion is weighed too, in the languages that have glosses; ``gate`` tells
    cheaply what concerns groups of people.
    """

    def __init__(
        self,
        encoder: BatchedEncoder,
        heads: Heads,
        ngrams: NgramModel,
        evidence: Evidence,
        prepare: Preparation,
        *,
        glossed: bool = True,
        beside: Reader | None = None,
        gate: NgramModel | None = None,
    ) -> None:
        self.encoder, self.heads, self.ngrams, self.evidence, self.prepare = (
            encoder,
            heads,
            ngrams,
            evidence,
            prepare,
        )
        self._glossed = glossed
        self._beside = beside
        self._gate = gate

    def __call__(self, messages: Sequence[Prepared]) -> Assessed:
        """Assess prepared messages; each is as bad as its worst window. What a glance clears is not encoded."""
        glances = [self._glance(message) for message in messages]
        read = [k for k, glance in enumerate(glances) if not glance.clear]
        found, texts = self._read([messages[k] for k in read])
        outputs = _harmless(len(messages), len(self.heads.kinds))
        for whole, part in zip(outputs.parts(), found.parts(), strict=True):
            whole[read] = part
        for k, text in zip(read, texts, strict=True):
            if len(messages[k].windows) > 1:
                glances[k] = _Glance(self.evidence.flags(text), self.ngrams.logit(text), text.count(" ") + 1)
        opinions = self._weigh(outputs, read, messages, texts)
        # A narrative is nothing to flag.
        unremarkable = outputs.category[:, 0] + outputs.narrative
        escalation, kind, target = outputs.escalation(), outputs.hateful_kind(), outputs.targets.max(1)
        features = [
            combine_features(
                float(outputs.hate[k]), float(unremarkable[k]), float(escalation[k]), glance.ngram,
                glance.flags, glance.words, float(kind[k]), float(target[k]),
            )
            for k, glance in enumerate(glances)
        ]  # fmt: skip
        rows = np.asarray(features, np.float32).reshape(len(messages), FEATURES)
        if opinions is not None:
            rows = np.hstack([rows, opinions])
        return Assessed(rows, outputs, tuple(glance.flags for glance in glances))

    def _weigh(
        self, outputs: Outputs, read: Sequence[int], messages: Sequence[Prepared], texts: Sequence[str]
    ) -> Floats | None:
        """Ask the other reader about each message's worst window (a gloss), where there is one that can read it.

        Categories and targets become the mean of both, in place; returned is its opinion on hate, of shape
        (messages, ``BESIDE``), of what it did not read that of something harmless.
        """
        if self._beside is None:
            return None
        kinds = len(self._beside.heads.kinds)
        found = np.repeat(opinion(_harmless(1, kinds)), len(messages), axis=0)
        able = [n for n, k in enumerate(read) if tuned_as(messages[k].language) != OTHER]
        if able:
            other = self._beside.heads(self._beside.encoder.encode([texts[n] for n in able]))
            places = [read[n] for n in able]
            found[places] = opinion(other)
            # It knows no narratives; what is left is divided as both say.
            rest = 1.0 - outputs.narrative[places]
            told = outputs.category[places, _STORY].copy()
            outputs.category[places] = 0.5 * (outputs.category[places] + other.category * rest[:, None])
            outputs.category[places, _STORY] = told
            outputs.targets[places] = 0.5 * (outputs.targets[places] + other.targets)
        return found

    def clears(self, message: Prepared) -> bool:
        """Say whether a glance at a message is enough, so that it is not encoded."""
        return self._glance(message).clear

    def _glance(self, message: Prepared) -> _Glance:
        """Look at a message without encoding it; a long one is never cleared by that."""
        if len(message.windows) != 1:
            return _Glance(0, 0.0, 0)
        text = message.windows[0]
        flags, ngram = self.evidence.flags(text), self.ngrams.logit(message.normal.text)
        # Of a language without a lexicon nothing is known at a glance.
        known = not flags & _NAMED_OR_HARSH and tuned_as(message.language) != OTHER
        return _Glance(
            flags, ngram, text.count(" ") + 1, known and self._nothing(message.normal.text, flags, ngram)
        )

    def _nothing(self, text: str, flags: int, ngram: float) -> bool:
        """Say whether a text that names and insults nobody is about nothing that would have to be read."""
        if self._gate is None:
            return not flags & (GROUP_WORD | ADDRESS) and ngram < CLEAR_BY_HATE_ALONE
        return ngram < CLEAR_OF_HATE and self._gate.logit(text) < CLEAR

    def _read(self, messages: Sequence[Prepared]) -> tuple[Outputs, list[str]]:
        """Encode messages; return the outputs of each one's worst window, and that window."""
        texts: list[str] = []
        owner: list[int] = []
        encoded: list[str] = []
        for number, message in enumerate(messages):
            chosen = self._worth_reading(message.windows)
            texts += [message.windows[place] for place in chosen]
            encoded += [(message.windows if self._glossed else message.originals)[place] for place in chosen]
            owner += [number] * len(chosen)
        outputs = self.heads(self.encoder.encode(encoded))
        if len(texts) == len(messages):
            return outputs, texts
        worst: dict[int, int] = {}
        danger = outputs.hate + 3.0 * outputs.escalation()
        for row, number in enumerate(owner):
            if number not in worst or danger[row] > danger[worst[number]]:
                worst[number] = row
        rows = [worst[number] for number in range(len(messages))]
        return Outputs(*(part[rows] for part in outputs.parts())), [texts[row] for row in rows]

    def _worth_reading(self, windows: Sequence[str]) -> Sequence[int]:
        """Return at most ``MOST_ENCODED`` places of windows: those with most signs of hate at a cheap look.

        Encoding is what costs, so a wall of text takes no longer than a few messages do.
        """
        if len(windows) <= MOST_ENCODED:
            return range(len(windows))

        best = sorted(range(len(windows)), key=lambda place: self.promise(windows[place]), reverse=True)
        return sorted(best[:MOST_ENCODED])

    def promise(self, text: str) -> float:
        """Return at a cheap look how many signs of hate a prepared text has, in no particular unit."""
        flags = self.evidence.flags(text)
        named, harsh = flags & (IDENTITY | SLUR | AMBIGUOUS), flags & (VIOLENCE | INSULT)
        signs = (
            2.0 * bool(named)
            + 1.5 * bool(harsh)
            + 1.0 * bool(named and harsh)
            + 0.5 * bool(flags & GROUP_WORD)
        )
        return signs + 0.3 * self.ngrams.logit(text)


def _harmless(count: int, kinds: int) -> Outputs:
    """Return what the heads say of plainly harmless messages, in ``count`` rows."""
    outputs = Outputs(
        np.full(count, HARMLESS, np.float32),
        np.zeros((count, len(CATEGORIES)), np.float32),
        np.zeros((count, len(TARGET_GROUPS)), np.float32),
        np.zeros((count, kinds), np.float32),
        np.zeros(count, np.float32),
    )
    outputs.category[:, 0] = 1.0
    return outputs


def load_assessor(
    model: Path, cache: Path, *, backend: Backend = "auto", lexicons: Path = DEFAULT_FOLDER
) -> Assessor:
    """Load adapter and heads from ``model``; the merged ONNX graph is made once under ``cache``.

    :raises CourageError: where the model files are missing or do not fit the encoder.
    """
    reader = load_reader(model, cache, backend=backend)
    other = base.beside(model)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    return Assessor(
        reader.encoder,
        reader.heads,
        NgramModel.load(model / "ngrams.safetensors"),
        Evidence(load_lexicon("en", lexicons)),
        prepare,
        glossed=reader.glossed,
        beside=None if other is None else load_reader(other, cache, backend=backend),
        gate=NgramModel.load(gate) if (gate := model / GATE_FILE).is_file() else None,
    )


def load_reader(model: Path, cache: Path, *, backend: Backend = "auto") -> Reader:
    """Load a model's adapted encoder and its heads.

    Each text is a run of its own, so that it gets the same vector whatever other texts there are.

    :raises CourageError: where the model files are missing or do not fit the encoder.
    """
    import hashlib

    from safetensors.numpy import load_file

    weights = model / "adapter.safetensors"
    if not weights.is_file():
        raise CourageError(f"{weights} is missing: train the detector or restore detection/data")
    key = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
    source = base.source_of(model)

    def build() -> Any:
        from courage.detection.model import adapter
        from courage.detection.model.network import load_pooled

        encoder = load_pooled(source)
        adapter.apply(encoder.bert, weights)
        return encoder.eval()

    forward, kind = cached_forward(build, name="screening", key=key, backend=backend, cache=cache, threads=1)
    encoder = BatchedEncoder(
        open_tokenizer(source, cache),
        forward,
        name="screening",
        fingerprint=f"{key}-{kind}",
        max_tokens=SCREEN_TOKENS,
        alone=True,
    )
    stored = load_file(str(weights))
    heads = Heads(stored["heads.weight"].astype(np.float32), stored["heads.bias"].astype(np.float32), 8.0)
    return Reader(encoder, heads, base.glossed(source))
