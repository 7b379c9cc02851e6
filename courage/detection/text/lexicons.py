"""Our own lexicons: group names, encoded slurs and word-by-word glosses, read from ``seeds/lexicons``."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from courage.errors import CourageError
from courage.shipped import LEXICONS
from courage.taxonomy import LANGUAGES, SUBGROUPS

DEFAULT_FOLDER = LEXICONS
_REFERENCE = re.compile(r"⟦([^⟦⟧]{1,40})⟧")
_ARABIC_LETTERS = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي"}
)


@dataclass(frozen=True, slots=True)
class Slur:
    """One decoded entry: the word, whom it is aimed at, how grave it is, and whether it has an innocent sense."""

    word: str
    target: str
    severity: int
    ambiguous: bool


@dataclass(slots=True)
class Lexicon:
    """All that is known about one language; every key is folded by :func:`fold`.

    ``subgroups`` are the codes of those that a term of ``identity_rows`` names, by the term as it stands there.
    """

    language: str
    identity: dict[str, str] = field(default_factory=dict)
    identity_rows: list[tuple[str, str, str]] = field(default_factory=list)
    subgroups: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plurals: set[str] = field(default_factory=set)
    slurs: dict[str, Slur] = field(default_factory=dict)
    slur_keys: dict[str, str] = field(default_factory=dict)
    gloss: dict[str, str] = field(default_factory=dict)
    longest: int = 1


def fold(word: str) -> str:
    """Lower-case a word and unify Arabic letter variants; the form in which lexicons are looked up."""
    word = word.casefold() if "ß" not in word else word.lower()
    return word.translate(_ARABIC_LETTERS) if not word.isascii() else word


def _rows(path: Path, columns: int) -> Iterator[tuple[int, list[str]]]:
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if number == 1 or not line.strip():
            continue
        cells = line.split("\t")
        if len(cells) < columns:
            raise CourageError(
                f"{path.name} line {number}: {len(cells)} columns, expected at least {columns}"
            )
        yield number, cells


def _subgroups(cell: str, path: Path, number: int) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(code.strip() for code in cell.split(",") if code.strip()))
    for code in codes:
        if code not in SUBGROUPS:
            raise CourageError(
                f"{path.name} line {number}: there is no subgroup {code[:40]!r}; allowed: {', '.join(SUBGROUPS)}"
            )
    return codes


def decode_slur(encoded: str) -> str:
    """Turn the base64 form back into the word.

    :raises CourageError: where the text is not base64 of UTF-8.
    """
    try:
        return base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise CourageError(f"{encoded!r} is not base64 of a UTF-8 word") from error


@lru_cache(maxsize=16)
def load_lexicon(language: str, folder: Path = DEFAULT_FOLDER) -> Lexicon:
    """Read one language's lexicon; files that do not exist yet count as empty.

    :raises CourageError: on an unknown language or a malformed row.
    """
    if language not in LANGUAGES:
        raise CourageError(f"no lexicon for language {language!r}; allowed: {', '.join(LANGUAGES)}")
    lexicon = Lexicon(language)
    names = folder / f"identity-{language}.tsv"
    for number, (term, target, form, *rest) in _rows(names, 3):
        lexicon.identity.setdefault(fold(term.strip()), target.split(",")[0])
        if form.strip() == "plural":
            lexicon.plurals.add(fold(term.strip()))
        lexicon.identity_rows.append((term.strip(), target.split(",")[0], form))
        if len(rest) > 1 and rest[1].strip():
            lexicon.subgroups[term.strip()] = _subgroups(rest[1], names, number)
    for _, (key, encoded, target, severity, ambiguous, *_) in _rows(folder / f"slurs-{language}.tsv", 5):
        word = decode_slur(encoded)
        level = int(severity) if severity.strip().isdigit() else 2
        lexicon.slur_keys[key] = word
        lexicon.slurs.setdefault(
            fold(word), Slur(word, target.split(",")[0], level, ambiguous.strip() == "yes")
        )
    for _, (word, english, *_) in _rows(folder / f"{language}.tsv", 2):
        key = fold(unicodedata.normalize("NFC", word.strip()))
        lexicon.gloss.setdefault(key, english.strip())
        lexicon.longest = min(4, max(lexicon.longest, key.count(" ") + 1))
    return lexicon


def decode_references(text: str, language: str, folder: Path = DEFAULT_FOLDER) -> str:
    """Replace ⟦key⟧ in a seed text by the word that the key stands for.

    :raises CourageError: where a key is not in the language's slur file.
    """
    if "⟦" not in text:
        return text
    keys = load_lexicon(language, folder).slur_keys

    def replace(match: re.Match[str]) -> str:
        if match[1] not in keys:
            raise CourageError(f"slurs-{language}.tsv has no key {match[1]!r}")
        return keys[match[1]]

    return _REFERENCE.sub(replace, text)
