"""A small adapter on top of the public encoder: low-rank layers, norms, biases and the heads, in one safetensors file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from detection.errors import CourageError

RANK = 32
HEAD_SCALE = 8.0


class LowRankLinear(nn.Module):
    """``x W^T + b + s · x A^T B^T`` with frozen W (Hu et al. 2021); ``merged`` gives the plain layer."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(base.weight.detach().clone(), requires_grad=False)
        self.bias = nn.Parameter(base.bias.detach().clone())
        self.down = nn.Parameter(torch.empty(rank, base.in_features))
        self.up = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.down, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        """Apply the layer to (…, in) and return (…, out)."""
        plain = nn.functional.linear(x, self.weight, self.bias)
        return plain + nn.functional.linear(nn.functional.linear(x, self.down), self.up)

    def merged(self) -> nn.Linear:
        """Return an ordinary linear layer with the same outcome."""
        layer = nn.Linear(self.weight.shape[1], self.weight.shape[0])
        with torch.no_grad():
            layer.weight.copy_(self.weight + self.up @ self.down)
            layer.bias.copy_(self.bias)
        return layer


def insert(bert: nn.Module, rank: int = RANK) -> nn.Module:
    """Put low-rank layers in place of all linear layers of the transformer's blocks; only they, norms and biases train."""
    for parameter in bert.parameters():
        parameter.requires_grad_(False)
    for name, module in list(bert.named_modules()):
        if isinstance(module, nn.Linear) and ".layer." in f".{name}":
            parent, _, leaf = name.rpartition(".")
            setattr(bert.get_submodule(parent), leaf, LowRankLinear(module, rank))
        elif isinstance(module, nn.LayerNorm):
            for parameter in module.parameters():
                parameter.requires_grad_(True)
    return bert


def merge(bert: nn.Module) -> nn.Module:
    """Replace all low-rank layers by ordinary ones, in place."""
    for name, module in list(bert.named_modules()):
        if isinstance(module, LowRankLinear):
            parent, _, leaf = name.rpartition(".")
            setattr(bert.get_submodule(parent), leaf, module.merged())
    return bert.eval()


def _belongs(name: str) -> bool:
    return (
        name.endswith((".down", ".up"))
        or "LayerNorm" in name
        or (".layer." in f".{name}" and name.endswith(".bias"))
    )


def trained_tensors(bert: nn.Module) -> dict[str, Tensor]:
    """Return the adapter's own tensors as float16, ready for :func:`save`."""
    return {
        f"bert.{name}": parameter.detach().to(torch.float16).contiguous()
        for name, parameter in bert.named_parameters()
        if _belongs(name)
    }


def freeze_lower(bert: nn.Module, layers: int) -> None:
    """Keep embeddings and the lowest ``layers`` blocks as they are; going on from an adapter is then a third faster."""
    for name, parameter in bert.named_parameters():
        if name.startswith("embeddings.") or any(f"encoder.layer.{k}." in name for k in range(layers)):
            parameter.requires_grad_(False)


def save(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors atomically as safetensors."""
    from safetensors.torch import save_file

    part = path.with_suffix(".part")
    save_file(tensors, str(part))
    part.replace(path)


def fill(bert: nn.Module, path: Path) -> nn.Module:
    """Insert low-rank layers and fill them from the adapter stored at ``path``, ready to train on.

    :raises CourageError: where the file does not fit the encoder.
    """
    from safetensors.torch import load_file

    stored: dict[str, Any] = {
        name.removeprefix("bert."): tensor.float()
        for name, tensor in load_file(str(path)).items()
        if name.startswith("bert.")
    }
    rank = next((t.shape[0] for n, t in stored.items() if n.endswith(".down")), RANK)
    insert(bert, rank)
    own = dict(bert.named_parameters())
    strange = sorted(set(stored) - set(own))
    if strange:
        raise CourageError(f"adapter {path.name} does not fit the encoder: it holds {strange[0]!r}")
    with torch.no_grad():
        for name, tensor in stored.items():
            if own[name].shape != tensor.shape:
                raise CourageError(
                    f"adapter {path.name}: {name} is {tuple(tensor.shape)}, expected {tuple(own[name].shape)}"
                )
            own[name].copy_(tensor)
    return bert


def apply(bert: nn.Module, path: Path) -> nn.Module:
    """Fill as :func:`fill` does and merge, for inference."""
    return merge(fill(bert, path))
