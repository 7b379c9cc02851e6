"""Rasa's endpoints: the checkout's file, and one made of it where locks of conversations are to be in Redis."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from courage.home import write_private

NAME: Final = "endpoints.yml"

_LOCKS: Final = """
# Added by `courage run`, because COURAGE_REDIS_URL is set; the address comes from the environment.
lock_store:
  type: bot.locks.RedisLockStore
  url: ${COURAGE_REDIS_URL}
  key_prefix: %s
"""


def place_endpoints(root: Path, home: Path, prefix: str) -> Path:
    """Write the endpoints with a lock store in Redis to the home folder, anew at each start, and return their path.

    A lock store that somebody chose in the checkout's file stays.

    :param prefix: what keys in Redis begin with; letters and digits.
    :raises OSError: where the file cannot be read or written.
    """
    text = (root / NAME).read_text(encoding="utf-8")
    if not re.search(r"^lock_store\s*:", text, re.MULTILINE):
        text += _LOCKS % prefix
    target = home / "rasa" / NAME
    target.parent.mkdir(parents=True, exist_ok=True)
    write_private(target, text)
    return target
