"""Training of the detector: ``train`` turns seeds and open data into ``detection/data``, the same way each time."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from detection import adapter
from detection.augmentation import Swapper, disguise
from detection.composed import compose
from detection.encoder import minilm_folder, open_tokenizer
from detection.examples import KINDS, Example, read_feedback, read_seeds, split
from detection.lexicons import DEFAULT_FOLDER, load_lexicon
from detection.library_examples import library_examples
from detection.network import PooledEncoder, load_bert
from detection.preparation import Preparation
from detection.public_sets import development_mix, training_mix
from detection.verdict import CATEGORIES, ESCALATED, LANGUAGES, TARGET_GROUPS
from detection.vocabulary import load_vocabulary

MAX_TOKENS = 64
OUTPUTS = 1 + len(CATEGORIES) + len(TARGET_GROUPS) + len(KINDS)
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how hard to train; the defaults made the shipped weights."""

    epochs: int = 4
    batch: int = 32
    rate: float = 6e-4
    rank: int = adapter.RANK
    seed: int = 20
    seed_repeats: int = 2
    public_share: float = 0.35
    swap: float = 0.3
    noise: float = 0.12
    frozen_layers: int = 0


class Detector(nn.Module):
    """Encoder and one linear layer that holds all heads; returns logits of shape (batch, OUTPUTS)."""

    def __init__(self, bert: nn.Module) -> None:
        super().__init__()
        self.encoder = PooledEncoder(bert)
        self.heads = nn.Linear(384, OUTPUTS)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of all heads."""
        logits: Tensor = self.heads(self.encoder(ids, mask) * adapter.HEAD_SCALE)
        return logits


@dataclass(frozen=True, slots=True)
class Item:
    """One tokenised training text with its labels."""

    tokens: list[int]
    example: Example


def train(
    seeds: Path, output: Path, *, public: Path | None = None, lexicons: Path = DEFAULT_FOLDER,
    plan: Plan | None = None, start: Path | None = None, feedback: Path | None = None,
    progress: Progress = print,
) -> None:  # fmt: skip
    """Train adapter and heads and write them, calibrated, with the model card, into ``output``.

    ``seeds`` is the folder with ``<language>/train-*.tsv``, with ``responses`` beside it; ``public`` the
    optional folder of open data sets. With ``start``
    (an ``adapter.safetensors``) training goes on from there instead of from the public encoder. ``feedback`` is a
    file of seed lines that people confirmed; all of it is trained on.

    :raises CourageError: where a seed file is malformed.
    """
    plan = plan or Plan()
    confirmed = [] if feedback is None else read_feedback(feedback)
    random.seed(plan.seed)
    np.random.seed(plan.seed)
    torch.manual_seed(plan.seed)
    output.mkdir(parents=True, exist_ok=True)
    own, _ = split(read_seeds(seeds, strict=False))
    own += compose({code: load_lexicon(code, lexicons) for code in LANGUAGES})
    own += library_examples(seeds.parent / "responses", lexicons) + confirmed
    mix = training_mix(public)
    progress(f"training on {len(own)} seeds and {len(mix)} public texts")
    folder = minilm_folder()
    prepare = Preparation(load_vocabulary(folder / "vocab.txt", lexicons), lexicons)
    bert = load_bert(str(folder))
    model = Detector(adapter.insert(bert, plan.rank) if start is None else adapter.fill(bert, start))
    if start is not None:
        _restore_heads(model, start)
    if plan.frozen_layers:
        adapter.freeze_lower(bert, plan.frozen_layers)
    batches = Batches(own, mix, plan, prepare, open_tokenizer(str(folder)), lexicons)
    _fit(model, batches, plan, progress, lambda: _store(model, output))
    _store(model, output)
    finish(seeds, output, public=public, lexicons=lexicons, feedback=feedback, progress=progress)


def finish(
    seeds: Path,
    output: Path,
    *,
    public: Path | None = None,
    lexicons: Path = DEFAULT_FOLDER,
    feedback: Path | None = None,
    progress: Progress = print,
) -> None:
    """Fit the n-gram model and calibrate an adapter that lies in ``output``; minutes instead of half an hour."""
    from detection.calibration import calibrate, fit_ngrams

    own, dev = split(read_seeds(seeds, strict=False))
    own += [] if feedback is None else read_feedback(feedback)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    progress("fitting the n-gram model")
    fit_ngrams([*own, *training_mix(public)], prepare, output / "ngrams.safetensors")
    everyday = [example for example in dev if example.kind in ("chat", "profanity", "joke", "abuse_object")]
    with tempfile.TemporaryDirectory() as cache:
        progress("calibrating")
        calibrate(output, Path(cache), [*dev, *development_mix(public)], everyday, progress)


def _restore_heads(model: Detector, start: Path) -> None:
    from safetensors.torch import load_file

    stored = load_file(str(start))
    with torch.no_grad():
        model.heads.weight.copy_(stored["heads.weight"])
        model.heads.bias.copy_(stored["heads.bias"])


def _store(model: Detector, output: Path) -> None:
    tensors = adapter.trained_tensors(model.encoder.bert)
    tensors["heads.weight"] = model.heads.weight.detach().clone()
    tensors["heads.bias"] = model.heads.bias.detach().clone()
    adapter.save(tensors, output / "adapter.safetensors")


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
    ) -> None:
        self._own, self._mix, self._plan, self._prepare = own, mix, plan, prepare
        self._swap = Swapper(load_lexicon("en", lexicons))
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()
        self._pick = random.Random(plan.seed)
        self._cache: dict[tuple[str, str], str] = {}

    def _text(self, example: Example) -> str:
        key = (example.language, example.text)
        if key not in self._cache:
            self._cache[key] = self._prepare(example.text, example.language).windows[0]
        return self._cache[key]

    def _variant(self, example: Example) -> tuple[str, tuple[str, ...] | None]:
        text, targets = self._text(example), example.targets
        if self._pick.random() < self._plan.swap:
            swapped = self._swap(text, targets, self._pick)
            if swapped is not None:
                text, targets = swapped[0], swapped[1] if targets is not None else None
        if (
            example.kind != "hate_spelling"
            and self._pick.random() < self._plan.noise
            and example.language != "ar"
        ):
            noisy = disguise(text if example.language == "en" else example.text, self._pick)
            text = self._prepare(noisy, example.language).windows[0]
        return text, targets

    def epoch(self, number: int) -> list[list[Item]]:
        """Return one epoch's batches, each of texts of similar length, in random order."""
        chosen: list[tuple[str, Example]] = []
        for example in self._own:
            for _ in range(self._plan.seed_repeats):
                text, targets = self._variant(example)
                chosen.append((text, _with_targets(example, targets)))
        size = int(len(self._mix) * self._plan.public_share)
        begin = (number * size) % max(1, len(self._mix))
        part = [*self._mix, *self._mix][begin : begin + size]
        for example in part:
            text, targets = self._variant(example)
            chosen.append((text, _with_targets(example, targets)))
        encoded = self._tokenizer.encode_batch_fast([text for text, _ in chosen])
        items = [Item(e.ids, example) for e, (_, example) in zip(encoded, chosen, strict=True)]
        self._pick.shuffle(items)
        pool = 40 * self._plan.batch
        batches: list[list[Item]] = []
        for start in range(0, len(items), pool):
            near = sorted(items[start : start + pool], key=lambda item: len(item.tokens))
            batches += [near[k : k + self._plan.batch] for k in range(0, len(near), self._plan.batch)]
        self._pick.shuffle(batches)
        return batches


def _with_targets(example: Example, targets: tuple[str, ...] | None) -> Example:
    return Example(
        example.text, example.hateful, example.language, example.category, targets, example.kind,
        example.group, example.source, example.weight,
    )  # fmt: skip


def collate(items: Sequence[Item]) -> tuple[Tensor, Tensor]:
    """Pad token ids; both results have shape (batch, longest)."""
    width = max(len(item.tokens) for item in items)
    ids = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros(len(items), width, dtype=torch.long)
    for row, item in enumerate(items):
        ids[row, : len(item.tokens)] = torch.tensor(item.tokens)
        mask[row, : len(item.tokens)] = 1
    return ids, mask


def loss_of(logits: Tensor, items: Sequence[Item]) -> Tensor:
    """Weighted sum of the heads' losses; heads without a label in an example take no part."""
    examples = [item.example for item in items]
    weight = torch.tensor([e.weight * (1.5 if e.category in ESCALATED else 1.0) for e in examples])
    truth = torch.tensor([0.97 if e.hateful else 0.03 for e in examples])
    functional = nn.functional
    hate = functional.binary_cross_entropy_with_logits(logits[:, 0], truth, reduction="none")
    begin, end = 1, 1 + len(CATEGORIES)
    category = torch.tensor([-100 if e.category is None else CATEGORIES.index(e.category) for e in examples])
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
    kind = torch.tensor([-100 if e.kind is None else KINDS.index(e.kind) for e in examples])
    by_kind = functional.cross_entropy(logits[:, end:], kind, reduction="none", ignore_index=-100)
    total: Tensor = (
        weight * (hate + 0.25 * by_category + 0.8 * by_target + 0.15 * by_kind)
    ).sum() / weight.sum()
    return total


def _fit(
    model: Detector, batches: Batches, plan: Plan, progress: Progress, store: Callable[[], None]
) -> None:
    slow = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("heads")]
    optimiser = torch.optim.AdamW(
        [{"params": slow, "lr": plan.rate}, {"params": list(model.heads.parameters()), "lr": 3e-3}],
        weight_decay=0.01,
    )
    first = batches.epoch(0)
    progress(f"{len(first)} batches in the first epoch")
    steps = len(first) * plan.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [plan.rate, 3e-3],
        total_steps=steps + plan.epochs * 4,
        pct_start=0.1,
        anneal_strategy="linear",
    )
    model.train()
    begun, step = time.monotonic(), 0
    for epoch in range(plan.epochs):
        running = 0.0
        for items in first if epoch == 0 else batches.epoch(epoch):
            loss = loss_of(model(*collate(items)), items)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(slow, 1.0)
            optimiser.step()
            schedule.step()
            running += (loss.item() - running) * 0.02
            step += 1
            if step % 20 == 0:
                elapsed = time.monotonic() - begun
                progress(
                    f"epoch {epoch + 1}/{plan.epochs} step {step}/{steps} loss {running:.3f} {elapsed:.0f} s"
                )
        store()
    model.eval()
