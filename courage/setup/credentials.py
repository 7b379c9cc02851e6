"""Rasa's credentials: an operator's own file in the home folder, made from the example and kept over updates."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

NAME = "credentials.yml"
EXAMPLE = "credentials.example.yml"


def credentials_file(home: Path) -> Path:
    """Return the file that Rasa is started with."""
    return home / NAME


def place_credentials(root: Path, home: Path, say: Callable[[str], None]) -> Path:
    """Make sure that the home folder has its credentials, and return their path.

    Taken from, in this order: what is there already; ``credentials.yml`` in the checkout, which earlier versions
    had people edit; the example (into which git merges such edits when it follows the renaming). A connector that
    stands in the checkout's files only is named, since nothing reads it there.

    :raises OSError: where the file cannot be read or written.
    """
    target = credentials_file(home)
    own = root / NAME
    if target.exists():
        here = _connectors(target)
        for file in (own, root / EXAMPLE):
            if unread := sorted(_connectors(file) - here):
                say(f"{file.name} names {unread[0]}, but {target} is the file that is read: move it there")
        return target
    source = own if own.exists() else root / EXAMPLE
    home.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(source.read_bytes())
    os.replace(partial, target)
    if source == own:
        say(f"{NAME} was copied to {target}; edit it there from now on")
    return target


def _connectors(file: Path) -> set[str]:
    """Return the connectors that a file switches on: its keys at the left margin."""
    if not file.exists():
        return set()
    text = file.read_text(encoding="utf-8", errors="replace")
    return set(re.findall(r"^([A-Za-z_][\w.]*)\s*:", text, re.MULTILINE))
