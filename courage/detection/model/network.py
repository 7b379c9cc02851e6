"""The encoder as Sentence Transformers loads and pools it, for training, and its export to a quantised ONNX graph."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
import warnings
from pathlib import Path
from typing import Any, Final

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize
from torch import Tensor, nn

from courage.detection.model import e5
from courage.errors import CourageError

_OPSET = 17
_LEAST_PARTED: Final = 4 * 2**20  # bytes of a table that gets a file of its own


class PooledEncoder(nn.Module):
    """A Sentence Transformer as a function of token ids; each row of the output has unit length.

    Its own modules say how token vectors become one: the bundled model takes their mean, another may take the
    first. Tokenising stays outside (:mod:`courage.detection.model.encoder`), so that the graph can be exported and
    the running engine needs neither torch nor Sentence Transformers.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    @property
    def bert(self) -> nn.Module:
        """The transformer below the pooling, whose weights are trained."""
        transformer: Any = self.model[0]
        bert: nn.Module = transformer.auto_model
        return bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return unit vectors (batch, dimensions) for token ids and their mask, both of shape (batch, tokens)."""
        features: dict[str, Any] = {"input_ids": input_ids, "attention_mask": attention_mask}
        for module in self.model:
            features = module(features)
        vectors: Tensor = features["sentence_embedding"]
        return vectors if isinstance(self.model[-1], Normalize) else nn.functional.normalize(vectors, dim=-1)


class MeanPooled(nn.Module):
    """A BERT as a function of token ids: the mean of its tokens' vectors, each row of the output of unit length."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return unit vectors (batch, dimensions) for token ids and their mask, both of shape (batch, tokens)."""
        tokens: Tensor = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        real = attention_mask.unsqueeze(-1).to(tokens.dtype)
        return nn.functional.normalize((tokens * real).sum(1) / real.sum(1), dim=-1)


TextEncoder = PooledEncoder | MeanPooled


def load_pooled(source: str) -> TextEncoder:
    """Load multilingual-e5-small by its name, else a Sentence Transformer, or a bare transformer with mean pooling.

    ``source`` is a folder or a name.

    :raises CourageError: where the folder or the name cannot be loaded.
    """
    if source == e5.NAME:
        weights = e5.open_weights()
        return MeanPooled(e5.make_bert(weights, e5.kept(weights.pieces()))).eval()
    # The checkpoint's unused pooler concerns nobody, nor does a bare transformer's mean pooling.
    for noisy in ("transformers", "sentence_transformers"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    try:
        model = SentenceTransformer(
            source, device="cpu",
            model_kwargs={
                "add_pooling_layer": False, "attn_implementation": "eager", "use_safetensors": True,
            },
        )  # fmt: skip
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourageError(f"encoder {source!r} cannot be loaded: {reason}") from error
    return PooledEncoder(model.eval())


def export_int8(encoder: nn.Module, target: Path) -> None:
    """Write the encoder as a quantised ONNX file; the file appears whole or not at all.

    Weights are quantised per channel and to seven bits, because processors without VNNI saturate at eight. The table of
    embeddings lies in a file beside it, which ONNX Runtime maps into memory: encoders that share a table share that file, and
    of its rows only those that texts need are read.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, fused, small = (Path(folder) / name for name in ("plain.onnx", "fused.onnx", "int8.onnx"))
        _export_plain(encoder, plain)
        _fuse(plain, fused, encoder)
        quantize_dynamic(
            str(fused), str(small), per_channel=True, reduce_range=True, weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Attention", "Gather"],
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT, "MatMulConstBOnly": True},
        )  # fmt: skip
        _part_from_embeddings(small, target.parent)
        os.replace(small, target)


def _part_from_embeddings(graph: Path, folder: Path) -> None:
    """Move the largest table of a graph into a file of ``folder`` that is named by its content."""
    import onnx
    from onnx.external_data_helper import set_external_data

    model = onnx.load(str(graph))
    table = max(model.graph.initializer, key=lambda one: len(one.raw_data))
    data = table.raw_data
    if len(data) < _LEAST_PARTED:
        return
    file = folder / f"embeddings-{hashlib.sha256(data).hexdigest()[:16]}.bin"
    part = graph.with_suffix(".part")
    part.write_bytes(data)  # written anew even where it is there: it may be damaged
    part.replace(file)
    set_external_data(table, file.name, offset=0, length=len(data))
    table.ClearField("raw_data")
    onnx.save(model, str(graph))


def _export_plain(encoder: nn.Module, path: Path) -> None:
    size = int(getattr(getattr(getattr(encoder, "bert", encoder), "config", None), "vocab_size", 30_000))
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 7592, 102, 0]]) % size
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "batch", 1: "tokens"}
    with warnings.catch_warnings():
        # Pooling compares the lengths of mask and tokens, which are the same for every text.
        warnings.simplefilter("ignore", Warning)
        torch.onnx.export(
            encoder, (ids, mask), str(path), dynamo=False, opset_version=_OPSET,
            input_names=["input_ids", "attention_mask"], output_names=["vectors"],
            dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
        )  # fmt: skip


def _fuse(plain: Path, fused: Path, encoder: nn.Module) -> None:
    """Let ONNX Runtime's optimiser fuse attention and layer norms where it knows the shape of the graph."""
    from onnxruntime.transformers.fusion_options import FusionOptions
    from onnxruntime.transformers.optimizer import optimize_model

    for noisy in ("onnxruntime.transformers", "onnxruntime.transformers.optimizer", "fusion_base"):
        logging.getLogger(noisy).setLevel(logging.ERROR)
    config: Any = getattr(getattr(encoder, "bert", encoder), "config", None)
    options = FusionOptions("bert")
    options.enable_embed_layer_norm = False
    model = optimize_model(
        str(plain), "bert", num_heads=getattr(config, "num_attention_heads", 0),
        hidden_size=getattr(config, "hidden_size", 0), optimization_options=options, opt_level=0,
    )  # fmt: skip
    model.save_model_to_file(str(fused))


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
