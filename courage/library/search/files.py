"""Keeping an index on disk so that a crash at any point leaves a whole one, or none, but never half of one.

Each save is a new folder, written under a temporary name, synced, then renamed. Loading takes the newest whose
manifest and checksums are right.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

from pydantic import BaseModel

FORMAT: Final = 2
MANIFEST: Final = "manifest.json"

log = logging.getLogger(__name__)
Loaded = TypeVar("Loaded")


class Manifest(BaseModel):
    """What a saved folder says of itself."""

    format: int = FORMAT
    belongs_to: str
    details: dict[str, str | int]
    files: dict[str, str]  # name → checksum


def save(folder: Path, belongs_to: str, write: Callable[[Path], dict[str, str | int]]) -> None:
    """Keep what ``write`` writes into the folder it is given, with the details it returns; older saves go.

    A failure is logged, and what was kept before stays: a full disk must not stop suggestions.
    """
    temporary = folder / f"tmp-{uuid4().hex}"
    try:
        temporary.mkdir(parents=True)
        details = write(temporary)
        checksums = {file.name: _checksum(file) for file in sorted(temporary.iterdir())}
        manifest = Manifest(belongs_to=belongs_to, details=details, files=checksums)
        (temporary / MANIFEST).write_text(manifest.model_dump_json(), encoding="utf-8")
        for file in (*temporary.iterdir(), temporary):
            _sync(file)
        older = _saved(folder)
        number = int(older[0].name.removeprefix("gen-")) + 1 if older else 1
        os.rename(temporary, folder / f"gen-{number:08d}")
        _sync(folder)
    except (OSError, RuntimeError) as error:  # FAISS says RuntimeError where the disk is full
        log.warning("the search index could not be saved: %s", getattr(error, "strerror", None) or error)
        shutil.rmtree(temporary, ignore_errors=True)
        return
    for path in older:
        shutil.rmtree(path, ignore_errors=True)


def load(
    folder: Path, belongs_to: str, read: Callable[[Path, dict[str, str | int]], Loaded]
) -> Loaded | None:
    """Return what ``read`` makes of the newest whole save that belongs to ``belongs_to``, or ``None``.

    ``read`` gets the folder and the details given when it was saved; it raises ``ValueError`` for what does not fit.
    """
    if not folder.is_dir():
        return None
    for left_over in folder.glob("tmp-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    for path in _saved(folder):
        try:
            manifest = Manifest.model_validate_json((path / MANIFEST).read_bytes())
            if manifest.format != FORMAT or manifest.belongs_to != belongs_to:
                continue
            if any(_checksum(path / name) != digest for name, digest in manifest.files.items()):
                continue
            return read(path, manifest.details)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            log.info("a saved search index is not used: %s", type(error).__name__)
            continue  # an older one, or a rebuild, takes its place
    return None


def _saved(folder: Path) -> list[Path]:
    """Return the saves in a folder, newest first."""
    return sorted((path for path in folder.glob("gen-*") if path.name[4:].isdecimal()), reverse=True)


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        digest = blake2b(digest_size=16)
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
