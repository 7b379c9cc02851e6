"""Fewer layers that still mean what the whole encoder means: a cut multilingual-e5-small learns the vectors of the whole one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from courage.detection.training.steps import Steps

Share = tuple[list[list[int]], Tensor]


def shorten(
    bert: Any,
    tokens: Sequence[list[int]],
    vectors: Tensor,
    *,
    epochs: int = 3,
    batch: int = 64,
    rate: float = 3e-4,
    seed: int = 7,
    progress: Callable[[str], None] = print,
) -> None:
    """Train the blocks of a cut encoder, in place, until the mean of a text's tokens points where ``vectors`` does.

    :param tokens: token ids of texts.
    :param vectors: what the whole encoder says of each, of unit length, shape (texts, dimensions).
    """
    for name, parameter in bert.named_parameters():
        parameter.requires_grad_("LayerNorm" in name or ".layer." in name)
    trained = [p for p in bert.parameters() if p.requires_grad]
    # All vectors of this encoder lie close together; what tells texts apart is how they differ from the middle.
    middle = vectors.mean(0)
    wanted = nn.functional.normalize(vectors - middle, dim=-1)
    total = epochs * (len(tokens) // batch)

    def loss(share: Share) -> Tensor:
        ids, mask = _padded(share[0])
        hidden = bert(input_ids=ids, attention_mask=mask).last_hidden_state.float()
        weight = mask.unsqueeze(-1).float()
        mean = nn.functional.normalize((hidden * weight).sum(1) / weight.sum(1), dim=-1)
        found = nn.functional.normalize(mean - middle, dim=-1)
        return (1.0 - (found * share[1]).sum(-1)).mean()

    step = Steps[Share](bert, [(trained, rate)], total, loss)
    pick, running, done, begun = random.Random(seed), 0.0, 0, time.monotonic()
    for _ in range(epochs):
        for rows in batches_by_length([len(ids) for ids in tokens], batch, pick)[: total // epochs]:
            shares = [rows[k :: step.cores] for k in range(step.cores)]
            done += 1
            running += (step([([tokens[r] for r in s], wanted[s]) for s in shares if s]) - running) * max(
                0.02, 1 / done
            )
            if done % 20 == 0:
                progress(
                    f"shortening: step {done}/{total} loss {running:.3f} {time.monotonic() - begun:.0f} s"
                )


def batches_by_length(lengths: Sequence[int], batch: int, pick: random.Random) -> list[list[int]]:
    """Return rows in batches of similar length, in random order."""
    order = list(range(len(lengths)))
    pick.shuffle(order)
    found = []
    for start in range(0, len(order), 40 * batch):
        near = sorted(order[start : start + 40 * batch], key=lambda row: lengths[row])
        found += [near[k : k + batch] for k in range(0, len(near), batch)]
    pick.shuffle(found)
    return found


def _padded(rows: Sequence[list[int]]) -> tuple[Tensor, Tensor]:
    width = max(map(len, rows))
    ids, mask = (
        torch.zeros(len(rows), width, dtype=torch.long),
        torch.zeros(len(rows), width, dtype=torch.long),
    )
    for row, tokens in enumerate(rows):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return ids, mask
