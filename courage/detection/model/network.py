"""The BERT encoder as plain torch modules around Hugging Face's implementation, and its export to ONNX."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from courage.errors import CourageError

EXPORT_VERSION = "3"
_OPSET = 17


class PooledEncoder(nn.Module):
    """A BERT with mean pooling; the output has shape (batch, dimensions) and unit length in each row."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.bert = bert

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Return unit vectors for token ids and their mask, both of shape (batch, tokens)."""
        hidden: Tensor = self.bert(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        weights = attention_mask.unsqueeze(-1).to(hidden.dtype)
        mean = (hidden * weights).sum(1) / weights.sum(1).clamp(min=1e-6)
        return nn.functional.normalize(mean, dim=-1)


def load_bert(source: str) -> nn.Module:
    """Load a transformer without its pooler from a folder or by name.

    :raises CourageError: where the folder or the name cannot be loaded.
    """
    import logging

    from transformers import AutoModel

    # The checkpoint's unused pooler is no news to anybody.
    logging.getLogger("transformers.modeling_utils").setLevel(logging.ERROR)

    try:
        model: nn.Module = AutoModel.from_pretrained(
            source, add_pooling_layer=False, attn_implementation="eager", use_safetensors=True
        )
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourageError(f"encoder {source!r} cannot be loaded: {reason}") from error
    return model.eval()


def export_int8(encoder: nn.Module, target: Path) -> None:
    """Write the encoder as a quantised ONNX file; the file appears whole or not at all.

    Weights are quantised per channel and to seven bits, because processors without VNNI saturate at eight.
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
        os.replace(small, target)


def _export_plain(encoder: nn.Module, path: Path) -> None:
    size = int(getattr(getattr(getattr(encoder, "bert", encoder), "config", None), "vocab_size", 30_000))
    ids = torch.tensor([[101, 2023, 2003, 102], [101, 7592, 102, 0]]) % size
    mask = torch.tensor([[1, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "batch", 1: "tokens"}
    torch.onnx.export(
        encoder, (ids, mask), str(path), dynamo=False, opset_version=_OPSET,
        input_names=["input_ids", "attention_mask"], output_names=["vectors"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "vectors": {0: "batch"}},
    )  # fmt: skip


def _fuse(plain: Path, fused: Path, encoder: nn.Module) -> None:
    """Let ONNX Runtime's optimiser fuse attention and layer norms where it knows the shape of the graph."""
    import logging

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
