"""Where the files that come with Courage are: in a checkout beside the package, in a wheel inside it.

The wheel carries what runs (``setup.py`` copies it to ``courage/_shipped``); Rasa's parts and the texts that training
and measuring read stay in the checkout.
"""

from __future__ import annotations

import os
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path
from typing import Final

from courage.errors import CourageError

_PACKAGE: Final = Path(__file__).resolve().parent
#: The checkout's root, or ``None`` where Courage was installed from a wheel.
CHECKOUT: Final = _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").is_file() else None

_ROOT: Final = CHECKOUT or _PACKAGE / "_shipped"
SEEDS: Final = _ROOT / "seeds"
LEXICONS: Final = SEEDS / "lexicons"
STARTER_LIBRARY: Final = _ROOT / "responses"
DETECTION_MODEL: Final = _PACKAGE / "detection" / "data"
#: The model before that, which reads English and glosses; what ``COURAGE_DETECTION_MODEL=minilm`` means.
PREVIOUS_MODEL: Final = DETECTION_MODEL / "minilm"


def checkout(purpose: str) -> Path:
    """Return the checkout's root.

    :param purpose: what needs it, as the beginning of a sentence: "training the detector".
    :raises CourageError: where Courage was installed without one.
    """
    if CHECKOUT is None:
        raise CourageError(
            f"{purpose} needs a checkout of the project, and this Courage was installed from a wheel; "
            "clone the project and run it there"
        )
    return CHECKOUT


def default_home() -> Path:
    """Return the folder of the database, index and logs where no setting names one.

    ``var`` in a checkout; without one the user's data folder, as the XDG rules or macOS have it.
    """
    if CHECKOUT is not None:
        return CHECKOUT / "var"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "courage"
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return (given if given.is_absolute() else Path.home() / ".local" / "share") / "courage"


def courage_version() -> str:
    """Return the version that ``pyproject.toml`` declares.

    A checkout is asked itself: after an update it is newer than what its installation noted.
    """
    if CHECKOUT is not None:
        with (CHECKOUT / "pyproject.toml").open("rb") as file:
            return str(tomllib.load(file)["project"]["version"])
    return version("courage")
