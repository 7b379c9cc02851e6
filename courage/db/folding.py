"""Folding texts for search, so that people find words however they are spelt: with or without marks, hamza, umlauts."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Marks that people leave out or type differently, and letters that have no decomposition.
_LETTERS: Final = str.maketrans(
    {
        **dict.fromkeys("'’‘ʼ`´′ـء", ""),
        "ٱ": "ا",
        "ى": "ي",
        "ة": "ه",
        "ی": "ي",
        "ک": "ك",
        "œ": "oe",
        "æ": "ae",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ı": "i",
    }
)
_UMLAUT: Final = re.compile(r"([aou])e")


def fold(text: str) -> str:
    """Return a text as it is searched: the same for انسان and إنسان, fluechtlinge and Flüchtlinge, dont and don’t.

    Words stay words; what is cut off the end of one folds to the beginning of what the whole folds to.
    """
    bare = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in bare if not unicodedata.combining(c)).translate(_LETTERS)
    # ü is typed ue where there is no key for it: both become u.
    return _UMLAUT.sub(r"\1", bare)
