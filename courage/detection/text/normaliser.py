"""Undo disguises: from what was typed to what was meant, with offsets back into the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from courage.detection.text.characters import cleaned
from courage.detection.text.confusables import LEET
from courage.detection.text.vocabulary import Vocabulary

_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._*~-]{1,3}){3,}[^\W\d_](?![^\W_])")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"\S+")
_PLAIN = re.compile(r"[A-Za-z]+(?:'[a-z]{1,2})?[.,!?:;]*")
_SKIP = re.compile(r"https?:|www\.|[/\\=<>{}\[\]_]|\w@\w+\.|::|\.\w+\.\w|^[#@]?[\d.,:%+-]+\w?$", re.I)
_EDGES = re.compile(r"^[\"'«»„“”‘’(\[*_~#]*|[\"'«»“”‘’)\].,;:?*_~…]*$")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_PARTS = re.compile(r"[^\W\d_]+|[^\w\s]|[\d_]+")


@dataclass(frozen=True, slots=True)
class Normalised:
    """Readable text, and for each of its characters the offset in the original (``None``: the same offsets)."""

    text: str
    offsets: tuple[int, ...] | None
    length: int
    disguised: int = 0

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the normalised text to the span of the original it came from."""
        if self.offsets is None or not self.offsets:
            return start, end
        first = self.offsets[min(start, len(self.offsets) - 1)]
        last = self.offsets[min(max(start, end - 1), len(self.offsets) - 1)]
        return first, min(self.length, last + 1)


class Normaliser:
    """Stateless but for its vocabulary; safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._mend = lru_cache(maxsize=65536)(self._mend_token)

    def __call__(self, text: str) -> Normalised:
        """Return the readable form of any string, also one with lone surrogates, NUL or direction marks."""
        if text.isascii() and text.isprintable():
            clean, offsets = text, None
        else:
            clean, offsets = cleaned(text)
        clean, offsets, joined = self._join_spaced(clean, offsets)
        pieces: list[tuple[int, int, str]] = []
        for match in _TOKEN.finditer(clean):
            token = match[0]
            mended = self._mend(token)
            if mended != token:
                pieces.append((match.start(), match.end(), mended))
        if pieces:
            clean, offsets = _replace(clean, offsets, pieces)
        return Normalised(clean, None if offsets is None else tuple(offsets), len(text), joined + len(pieces))

    def _join_spaced(self, text: str, offsets: list[int] | None) -> tuple[str, list[int] | None, int]:
        pieces: list[tuple[int, int, str]] = []
        for match in _SPACED.finditer(text):
            letters = re.sub(r"[\W_]", "", match[0]).lower()
            wide = re.split(r"[ ._*~-]{2,}", match[0])
            if len(wide) > 1:
                words = [re.sub(r"[\W_]", "", word).lower() for word in wide]
                if sum(word in self._vocabulary for word in words) * 2 >= len(words):
                    pieces.append((match.start(), match.end(), " ".join(words)))
                    continue
            if letters in self._vocabulary:
                pieces.append((match.start(), match.end(), letters))
                continue
            words = self._vocabulary.split(letters) or []
            repaired = self._vocabulary.repair(letters)
            if words or repaired:
                pieces.append((match.start(), match.end(), " ".join(words) or str(repaired)))
        if not pieces:
            return text, offsets, 0
        joined, moved = _replace(text, offsets, pieces)
        return joined, moved, len(pieces)

    def _mend_token(self, token: str) -> str:
        known = self._vocabulary
        if _PLAIN.fullmatch(token) and token.rstrip(".,!?:;").lower() in known:
            return token
        if len(token) > 60 or _SKIP.search(token):
            return token
        left = _EDGES.match(token)
        head = left[0] if left else ""
        rest = token[len(head) :]
        right = _EDGES.search(rest)
        tail = right[0] if right else ""
        core = rest[: len(rest) - len(tail)] if tail else rest
        if "#" in head and len(core) > 3:
            words = _CAMEL.findall(core) if core.isascii() else [core]
            if len(words) > 1:
                return head.replace("#", "") + " ".join(words) + tail
        bare = core.rstrip("!")
        if bare.lower() in known:
            return token
        mended = self._mend_core(bare)
        if mended is not None:
            mended += core[len(bare) :]
        elif bare != core:
            mended = self._mend_core(core)
        return token if mended is None else head + mended + tail

    def _mend_core(self, core: str) -> str | None:
        known, low = self._vocabulary, core.lower()
        if not core or low in known:
            return None
        letters = _REPEATED.sub(r"\1\1", low)
        if letters != low:
            for form in (letters, _REPEATED.sub(r"\1", low)):
                if form in known:
                    return form
            low = _REPEATED.sub(r"\1", low)
        if not low.isalpha():
            parts = low.replace("-", "'").split("'")
            if len(parts) > 1 and all(part.isalpha() or not part for part in parts):
                joined = "".join(parts)
                return joined if joined in known.carriers and not all(p in known for p in parts) else None
            found = self._unleet(low)
            if found is not None:
                return found
            return None
        if not low.isascii():
            plain = "".join(c for c in unicodedata.normalize("NFD", low) if not unicodedata.combining(c))
            if plain in known.carriers and low not in known:
                return plain
            return letters if letters in known else None
        words = known.split(low) if len(low) >= 7 else None
        repaired = known.repair(low)
        if repaired is not None:
            return repaired
        if words:
            return " ".join(words)
        return low if low != core.lower() else None

    def _unleet(self, low: str) -> str | None:
        known = self._vocabulary
        if sum(c.isalpha() for c in low) * 2 < len(low) or sum(c.isdigit() for c in low) > 4:
            return None
        if any(c in "*#%.-_" for c in low[1:-1]):
            bare = re.sub(r"[*#%._-]", "", low)
            if re.fullmatch(r"[a-z]+[*#%._-]+[a-z]+", low):
                shape = re.compile("".join("." if c in "*#%._-" else c for c in low))
                fits = [w for w in known.carriers if len(w) == len(low) and shape.fullmatch(w)]
                if (fits and "*" in low) or len(fits) == 1:
                    return sorted(fits)[0]
            if bare in known.carriers:
                return bare
        for one in ("i", "l"):
            plain = "".join(one if c in "1|!" else LEET.get(c, c) for c in low)
            if plain.isalpha():
                if plain in known.carriers or (len(plain) >= 4 and plain in known):
                    return plain
                repaired = known.repair(plain) or (" ".join(known.split(plain) or []) or None)
                if repaired:
                    return repaired
        return None


def _replace(
    text: str, offsets: list[int] | None, pieces: list[tuple[int, int, str]]
) -> tuple[str, list[int]]:
    """Put new words in place of spans; each new character points at the proportional place of the old span."""
    old = offsets if offsets is not None else list(range(len(text)))
    out: list[str] = []
    moved: list[int] = []
    last = 0
    for start, end, new in pieces:
        out.append(text[last:start])
        moved.extend(old[last:start])
        out.append(new)
        width = end - start
        moved.extend(old[start + (k * width) // len(new)] for k in range(len(new)))
        last = end
    out.append(text[last:])
    moved.extend(old[last:])
    return "".join(out), moved
