"""What one epoch of training sees: seeds, some swapped or disguised, and a share of the public texts, in batches."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor

from courage.detection.text.lexicons import load_lexicon
from courage.detection.text.preparation import Preparation
from courage.detection.training.augmentation import Swapper, disguise, wrap
from courage.detection.training.examples import ROOMS, Example
from courage.taxonomy import LANGUAGES

MAX_TOKENS: Final = 64
ALL_ROUNDS: Final = 99
_IDLE: Final = frozenset(
    {"chat", "joke", "positive_mention"}
)  # kinds that stand beside anything without changing it


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard one stage of training goes, and what it reads."""

    epochs: int = 2
    batch: int = 96
    rate: float = 1.5e-4
    head_rate: float = 2e-3
    seed: int = 20
    seed_repeats: int = 2
    public_share: float = 0.5
    swap: float = 0.3
    noise: float = 0.12
    settling: int = 400  # steps after rounding the matrices
    wrapped: float = 0.2
    padded: float = 0.1
    beside: float = 0.0  # share of harmless examples that stand beside another harmless one, whoever is named
    contrast: float = (
        0.0  # weight of telling hateful members of a pair from its harmless ones; they are read together then
    )
    frozen: int = (
        4  # lowest blocks that stay as they are, which is quicker and keeps what other languages share
    )
    rounds: int = ALL_ROUNDS  # the last round of adversarial examples that takes part
    fresh: int = 0  # the round that is new: met ``fresh_repeats`` times an epoch, and never left out
    fresh_repeats: int = 3
    rehearsed: float = 1.0  # share of all other examples of our own, so that nothing learnt before is lost
    fixed: bool = (
        False  # the same variants in each epoch, so that the frozen blocks read each of them once only
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One tokenised training text with its labels.

    ``hidden`` is what the frozen blocks make of it, shape (tokens, dimensions), where that is worked out beforehand.
    """

    tokens: list[int]
    example: Example
    hidden: Tensor | None = None


class Batches:
    """Draws each epoch's texts: seeds (some swapped, some disguised) and a share of the public texts."""

    def __init__(
        self,
        own: Sequence[Example],
        mix: Sequence[Example],
        plan: Plan,
        prepare: Preparation,
        tokenizer: Any,
        lexicons: Path,
        *,
        glossed: bool = False,
    ) -> None:
        self._own, self._mix, self._plan, self._prepare = own, mix, plan, prepare
        self._glossed = glossed
        self._swap = {code: Swapper(load_lexicon(code, lexicons)) for code in LANGUAGES}
        self._idle: dict[str, list[Example]] = {
            code: [e for e in own if e.language == code and e.kind in _IDLE and len(e.text) < 90]
            for code in LANGUAGES
        }
        self._harmless: dict[str, list[Example]] = {
            code: [e for e in own if e.language == code and _harmless(e) and len(e.text) < 120]
            for code in LANGUAGES
        }
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._pick = random.Random(plan.seed)
        self._cache: dict[tuple[str, str], str] = {}

    def _read(self, text: str, language: str) -> str:
        return self._prepare(text, language, glossed=self._glossed).windows[0]

    def _text(self, example: Example) -> str:
        key = (example.language, example.text)
        if key not in self._cache:
            self._cache[key] = self._read(example.text, example.language)
        return self._cache[key]

    def _variant(self, example: Example) -> tuple[str, tuple[str, ...] | None]:
        """Return a text as this epoch sees it: perhaps of another group, misspelt, in other company, and its targets."""
        text, targets, pick = self._text(example), example.targets, self._pick
        # A gloss is English whatever the language was.
        spoken = "en" if self._glossed else example.language
        if pick.random() < self._plan.swap * (1.0 if spoken == "en" else 0.6):
            swapped = self._swap[spoken](text, targets, pick)
            if swapped is not None:
                text, targets = swapped[0], swapped[1] if targets is not None else None
        if example.kind != "hate_spelling" and pick.random() < self._plan.noise and example.language != "ar":
            noisy = disguise(text if spoken == "en" or not self._glossed else example.text, pick)
            text = self._read(noisy, example.language)
        if self._glossed:
            return text, targets
        # Two harmless sentences are as harmless as one, whoever they name; hate stands only beside what names nobody.
        beside = self._plan.beside > 0 and _harmless(example)
        others = self._harmless[example.language] if beside else self._idle[example.language]
        if others and pick.random() < (self._plan.beside if beside else self._plan.padded):
            other = pick.choice(others)
            text = f"{self._text(other)} {text}" if pick.random() < 0.6 else f"{text} {self._text(other)}"
            if beside and targets is not None:
                targets = tuple(dict.fromkeys((*targets, *(other.targets or ()))))
        if pick.random() < self._plan.wrapped:
            text = wrap(text, pick)
        return text, targets

    def epoch(self, number: int) -> list[list[Item]]:
        """Return one epoch's batches, each of texts of similar length, in random order."""
        return self.batched(self.drawn(number))

    def drawn(self, number: int) -> list[Item]:
        """Return the texts of one epoch, tokenised, as it sees them."""
        chosen: list[tuple[str, Example]] = []
        for place, example in enumerate(self._own):
            if example.source in ("composed", "library") and (place + number) % 2:
                continue  # many and alike: half of them an epoch is enough
            for _ in range(self._repeats(example)):
                text, targets = self._variant(example)
                chosen.append((text, replace(example, targets=targets)))
        size = int(len(self._mix) * self._plan.public_share)
        begin = (number * size) % max(1, len(self._mix))
        part = [*self._mix, *self._mix][begin : begin + size]
        for example in part:
            text, targets = self._variant(example)
            chosen.append((text, replace(example, targets=targets)))
        encoded = self._tokenizer.encode_batch_fast([text for text, _ in chosen])
        return [Item(e.ids, example) for e, (_, example) in zip(encoded, chosen, strict=True)]

    def batched(self, items: Sequence[Item]) -> list[list[Item]]:
        """Return items in batches of similar length, in another random order each time."""
        together = _by_pair(items) if self._plan.contrast else [[item] for item in items]
        self._pick.shuffle(together)
        mixed = [(max(len(item.tokens) for item in unit), item) for unit in together for item in unit]
        pool = 40 * self._plan.batch
        batches: list[list[Item]] = []
        for start in range(0, len(mixed), pool):
            # A stable order, so that the members of a pair stay side by side.
            near = [item for _, item in sorted(mixed[start : start + pool], key=lambda one: one[0])]
            batches += [near[k : k + self._plan.batch] for k in range(0, len(near), self._plan.batch)]
        self._pick.shuffle(batches)
        return batches

    def _repeats(self, example: Example) -> int:
        if example.source == ROOMS:
            return 1
        if self._plan.fresh and example.round == self._plan.fresh:
            return self._plan.fresh_repeats
        return self._plan.seed_repeats if example.source in ("seeds", "feedback") else 1


def _by_pair(items: Sequence[Item]) -> list[list[Item]]:
    """Return the items of each contrastive pair, in the order in which the first of each came."""
    units: dict[object, list[Item]] = {}
    for place, item in enumerate(items):
        units.setdefault(item.example.group or place, []).append(item)
    return list(units.values())


def _harmless(example: Example) -> bool:
    return example.source in ("seeds", ROOMS) and not example.hateful and example.category == "none"


def taking_part(own: Sequence[Example], plan: Plan) -> list[Example]:
    """Return the examples that a stage reads: of its rounds, those of its new round whole and of all others a share.

    The members of a contrastive pair are taken or left together.
    """

    def taken(example: Example) -> bool:
        if example.round > plan.rounds:
            return False
        if (
            plan.rehearsed >= 1.0
            or (plan.fresh and example.round == plan.fresh)
            or example.source == "feedback"
        ):
            return True
        key = f"{plan.seed}:{example.group or example.text}"
        digest = hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=4).digest()
        return int.from_bytes(digest, "big") / 2**32 < plan.rehearsed

    return [example for example in own if taken(example)]


def collate(items: Sequence[Item]) -> tuple[Tensor, Tensor]:
    """Pad token ids; both results have shape (batch, longest)."""
    width = max(len(item.tokens) for item in items)
    ids = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros(len(items), width, dtype=torch.long)
    for row, item in enumerate(items):
        ids[row, : len(item.tokens)] = torch.tensor(item.tokens)
        mask[row, : len(item.tokens)] = 1
    return ids, mask
