"""The home folder as one thing: who works in it, so that nobody exchanges what another is using."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from courage.errors import CourageError

LOCK: Final = "engine.lock"


@contextmanager
def hold_home(home: Path, purpose: str) -> Iterator[None]:
    """Be the only one that runs in a home folder, or exchanges its database, until the block ends.

    The lock ends with the process, however it ends.

    :param purpose: what is wanted, as the beginning of a sentence: "a restore".
    :raises CourageError: if a running engine, a restore or an update holds it.
    """
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(home / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CourageError(
                f"{purpose} needs {home} for itself, and Courage is running there; stop it first"
            ) from None
        yield
    finally:
        os.close(descriptor)


def write_private(path: Path, text: str) -> None:
    """Put a text in place of a file, with mode 600; who reads it meanwhile finds the old one.

    :raises OSError: if it cannot be written; the old file is as it was.
    """
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
