"""Encrypting a backup with age or gpg, programs that people trust with it already."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from courage.backup.errors import BackupError

PROGRAMS: Final = ("age", "gpg")
_LONGEST: Final = 6 * 3600
_AGE: Final = (b"age-encryption.org/v1", b"-----BEGIN AGE ENCRYPTED FILE-----")
_GZIP: Final = b"\x1f\x8b"
_PGP: Final = b"-----BEGIN PGP MESSAGE-----"


def program(name: str) -> str:
    """Return the path of age or gpg.

    :raises BackupError: if it is not installed.
    """
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed; install it, or choose another of: {', '.join(PROGRAMS)}")
    return found


def sealed_with(path: Path) -> str | None:
    """Return the program that can open a file, ``None`` if it is not encrypted.

    :raises BackupError: if there is no such file.
    """
    try:
        with path.open("rb") as file:
            head = file.read(64)
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}") from None
    if head.startswith(_AGE):
        return "age"
    if head.startswith(_PGP) or (
        head[:1] >= b"\x80" and head[:2] != _GZIP
    ):  # every OpenPGP packet has the top bit set
        return "gpg"
    return None


def seal(source: Path, target: Path, with_: str, recipients: Sequence[str]) -> None:
    """Encrypt a file for recipients: keys that age or gpg knows. ``target`` is an empty file of ours.

    :raises BackupError: if the program is missing, or knows no such recipient.
    """
    to = [word for recipient in recipients for word in ("-r", recipient)]
    if with_ == "age":
        command = [program("age"), "--encrypt", *to]
    else:
        # Whom to trust was decided by whoever named the recipient.
        command = [program("gpg"), "--batch", "--quiet", "--trust-model", "always", "--encrypt", *to]
    _run(command, source, target, f"{with_} could not encrypt the backup")


def unseal(source: Path, target: Path, with_: str, identity: Path | None = None) -> None:
    """Decrypt a file; ``identity`` is the file of age's secret key, gpg has its keys itself.

    :raises BackupError: if the program or the key is missing.
    """
    if with_ == "age":
        if identity is None:
            raise BackupError(
                "this backup is encrypted with age; say where the secret key is with --identity FILE"
            )
        command = [program("age"), "--decrypt", "-i", str(identity)]
    else:
        command = [program("gpg"), "--batch", "--quiet", "--decrypt"]
    _run(command, source, target, f"{with_} could not open the backup")


def _run(command: Sequence[str], source: Path, target: Path, trouble: str) -> None:
    try:
        with source.open("rb") as given, target.open("wb") as out:
            subprocess.run(
                command, stdin=given, stdout=out, stderr=subprocess.PIPE, check=True, timeout=_LONGEST
            )
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().splitlines()
        raise BackupError(f"{trouble}: {said[-1] if said else 'no reason given'}") from None
    except (OSError, subprocess.SubprocessError) as error:
        raise BackupError(f"{trouble}: {error}") from None
