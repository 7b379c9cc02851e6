"""An encoder in two halves: the frozen blocks, which read a text once, and the blocks above them, which train on that."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

import torch
from torch import Tensor, nn

from courage.detection.model.network import MeanPooled
from courage.detection.training.batches import Item, collate

_TOGETHER: Final = 64  # texts that one core reads at a time


def below(encoder: MeanPooled, blocks: int, ids: Tensor, mask: Tensor) -> Tensor:
    """Return what the lowest ``blocks`` make of token ids (batch, tokens): shape (batch, tokens, dimensions)."""
    bert: Any = encoder.bert
    hidden: Tensor = bert.embeddings(input_ids=ids)
    return _through(bert.encoder.layer[:blocks], hidden, mask)


def above(encoder: MeanPooled, blocks: int, hidden: Tensor, mask: Tensor) -> Tensor:
    """Return unit vectors (batch, dimensions) from what :func:`below` gave; with it the same as the encoder itself."""
    bert: Any = encoder.bert
    tokens = _through(bert.encoder.layer[blocks:], hidden, mask)
    real = mask.unsqueeze(-1).to(tokens.dtype)
    return nn.functional.normalize((tokens * real).sum(1) / real.sum(1), dim=-1)


def _through(layers: Any, hidden: Tensor, mask: Tensor) -> Tensor:
    # A padded token is never looked at.
    unseen = torch.zeros(len(mask), 1, 1, mask.shape[1], dtype=hidden.dtype)
    unseen = unseen.masked_fill(mask[:, None, None, :] == 0, torch.finfo(hidden.dtype).min)
    for layer in layers:
        hidden = layer(hidden, unseen)[0]
    return hidden


def read_once(
    encoder: MeanPooled, blocks: int, items: Sequence[Item], *, cores: int, half: bool
) -> list[Item]:
    """Return the items with what the lowest ``blocks`` make of each, kept as bfloat16 where ``half``."""
    order = sorted(range(len(items)), key=lambda place: len(items[place].tokens))
    parts = [order[k : k + _TOGETHER] for k in range(0, len(order), _TOGETHER)]
    found = list(items)

    def read(places: list[int]) -> None:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=half):
            hidden = below(encoder, blocks, *collate([items[place] for place in places]))
        kept = hidden.to(torch.bfloat16) if half else hidden
        for row, place in enumerate(places):
            item = items[place]
            found[place] = replace(item, hidden=kept[row, : len(item.tokens)].clone())

    training = encoder.training
    encoder.eval()
    with ThreadPoolExecutor(cores, initializer=lambda: torch.set_num_threads(1)) as pool:
        list(pool.map(read, parts))
    encoder.train(training)
    return found


def stacked(items: Sequence[Item]) -> tuple[Tensor, Tensor]:
    """Pad what frozen blocks made of items: (batch, longest, dimensions) as float32, and the mask (batch, longest)."""
    _, mask = collate(items)
    states = [item.hidden for item in items if item.hidden is not None]
    hidden = torch.zeros(*mask.shape, states[0].shape[-1])
    for row, state in enumerate(states):
        hidden[row, : len(state)] = state
    return hidden, mask
