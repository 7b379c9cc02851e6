"""Steps of the set-up: each is done once, shows its progress, and is done again only when its inputs changed."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from courage.setup.errors import SetupError

__all__ = ["Progress", "SetupError", "Step", "fingerprint", "run_steps"]


def fingerprint(paths: Iterable[Path], *more: str) -> str:
    """Return a hash of the contents of files (and of all files below folders) and of further strings."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            if "__pycache__" in file.parts:
                continue
            digest.update(str(file.relative_to(path.parent)).encode())
            digest.update(file.read_bytes())
    for text in more:
        digest.update(text.encode())
    return digest.hexdigest()


@dataclass(frozen=True)
class Step:
    """One piece of set-up work.

    ``inputs`` returns the fingerprint of everything the work depends on; ``works`` says whether its result is
    still there and usable, so that an environment somebody deleted by hand is made again.
    """

    name: str
    title: str
    inputs: Callable[[], str]
    work: Callable[[], None]
    works: Callable[[], bool] = field(default=lambda: True)


class Progress:
    """Prints what begins and what is done, with the time since the start; ticks while a step is long."""

    def __init__(self, out: object = None, interval: float = 15.0) -> None:
        self.started = time.monotonic()
        self.interval = interval
        self._lock = threading.Lock()
        self._out = out or sys.stdout

    def say(self, text: str) -> None:
        """Print one line with the elapsed time before it."""
        with self._lock:
            print(f"[{time.monotonic() - self.started:5.0f} s] {text}", file=self._out, flush=True)  # type: ignore[arg-type]

    def during(self, title: str, work: Callable[[], None]) -> None:
        """Run ``work``; say that it goes on every ``interval`` seconds."""
        self.say(f"{title} …")
        begun = time.monotonic()
        done = threading.Event()

        def tick() -> None:
            while not done.wait(self.interval):
                self.say(f"{title}: still at it after {time.monotonic() - begun:.0f} s")

        ticker = threading.Thread(target=tick, daemon=True)
        ticker.start()
        try:
            work()
        finally:
            done.set()
            ticker.join()
        self.say(f"{title}: done in {time.monotonic() - begun:.0f} s")


class Stamps:
    """Remembers, one small file a step, for which inputs a step was completed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> str | None:
        try:
            value = json.loads((self.folder / f"{name}.json").read_text()).get("inputs")
        except (OSError, ValueError, AttributeError):
            return None
        return value if isinstance(value, str) else None

    def clear(self, name: str) -> None:
        with suppress(FileNotFoundError):
            (self.folder / f"{name}.json").unlink()

    def write(self, name: str, inputs: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / f"{name}.json.partial"
        partial.write_text(json.dumps({"inputs": inputs}))
        os.replace(partial, self.folder / f"{name}.json")


def run_steps(waves: Sequence[Sequence[Step]], stamps: Stamps, progress: Progress) -> list[str]:
    """Do what is not done yet: the waves one after another, the steps of a wave side by side.

    A step's stamp is taken away before its work begins and written after it ended well, so an interrupted step
    is simply done again. Returns the names of the steps that did work.

    :raises SetupError: with the first failure, after the other steps of the same wave have ended.
    """
    worked: list[str] = []

    def do(step: Step) -> None:
        inputs = step.inputs()
        if stamps.read(step.name) == inputs and step.works():
            return
        stamps.clear(step.name)
        progress.during(step.title, step.work)
        stamps.write(step.name, inputs)
        worked.append(step.name)

    for wave in waves:
        with ThreadPoolExecutor(max_workers=max(1, len(wave))) as pool:
            outcomes = [pool.submit(do, step) for step in wave]
        for outcome in outcomes:
            error = outcome.exception()
            if error is not None:
                raise error
    return worked
