"""Keeping an index on disk so that a crash at any point leaves a whole one, or none, but never half of one.

Each save is a new directory, written under a temporary name, synced, then renamed. Loading takes the newest whose
manifest and checksums are right.
"""

from __future__ import annotations

import json
import os
import shutil
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import faiss
import numpy as np

from courage.library.search.bases import read_base

FORMAT: Final = 1


def save(
    directory: Path,
    indexes: dict[str, tuple[Any, np.ndarray]],
    manifest: dict[str, Any],
    arrays: dict[str, np.ndarray],
) -> Path:
    """Write a new generation: FAISS indexes with their ids, and arrays, by name. Older ones go. Return its path."""
    directory.mkdir(parents=True, exist_ok=True)
    temporary = directory / f"tmp-{uuid4().hex}"
    temporary.mkdir()
    checksums = {}
    for name, (index, ids) in indexes.items():
        faiss.write_index(index, str(temporary / f"{name}.faiss"))
        np.save(temporary / f"{name}.npy", ids)
    for name, array in arrays.items():
        np.save(temporary / f"{name}.npy", array)
    for file in sorted(temporary.iterdir()):
        checksums[file.name] = _checksum(file)
        _sync(file)
    whole = {**manifest, "format": FORMAT, "files": checksums}
    (temporary / "manifest.json").write_text(json.dumps(whole, sort_keys=True), encoding="utf-8")
    _sync(temporary / "manifest.json")
    _sync(temporary)
    older = _generations(directory)
    final = directory / f"gen-{(_number(older[0]) + 1 if older else 1):08d}"
    os.rename(temporary, final)
    _sync(directory)
    for path in older:
        shutil.rmtree(path, ignore_errors=True)
    return final


def load(directory: Path, expected: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Return (files by stem, manifest) of the newest whole generation with all ``expected`` entries, or ``None``.

    A stem maps to (index, ids), where index is ``None`` for a bare array.
    """
    if not directory.is_dir():
        return None
    for left_over in directory.glob("tmp-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    for path in _generations(directory):
        try:
            manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
            if manifest.get("format") != FORMAT or any(manifest.get(k) != v for k, v in expected.items()):
                continue
            if any(_checksum(path / name) != digest for name, digest in manifest["files"].items()):
                continue
            names = manifest["files"]
            stems = [Path(name).stem for name in names if name.endswith(".npy")]
            files = {
                stem: (
                    read_base(path / f"{stem}.faiss") if f"{stem}.faiss" in names else None,
                    np.load(path / f"{stem}.npy"),
                )
                for stem in stems
            }
            return files, manifest
        except (OSError, ValueError, KeyError, RuntimeError):
            continue  # unreadable: an older one, or a rebuild, takes its place
    return None


def _generations(directory: Path) -> list[Path]:
    return sorted(directory.glob("gen-*"), reverse=True)


def _number(path: Path) -> int:
    return int(path.name.removeprefix("gen-"))


def _checksum(path: Path) -> str:
    digest = blake2b(digest_size=16)
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
