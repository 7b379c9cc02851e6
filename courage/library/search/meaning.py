"""Searching the library by meaning, beside the search by words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from courage.library.reading import LibraryReader
from courage.library.search.index import LibraryIndex
from courage.library.views import ResponseView

#: How many neighbours are looked at, of which filters may leave few.
REACH: Final = 60


class MeaningSearch:
    """Finds approved responses near what somebody typed, whatever words they are in."""

    def __init__(self, index: LibraryIndex, reader: LibraryReader) -> None:
        self._index = index
        self._reader = reader

    def find(
        self,
        words: str,
        language: str,
        *,
        organisation_id: int = 1,
        without: Collection[str] = (),
        filters: Mapping[str, str | None] | None = None,
        limit: int = 5,
    ) -> list[ResponseView]:
        """Return responses of the organisation, nearest first.

        :param language: of the words.
        :param without: ids of responses that are shown already.
        :param filters: state, language, target and strategy as in :meth:`LibraryReader.list`.
        """
        if not words.strip():
            return []
        self._index.refresh()
        hits = self._index.search(self._index.vectors.query(words, language), organisation_id, REACH)
        found = self._reader.by_numbers(
            [hit.number for hit in hits], organisation_id=organisation_id, **(filters or {})
        )
        return [response for response in found if response.id not in without][:limit]
