"""Training of the detector: ``train`` turns seeds and open data into ``detection/data``, the same way each time."""

from __future__ import annotations

import os
import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from courage.detection.model import adapter, base
from courage.detection.model.assessment import GATE_FILE
from courage.detection.model.encoder import minilm_folder, open_tokenizer
from courage.detection.model.network import MeanPooled, TextEncoder, load_pooled
from courage.detection.text.lexicons import DEFAULT_FOLDER, load_lexicon
from courage.detection.text.preparation import Preparation
from courage.detection.text.vocabulary import load_vocabulary
from courage.detection.training.batches import Batches, Item, Plan, collate, taking_part
from courage.detection.training.composed import compose
from courage.detection.training.examples import EVERYDAY, ROOMS, read_feedback, read_seeds, split
from courage.detection.training.halves import above, read_once, stacked
from courage.detection.training.library_examples import library_examples
from courage.detection.training.losses import OUTPUTS, loss_of
from courage.detection.training.public_sets import chat_for_limits, development_mix, training_mix
from courage.detection.training.stages import STAGES, Made
from courage.detection.training.steps import half_precision, keep_memory
from courage.taxonomy import LANGUAGES

Progress = Callable[[str], None]
_KEEP_EVERY: Final = 250  # steps between two checkpoints


class Detector(nn.Module):
    """Encoder and one linear layer that holds all heads; returns logits of shape (batch, OUTPUTS)."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__()
        config: Any = encoder.bert.config
        # Quicker in training; for the export, ONNX Runtime knows the plain form.
        config._attn_implementation = "sdpa"
        self.encoder = encoder
        self.heads = nn.Linear(config.hidden_size, OUTPUTS)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Return the logits of all heads."""
        logits: Tensor = self.heads(self.encoder(ids, mask) * adapter.HEAD_SCALE)
        return logits

    def of(self, items: Sequence[Item], frozen: int) -> Tensor:
        """Return the logits of training texts, from where the ``frozen`` blocks left off if those have read them."""
        if items[0].hidden is None or not isinstance(self.encoder, MeanPooled):
            found: Tensor = self(*collate(items))
            return found
        logits: Tensor = self.heads(above(self.encoder, frozen, *stacked(items)) * adapter.HEAD_SCALE)
        return logits


def train(
    seeds: Path, output: Path, *, public: Path | None = None, lexicons: Path = DEFAULT_FOLDER,
    stages: Sequence[Plan] = STAGES, start: Path | None = None, feedback: Path | None = None,
    encoder: str | None = None, progress: Progress = print,
) -> None:  # fmt: skip
    """Train adapter and heads, stage by stage, and write them, calibrated, into ``output``.

    ``seeds`` is the folder with ``<language>/train-*.tsv``, with ``responses`` beside it; ``public`` the
    optional folder of open data sets. With ``start``
    (an ``adapter.safetensors``, or the ``checkpoint.pt`` of a run that was broken off, which is not rounded) the first stage goes
    on from there instead of from the public encoder; each later one goes on from the stage before. ``feedback`` is a
    file of seed lines that people confirmed; all of it is trained on. ``encoder`` is the folder or the name of
    another BERT-like encoder than the bundled one. ``stages.json`` beside the model says which stages made it; a run of the
    same stages that was broken off goes on.

    :raises CourageError: where a seed file is malformed or the encoder cannot be used.
    """
    confirmed = [] if feedback is None else read_feedback(feedback)
    output.mkdir(parents=True, exist_ok=True)
    own, _ = split(read_seeds(seeds, strict=False))
    own += compose({code: load_lexicon(code, lexicons) for code in LANGUAGES}, seeds)
    own += library_examples(seeds.parent / "responses", lexicons) + confirmed
    mix = training_mix(public)
    source = base.remember(output, encoder)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    made = Made(output, stages, start)
    for number, plan in enumerate(stages):
        if made.done(number):
            progress(f"stage {number + 1} of {len(stages)} is done")
            continue
        random.seed(plan.seed)
        np.random.seed(plan.seed)
        torch.manual_seed(plan.seed)
        reads = taking_part(own, plan)
        progress(
            f"stage {number + 1} of {len(stages)}: {len(reads)} seeds and {int(len(mix) * plan.public_share)} public texts an epoch"
        )
        batches = Batches(
            reads, mix, plan, prepare, open_tokenizer(source), lexicons, glossed=base.glossed(source)
        )
        _stage(source, batches, plan, made, number, progress)
    finish(seeds, output, public=public, lexicons=lexicons, feedback=feedback, progress=progress)


def _stage(source: str, batches: Batches, plan: Plan, made: Made, number: int, progress: Progress) -> None:
    """Train one stage from where the one before left off; after the last, round all and let the rest make up for that."""
    start = made.start(number)
    untrained, encoding = load_pooled(source), load_pooled(source)
    whole = start is not None and start.suffix == ".pt"
    if start is not None and not whole:
        adapter.apply(encoding.bert, start)
    plan = _fitting(plan, encoding)
    adapter.prepare(encoding.bert, frozen=plan.frozen)
    model = Detector(encoding)
    kept: dict[str, Tensor] = {}
    if start is not None and whole:
        model.load_state_dict(torch.load(start, weights_only=True)["model"])
    elif start is not None:
        kept = adapter.stored(start)
        _restore_heads(model, kept)
    drawn = batches.drawn(0) if plan.fixed else None
    if drawn is not None:
        progress(f"{plan.frozen} frozen blocks read {len(drawn)} texts")
        drawn = _read_once(model, drawn, plan)
    _fit(model, batches, drawn, plan, progress, made.checkpoint(number))
    if not made.last(number):
        made.keep(number, {"model": model.state_dict()})
        return
    tensors = adapter.difference(model.encoder.bert, untrained.bert, kept) | _head_tensors(model)
    file = made.adapter
    adapter.save(tensors, file)
    # From here on with the rounded matrices, as they are used; the public encoder is not needed any more.
    adapter.prepare(adapter.apply(untrained.bert, file), matrices=False, frozen=plan.frozen)
    config: Any = untrained.bert.config
    config._attn_implementation = "sdpa"  # as in Detector
    model.encoder = untrained
    _settle(model, batches, drawn, plan, progress)
    adapter.save(tensors | adapter.norms(model.encoder.bert) | _head_tensors(model), file)
    made.finish()


def _fitting(plan: Plan, encoder: TextEncoder) -> Plan:
    """Return a plan that leaves an encoder of fewer blocks two at least to train."""
    config: Any = encoder.bert.config
    return replace(plan, frozen=min(plan.frozen, max(0, config.num_hidden_layers - 2)))


def _read_once(model: Detector, items: Sequence[Item], plan: Plan) -> list[Item]:
    """Let the frozen blocks read texts, so that no step has to do it again; an encoder of another kind is left to it."""
    if not plan.frozen or not isinstance(model.encoder, MeanPooled):
        return list(items)
    cores = len(os.sched_getaffinity(0))
    return read_once(model.encoder, plan.frozen, items, cores=cores, half=half_precision())


def finish(
    seeds: Path,
    output: Path,
    *,
    public: Path | None = None,
    lexicons: Path = DEFAULT_FOLDER,
    feedback: Path | None = None,
    progress: Progress = print,
) -> None:
    """Fit the n-gram models and calibrate an adapter that lies in ``output``; minutes instead of half an hour."""
    from courage.detection.training.calibration import calibrate, fit_gate, fit_ngrams

    own, dev = split(read_seeds(seeds, strict=False))
    own += [] if feedback is None else read_feedback(feedback)
    prepare = Preparation(load_vocabulary(minilm_folder() / "vocab.txt", lexicons), lexicons)
    progress("fitting the n-gram models")
    fit_ngrams([*own, *training_mix(public)], prepare, output / "ngrams.safetensors")
    # Bulk would tilt the gate towards clearing, and what it clears nobody reads.
    fit_gate([e for e in own if e.source != ROOMS], prepare, output / GATE_FILE)
    with tempfile.TemporaryDirectory() as cache:
        progress("calibrating")
        everyday = read_seeds(seeds, EVERYDAY, strict=False)
        calibrate(
            output, Path(cache), [*dev, *development_mix(public)], chat_for_limits(public), progress, everyday
        )


def _restore_heads(model: Detector, stored: Mapping[str, Tensor]) -> None:
    with torch.no_grad():
        model.heads.weight.copy_(stored["heads.weight"])
        model.heads.bias.copy_(stored["heads.bias"])


def _head_tensors(model: Detector) -> dict[str, Tensor]:
    return {f"heads.{name}": tensor.detach().clone() for name, tensor in model.heads.named_parameters()}


def _fit(
    model: Detector,
    batches: Batches,
    drawn: Sequence[Item] | None,
    plan: Plan,
    progress: Progress,
    checkpoint: Path,
) -> None:
    """Train; where ``checkpoint`` holds the state of a run of the same plan that was broken off, go on from there.

    ``drawn`` is what every epoch reads; without it each draws its own.
    """

    def epoch(number: int) -> list[list[Item]]:
        return batches.epoch(number) if drawn is None else batches.batched(drawn)

    first = epoch(0)
    progress(f"{len(first)} batches in the first epoch")
    steps = len(first) * plan.epochs
    optimise = _OptimiserStep(model, plan, plan.head_rate, steps + plan.epochs * 4)
    done = optimise.restore(checkpoint, plan)
    if done:
        progress(f"going on after step {done}")
    begun, step, running = time.monotonic(), 0, 0.0
    for number in range(plan.epochs):
        for items in first if number == 0 else epoch(number):
            step += 1
            if step <= done:
                continue
            running += (optimise(items) - running) * max(0.02, 1 / (step - done))
            if step % 20 == 0:
                elapsed = time.monotonic() - begun
                progress(
                    f"epoch {number + 1}/{plan.epochs} step {step}/{steps} loss {running:.3f} {elapsed:.0f} s"
                )
            if step % _KEEP_EVERY == 0:
                optimise.store(checkpoint, plan, step)
    model.eval()


def _settle(
    model: Detector, batches: Batches, drawn: Sequence[Item] | None, plan: Plan, progress: Progress
) -> None:
    """Let norms, biases and heads make up for what rounding the matrices to three bits cost."""
    texts = batches.epoch(plan.epochs) if drawn is None else batches.batched(drawn)
    chosen = texts[: plan.settling]
    if drawn is not None:  # frozen blocks that an earlier stage trained are rounded, too
        chosen = [_read_once(model, items, plan) for items in chosen]
    optimise = _OptimiserStep(model, plan, plan.head_rate / 4, len(chosen) + 1)
    running = 0.0
    for step, items in enumerate(chosen, start=1):
        running += (optimise(items) - running) * max(0.02, 1 / step)
        if step % 20 == 0:
            progress(f"settling step {step}/{len(chosen)} loss {running:.3f}")
    model.eval()


def _shares(items: Sequence[Item], cores: int) -> list[Sequence[Item]]:
    """Divide a batch among the cores, what stands side by side together."""
    size = -(-len(items) // cores)
    return [items[k : k + size] for k in range(0, len(items), size)]


class _OptimiserStep:
    """One optimiser, for whatever may train, with its schedule; a call takes one step on a batch and returns the loss.

    Every core works on a share of the batch by itself: they wait for each other once a step, not at every product.
    """

    def __init__(self, model: Detector, plan: Plan, head_rate: float, steps: int) -> None:
        self._model, self._frozen, rate = model, plan.frozen, plan.rate
        self._contrast = plan.contrast
        self._slow = [p for p in model.encoder.parameters() if p.requires_grad]
        self._optimiser = torch.optim.AdamW(
            [{"params": self._slow, "lr": rate}, {"params": list(model.heads.parameters()), "lr": head_rate}],
            weight_decay=0.0,
        )
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimiser, [rate, head_rate], total_steps=steps, pct_start=0.1, anneal_strategy="linear"
        )
        self._trained = [p for p in model.parameters() if p.requires_grad]
        self._cores = len(os.sched_getaffinity(0))
        torch.set_num_threads(1)
        self._pool = ThreadPoolExecutor(self._cores, initializer=lambda: torch.set_num_threads(1))
        self._half = half_precision()
        keep_memory()
        model.train()

    def __call__(self, items: Sequence[Item]) -> float:
        shares = _shares(items, self._cores)
        found = list(self._pool.map(self._gradients, shares))
        for place, parameter in enumerate(self._trained):
            total: Any = sum(gradients[place] for _, gradients in found)
            parameter.grad = total / len(found)
        nn.utils.clip_grad_norm_(self._slow, 1.0)
        self._optimiser.step()
        self._schedule.step()
        return sum(loss for loss, _ in found) / len(found)

    def _gradients(self, items: Sequence[Item]) -> tuple[float, tuple[Tensor, ...]]:
        """Return loss and gradients of one core's share of a batch."""
        with torch.autocast("cpu", torch.bfloat16, enabled=self._half):
            logits = self._model.of(items, self._frozen)
        loss = loss_of(logits.float(), items, self._contrast)
        return loss.item(), torch.autograd.grad(loss, self._trained)

    def store(self, path: Path, plan: Plan, step: int) -> None:
        """Write what going on after ``step`` needs."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "plan": asdict(plan), "step": step, "model": self._model.state_dict(),
                "optimiser": self._optimiser.state_dict(), "schedule": self._schedule.state_dict(),
            },
            part,
        )  # fmt: skip
        part.replace(path)

    def restore(self, path: Path, plan: Plan) -> int:
        """Read what :meth:`store` wrote; return the last step that was done, nought where a run begins afresh."""
        if not path.is_file():
            return 0
        kept = torch.load(path, weights_only=True)
        if kept["plan"] != asdict(plan):
            return 0
        self._model.load_state_dict(kept["model"])
        self._optimiser.load_state_dict(kept["optimiser"])
        self._schedule.load_state_dict(kept["schedule"])
        return int(kept["step"])
