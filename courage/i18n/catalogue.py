"""Catalogues of words, one YAML file a language: what conversation and gateways say comes from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from courage.errors import CourageError

DEFAULT = "en"


class CatalogueError(CourageError):
    """A catalogue cannot be read, or a key is in none of them."""


class Catalogue:
    """Texts by language and key; a key that a language lacks is said in English."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are catalogues for."""
        return tuple(sorted(self._texts))

    def say(self, key: str, language: str = DEFAULT, **values: object) -> str:
        """Return the text of a key with its ``{placeholders}`` filled in.

        With ``count=1`` it is the text of the key's ``_one`` form where there is one.

        :raises CatalogueError: if no catalogue has the key, or a placeholder got no value.
        """
        text = self._find(f"{key}_one", language) if values.get("count") == 1 else None
        text = text or self._find(key, language)
        if text is None:
            raise CatalogueError(f"there is no text {key!r} in the catalogue {DEFAULT}.yml")
        try:
            return text.format(**values)
        except (KeyError, IndexError) as error:
            raise CatalogueError(f"text {key!r} wants a value for {error}") from None

    def named(self, kind: str, code: str, language: str = DEFAULT) -> str:
        """Return the spoken name of a code, such as a category or a language; unknown ones as they are."""
        return self._find(f"{kind}_{code}", language) or code.replace("_", " ")

    def _find(self, key: str, language: str) -> str | None:
        return self._texts.get(language, {}).get(key) or self._texts.get(DEFAULT, {}).get(key)


@dataclass(frozen=True, slots=True)
class Voice:
    """A catalogue in one language, for whoever always speaks to the same people."""

    catalogue: Catalogue
    language: str = DEFAULT

    def say(self, key: str, **values: object) -> str:
        """Return the text of a key with its ``{placeholders}`` filled in.

        :raises CatalogueError: if no catalogue has the key, or a placeholder got no value.
        """
        return self.catalogue.say(key, self.language, **values)

    def named(self, kind: str, code: str) -> str:
        """Return the spoken name of a code; unknown ones as they are."""
        return self.catalogue.named(kind, code, self.language)

    def to(self, languages: tuple[str, ...]) -> Voice:
        """Return the same voice in the first language of a person; who has none is spoken to as everybody is."""
        return replace(self, language=languages[0]) if languages else self


def load_catalogue(folder: Path) -> Catalogue:
    """Return the catalogues of a folder.

    :raises CatalogueError: naming the file that cannot be read or is not a mapping of texts.
    """
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            found = yaml.load(
                path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
            )
        except (OSError, yaml.YAMLError) as error:
            raise CatalogueError(f"{path.name} cannot be read: {str(error).splitlines()[0]}") from None
        if not isinstance(found, dict):
            raise CatalogueError(f"{path.name} must be a mapping from keys to texts")
        for key, text in found.items():
            if not isinstance(key, str) or not isinstance(text, str):
                raise CatalogueError(f"{path.name}: {key!r} must be a text; put it in quotation marks")
        texts[path.stem] = {key: text.strip() for key, text in found.items()}
    if DEFAULT not in texts:
        raise CatalogueError(f"the catalogue {DEFAULT}.yml is missing")
    return Catalogue(texts)
