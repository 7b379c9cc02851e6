"""The first step of normalising, character by character."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from functools import lru_cache
from itertools import islice
from typing import Final

import emoji

from courage.detection.text.confusables import (
    ARABIC_MARKS,
    BLANK,
    ENCLOSED,
    INVISIBLE,
    LETTER_EMOJI,
    LOOKALIKES,
    PHONETIC,
    REGIONAL,
)

_EMOJI_START = re.compile("[\u203c-\u3299\U0001f000-\U0001faff]")
_MOST_EMOJI: Final = 400
_JOINERS: Final = "\u200b\u200c\u200d\u2060\ufe0e\ufe0f"
_LETTER_SIGNS: Final = re.compile(
    f"(?:[\U0001f150-\U0001f169\U0001f170-\U0001f189\U0001f1e6-\U0001f1ff\u24c2\u2139][{_JOINERS}]*)+"
)
_WORD: Final = re.compile(r"\w+")
_PARENTHESISED: Final = re.compile(r"\(([A-Za-z])\)")


def cleaned(text: str, known: Container[str] = frozenset()) -> tuple[str, list[int]]:
    """Return a text without tricks of single characters, and for each character its offset in the original.

    Composition, compatibility forms, letters in circles and flags, invisible characters, look-alikes of other scripts,
    emoji as words. Line breaks stay. What shows nothing but may part a word becomes ``BLANK``. ``known`` are words by
    which letters are told from flags, and look-alikes from words of another script.
    """
    letters = _enclosed_letters(text, known)
    spans: dict[int, tuple[int, str]] = {}
    starts = [match.start() for match in islice(_EMOJI_START.finditer(text), _MOST_EMOJI + 1)]
    if starts:
        # Of a wall of emoji the first few hundred say it all; the one at the cut may lose its last part.
        end = starts[_MOST_EMOJI] if len(starts) > _MOST_EMOJI else len(text)
        for item in emoji.emoji_list(text[:end]):
            if item["match_start"] not in letters:
                spans[item["match_start"]] = (item["match_end"], _emoji_name(item["emoji"]))
    out: list[str] = []
    offsets: list[int] = []
    index = 0
    while index < len(text):
        char = text[index]
        step, piece = index + 1, char
        if index in letters:
            piece = letters[index]
        elif index in spans:
            step, piece = spans[index]
        elif (char >= "\x7f" or char < " ") and char != "\n":
            piece = _clean_char(char, out)
        out.extend(piece)
        offsets.extend([index] * len(piece))
        index = step
    joined = "".join(out)
    if not joined.isascii():
        _read_lookalikes(joined, out, known)
    return "".join(out), offsets


def _enclosed_letters(text: str, known: Container[str]) -> dict[int, str]:
    """Return the letters that signs in circles, squares and of flags stand for, by their places.

    Two signs of flags in a row are a flag; more of them, or with joiners between, may spell a word.
    """
    letters: dict[int, str] = {}
    for found in _LETTER_SIGNS.finditer(text):
        signs = [(found.start() + k, char) for k, char in enumerate(found[0]) if char not in _JOINERS]
        read = [(place, _letter(char)) for place, char in signs]
        flags = all(REGIONAL <= ord(char) < REGIONAL + 26 for _, char in signs)
        before, after = text[found.start() - 1 : found.start()], text[found.end() : found.end() + 1]
        beside = (before.isalnum() and before.isascii()) or (after.isalnum() and after.isascii())
        parted = len(found[0].rstrip(_JOINERS)) > len(signs)
        if flags and not parted and not beside and len(signs) % 2 == 0:
            word = "".join(letter for _, letter in read).lower()
            if len(word) == 2 or word not in known:
                continue
        elif not flags and len(signs) == 1 and not beside:
            # By itself it is the sign of a blood group, of parking, of an underground line.
            continue
        letters.update(read)
    return letters


def _letter(char: str) -> str:
    if char in LETTER_EMOJI:
        return LETTER_EMOJI[char]
    for first in (*ENCLOSED, REGIONAL):
        if first <= ord(char) < first + 26:
            return chr(ord("A") + ord(char) - first)
    raise AssertionError(f"{char!r} is no letter")


def _read_lookalikes(text: str, out: list[str], known: Container[str]) -> None:
    """Put Latin letters for their look-alikes of other scripts, in place.

    A word that mixes scripts is a disguise, and so is a text whose words in another script are known once they are read
    as Latin ones; phonetic letters and small capitals always are.
    """
    whole: list[tuple[int, int, str]] = []
    mixed = False
    for match in _WORD.finditer(text):
        word = match[0]
        if word.isascii() or not any(c in LOOKALIKES for c in word):
            continue
        if any(_phonetic(c) for c in word):
            word = "".join(LOOKALIKES.get(c, c) if _phonetic(c) else c for c in word)
            if len(word) == match.end() - match.start():
                out[match.start() : match.end()] = word
            else:
                word = match[0]
        mapped = "".join(LOOKALIKES.get(c, c) for c in word)
        if len(mapped) != len(word) or not mapped.isascii():
            continue
        scripts = {_script(c) for c in word if c.isalpha()}
        if len(scripts) > 1:
            mixed = True
            out[match.start() : match.end()] = mapped
        else:
            whole.append((match.start(), match.end(), mapped))
    if not whole:
        return
    readable = sum(len(word) > 2 and word.lower() in known for _, _, word in whole)
    long = sum(len(word) > 2 for _, _, word in whole)
    if mixed or _mostly_ascii(out) or (readable * 3 >= long * 2 and readable > 0):
        for start, end, word in whole:
            out[start:end] = word


def _phonetic(char: str) -> bool:
    return any(first <= ord(char) <= last for first, last in PHONETIC)


@lru_cache(maxsize=2048)
def _script(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]


@lru_cache(maxsize=8192)
def _emoji_name(symbol: str) -> str:
    name = emoji.demojize(symbol, delimiters=(" ", " ")).replace("_", " ").replace("-", " ")
    return f" {name.strip()} "


def _mostly_ascii(chars: list[str]) -> bool:
    letters = [c for c in chars if c.isalpha()]
    return sum(c.isascii() for c in letters) * 2 > len(letters)


def _clean_char(char: str, out: list[str]) -> str:
    if char == BLANK:
        return BLANK
    if char in INVISIBLE or char in ARABIC_MARKS:
        return ""
    if char == "\u200d":
        return ""
    kind = unicodedata.category(char)
    if kind == "Cs" or kind == "Cc":
        return " "
    if kind == "Cf":
        return ""
    if kind in ("Co", "Cn"):
        return BLANK
    if kind in ("Mn", "Me") and out:
        joined = unicodedata.normalize("NFC", out[-1] + char)
        if len(joined) == 1:
            out[-1] = joined
        return ""
    folded = unicodedata.normalize("NFKC", char)
    if len(folded) > 4:
        return " "
    enclosed = _PARENTHESISED.fullmatch(folded)
    if enclosed is not None:
        return enclosed[1]
    return folded.replace("\u2019", "'").replace("\u2018", "'").replace("\xa0", " ")
