"""The loss of all heads together, and how many outputs they have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn

from courage.detection.model.heads import MODEL_CATEGORIES, MODEL_KINDS
from courage.detection.training.batches import Item
from courage.detection.training.examples import Example
from courage.taxonomy import ESCALATED, NARRATIVE, TARGET_GROUPS

# A narrative is no hate to remove, and is nearer to it than chat is.
_NARRATIVE_TRUTH: Final = 0.15
# By how much, in logits, a hateful text should score above its harmless twin.
_MARGIN: Final = 2.0
OUTPUTS: Final = 1 + len(MODEL_CATEGORIES) + len(TARGET_GROUPS) + len(MODEL_KINDS)


def loss_of(logits: Tensor, items: Sequence[Item], contrast: float = 0.0) -> Tensor:
    """Weighted sum of the heads' losses; heads without a label in an example take no part.

    ``contrast`` is the weight of a margin between the hateful and the harmless members of each pair that the items hold.
    """
    examples = [item.example for item in items]
    weight = torch.tensor([e.weight * (1.5 if e.category in ESCALATED else 1.0) for e in examples])
    truth = torch.tensor(
        [0.97 if e.hateful else _NARRATIVE_TRUTH if e.category == NARRATIVE else 0.03 for e in examples]
    )
    decided = torch.tensor([float(e.decided) for e in examples])
    functional = nn.functional
    hate = functional.binary_cross_entropy_with_logits(logits[:, 0], truth, reduction="none")
    begin, end = 1, 1 + len(MODEL_CATEGORIES)
    category = torch.tensor(
        [-100 if e.category is None else MODEL_CATEGORIES.index(e.category) for e in examples]
    )
    by_category = functional.cross_entropy(
        logits[:, begin:end], category, reduction="none", ignore_index=-100
    )
    begin, end = end, end + len(TARGET_GROUPS)
    wanted = torch.tensor(
        [[float(e.targets is not None and g in e.targets) for g in TARGET_GROUPS] for e in examples]
    )
    told = torch.tensor([float(e.targets is not None) for e in examples])
    by_target = (
        functional.binary_cross_entropy_with_logits(logits[:, begin:end], wanted, reduction="none").mean(1)
        * told
    )
    kind = torch.tensor([-100 if e.kind is None else MODEL_KINDS.index(e.kind) for e in examples])
    by_kind = functional.cross_entropy(logits[:, end:], kind, reduction="none", ignore_index=-100)
    total: Tensor = (
        weight * (decided * hate + 0.5 * by_category + 0.8 * by_target + 0.15 * by_kind)
    ).sum() / weight.sum()
    return total + contrast * _between_twins(logits[:, 0], examples) if contrast else total


def _between_twins(hate: Tensor, examples: Sequence[Example]) -> Tensor:
    """Mean softplus of what the margin lacks, over all couples of a hateful and a harmless member of one pair."""
    units: dict[str, tuple[list[int], list[int]]] = {}
    for place, e in enumerate(examples):
        if e.group and e.decided:
            units.setdefault(e.group, ([], []))[not e.hateful].append(place)
    couples = [(one, other) for bad, good in units.values() for one in bad for other in good]
    if not couples:
        return hate.sum() * 0.0
    worse, better = (torch.tensor(side) for side in zip(*couples, strict=True))
    return nn.functional.softplus(_MARGIN - hate[worse] + hate[better]).mean()
