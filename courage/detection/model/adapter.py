"""What training changed in the public encoder: differences to its weights in three bits each, in one safetensors file.

The transformer's blocks are trained in full. What training adds to a weight is small, so a coarse form of it is enough
(compare Liu et al. 2024, BitDelta): each row of a difference has one step width, each number one of eight steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from courage.errors import CourageError

HEAD_SCALE: Final = 8.0
BITS: Final = 3
# The step that loses least of normally distributed numbers in eight even steps, in standard deviations (Max 1960).
_STEP: Final = 0.586
_BLOCK = re.compile(r"\blayer\.(\d+)\.")
_CODES, _STEPS = ".codes", ".steps"


def prepare(bert: nn.Module, *, matrices: bool = True, frozen: int = 0) -> nn.Module:
    """Let the transformer's blocks and all norms train, and keep the embeddings as they are.

    ``matrices`` false keeps all matrices as they are, and lets only norms and biases train. Nothing in the ``frozen``
    lowest blocks, nor below them, trains.
    """
    for name, parameter in bert.named_parameters():
        block = _BLOCK.search(name)
        low = frozen > 0 and (block is None or int(block[1]) < frozen)
        parameter.requires_grad_(_belongs(name) and not low and (matrices or parameter.ndim == 1))
    return bert


def _belongs(name: str) -> bool:
    return "LayerNorm" in name or ".layer." in f".{name}"


def difference(
    bert: nn.Module, base: nn.Module, kept: Mapping[str, Tensor] = MappingProxyType({})
) -> dict[str, Tensor]:
    """Return what training changed against ``base``: matrices in three bits, norms and biases as float16.

    ``kept`` is an earlier adapter's content. What it says of matrices that have not trained since is taken as it is,
    for rounding a second time only blurs it.
    """
    before = dict(base.named_parameters())
    tensors = norms(bert)
    for name, parameter in bert.named_parameters():
        if not _belongs(name) or parameter.ndim == 1 or torch.equal(parameter, before[name]):
            continue
        stored = f"bert.{name}"
        if not parameter.requires_grad and stored + _CODES in kept:
            tensors |= {stored + part: kept[stored + part] for part in (_CODES, _STEPS)}
            continue
        codes, steps = pack((parameter.detach() - before[name].detach()).numpy())
        tensors[stored + _CODES] = torch.from_numpy(codes)
        tensors[stored + _STEPS] = torch.from_numpy(steps)
    return tensors


def norms(bert: nn.Module) -> dict[str, Tensor]:
    """Return norms and biases, which are stored whole, as float16."""
    return {
        f"bert.{name}": parameter.detach().to(torch.float16).contiguous()
        for name, parameter in bert.named_parameters()
        if _belongs(name) and parameter.ndim == 1
    }


def pack(delta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Round a matrix of shape (rows, columns) to eight even steps per row.

    Returns its bits, shape (3, bytes), lowest bit first, and the rows' step widths as float16, shape (rows,).
    """
    steps = np.maximum(_STEP * delta.std(axis=1), 1e-7).astype(np.float16)
    levels = np.floor(delta / steps.astype(np.float32)[:, None]) + (1 << (BITS - 1))
    codes = np.clip(levels, 0, (1 << BITS) - 1).astype(np.uint8).ravel()
    return np.stack([np.packbits((codes >> bit) & 1) for bit in range(BITS)]), steps


def unpack(codes: np.ndarray, steps: np.ndarray, columns: int) -> np.ndarray:
    """Return the matrix that :func:`pack` rounded, shape (rows, columns), as float32.

    :raises CourageError: where bits and steps do not belong to a matrix of so many columns.
    """
    size = len(steps) * columns
    if codes.shape != (BITS, (size + 7) // 8):
        raise CourageError(f"{codes.shape} bits and {len(steps)} rows make no matrix of {columns} columns")
    levels = sum(np.unpackbits(codes[bit], count=size).astype(np.float32) * (1 << bit) for bit in range(BITS))
    middle = np.asarray(levels, np.float32) - (1 << (BITS - 1)) + 0.5
    return middle.reshape(len(steps), columns) * steps.astype(np.float32)[:, None]


def save(tensors: dict[str, Tensor], path: Path) -> None:
    """Write tensors atomically as safetensors."""
    from safetensors.torch import save_file

    part = path.with_suffix(".part")
    save_file(tensors, str(part))
    part.replace(path)


def stored(path: Path) -> dict[str, Tensor]:
    """Return everything that an adapter file holds, by name."""
    from safetensors.torch import load_file

    found: dict[str, Tensor] = load_file(str(path))
    return found


def apply(bert: nn.Module, path: Path) -> nn.Module:
    """Add the differences stored at ``path`` to a public encoder, in place, and return it.

    :raises CourageError: where the file does not fit the encoder.
    """
    changes: dict[str, Any] = {
        name.removeprefix("bert."): tensor
        for name, tensor in stored(path).items()
        if name.startswith("bert.")
    }
    own = dict(bert.named_parameters())
    names = {name.removesuffix(_CODES).removesuffix(_STEPS) for name in changes}
    strange = sorted(names - set(own))
    if strange:
        raise CourageError(f"adapter {path.name} does not fit the encoder: it holds {strange[0]!r}")
    with torch.no_grad():
        for name in sorted(names):
            shape = tuple(own[name].shape)
            if len(shape) == 1:
                _check(path, name, tuple(changes[name].shape), shape)
                own[name].copy_(changes[name].float())
                continue
            steps = changes[name + _STEPS].numpy()
            _check(path, name, (len(steps), shape[1]), shape)
            try:
                delta = unpack(changes[name + _CODES].numpy(), steps, shape[1])
            except CourageError as error:
                raise CourageError(f"adapter {path.name} does not fit the encoder: {name}: {error}") from None
            own[name].add_(torch.from_numpy(delta))
    return bert


def _check(path: Path, name: str, found: tuple[int, ...], expected: tuple[int, ...]) -> None:
    if found != expected:
        raise CourageError(f"adapter {path.name}: {name} is {found}, expected {expected}")
