"""The desk's words: one catalogue file per language, flat keys with dots, ``{placeholders}`` in the text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

FALLBACK: Final = "en"
RIGHT_TO_LEFT: Final = frozenset({"ar", "he", "fa", "ur"})
FOLDER: Final = Path(__file__).parent / "catalogues"


def _flat(data: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in data.items():
        if isinstance(key, bool):
            # YAML reads bare yes, no, on and off as truth values.
            raise ValueError(f"a key under {prefix or 'the top'!r} reads as {key}; put it in quotes")
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            found.update(_flat(value, f"{name}."))
        else:
            found[name] = str(value)
    return found


@cache
def _catalogue(path: Path) -> Mapping[str, str]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _flat(yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {})


class Words:
    """Says things in the language of the reader; a new catalogue file adds a language without code."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._texts = {path.stem: _catalogue(path) for path in sorted(folder.glob("*.yml"))}
        if FALLBACK not in self._texts:
            raise FileNotFoundError(f"{folder} has no {FALLBACK}.yml")

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that have a catalogue."""
        return tuple(self._texts)

    def keys(self, language: str = FALLBACK) -> frozenset[str]:
        """Return all keys of a catalogue."""
        return frozenset(self._texts[language])

    def knows(self, key: str) -> bool:
        """Say whether there are words for a key."""
        return key in self._texts[FALLBACK]

    def say(self, key: str, language: str = FALLBACK, **values: Any) -> str:
        """Return the text of a key; with ``count=1`` the key's ``_one`` form where there is one.

        :raises KeyError: if no catalogue knows the key.
        """
        wanted = (f"{key}_one", key) if values.get("count") == 1 else (key,)
        for catalogue in (self._texts.get(language, {}), self._texts[FALLBACK]):
            for name in wanted:
                if name in catalogue:
                    return catalogue[name].format(**values) if values else catalogue[name]
        raise KeyError(f"no words for {key!r}")

    def code(self, group: str, code: str, language: str = FALLBACK) -> str:
        """Return the word for a code such as ``category``/``slur``; unknown codes are shown as they are."""
        try:
            return self.say(f"{group}.{code}", language)
        except KeyError:
            return code.replace("_", " ")

    def choose(self, wanted: Iterable[str]) -> str:
        """Return the first wanted language that has a catalogue."""
        return next((language for language in wanted if language in self._texts), FALLBACK)


def direction(language: str) -> str:
    """Return ``rtl`` or ``ltr``."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def accepted(header: str) -> list[str]:
    """Return the base languages of an ``Accept-Language`` header in the reader's order of preference."""
    weighted: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:500].split(",")):
        tag, _, weight = part.partition(";q=")
        try:
            rank = float(weight) if weight else 1.0
        except ValueError:
            rank = 0.0
        weighted.append((-rank, place, tag.strip().split("-")[0].casefold()))
    return [tag for _, _, tag in sorted(weighted) if tag]
