"""Words and colours on a terminal; plain text in pipes and with ``NO_COLOR``."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def console() -> Console:
    """Return a console on standard output; rich itself respects ``NO_COLOR`` and pipes."""
    return Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def say(text: str) -> None:
    """Print one line at once, without markup."""
    print(text, flush=True)


class Bar:
    """A progress bar on standard error that stays silent in pipes; call it with (done, total, title)."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )

    def __enter__(self) -> Callable[[int, int], None]:
        self._progress.start()
        task = self._progress.add_task(self._title, total=None)
        return lambda done, total: self._progress.update(task, completed=done, total=total)

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
