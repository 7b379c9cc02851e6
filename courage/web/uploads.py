"""Files that somebody looks at before they are imported, in memory for half an hour; losing one costs choosing it again."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_SECONDS: Final = 1_800.0
#: How many files are kept, and how many bytes of all of them together; the oldest make room.
_MOST: Final = 30
MOST_BYTES: Final = 32_000_000


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came; ``until`` is when it is forgotten, in seconds of the clock that was given."""

    person_id: int
    name: str
    data: bytes
    until: float


class Uploads:
    """Files by token, each for the person who sent it.

    :param most: bytes that are kept at most.
    """

    def __init__(self, *, now: Callable[[], float] = time.monotonic, most: int = MOST_BYTES) -> None:
        self._now = now
        self._most = most
        self._kept: OrderedDict[str, Upload] = OrderedDict()

    def keep(self, person_id: int, name: str, data: bytes) -> str:
        """Keep a file in place of what the same person sent before; return its token."""
        for token, upload in list(self._kept.items()):
            if upload.person_id == person_id or upload.until < self._now():
                del self._kept[token]
        token = secrets.token_urlsafe(16)
        self._kept[token] = Upload(person_id, name, data, self._now() + _SECONDS)
        while len(self._kept) > 1 and (len(self._kept) > _MOST or self.size > self._most):
            self._kept.popitem(last=False)
        return token

    @property
    def size(self) -> int:
        """How many bytes are kept."""
        return sum(len(upload.data) for upload in self._kept.values())

    def get(self, token: str, person_id: int) -> Upload | None:
        """Return a file of this person's, ``None`` if there is none (any more)."""
        found = self._kept.get(token)
        if found is None or found.person_id != person_id or found.until < self._now():
            return None
        return found

    def forget(self, token: str) -> None:
        """Drop a file."""
        self._kept.pop(token, None)
