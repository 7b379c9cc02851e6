"""The words of the assistant, one YAML file a language."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from detection.errors import CourageError

FOLDER = Path(__file__).parent / "catalogues"
DEFAULT = "en"


class CatalogueError(CourageError):
    """A catalogue cannot be read, or a key is in none of them."""


class Catalogue:
    """Texts by language and key; a key that a language lacks is said in English."""

    def __init__(self, texts: dict[str, dict[str, str]]) -> None:
        self._texts = texts

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are catalogues for."""
        return tuple(sorted(self._texts))

    def say(self, key: str, language: str = DEFAULT, **values: object) -> str:
        """Return the text of a key with its ``{placeholders}`` filled in.

        :raises CatalogueError: if no catalogue has the key, or a placeholder got no value.
        """
        text = self._texts.get(language, {}).get(key) or self._texts.get(DEFAULT, {}).get(key)
        if text is None:
            raise CatalogueError(f"there is no text {key!r} in the catalogue {DEFAULT}.yml")
        try:
            return text.format(**values)
        except (KeyError, IndexError) as error:
            raise CatalogueError(f"text {key!r} wants a value for {error}") from None


def load_catalogue(folder: Path = FOLDER) -> Catalogue:
    """Return the catalogues of a folder.

    :raises CatalogueError: naming the file that cannot be read or is not a mapping of texts.
    """
    texts: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            found = yaml.safe_load(path.read_text(encoding="utf-8"))
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


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogues that come with Courage, read once."""
    return load_catalogue()
