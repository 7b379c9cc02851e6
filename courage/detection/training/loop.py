"""Training of the detector: ``train`` turns seeds and open data into ``detection/data``, the same way each time."""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from courage.detection.model import adapter, base
from courage.detection.model.encoder import minilm_folder, open_tokenizer
from courage.detection.model.network import PooledEncoder, load_pooled
from courage.detection.text.lexicons import DEFAULT_FOLDER, load_lexicon
from courage.detection.text.preparation import Preparation
from courage.detection.text.vocabulary import load_vocabulary
from courage.detection.training.batches import Batches, Item, Plan, collate
from courage.detection.training.composed import compose
from courage.detection.training.examples import read_feedback, read_seeds, split
from courage.detection.training.library_examples import library_examples
from courage.detection.training.losses import OUTPUTS, loss_of
from courage.detection.training.public_sets import chat_for_limits, development_mix, training_mix
from courage.taxonomy import LANGUAGES

Progress = Callable[[str], None]


class Detector(nn.Module):
    """Encoder and one linear layer that holds all heads; returns logits of shape (batch, OUTPUTS)."""

    def __init__(self, encoder: PooledEncoder) -> None:
        super().__init__()
        config: Any = encoder.bert.config
        self.encoder = encoder
        self.heads = nn.Linear(config.hidden_size, OUTPUTS)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of all heads."""
        logits: Tensor = self.heads(self.encoder(ids, mask) * adapter.HEAD_SCALE)
        return logits


def train(
    seeds: Path, output: Path, *, public: Path | None = None, lexicons: Path = DEFAULT_FOLDER,
    plan: Plan | None = None, start: Path | None = None, feedback: Path | None = None, encoder: str | None = None,
    progress: Progress = print,
) -> None:  # fmt: skip
    """Train adapter and heads and write them, calibrated, with the model card, into ``output``.

    ``seeds`` is the folder with ``<language>/train-*.tsv``, with ``responses`` beside it; ``public`` the
    optional folder of open data sets. With ``start``
    (an ``adapter.safetensors``) training goes on from there instead of from the public encoder. ``feedback`` is a
    file of seed lines that people confirmed; all of it is trained on. ``encoder`` is the folder or the name of
    another BERT-like encoder than the bundled one.

    :raises CourageError: where a seed file is malformed or the encoder cannot be used.
    """
    plan = plan or Plan()
    confirmed = [] if feedback is None else read_feedback(feedback)
    random.seed(plan.seed)
    np.random.seed(plan.seed)
    torch.manual_seed(plan.seed)
    output.mkdir(parents=True, exist_ok=True)
    own, _ = split(read_seeds(seeds, strict=False))
    own += compose({code: load_lexicon(code, lexicons) for code in LANGUAGES}, seeds)
    own += library_examples(seeds.parent / "responses", lexicons) + confirmed
    mix = training_mix(public)
    progress(f"training on {len(own)} seeds and {len(mix)} public texts")
    source = base.remember(output, encoder)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    untrained, encoding = load_pooled(source), load_pooled(source)
    if start is not None:
        adapter.apply(encoding.bert, start)
    adapter.prepare(encoding.bert)
    model = Detector(encoding)
    if start is not None:
        _restore_heads(model, start)
    batches = Batches(own, mix, plan, prepare, open_tokenizer(source), lexicons)
    file = output / "adapter.safetensors"
    _fit(model, batches, plan, progress, lambda: adapter.save(_tensors(model, untrained.bert), file))
    tensors = _tensors(model, untrained.bert)
    # From here on with the rounded matrices, as they are used; the public encoder is not needed any more.
    adapter.prepare(adapter.apply(untrained.bert, file), matrices=False)
    model.encoder = untrained
    _settle(model, batches, plan, progress)
    adapter.save(tensors | adapter.norms(model.encoder.bert) | _head_tensors(model), file)
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
    from courage.detection.training.calibration import calibrate, fit_ngrams

    own, dev = split(read_seeds(seeds, strict=False))
    own += [] if feedback is None else read_feedback(feedback)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    progress("fitting the n-gram model")
    fit_ngrams([*own, *training_mix(public)], prepare, output / "ngrams.safetensors")
    with tempfile.TemporaryDirectory() as cache:
        progress("calibrating")
        calibrate(output, Path(cache), [*dev, *development_mix(public)], chat_for_limits(public), progress)


def _restore_heads(model: Detector, start: Path) -> None:
    from safetensors.torch import load_file

    stored = load_file(str(start))
    with torch.no_grad():
        model.heads.weight.copy_(stored["heads.weight"])
        model.heads.bias.copy_(stored["heads.bias"])


def _tensors(model: Detector, public_bert: nn.Module) -> dict[str, Tensor]:
    return adapter.difference(model.encoder.bert, public_bert) | _head_tensors(model)


def _head_tensors(model: Detector) -> dict[str, Tensor]:
    return {f"heads.{name}": tensor.detach().clone() for name, tensor in model.heads.named_parameters()}


def _keep_memory() -> None:
    """Tell glibc to keep freed memory; giving it back and getting it again takes half of the time otherwise."""
    import ctypes

    allocator = getattr(ctypes.CDLL(None), "mallopt", None)
    if allocator is not None:
        never_map, never_trim = (-4, 0), (-1, 2**31 - 1)  # M_MMAP_MAX, M_TRIM_THRESHOLD
        allocator(*never_map)
        allocator(*never_trim)


def _fit(
    model: Detector, batches: Batches, plan: Plan, progress: Progress, store: Callable[[], None]
) -> None:
    first = batches.epoch(0)
    progress(f"{len(first)} batches in the first epoch")
    steps = len(first) * plan.epochs
    optimise = _OptimiserStep(model, plan.rate, plan.head_rate, steps + plan.epochs * 4)
    begun, step, running = time.monotonic(), 0, 0.0
    for epoch in range(plan.epochs):
        for items in first if epoch == 0 else batches.epoch(epoch):
            running += (optimise(items) - running) * 0.02
            step += 1
            if step % 20 == 0:
                elapsed = time.monotonic() - begun
                progress(
                    f"epoch {epoch + 1}/{plan.epochs} step {step}/{steps} loss {running:.3f} {elapsed:.0f} s"
                )
        store()
    model.eval()


def _settle(model: Detector, batches: Batches, plan: Plan, progress: Progress) -> None:
    """Let norms, biases and heads make up for what rounding the matrices to three bits cost."""
    chosen = batches.epoch(plan.epochs)[: plan.settling]
    optimise = _OptimiserStep(model, plan.rate, plan.head_rate / 4, len(chosen) + 1)
    running = 0.0
    for step, items in enumerate(chosen, start=1):
        running += (optimise(items) - running) * max(0.02, 1 / step)
        if step % 20 == 0:
            progress(f"settling step {step}/{len(chosen)} loss {running:.3f}")
    model.eval()


class _OptimiserStep:
    """One optimiser, for whatever may train, with its schedule; a call takes one step on a batch and returns the loss."""

    def __init__(self, model: Detector, rate: float, head_rate: float, steps: int) -> None:
        self._model = model
        self._slow = [p for p in model.encoder.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(
            [{"params": self._slow, "lr": rate}, {"params": list(model.heads.parameters()), "lr": head_rate}],
            weight_decay=0.0,
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, [rate, head_rate], total_steps=steps, pct_start=0.1, anneal_strategy="linear"
        )
        # Half precision is twice as fast, where the processor has it; everywhere else it would be slower.
        self._half = torch.ops.mkldnn._is_mkldnn_bf16_supported()
        _keep_memory()
        model.train()

    def __call__(self, items: Sequence[Item]) -> float:
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            logits = self._model(*collate(items))
        loss = loss_of(logits.float(), items)
        self._optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(self._slow, 1.0)
        self._optimiser.step()
        self._schedule.step()
        return loss.item()
