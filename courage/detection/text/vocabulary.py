# ruff: noqa: SIM905
"""Which words are known, so that the normaliser only mends what is no word."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from courage.detection.text.lexicons import DEFAULT_FOLDER, fold, load_lexicon
from courage.detection.text.morphology import arabic_stems

# Words that carry hate or decide about it, in English; plain words, no slurs (those come from the lexicon).
_CARRIERS = """
hate hates hated hating hatred kill kills killed killing murder murdered shoot hang burn bomb attack beat rape destroy
exterminate eradicate gas lynch stab slaughter deport deported expel exile die dies dead death disgusting disgust
vermin rats rat scum filth filthy dirty trash garbage parasite parasites animal animals monkey monkeys ape apes pig
pigs dog dogs cockroach cockroaches subhuman savages savage plague disease cancer virus infest infestation invade
invaders invasion terrorist terrorists criminals criminal rapist rapists thief thieves inferior worthless useless
stupid dumb idiots idiot retarded crazy insane evil disgrace deserve deserves punished punish violence violent
shit shitty fuck fucking fucked fuckers bastard bastards damn bloody ugly sick gross repulsive abomination freak freaks
people women woman girls muslim muslims jew jews jewish gay gays lesbian lesbians trans transgender immigrant immigrants
migrant migrants refugee refugees black blacks white asian asians african arabs mexican mexicans disabled cripple
autistic gypsies roma foreigners foreigner country never should must every always these those they human humans
equal rights respect nothing better worse belong kitchen slaves slave ovens camps jungle throat throats
""".split()
_WORD = re.compile(r"[^\W\d_]+")


class Vocabulary:
    """Known words and the carriers near which misspellings are looked for."""

    def __init__(self, known: Iterable[str], carriers: Iterable[str]) -> None:
        self.carriers = {word for word in carriers if word.isalpha()}
        self.known = {word for word in known if word} | self.carriers
        self._deletions: dict[str, list[str]] = {}
        for word in sorted(self.carriers):
            if len(word) >= 4:
                for form in {word} | {word[:i] + word[i + 1 :] for i in range(len(word))}:
                    self._deletions.setdefault(form, []).append(word)

    def __contains__(self, word: object) -> bool:
        return word in self.known

    def is_word(self, word: str) -> bool:
        """Tell whether a lower-case word is one of any of the four languages, inflected forms included.

        Larger and slower than ``in``: for the few words that somebody is about to change.
        """
        if word in self.known:
            return True
        if word.isascii() or all(char < "\u0250" for char in word):
            return _in_dictionaries(word)
        return any(len(stem) > 2 and stem in self.known for stem in arabic_stems(fold(word)))

    def repair(self, word: str) -> str | None:
        """Return the carrier one edit (deletion, insertion, swap, replacement) away from an unknown word."""
        if len(word) < 4 or len(word) > 20 or word in self.known:
            return None
        found: list[str] = []
        for form in [word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]:
            found += self._deletions.get(form, ())
        # The first letter seldom goes wrong; a replaced letter makes another word too often in short ones.
        best = [
            option for option in dict.fromkeys(found)
            if len(option) >= 5 and option[0] == word[0]
            and _one_edit(word, option) and (len(option) >= 6 or not _replaced(word, option))
        ]  # fmt: skip
        return (
            best[0]
            if best and (len(best) == 1 or best[0][:4] == best[1][:4] or best[0][-2:] == best[1][-2:])
            else None
        )

    def _piece(self, piece: str) -> bool:
        return piece in self.known or (
            len(piece) > 4
            and piece[-1] == "s"
            and (piece[:-1] in self.carriers or f"{piece[:-1]}es" in self.carriers)
        )

    def split(self, word: str, *, least: int = 3, tag: bool = False) -> list[str] | None:
        """Split stuck-together words into the fewest known ones; ``None`` where that fails.

        One of them must carry hate, or decide about it, unless the word is a hashtag (``tag``).
        """
        if not 6 <= len(word) <= 60:
            return None
        small = {"i", "a"}
        best: list[tuple[float, list[str]] | None] = [(0.0, [])] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                before, piece = best[start], word[start:end]
                if before is None or not (piece in small or (len(piece) >= 2 and self._piece(piece))):
                    continue
                cost = (
                    before[0]
                    + (1.0 if len(piece) >= least else 2.5)
                    - (0.3 if piece in self.carriers else 0.0)
                )
                current = best[end]
                if current is None or cost < current[0]:
                    best[end] = (cost, [*before[1], piece])
        result = best[-1]
        if result is None or len(result[1]) < 2:
            return None
        short = sum(len(piece) < least for piece in result[1])
        return (
            result[1]
            if short <= len(result[1]) // 2 and (tag or any(p in self.carriers for p in result[1]))
            else None
        )


@lru_cache(maxsize=65536)
def _in_dictionaries(word: str) -> bool:
    import simplemma

    return any(
        simplemma.is_known(form, lang=language, low_memory=True)
        for language in ("en", "de", "fr")
        for form in ((word, word.capitalize()) if language == "de" else (word,))
    )


def _replaced(first: str, second: str) -> bool:
    return len(first) == len(second) and sorted(first) != sorted(second)


def _one_edit(first: str, second: str) -> bool:
    if abs(len(first) - len(second)) > 1:
        return False
    if len(first) == len(second):
        wrong = [i for i in range(len(first)) if first[i] != second[i]]
        if len(wrong) == 1:
            return True
        return (
            len(wrong) == 2 and wrong[1] == wrong[0] + 1
            and first[wrong[0]] == second[wrong[1]] and first[wrong[1]] == second[wrong[0]]
        )  # fmt: skip
    long, short = (first, second) if len(first) > len(second) else (second, first)
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))


@lru_cache(maxsize=4)
def load_vocabulary(wordpieces: Path | None = None, folder: Path = DEFAULT_FOLDER) -> Vocabulary:
    """Build the vocabulary from the encoder's own whole words and all lexicons.

    ``wordpieces`` is the path of a BERT ``vocab.txt``; without it only lexicon words are known.
    """
    known: set[str] = {
        "cant",
        "dont",
        "wont",
        "isnt",
        "arent",
        "wouldnt",
        "shouldnt",
        "pkgs",
        "docs",
        "darn",
        "spam",
    }
    carriers: set[str] = set(_CARRIERS)
    if wordpieces is not None and wordpieces.is_file():
        lines = wordpieces.read_text(encoding="utf-8").splitlines()
        known |= {line for line in lines if line.isalpha() and (len(line) > 1 or line in "ai")}
    for language in ("en", "de", "fr", "ar"):
        lexicon = load_lexicon(language, folder)
        for word in [*lexicon.gloss, *lexicon.identity, *lexicon.slurs]:
            known.update(_WORD.findall(word))
        least = 4 if language == "en" else 6
        carriers |= {
            word for word in [*lexicon.identity, *lexicon.slurs] if word.isalpha() and len(word) >= least
        }
    return Vocabulary(known, carriers)
