"""Where the keys of encrypted rooms are kept: a folder for its owner alone, used by one process at a time."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any, Final

from courage.cases.errors import ChannelError, ChannelRefused

#: What an operator copies: everything in the folder, while nothing runs or from the copies that SQLite makes.
STORE: Final = "keys.db"
_PICKLE_KEY: Final = "pickle-key"
_LOCK: Final = "lock"
_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600


class KeysUnusable(ChannelRefused):
    """The keys cannot be used: somebody has to look after them, trying again is no use."""


class KeysMissing(ChannelError):
    """A room is encrypted and its keys are not ready, so that nothing can be sent there for now."""


class KeyFolder:
    """The folder of one account's keys.

    :param folder: made when it is not there; closed to others.
    :param account: full Matrix id; each account has a folder of its own inside.
    """

    def __init__(self, folder: Path, account: str) -> None:
        self.path = folder / re.sub(r"[^\w.=-]", "_", account)
        self._lock: int | None = None

    def open(self) -> None:
        """Make the folder, close it to others, and keep other processes out.

        :raises KeysUnusable: if it cannot be written, or another process uses it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
            for folder in (self.path.parent, self.path):
                folder.chmod(_FOLDER_MODE)
            self.close_to_others()
            if self._lock is None:
                # Two engines on one set of keys would each overwrite what the other one learnt.
                descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, _FILE_MODE)
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    os.close(descriptor)
                    raise KeysUnusable(
                        f"another process uses the Matrix keys in {self.path}; only one engine may"
                    ) from None
                self._lock = descriptor
        except OSError as error:
            raise KeysUnusable(
                f"the folder of the Matrix keys cannot be used: {error.filename or self.path}: {error.strerror}"
            ) from None

    def close(self) -> None:
        """Let other processes in again."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def close_to_others(self) -> None:
        """Take away from everybody else what they may do with the files."""
        for file in self.path.iterdir():
            if file.is_file() and file.stat().st_mode & 0o077:
                file.chmod(_FILE_MODE)

    def pickle_key(self) -> str:
        """Return the key under which keys lie in the store, made at first use."""
        path = self.path / _PICKLE_KEY
        try:
            return path.read_text().strip()
        except FileNotFoundError:
            if (self.path / STORE).exists():
                raise KeysUnusable(f"{path} is missing; put it back from your backup") from None
        key = secrets.token_urlsafe(32)
        self._write(path, key)
        return key

    def load(self, name: str) -> Any:
        """Return what was saved as JSON under a name, or ``None``.

        :raises KeysUnusable: if the file is damaged.
        """
        path = self.path / name
        try:
            return json.loads(path.read_text())
        except FileNotFoundError:
            return None
        except ValueError:
            raise KeysUnusable(f"{path} is not valid JSON; put it back from your backup") from None

    def save(self, name: str, value: Any) -> None:
        """Save something as JSON; after a crash there is the old or the new, never a half."""
        self._write(self.path / name, json.dumps(value, indent=1, sort_keys=True))

    def _write(self, path: Path, text: str) -> None:
        partial = path.with_suffix(".partial")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
