"""Undo disguises: from what was typed to what was meant, with offsets back into the original."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from courage.detection.text.characters import cleaned
from courage.detection.text.confusables import BLANK, LEET
from courage.detection.text.traced import Piece, original_span
from courage.detection.text.traced import replaced as _replace
from courage.detection.text.vocabulary import Vocabulary

_SPACED = re.compile(r"(?<![^\W_])(?:[^\W\d_][ ._*~-]{1,3}){3,}[^\W\d_](?![^\W_])")
_REPEATED = re.compile(r"([^\W\d_])\1{2,}")
_TOKEN = re.compile(r"\S+")
_PLAIN = re.compile(r"[A-Za-z]+(?:'[a-z]{1,2})?[.,!?:;]*")
_SKIP = re.compile(r"https?:|www\.|[/\\=<>{}\[\]_]|\w@\w+\.|::|\.\w+\.\w|^[#@]?[\d.,:%+-]+\w?$", re.I)
_EDGES = re.compile(r"^[\"'«»„“”‘’(\[*_~#]*|[\"'«»“”‘’)\].,;:?*_~…]*$")
_CAMEL = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_LETTERS = re.compile(r"[^\W\d_]+")
# From the beginning of a word, and letters taken are never given back: else a long run of letters costs its square.
_PARTED = re.compile(rf"(?<![^\W\d_])[^\W\d_]++(?:[{BLANK}._^~*|/\\+=`´¨·•<>:;,!‐‑–-]{{1,3}}[^\W\d_]++)+")
_LONGEST_PARTED = 200
_LOUD = "!+=^¡"
_MOST_CHUNKS = 12
_LOOKED_AT = 2000


@dataclass(frozen=True, slots=True)
class Normalised:
    """Readable text, and for each of its characters the offset in the original (``None``: the same offsets)."""

    text: str
    offsets: tuple[int, ...] | None
    length: int
    disguised: int = 0

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of the normalised text to the span of the original it came from."""
        return original_span(self.offsets, self.length, start, end)

    def part(self, start: int, end: int) -> Normalised:
        """Return a span of the text by itself; its offsets go on pointing into the original."""
        offsets = tuple(range(start, end)) if self.offsets is None else self.offsets[start:end]
        return Normalised(self.text[start:end], offsets, self.length, self.disguised)


class Normaliser:
    """Stateless but for its vocabulary; safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._mend = lru_cache(maxsize=65536)(self._mend_token)

    def __call__(self, text: str) -> Normalised:
        """Return the readable form of any string, also one with lone surrogates, NUL or direction marks."""
        offsets: list[int] | None = None
        if text.isascii() and (text.isprintable() or text.replace("\n", "").isprintable()):
            clean = text
        else:
            clean, offsets = cleaned(text, self._vocabulary)
        clean, offsets, joined = self._join_spaced(clean, offsets)
        parted = self._parted(clean)
        if parted:
            joined += sum(" " not in new for _, _, new in parted)
            clean, offsets = _replace(clean, offsets, parted)
        if self._backwards(clean):
            joined += 1
            old = offsets if offsets is not None else range(len(clean))
            clean, offsets = clean[::-1], list(old)[::-1]
        pieces: list[Piece] = []
        before: re.Match[str] | None = None
        for match in _TOKEN.finditer(clean):
            token = match[0]
            if before is not None and self._halves(before[0], token):
                if pieces and pieces[-1][0] == before.start():
                    pieces.pop()
                pieces.append((before.start(), match.end(), before[0] + token))
                before = None
                continue
            before = match
            mended = self._mend(token)
            if mended != token:
                pieces.append((match.start(), match.end(), mended))
        if pieces:
            clean, offsets = _replace(clean, offsets, pieces)
        return Normalised(clean, None if offsets is None else tuple(offsets), len(text), joined + len(pieces))

    def _join_spaced(self, text: str, offsets: list[int] | None) -> tuple[str, list[int] | None, int]:
        pieces: list[Piece] = []
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

    def _parted(self, text: str) -> list[Piece]:
        """Return words that marks or blanks within them part, whole again; other blanks become spaces."""
        pieces: list[Piece] = []
        for match in _PARTED.finditer(text):
            if len(match[0]) > _LONGEST_PARTED or "//" in match[0]:
                continue
            chunks = _LETTERS.findall(match[0])
            marks = _LETTERS.split(match[0])[1:-1]
            new = self._rejoined(chunks, marks)
            if new != match[0]:
                pieces.append((match.start(), match.end(), new))
        if BLANK in text:
            done = [(start, end) for start, end, _ in pieces]
            for found in re.finditer(f"{BLANK}+", text):
                if not any(start <= found.start() < end for start, end in done):
                    pieces.append((found.start(), found.end(), " "))
            pieces.sort()
        return pieces

    def _halves(self, first: str, second: str) -> bool:
        """Tell whether two neighbours are the halves of one word that carries hate, and no words themselves."""
        known = self._vocabulary
        if len(first) > 12 or len(second) > 13 or not first.isalpha():
            return False
        low, rest = first.lower(), second.lower().rstrip(".,;:!?")
        if (low in known and rest in known) or not rest.isalpha() or len(low) + len(rest) < 6:
            return False
        return f"{low}{rest}" in known.carriers

    def _rejoined(self, chunks: list[str], marks: list[str]) -> str:
        known = self._vocabulary
        out = [""]
        place = 0
        while place < len(chunks):
            size = 1
            for end in range(min(len(chunks), place + _MOST_CHUNKS), place + 1, -1):
                word = "".join(chunks[place:end]).lower()
                parts = [chunk.lower() for chunk in chunks[place:end]]
                unseen = all(BLANK in mark for mark in marks[place : end - 1])
                if len(word) >= 4 and (
                    word in known.carriers
                    or (
                        (unseen or not all(len(part) > 1 and part in known for part in parts))
                        and known.is_word(word)
                    )
                ):
                    size = end - place
                    break
            out.append("".join(chunks[place : place + size]))
            place += size
            if place < len(chunks):
                out.append(marks[place - 1].replace(BLANK, " "))
        return "".join(out)

    def _backwards(self, text: str) -> bool:
        """Tell whether a text was typed from its end: hardly a word is known, but nearly all are when turned round."""
        known = self._vocabulary
        words = [word.lower() for word in _LETTERS.findall(text[:_LOOKED_AT]) if len(word) > 2]
        if len(words) < 2 or 2 * sum(word in known for word in words) > len(words):
            return False
        turned = [word[::-1] for word in words]
        return 3 * sum(word in known for word in turned) >= 2 * len(words) and any(
            word in known.carriers for word in turned
        )

    def _mend_token(self, token: str) -> str:
        known = self._vocabulary
        if token[0] in _LOUD:
            bare = token.lstrip(_LOUD)
            if bare.rstrip(".,;:?!+=").lower() in known.carriers:
                return bare
        if _PLAIN.fullmatch(token) and token.rstrip(".,!?:;").lower() in known:
            return token
        if token[0] == "#" and len(token) <= 80:
            return self._hashtag(token)
        if len(token) > 60 or _SKIP.search(token):
            return token
        left = _EDGES.match(token)
        head = left[0] if left else ""
        rest = token[len(head) :]
        right = _EDGES.search(rest)
        tail = right[0] if right else ""
        core = rest[: len(rest) - len(tail)] if tail else rest
        bare = core.rstrip("!")
        if bare.lower() in known:
            return token
        mended = self._mend_core(bare)
        if mended is not None:
            mended += core[len(bare) :]
        elif bare != core:
            mended = self._mend_core(core)
        return token if mended is None else head + mended + tail

    def _hashtag(self, token: str) -> str:
        """Return the words of a hashtag: by capitals, by marks between them, or by the words that are known."""
        core = token.lstrip("#")
        bare = core.rstrip(".,;:!?)…")
        tail = core[len(bare) :]
        if not _LETTERS.search(bare):
            return token
        words: list[str] = []
        for part in re.split(r"[_\-]+", bare):
            cut = _CAMEL.findall(part) if part.isascii() and not part.isupper() else []
            if len(cut) < 2 or sum(map(len, cut)) < len(part):
                cut = self._vocabulary.split(part.lower(), tag=True) or [part]
            words += cut
        return " ".join(words) + tail if len(words) > 1 else token

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
        if known.is_word(low):
            return low if low != core.lower() else None
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
            if len(bare) >= 4 and bare in known.carriers:
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
