"""Vectors of texts, kept in a file beside the database so that a restart need not encode everything again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Protocol
from zlib import crc32

import numpy as np

try:
    import fcntl
except ImportError:  # pragma: no cover - only outside POSIX; a single process is then assumed
    fcntl = None  # type: ignore[assignment]

Pivot = Callable[[str, str], str]
BATCH: Final = 256


class Encoder(Protocol):
    """What the library needs of an encoder; ``courage.detection.model.encoder`` has the real one."""

    dimensions: int
    fingerprint: str

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return float32 vectors of unit length, shape (texts, dimensions)."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A second encoder, which reads texts as they are beside what the first one makes of them.

    Where two encoders err, they seldom err alike: the cosine of what both say, put together, holds up on pools of
    answers on which either fails (docs/measurements.md).

    :param prefixes: stand before messages and before library texts.
    :param centres: what it makes of messages and of library texts on average, shape (2, dimensions). They are taken off,
        since some encoders put all texts into a narrow cone, so that a cosine means as much as that of the first.
    :param share: how much of the cosine is this one's, between 0 and 1.
    """

    encoder: Encoder
    prefixes: tuple[str, str]
    centres: np.ndarray
    share: float = 0.5

    @property
    def fingerprint(self) -> str:
        """Return what vectors depend on."""
        centres = blake2b(np.ascontiguousarray(self.centres, "<f4").tobytes(), digest_size=6).hexdigest()
        return f"{self.encoder.fingerprint} {'|'.join(self.prefixes)} {centres} {self.share}"

    def joined(self, first: np.ndarray, texts: Sequence[str], kind: int) -> np.ndarray:
        """Return vectors of unit length, those of the first encoder and this one's behind them.

        ``kind`` is 0 for messages and 1 for library texts.
        """
        words = [self.prefixes[kind] + text for text in texts]
        own = np.asarray(self.encoder.encode(words), dtype=np.float32) - self.centres[kind]
        own /= np.maximum(np.linalg.norm(own, axis=1, keepdims=True), 1e-9)
        return np.hstack([np.sqrt(1.0 - self.share) * first, np.sqrt(self.share) * own]).astype(np.float32)


def text_key(text: str) -> bytes:
    """Return the 16-byte key under which a text's vector is kept."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class VectorFile:
    """An append-only file of (key, checksum, vector) records of one encoder.

    A record that a crash cut off, or whose checksum is wrong, is forgotten; its text is simply encoded again.
    Several processes may append: each takes a lock and reads what others appended first.
    """

    def __init__(self, path: Path, dimensions: int) -> None:
        self.path = path
        self._type = np.dtype([("key", "V16"), ("crc", "<u4"), ("vector", "<f4", (dimensions,))])
        self._rows: dict[bytes, int] = {}
        self._known = 0
        self._data: np.ndarray | None = None
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            self._read_new(verify=True)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def get(self, keys: Sequence[bytes]) -> np.ndarray:
        """Return vectors of keys that are all present, shape (keys, dimensions)."""
        rows = np.fromiter((self._rows[key] for key in keys), dtype=np.int64, count=len(keys))
        assert self._data is not None
        return np.asarray(self._data["vector"][rows], dtype=np.float32)

    def append(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        """Add records durably; keys that are already there are skipped."""
        with self._locked():
            self._read_new(verify=False)
            fresh = [i for i, key in enumerate(keys) if key not in self._rows]
            if not fresh:
                return
            records = np.zeros(len(fresh), dtype=self._type)
            for row, i in enumerate(fresh):
                vector = np.ascontiguousarray(vectors[i], dtype="<f4")
                records[row] = (np.void(keys[i]), crc32(vector.tobytes(), crc32(keys[i])), vector)
            with self.path.open("ab") as file:
                file.write(records.tobytes())
                file.flush()
                os.fsync(file.fileno())
            self._read_new(verify=False)

    def _read_new(self, *, verify: bool) -> None:
        size = self.path.stat().st_size if self.path.exists() else 0
        whole = size // self._type.itemsize
        if size % self._type.itemsize:
            with self.path.open("r+b") as file:  # a crash cut the last record off
                file.truncate(whole * self._type.itemsize)
        if whole <= self._known:
            return
        data = np.memmap(self.path, dtype=self._type, mode="r", shape=(whole,))
        for row in range(self._known, whole):
            key = data["key"][row].tobytes()
            if verify and crc32(data["vector"][row].tobytes(), crc32(key)) != data["crc"][row]:
                continue
            self._rows[key] = row
        self._data, self._known = data, whole

    @contextmanager
    def _locked(self) -> Iterator[None]:
        if fcntl is None:
            yield
            return
        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield  # closing the file gives the lock back


class _Memory:
    """The same as :class:`VectorFile` without a file, for tests and for evaluation."""

    def __init__(self) -> None:
        self._rows: dict[bytes, np.ndarray] = {}

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def get(self, keys: Sequence[bytes]) -> np.ndarray:
        return np.stack([self._rows[key] for key in keys])

    def append(self, keys: Sequence[bytes], vectors: np.ndarray) -> None:
        self._rows.update(zip(keys, np.asarray(vectors, dtype=np.float32), strict=True))


class Vectors:
    """Texts in, vectors out: pivots other languages, encodes what is new, remembers the rest. Thread-safe.

    ``pivot(text, language)`` turns a text in another language into English words that the encoder knows; another
    ``pivot_fingerprint`` (of its lexicons) makes all vectors new. ``prefixes`` stand before messages and before library
    texts, for encoders that were trained so. ``beside`` reads every text as well, as it is.
    """

    def __init__(
        self,
        encoder: Encoder,
        directory: Path | None = None,
        pivot: Pivot | None = None,
        pivot_fingerprint: str = "",
        prefixes: tuple[str, str] = ("", ""),
        beside: Beside | None = None,
    ) -> None:
        self.encoder = encoder
        self.dimensions = encoder.dimensions + (beside.encoder.dimensions if beside is not None else 0)
        self.fingerprint = encoder.fingerprint + ("" if pivot is None else f"+pivot {pivot_fingerprint}")
        if any(prefixes):
            self.fingerprint += f"+prefixes {'|'.join(prefixes)}"
        if beside is not None:
            self.fingerprint += f"+beside {beside.fingerprint}"
        self._beside = beside
        self._prefixes = prefixes
        self._pivot = pivot
        self._lock = threading.RLock()
        self._known: Any = _Memory()
        if directory is not None:
            name = blake2b(self.fingerprint.encode(), digest_size=8).hexdigest()
            self._known = VectorFile(directory / f"vectors-{name}.bin", self.dimensions)

    def words(self, text: str, language: str) -> str:
        """Return what is really encoded for a text."""
        if self._pivot is None or language in ("en", "und", ""):
            return text
        return self._pivot(text, language)

    def query(self, text: str, language: str = "en") -> np.ndarray:
        """Return the vector of a message, shape (dimensions,). Messages are never remembered."""
        vector: np.ndarray = self.queries([text], language)[0]
        return vector

    def queries(self, texts: Sequence[str], language: str = "en") -> np.ndarray:
        """Return the vectors of messages, shape (texts, dimensions). They are never remembered."""
        return self._encode(texts, [self._prefixes[0] + self.words(text, language) for text in texts], 0)

    def passages(self, texts: Sequence[str], language: str = "en") -> np.ndarray:
        """Return the vectors that texts would have in the library, shape (texts, dimensions). They are never remembered."""
        return self._encode(texts, [self._prefixes[1] + self.words(text, language) for text in texts], 1)

    def many(
        self,
        texts: Sequence[str],
        languages: Sequence[str],
        progress: Callable[[int, int], None] | None = None,
    ) -> np.ndarray:
        """Return vectors of library texts, shape (texts, dimensions), encoding only those not seen before."""
        words = [
            self._prefixes[1] + self.words(text, language)
            for text, language in zip(texts, languages, strict=True)
        ]
        # Two texts may have the same gloss, and the second encoder reads no glosses.
        read = words if self._beside is None else [f"{w}\0{t}" for w, t in zip(words, texts, strict=True)]
        keys = [text_key(all_of_it) for all_of_it in read]
        with self._lock:
            missing = {
                key: (text, word)
                for key, text, word in zip(keys, texts, words, strict=True)
                if key not in self._known
            }
            todo = list(missing.items())
            for start in range(0, len(todo), BATCH):
                part = todo[start : start + BATCH]
                new = self._encode([text for _, (text, _) in part], [word for _, (_, word) in part], 1)
                self._known.append([key for key, _ in part], new)
                if progress is not None:
                    progress(start + len(part), len(todo))
            if not keys:
                return np.zeros((0, self.dimensions), dtype=np.float32)
            return np.asarray(self._known.get(keys), dtype=np.float32)

    def _encode(self, texts: Sequence[str], words: list[str], kind: int) -> np.ndarray:
        found = np.asarray(self.encoder.encode(words), dtype=np.float32)
        return found if self._beside is None else self._beside.joined(found, texts, kind)
