"""What a reply is read by, as numbers: its words and letters, its signs, and what it tells of people.

Words and runs of letters are hashed into a fixed number of places, so that there is no vocabulary to ship; names of the
conversation are one and the same word to it. Signs and cues mean the same in every language, so that what was learnt of
them in one serves the others.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from courage.academy import private, signs
from courage.academy.reply import SHORT
from courage.academy.unsafe import insult_words, names_in

#: Places into which words and letters are hashed.
PLACES: Final = 1 << 14
#: Lengths of runs of letters, the blanks around a word counted.
RUNS: Final = (3, 4, 5)
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?|[?؟!]+|[^\w\s.,;:'\"()«»“”„-]")
_MARKS: Final = re.compile("[\u064b-\u065f\u0670\u0640]")
_ALEF: Final = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي", "ة": "ه", "’": "'"})
_SIGNED: Final = tuple(name for name in signs.NAMES)
#: Names of the dense features, in their order.
DENSE: Final = (
    *(f"sign.{name}" for name in _SIGNED),
    *(f"private.{cue}" for cue in private.CUES),
    "word.insult",
    "names.hit",
    "names.cast",
    "asks",
    "quotes",
    "light",
    "warm",
    "long",
    "length",
    "wordless",
    "shouts",
    "shared",
)


def dense(
    text: str, language: str, said: str = "", person_hit: str | None = None, cast: Sequence[str] = ()
) -> np.ndarray:
    """Return what one sees in a reply as numbers between 0 and 1, shape (len(DENSE),)."""
    own = signs.QUOTED.sub(" … ", text)
    everybody = [*cast, *([person_hit] if person_hit else [])]
    found = private.cues(text, language, everybody)
    others = [name for name in cast if name != person_hit]
    words = re.findall(r"\w+", own.casefold())
    theirs = set(re.findall(r"\w{4,}", said.casefold()))
    capitals = [word for word in re.findall(r"[^\W\d_]{3,}", text) if word.isupper()]
    values = {
        **{f"sign.{name}": signs.find(name, language, own) is not None for name in _SIGNED},
        **{f"private.{cue}": True for cue in found},
        "word.insult": bool(insult_words(text, language)),
        "names.hit": bool(person_hit and names_in(text, [person_hit])),
        "names.cast": bool(names_in(text, others)),
        "asks": signs.QUESTION.search(text) is not None,
        "quotes": own != text,
        "light": signs.LIGHT.search(text) is not None,
        "warm": signs.WARM.search(text) is not None,
        "long": len(text) > SHORT,
        "length": min(len(text), 400) / 400,
        "wordless": not words,
        "shouts": len(capitals) > 2,
        "shared": len(theirs & set(words)) / max(3, len(theirs)),
    }
    return np.array([float(values.get(name, 0.0)) for name in DENSE], dtype=np.float32)


def hashed(text: str, person_hit: str | None = None, cast: Sequence[str] = ()) -> np.ndarray:
    """Return the places of a reply's words, pairs of words and runs of letters, sorted, each once; int64."""
    plain = _names_out(text, person_hit, cast)
    words = _WORD.findall(plain)
    grams = {f"w {word}" for word in words}
    grams |= {f"p {one} {two}" for one, two in pairwise(words)}
    for word in words:
        shown = f" {word} "
        grams |= {
            f"c {shown[at : at + run]}" for run in RUNS for at in range(len(shown) - run + 1) if len(word) > 2
        }
    return np.array(sorted({zlib.crc32(gram.encode()) % PLACES for gram in grams}), dtype=np.int64)


def _names_out(text: str, person_hit: str | None, cast: Sequence[str]) -> str:
    """Return a text in small letters with names as one word each, digits as 0 and Arabic in one spelling."""
    for name in sorted({*cast, *([person_hit] if person_hit else [])}, key=len, reverse=True):
        if name.strip():
            word = " xhit " if name == person_hit else " xcast "
            text = re.sub(rf"(?<!\w)((?:[وفبلك])?){re.escape(name)}(?!\w)", rf"\1{word}", text, flags=re.I)
    text = unicodedata.normalize("NFKC", text).casefold().translate(_ALEF)
    return re.sub(r"\d", "0", _MARKS.sub("", text))
