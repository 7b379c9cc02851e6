"""Where the files that come with Courage are: in a checkout beside the package, in a wheel inside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
#: The checkout's root, or ``None`` where Courage was installed from a wheel.
CHECKOUT: Final = _PACKAGE.parent if (_PACKAGE.parent / "pyproject.toml").is_file() else None

_ROOT: Final = CHECKOUT or _PACKAGE / "_shipped"
SEEDS: Final = _ROOT / "seeds"
LEXICONS: Final = SEEDS / "lexicons"
STARTER_LIBRARY: Final = _ROOT / "responses"
DETECTION_MODEL: Final = _PACKAGE / "detection" / "data"
