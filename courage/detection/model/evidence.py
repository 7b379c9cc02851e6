# ruff: noqa: SIM905
"""Cheap signs in the English (or glossed) text: is anybody named, insulted, threatened at all?"""

from __future__ import annotations

import re
from functools import lru_cache

from courage.detection.text.lexicons import Lexicon, fold

IDENTITY, SLUR, AMBIGUOUS, GROUP_WORD, ADDRESS, VIOLENCE, INSULT, NEGATION = (1 << bit for bit in range(8))
BITS = 8
_GROUP_WORDS = frozenset(
    """they them their theirs themselves these those people ppl folks lot kind sort ones everyone all race tribe
    nation religion believers foreigner foreigners group community minorities minority species men families
    children kids neighbours newcomers others guests""".split()
)
_ADDRESS = frozenset("you your yours u ur yourself yourselves ya".split())
_VIOLENCE = frozenset(
    """kill kills killed killing murder murdered shoot shot hang hanged burn burned burning bomb bombs bombed attack
    beat beaten rape raped raping destroy exterminate eradicate gas gassed lynch lynched stab stabbed slaughter
    execute executed drown drowned die dead death knife gun guns rifle bullet bullets rope noose bat bats blood
    grave graves throat skull torch petrol grenade machete axe punch kick smash crush hunt hurt strangle choke
    behead weapon weapons fight war violence wipe cleanse purge deport expel jihad martyr martyrs explosion oven""".split()
)
_INSULTS = frozenset(
    """vermin rat rats scum filth filthy dirty trash garbage parasite parasites animal animals monkey monkeys ape
    apes pig pigs dog dogs cockroach cockroaches subhuman savage savages plague disease cancer virus disgusting
    inferior worthless useless stupid dumb idiot idiots retarded retards insane evil disgrace shit shitty fuck
    fucking fucked fuckers bastard bastards damn ugly sick gross repulsive abomination freak freaks hate hated
    hating despise loathe thieves thief criminals criminal rapist rapists terrorist terrorists liars lazy greedy
    dangerous invaders invasion whore cunt pervert perverts perverted unnatural backward primitive moron morons
    stink stinks stinking worms leeches snakes burden burdens""".split()
)
_NEGATIONS = frozenset(
    "not no never nobody nothing none don't doesn't isn't aren't won't can't shouldn't without".split()
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)?")


class Evidence:
    """Signs per word, remembered; ``flags`` joins them for a text."""

    def __init__(self, english: Lexicon) -> None:
        self._single: dict[str, int] = {}
        self._phrases: list[str] = []
        for term in english.identity:
            if " " in term:
                self._phrases.append(term)
            else:
                self._single[term] = self._single.get(term, 0) | IDENTITY
        for term, slur in english.slurs.items():
            sign = AMBIGUOUS if slur.ambiguous else SLUR
            if " " in term:
                self._phrases.append(term)
            else:
                self._single[term] = self._single.get(term, 0) | sign
        for words, sign in (
            (_GROUP_WORDS, GROUP_WORD), (_ADDRESS, ADDRESS), (_VIOLENCE, VIOLENCE), (_INSULTS, INSULT), (_NEGATIONS, NEGATION)
        ):  # fmt: skip
            for word in words:
                self._single[word] = self._single.get(word, 0) | sign
        self._pattern = (
            re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, sorted(self._phrases, key=len, reverse=True))) + r")(?!\w)")
            if self._phrases else None
        )  # fmt: skip
        self._heads = {phrase.split()[0] for phrase in self._phrases}
        self._word = lru_cache(maxsize=131072)(self._word_flags)

    def _word_flags(self, word: str) -> int:
        folded = fold(word)
        found = self._single.get(folded, 0)
        if not found and folded.endswith("s"):
            found = self._single.get(folded[:-1], 0) | self._single.get(folded[:-2], 0)
        if not found and "'" in folded:
            found = self._single.get(folded.split("'")[0], 0)
        return found | ((1 << 20) if folded in self._heads else 0)

    def flags(self, text: str) -> int:
        """Return the joined signs of a normalised English text."""
        found = 0
        for word in _WORD.findall(text):
            found |= self._word(word)
        if found & (1 << 20):
            found &= ~(1 << 20)
            if self._pattern is not None and self._pattern.search(text.lower()):
                found |= IDENTITY
        return found


def vector(flags: int) -> list[float]:
    """Return the signs as numbers for the last, combining step."""
    return [float(bool(flags & (1 << bit))) for bit in range(BITS)]
