"""Candidate base forms of a word: lemmas, German compounds, Arabic clitics, French chat spellings."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

_AR_PREFIXES = ("وبال", "وكال", "فبال", "والل", "وال", "بال", "كال", "فال", "لل", "ال", "عال", "هال", "وب", "ول", "وي", "وت",
                "بي", "بت", "بن", "هي", "هت", "هن", "حي", "حت", "سي", "ست", "سن", "ما", "و", "ف", "ب", "ل", "ك", "ه", "ي", "ت",
                "ن", "ا", "م")  # fmt: skip
_AR_SUFFIXES = ("كموهم", "ناهم", "وهم", "وها", "تهم", "تها", "تكم", "تنا", "هما", "كما", "هم", "هن", "ها", "كم", "كن", "نا",
                "ني", "ون", "ين", "ات", "ان", "وا", "ته", "تي", "تك", "يه", "ش", "ه", "ي", "ك", "ت", "ا", "و")  # fmt: skip
_FRENCH_ELISION = re.compile(r"^(?:l|d|j|n|m|t|s|c|qu|jusqu|lorsqu|puisqu)'(.+)$")
_DE_LINKS = ("", "s", "es", "n", "en", "er", "e")


def lemmas(word: str, language: str) -> Iterator[str]:
    """Yield base forms of a folded word, likeliest first."""
    if language in ("de", "fr"):
        import simplemma

        forms = [word] if language == "fr" else [word, word.capitalize()]
        for form in forms:
            lemma = simplemma.lemmatize(form, lang=language, low_memory=True).lower()
            if lemma != word:
                yield lemma
    if language == "de":
        for old, new in (("ae", "ä"), ("oe", "ö"), ("ue", "ü"), ("ss", "ß")):
            if old in word:
                yield word.replace(old, new)
        for ending in ("innen", "*innen", ":innen", "in", "en", "es", "er", "em", "e", "n", "s", "st", "t"):
            if word.endswith(ending) and len(word) - len(ending) > 2:
                stem = word[: -len(ending)]
                yield stem
                yield stem + "en"
                yield stem + "e"
        if word.startswith("ge") and len(word) > 5:
            yield word[2:].removesuffix("t") + "en"
    elif language == "fr":
        for ending, new in (("aux", "al"), ("eux", "eu"), ("ères", "er"), ("ères", "er"), ("ives", "if"), ("euses", "eur"),
                            ("trices", "teur"), ("es", ""), ("s", ""), ("x", ""), ("e", ""), ("ées", "er"), ("ée", "er"),
                            ("és", "er"), ("é", "er"), ("ent", "er"), ("ez", "er"), ("ait", "er"), ("aient", "er")):  # fmt: skip
            if word.endswith(ending) and len(word) - len(ending) > 2:
                yield word[: len(word) - len(ending)] + new
    elif language == "ar":
        yield from arabic_stems(word)


def arabic_stems(word: str) -> Iterator[str]:
    """Yield the word without prefixed particles and suffixed pronouns, shortest cuts first."""
    seen = {word}
    cuts: list[tuple[int, str]] = []
    prefixes = ("", *(p for p in _AR_PREFIXES if word.startswith(p)))
    suffixes = ("", *(s for s in _AR_SUFFIXES if word.endswith(s)))
    for prefix in prefixes:
        for suffix in suffixes:
            stem = word[len(prefix) : len(word) - len(suffix) or None]
            if len(stem) >= 2 and stem not in seen:
                seen.add(stem)
                loss = len(prefix) + len(suffix) - (1 if prefix.endswith("ال") else 0)
                cuts.append((loss, stem))
                if suffix in ("ته", "تها", "تهم", "ات", "تي", "تك", "تنا", "تكم"):
                    cuts.append((loss, stem + "ه"))
    for _, stem in sorted(cuts, key=lambda cut: cut[0]):
        yield stem


def elided(word: str) -> str | None:
    """Return the second part of a French elision (``l'eau`` → ``eau``), or ``None``."""
    match = _FRENCH_ELISION.match(word)
    return match[1] if match else None


def compound(word: str, known: Container[str], *, depth: int = 2) -> list[str] | None:
    """Split a German compound into known parts of at least three letters; the last part may be inflected."""
    if len(word) < 7:
        return None
    for cut in range(len(word) - 3, 2, -1):
        head, tail = word[:cut], word[cut:]
        first = next((head.removesuffix(link) for link in _DE_LINKS
                      if (not link or head.endswith(link)) and len(head) - len(link) >= 3
                      and head.removesuffix(link) in known), None)  # fmt: skip
        if first is None:
            continue
        if tail in known:
            return [first, tail]
        for ending in ("en", "er", "es", "n", "e", "s"):
            if tail.endswith(ending) and len(tail) - len(ending) >= 3 and tail.removesuffix(ending) in known:
                return [first, tail.removesuffix(ending)]
        rest = compound(tail, known, depth=depth - 1) if depth > 1 else None
        if rest:
            return [first, *rest]
    return None
