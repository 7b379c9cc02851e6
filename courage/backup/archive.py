"""The one file that a backup is: a compressed tar archive whose first member says what must be in it.

The manifest holds size and SHA-256 of every other member, when the backup was taken and until when it may be kept.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from courage.backup.errors import BackupError

FORMAT: Final = "courage-backup"
VERSION: Final = 1
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
_CHUNK: Final = 1 << 20
_LARGEST_MANIFEST: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``tables`` counts rows; ``files`` are members with size in bytes and SHA-256."""

    program: str
    database: str
    revision: str
    taken_at: datetime
    expires_at: datetime
    tables: dict[str, int]
    notes: list[str] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it as it is written."""
        shown = {
            **asdict(self),
            "taken_at": self.taken_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }
        return {"format": FORMAT, "version": VERSION, **shown}


def _manifest(data: bytes) -> Manifest:
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            raise BackupError("this is no backup of Courage")
        if found["version"] != VERSION:
            raise BackupError(
                f"this backup has format {found['version']!r}; this program reads {VERSION}: use the version that wrote it"
            )
        return Manifest(
            program=str(found["program"]),
            database=str(found["database"]),
            revision=str(found["revision"]),
            taken_at=datetime.fromisoformat(found["taken_at"]),
            expires_at=datetime.fromisoformat(found["expires_at"]),
            tables={str(name): int(rows) for name, rows in found["tables"].items()},
            notes=[str(note) for note in found["notes"]],
            files={str(name): dict(about) for name, about in found["files"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise BackupError("the list of contents of this backup is damaged") from None


def checksum(path: Path) -> tuple[int, str]:
    """Return size in bytes and SHA-256 of a file."""
    size, sums = 0, sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            sums.update(chunk)
    return size, sums.hexdigest()


@contextmanager
def private_file(path: Path) -> Iterator[Path]:
    """Hand out the path of an empty file (mode 600) that becomes ``path`` at the end, or vanishes on an error.

    :raises BackupError: if ``path`` is there already, or cannot be written.
    """
    if path.exists():
        raise BackupError(f"{path} is there already; choose another name, backups are not overwritten")
    partial = path.with_name(path.name + ".partial")
    try:
        partial.unlink(missing_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield partial
        with partial.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(partial, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise BackupError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def write(path: Path, manifest: Manifest, members: Mapping[str, Path]) -> Manifest:
    """Write members and a manifest with their checksums to ``path``, which must be an empty file of ours.

    :raises OSError: if it cannot be written.
    """
    for name, source in members.items():
        size, digest = checksum(source)
        manifest.files[name] = {"size": size, "sha256": digest}
    data = json.dumps(manifest.to_json(), indent=1).encode()
    with (
        path.open("wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=3, mtime=0) as whole,
        tarfile.open(fileobj=whole, mode="w|") as tar,
    ):
        tar.addfile(_member(MANIFEST, len(data)), BytesIO(data))
        for name, source in members.items():
            with source.open("rb") as content:
                tar.addfile(_member(name, manifest.files[name]["size"]), content)
    return manifest


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600  # no owner, no time: two backups of the same state are the same
    return info


def read(path: Path, folder: Path | None = None) -> Manifest:
    """Check every member of a backup against its checksum, and put them below ``folder`` if one is given.

    :raises BackupError: if the file is no backup, is cut off, damaged, or holds something else than it says.
    """
    seen: set[str] = set()
    try:
        with gzip.open(path) as whole, tarfile.open(fileobj=whole, mode="r|") as tar:
            first = tar.next()
            if first is None or first.name != MANIFEST or not 0 < first.size < _LARGEST_MANIFEST:
                raise BackupError(f"{path} is no backup of Courage")
            manifest = _manifest(_content(tar, first).read())
            while (info := tar.next()) is not None:
                if info.name not in manifest.files or info.name in seen or not info.isreg():
                    raise BackupError(
                        f"{path} holds {info.name[:80]!r}, which its list of contents does not name"
                    )
                _check(tar, info, manifest.files[info.name], _inside(folder, info.name))
                seen.add(info.name)
            while whole.read(_CHUNK):  # to the very end, where the sum of all stands
                pass
    except FileNotFoundError:
        raise BackupError(f"there is no file {path}") from None
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BackupError(f"{path} is no backup of Courage, or damaged: {error}") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror or error}") from None
    if missing := sorted(set(manifest.files) - seen):
        raise BackupError(f"{path} is damaged: {missing[0]} is missing")
    return manifest


def _content(tar: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(info)
    if content is None:
        raise BackupError(f"the backup holds {info.name[:80]!r}, which is no file")
    return content


def _inside(folder: Path | None, name: str) -> Path | None:
    pure = PurePosixPath(name)
    if pure.is_absolute() or ".." in pure.parts:
        raise BackupError(f"the backup names {name[:80]!r}, which is outside of it")
    return None if folder is None else folder / pure


def _check(
    tar: tarfile.TarFile, info: tarfile.TarInfo, about: Mapping[str, Any], target: Path | None
) -> None:
    size, sums = 0, sha256()
    content = _content(tar, info)
    if target is not None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _sink(target) as out:
        while chunk := content.read(_CHUNK):
            size += len(chunk)
            sums.update(chunk)
            out.write(chunk)
    if size != about.get("size") or sums.hexdigest() != about.get("sha256"):
        raise BackupError(f"the backup is damaged: {info.name} is not what was written")


def _sink(target: Path | None) -> IO[bytes]:
    if target is None:
        return open(os.devnull, "wb")
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


@contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """Make a folder that only its owner can look into, gone with all that is in it when the block ends.

    :raises BackupError: if it cannot be made.
    """
    room = folder / f".backup-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        room.mkdir(mode=0o700)
    except OSError as error:
        raise BackupError(f"{folder} cannot be written: {error.strerror}") from None
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)
