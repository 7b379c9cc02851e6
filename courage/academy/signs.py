"""Plain signs in a reply: words of which one sees what they do, per language.

``seeds/academy/signs-<language>.yml`` lists regular expressions by what they are a sign of; capitals do not count, and
``’`` is read as ``'``. :mod:`courage.academy.reader` weighs them with likeness.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from courage import safe_yaml
from courage.academy.errors import AcademyError
from courage.shipped import SEEDS

#: Marks and kinds of replies of which there are signs.
CLASSES: Final = (
    "insults",
    "exposes",
    "threatens",
    "preaches",
    "repeats",
    "report",
    "support",
    "bystander",
    "boundary",
    "check",
    "de_escalate",
    "refer",
)
#: What there are signs of besides: whom it speaks to, strategies, tone, what is wanted for a measure.
NAMES: Final = (
    *CLASSES,
    "second_person",
    "personal_data",
    "opposes",
    "figures",
    "perspective",
    "opinion",
    "affiliation",
    "firm",
    "denied",
)
LONGEST_SHOWN: Final = 60
"""Characters of what was found that are shown."""

#: Where a figure comes from, or that one asks for it.
NAMES_SOURCE: Final = re.compile(
    r"https?://|www\.|\bsource\b|\bquelle\b|مصدر|\baccording to\b|\blaut\b|\bselon\b|\bd'après\b|بحسب|وفق",
    re.I,
)
LIGHT: Final = re.compile(r"[😀-😆😅😂🤣😉😜😏🙃😋]|\b(?:haha\w*|lol|hihi|mdr|ptdr)\b|هه+ه")
WARM: Final = re.compile(
    r"[❤💛💚💙🧡💜🤗🙏🌷🌸💐🫂☕]|\b(?:hugs?|umarm\w*|drück\w* dich|gedrückt|je t'embrasse|bises)\b|حضن|قلبي معك",
    re.I,
)
QUESTION: Final = re.compile(r"[?؟]")
#: Words in quotation marks are somebody else's.
QUOTED: Final = re.compile(r"[\"“„«»”][^\"“”„«»\n]{3,300}[\"“”«»]")


@lru_cache(maxsize=16)
def signs(language: str, folder: Path = SEEDS) -> Mapping[str, re.Pattern[str]]:
    """Return the patterns of a language by what they are a sign of.

    :raises AcademyError: naming file and expression, where one cannot be used.
    """
    return read_patterns(folder / "academy" / f"signs-{language}.yml", NAMES, language)


def read_patterns(file: Path, names: Sequence[str], language: str) -> dict[str, re.Pattern[str]]:
    """Return the patterns of a file that has a list of regular expressions for each name and nothing else.

    :raises AcademyError: naming file and expression, where one cannot be used.
    """
    try:
        data = safe_yaml.load(file.read_text(encoding="utf-8"))
    except (OSError, safe_yaml.UnsafeYaml) as error:
        raise AcademyError(f"{file.name}: {error}") from error
    if not isinstance(data, dict) or set(data) != set(names):
        raise AcademyError(f"{file.name}: must have exactly the keys {', '.join(names)}")
    return {name: _compiled(file, name, data[name], language) for name in names}


def _compiled(file: Path, name: str, expressions: object, language: str) -> re.Pattern[str]:
    """Return the expressions of one name of a file as one pattern.

    :raises AcademyError: naming file and expression, where one cannot be used.
    """
    if not isinstance(expressions, list) or not all(isinstance(one, str) and one for one in expressions):
        raise AcademyError(f"{file.name}: {name} must be a list of regular expressions in quotes")
    for one in expressions:
        try:
            re.compile(one)
        except re.error as error:
            raise AcademyError(f"{file.name}: {name}: {one!r} is no regular expression ({error})") from error
    together = "|".join(expressions)
    # Arabic writes small words at the word; its expressions name those that they allow.
    return re.compile(rf"(?<!\w)(?:{together})(?!\w)" if language == "ar" else together, re.I)


def find(name: str, language: str, text: str) -> str | None:
    """Return the first words of a text that are a sign, or ``None``."""
    match = signs(language)[name].search(text.replace("’", "'"))
    return match.group().strip()[:LONGEST_SHOWN] if match is not None else None


def place(name: str, language: str, text: str) -> int:
    """Return where the first sign in a text begins; 0 where there is none."""
    match = signs(language)[name].search(text.replace("’", "'"))
    return 0 if match is None else match.start()
