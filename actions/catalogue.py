"""Where the words of the conversation are; how catalogues work is in ``courage.i18n.catalogue``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from courage.i18n.catalogue import Catalogue, load_catalogue

FOLDER = Path(__file__).parent / "catalogues"


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogues that come with Courage, read once."""
    return load_catalogue(FOLDER)
