"""Everything that Courage says, in gettext form: ``messages/LANGUAGE/LC_MESSAGES/courage.po``, keys instead of English.

A key such as ``case.title`` stands for a text in every language, English too, so that a wording can be improved without
touching code. The files are compiled in memory when a language is first spoken; nothing compiled is kept.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from gettext import GNUTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from courage.errors import CourageError

if TYPE_CHECKING:
    from babel.messages.catalog import Message

DEFAULT: Final = "en"
DOMAIN: Final = "courage"
FOLDER: Final = Path(__file__).parent / "messages"


class CatalogueError(CourageError):
    """A catalogue cannot be read, or a key is in none of them."""


class Catalogue:
    """Texts by language and key; a key that a language lacks is said in English. Thread-safe.

    :param folder: holds one folder a language, named by its code.
    :raises CatalogueError: if there is no English, or as soon as a language is spoken whose file cannot be read.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._files = {
            path.parent.parent.name: path for path in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po"))
        }
        self._read: dict[str, _Messages] = {}
        if DEFAULT not in self._files:
            raise CatalogueError(
                f"the catalogue {DEFAULT}/LC_MESSAGES/{DOMAIN}.po is missing in {folder.name}"
            )
        self._known = self._messages(DEFAULT).keys

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages there are catalogues for."""
        return tuple(self._files)

    @property
    def keys(self) -> frozenset[str]:
        """Every key that there is a text for."""
        return self._known

    def knows(self, key: str) -> bool:
        """Say whether there is a text for a key."""
        return key in self._known

    def say(self, key: str, language: str = DEFAULT, /, **values: Any) -> str:
        """Return the text of a key with its ``{placeholders}`` filled in.

        Where a text has plural forms, the value ``count`` decides which of them is taken.

        :raises CatalogueError: if no catalogue has the key, or a placeholder got no value.
        """
        text = self._find(key, language, values.get("count"))
        if text is None:
            needs = "needs a count" if key in self._known else "is in no catalogue"
            raise CatalogueError(f"the text {key!r} {needs}")
        try:
            return text.format(**values)
        except (KeyError, IndexError) as error:
            raise CatalogueError(f"the text {key!r} needs a value for {error}") from None

    def named(self, kind: str, code: str, language: str = DEFAULT) -> str:
        """Return the name of a code, such as a category or a language; unknown ones as they are."""
        return self._find(f"{kind}.{code}", language) or code.replace("_", " ")

    def choose(self, wanted: Iterable[str]) -> str:
        """Return the first wanted language that has a catalogue."""
        return next((language for language in wanted if language in self._files), DEFAULT)

    def _find(self, key: str, language: str, count: object = None) -> str | None:
        spoken = (language, DEFAULT) if language in self._files else (DEFAULT,)
        for messages in map(self._messages, spoken):
            if key not in messages.keys:
                continue
            if key not in messages.counting:
                return messages.translations.gettext(key)
            if isinstance(count, int):
                return messages.translations.ngettext(key, key, count)
        return None

    def _messages(self, language: str) -> _Messages:
        found = self._read.get(language)
        if found is None:
            found = self._read[language] = _compiled(self._files[language])
        return found


@dataclass(frozen=True, slots=True)
class Voice:
    """A catalogue in one language, for whoever always speaks to the same people."""

    catalogue: Catalogue
    language: str = DEFAULT

    def say(self, key: str, /, **values: Any) -> str:
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


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogues that come with Courage, read once."""
    return Catalogue()


def key_of(message: Message) -> str:
    """Return the key of an entry; one with plural forms has it twice, where gettext wants two English texts."""
    return message.id if isinstance(message.id, str) else message.id[0]


def default_voice(language: str = DEFAULT) -> Voice:
    """Return the voice that speaks to a whole room, to programs, and to people who chose no language."""
    return Voice(default_catalogue(), language)


@dataclass(frozen=True, slots=True)
class _Messages:
    """One language: its texts, their keys, and the keys of those that have plural forms."""

    translations: GNUTranslations
    keys: frozenset[str]
    counting: frozenset[str]


def _compiled(path: Path) -> _Messages:
    # Only here: most programs that import this module say nothing, and Babel takes a tenth of a second to load.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import PoFileError, read_po

    name = "/".join(path.parts[-3:])
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=path.parent.parent.name, domain=DOMAIN, abort_invalid=True)
        compiled = io.BytesIO()
        write_mo(compiled, catalog)
        compiled.seek(0)
        said = [message for message in catalog if message.id and message.string and not message.fuzzy]
        return _Messages(
            GNUTranslations(compiled),
            frozenset(map(key_of, said)),
            frozenset(key_of(message) for message in said if message.pluralizable),
        )
    except (OSError, PoFileError, ValueError) as error:
        raise CatalogueError(f"the catalogue {name} cannot be read: {error}") from None
