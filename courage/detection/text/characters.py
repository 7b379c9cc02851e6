"""The first step of normalising, character by character."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import islice
from typing import Final

import emoji

from courage.detection.text.confusables import ARABIC_MARKS, INVISIBLE, LOOKALIKES

_EMOJI_START = re.compile("[\u203c-\u3299\U0001f000-\U0001faff]")
_MOST_EMOJI: Final = 400


def cleaned(text: str) -> tuple[str, list[int]]:
    """Return a text without tricks of single characters, and for each character its offset in the original.

    Composition, compatibility forms, invisible characters, look-alikes of other scripts, emoji as words.
    """
    spans: dict[int, tuple[int, str]] = {}
    starts = [match.start() for match in islice(_EMOJI_START.finditer(text), _MOST_EMOJI + 1)]
    if starts:
        # Of a wall of emoji the first few hundred say it all; the one at the cut may lose its last part.
        end = starts[_MOST_EMOJI] if len(starts) > _MOST_EMOJI else len(text)
        for item in emoji.emoji_list(text[:end]):
            spans[item["match_start"]] = (item["match_end"], _emoji_name(item["emoji"]))
    out: list[str] = []
    offsets: list[int] = []
    index = 0
    while index < len(text):
        char = text[index]
        step, piece = index + 1, char
        if index in spans:
            step, piece = spans[index]
        elif char >= "\x7f" or char < " ":
            piece = _clean_char(char, out)
        out.extend(piece)
        offsets.extend([index] * len(piece))
        index = step
    for match in re.finditer(r"\w+", "".join(out)):
        word = match[0]
        if word.isascii() or not any(c in LOOKALIKES for c in word):
            continue
        mapped = "".join(LOOKALIKES.get(c, c) for c in word)
        foreign = sum(c in LOOKALIKES for c in word)
        if len(mapped) == len(word) and mapped.isascii() and (foreign < len(word) or _mostly_ascii(out)):
            out[match.start() : match.end()] = mapped
    return "".join(out), offsets


@lru_cache(maxsize=8192)
def _emoji_name(symbol: str) -> str:
    name = emoji.demojize(symbol, delimiters=(" ", " ")).replace("_", " ").replace("-", " ")
    return f" {name.strip()} "


def _mostly_ascii(chars: list[str]) -> bool:
    letters = [c for c in chars if c.isalpha()]
    return sum(c.isascii() for c in letters) * 2 > len(letters)


def _clean_char(char: str, out: list[str]) -> str:
    if char in INVISIBLE or char in ARABIC_MARKS:
        return ""
    if char == "\u200d":
        return ""
    kind = unicodedata.category(char)
    if kind == "Cs" or kind == "Cc":
        return " "
    if kind == "Mn" and out:
        joined = unicodedata.normalize("NFC", out[-1] + char)
        if len(joined) == 1:
            out[-1] = joined
        return ""
    folded = unicodedata.normalize("NFKC", char)
    if len(folded) > 4:
        return " "
    return folded.replace("\u2019", "'").replace("\u2018", "'").replace("\xa0", " ")
