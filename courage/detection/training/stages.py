"""The stages that made the shipped detector, one after the other, and the note beside a model of those that made it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch

from courage.detection.training.batches import ALL_ROUNDS, Plan

FILE: Final = "stages.json"
#: What ``courage train detection`` does: everything three times, then once more what is new, with a share of the rest.
STAGES: Final = (
    Plan(
        epochs=3, rounds=6, seed_repeats=1, public_share=0.4, seed=30, frozen=2, beside=0.15, contrast=0.3, settling=200,
    ),
    Plan(
        epochs=2, rounds=7, fresh=7, fresh_repeats=2, rehearsed=0.35, seed_repeats=1, public_share=0.15,
        seed=31, rate=1e-4, frozen=6, fixed=True, settling=100, padded=0.25, beside=0.25, contrast=0.3,
    ),
)  # fmt: skip


def in_words(stages: Sequence[Plan]) -> list[str]:
    """Return a numbered line of Markdown for each stage: what it reads, how often, and what of the model it changes."""
    lines = []
    for number, plan in enumerate(stages, start=1):
        share = "all other examples" if plan.rehearsed >= 1 else f"{plan.rehearsed:.0%} of all other examples"
        rounds = "every round" if plan.rounds >= ALL_ROUNDS else f"rounds up to {plan.rounds}"
        reads = f"{share}, adversarial ones of {rounds}" if plan.rounds else f"{share}, no adversarial ones"
        if plan.fresh:
            reads = f"round {plan.fresh} {plan.fresh_repeats} times, and {reads}"
        contrast = "; twins are told apart by a margin" if plan.contrast else ""
        times = "one epoch" if plan.epochs == 1 else f"{plan.epochs} epochs"
        beside = f"; {plan.beside:.0%} of the harmless beside another harmless one" if plan.beside else ""
        lines.append(
            f"{number}. {times}: {reads}; {plan.public_share:.0%} of the open sets{beside}{contrast}; "
            f"{plan.frozen} lowest blocks frozen."
        )
    return lines


class Made:
    """Where the stages of a run leave their files, and which of them are done; a run that was broken off goes on.

    :param output: the folder of the model.
    :param stages: what is to be done.
    :param start: the adapter or checkpoint that the first stage goes on from, if any.
    """

    def __init__(self, output: Path, stages: Sequence[Plan], start: Path | None) -> None:
        self._output, self._stages, self._start = output, stages, start
        note = {"start": start.name if start else None, "stages": [asdict(plan) for plan in stages]}
        if _read(output / FILE) != note:
            self._clear()
        (output / FILE).write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")

    @property
    def adapter(self) -> Path:
        """The file of the finished model."""
        return self._output / "adapter.safetensors"

    def last(self, number: int) -> bool:
        """Return whether stage ``number`` (from nought) is the last one, which rounds what it leaves."""
        return number == len(self._stages) - 1

    def checkpoint(self, number: int) -> Path:
        """Return the file that stage ``number`` goes on from when it was broken off."""
        return self._output / f"checkpoint-{number + 1}.pt"

    def keep(self, number: int, state: dict[str, Any]) -> None:
        """Keep what stage ``number`` leaves to the next one, unrounded."""
        part = self._output / "stage.part"
        torch.save(state, part)
        part.replace(self._stage(number))
        self.checkpoint(number).unlink(missing_ok=True)

    def done(self, number: int) -> bool:
        """Return whether a run before has finished stage ``number``."""
        return self._stage(number).is_file()

    def start(self, number: int) -> Path | None:
        """Return what stage ``number`` begins with; ``None`` for the public encoder."""
        return self._stage(number - 1) if number else self._start

    def finish(self) -> None:
        """Remove what the stages left to each other."""
        self._clear()

    def _stage(self, number: int) -> Path:
        return self._output / f"stage-{number + 1}.pt"

    def _clear(self) -> None:
        for pattern in ("stage-*.pt", "checkpoint-*.pt"):
            for path in self._output.glob(pattern):
                path.unlink()


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
