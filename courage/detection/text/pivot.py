"""A word-by-word gloss of German, French and Arabic into English, for an encoder that reads only English.

It is no translation and no reader ever sees it: it carries over who is spoken of, what is said of them, and
the negation, quotation and punctuation around it.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from courage.detection.text.lexicons import DEFAULT_FOLDER, Lexicon, fold, load_lexicon
from courage.detection.text.morphology import compound, elided, lemmas

_TOKEN = re.compile(r"[^\W_]+(?:['’*:-][^\W_]+)*|\s+|.", re.S)
_GROUPS = {
    "women": ("woman", "women"), "lgbt": ("gay person", "gay people"), "muslims": ("muslim", "muslims"),
    "jews": ("jew", "jews"), "migrants": ("immigrant", "immigrants"), "roma": ("gypsy", "gypsies"),
    "people_of_colour": ("black person", "black people"), "disabled": ("disabled person", "disabled people"),
    "other": ("person", "people"),
}  # fmt: skip
_PUNCTUATION = str.maketrans(
    {"،": ",", "؛": ";", "؟": "?", "«": '"', "»": '"', "„": '"', "“": '"', "”": '"', "’": "'"}
)


class Glossary:
    """The glosses of one language with a cache of every word met so far; safe between threads."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known = {**dict.fromkeys(lexicon.identity, ""), **lexicon.gloss}
        self._grams: dict[str, set[str]] = {}
        for word in lexicon.gloss:
            if len(word) > 4 and " " not in word:
                for gram in _grams(word):
                    self._grams.setdefault(gram, set()).add(word)
        self.word = lru_cache(maxsize=65536)(self._word)

    def _direct(self, word: str) -> str | None:
        slur = self._lexicon.slurs.get(word)
        if word in self._lexicon.gloss and (slur is None or slur.ambiguous):
            return self._lexicon.gloss[word]
        if slur is not None:
            return f"filthy {_GROUPS.get(slur.target, _GROUPS['other'])[1]}"
        if word in self._lexicon.identity:
            names = _GROUPS.get(self._lexicon.identity[word], _GROUPS["other"])
            return names[word in self._lexicon.plurals]
        return None

    def _word(self, word: str) -> str:
        found = self._direct(word)
        if found is not None:
            return found
        if "'" in word and self._lexicon.language == "fr":
            rest = elided(word)
            if rest is not None:
                start = {"n": "not ", "j": "i ", "c": "it ", "m": "me ", "t": "you ", "qu": "that "}
                return start.get(word.split("'")[0], "") + self.word(rest)
        if "-" in word:
            return " ".join(self.word(part) for part in word.split("-") if part)
        for lemma in lemmas(word, self._lexicon.language):
            found = self._direct(lemma)
            if found is not None:
                return found
        if self._lexicon.language == "de":
            parts = compound(word, self._known)
            if parts:
                return " ".join(self.word(part) for part in parts)
        return self._near(word) or word

    def _near(self, word: str) -> str | None:
        """Return the gloss of the word that shares most three-letter pieces, where that is nearly all of them."""
        if len(word) < 6:
            return None
        pieces = _grams(word)
        counts: dict[str, int] = {}
        for piece in pieces:
            for other in self._grams.get(piece, ()):
                counts[other] = counts.get(other, 0) + 1
        if not counts:
            return None
        best = max(counts, key=lambda other: (counts[other] / (len(pieces) + len(_grams(other))), other))
        overlap = 2 * counts[best] / (len(pieces) + len(_grams(best)))
        return self._lexicon.gloss[best] if overlap >= 0.7 and best[0] == word[0] else None

    def text(self, text: str) -> str:
        """Gloss every word; longest entries of several words first; the rest stays as it is."""
        tokens = _TOKEN.findall(text.translate(_PUNCTUATION))
        folded = [fold(token) for token in tokens]
        out: list[str] = []
        index = 0
        while index < len(tokens):
            if not folded[index][0].isalnum():
                out.append(" " if tokens[index].isspace() else tokens[index])
                index += 1
                continue
            step, gloss = self._phrase(folded, index)
            if gloss is None:
                gloss = (
                    tokens[index] if tokens[index].isdigit() else self.word(folded[index].replace("’", "'"))
                )
            out.append(gloss)
            index += step
        return " ".join("".join(out).split())

    def _phrase(self, folded: list[str], index: int) -> tuple[int, str | None]:
        for length in range(self._lexicon.longest, 1, -1):
            end = index + 2 * length - 1
            if end <= len(folded) and all(folded[k].isspace() for k in range(index + 1, end, 2)):
                key = " ".join(folded[index:end:2])
                if key in self._lexicon.gloss:
                    return 2 * length - 1, self._lexicon.gloss[key]
        return 1, None


def _grams(word: str) -> set[str]:
    padded = f"^{word}$"
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


@lru_cache(maxsize=16)
def glossary(language: str, folder: Path = DEFAULT_FOLDER) -> Glossary:
    """Return the (cached) glossary of ``de``, ``fr`` or ``ar``."""
    return Glossary(load_lexicon(language, folder))


def to_pivot(text: str, language: str, folder: Path = DEFAULT_FOLDER) -> str:
    """Return an English gloss of a normalised text; English and unknown languages come back unchanged."""
    if language not in ("de", "fr", "ar"):
        return text
    return glossary(language, folder).text(text)


def fingerprint(folder: Path = DEFAULT_FOLDER) -> str:
    """Return a digest of all lexicons, which changes whenever a gloss may have changed."""
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(folder.glob("*.tsv")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
