"""Steps of gradient descent shared out among the cores, for networks that are small and a machine that has few."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

T = TypeVar("T")


class Steps(Generic[T]):
    """One AdamW optimiser with its schedule; a call takes one step on shares of a batch and returns the loss.

    Every core works on a share by itself: they wait for each other once a step, not at every product.

    :param groups: parameters with the highest rate that each of them learns at.
    :param loss: the loss of one share.
    """

    def __init__(
        self,
        network: nn.Module,
        groups: Sequence[tuple[Sequence[nn.Parameter], float]],
        steps: int,
        loss: Callable[[T], Tensor],
    ) -> None:
        self._trained = [p for some, _ in groups for p in some]
        self._loss = loss
        self._optimiser = torch.optim.AdamW(
            [{"params": list(some), "lr": rate} for some, rate in groups], weight_decay=0.01
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, [rate for _, rate in groups], total_steps=steps + 1, pct_start=0.1,
            anneal_strategy="linear",
        )  # fmt: skip
        self.cores = len(os.sched_getaffinity(0))
        torch.set_num_threads(1)
        self._pool = ThreadPoolExecutor(self.cores, initializer=lambda: torch.set_num_threads(1))
        self._half = half_precision()
        keep_memory()
        network.train()

    def __call__(self, shares: Sequence[T]) -> float:
        found = list(self._pool.map(self._gradients, shares))
        for place, parameter in enumerate(self._trained):
            total: Any = sum(gradients[place] for _, gradients in found)
            parameter.grad = total / len(found)
        nn.utils.clip_grad_norm_(self._trained, 1.0)
        self._optimiser.step()
        self._schedule.step()
        return sum(loss for loss, _ in found) / len(found)

    def _gradients(self, share: T) -> tuple[float, tuple[Tensor, ...]]:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            loss = self._loss(share)
        return loss.item(), torch.autograd.grad(loss, self._trained)


def half_precision() -> bool:
    """Return whether to calculate in bfloat16: twice as fast where the processor has it, slower everywhere else."""
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def keep_memory() -> None:
    """Tell glibc to keep freed memory; giving it back and getting it again takes half of the time otherwise."""
    import ctypes

    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    if allocator is not None:
        never_map, never_trim = (-4, 0), (-1, 2**31 - 1)  # M_MMAP_MAX, M_TRIM_THRESHOLD
        allocator(*never_map)
        allocator(*never_trim)
