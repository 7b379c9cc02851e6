"""What an operator wants of the set-up, read without any library: from the environment, else from the settings file."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final

#: Words that mean no; the settings themselves say what is allowed and refuse everything else.
_NO: Final = frozenset({"false", "no", "off", "0", "f", "n"})


def wants_rasa(root: Path) -> bool:
    """Say whether free conversation (``COURAGE_RASA``) is wanted, so that its environment is worth making.

    A settings file that cannot be read counts as if it said nothing: whoever starts Courage hears what is wrong.
    """
    given = os.environ.get("COURAGE_RASA")
    if given is None:
        file = Path(os.environ.get("COURAGE_CONFIG") or root / "courage.toml")
        try:
            given = str(tomllib.loads(file.read_text(encoding="utf-8")).get("rasa", ""))
        except (OSError, ValueError):
            return True
    return given.strip().lower() not in _NO
