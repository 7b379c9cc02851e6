"""Where the words of the conversation are; how catalogues work is in ``courage.i18n.catalogue``."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from courage.i18n.catalogue import DEFAULT, Catalogue, load_catalogue
from courage.shipped import CHECKOUT

FOLDER: Final = (CHECKOUT or Path()) / "actions" / "catalogues"


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogues that come with Courage, read once."""
    return load_catalogue(FOLDER)


__all__ = ["DEFAULT", "FOLDER", "Catalogue", "default_catalogue"]
