"""What is searched of one organisation's responses of one scope: vectors of texts and narratives, and their words."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from courage.library.search.vector_index import VectorIndex
from courage.library.search.words import Bag, WordIndex

SLOTS: Final = 64  # FAISS id = response number * SLOTS + place (0 the text, 1… the narratives)
READ_BATCH: Final = 2_000  # responses read and encoded at a time


@dataclass(frozen=True, slots=True)
class Encoded:
    """Some approved responses as a shard needs them: versions by number, ids and vectors."""

    versions: dict[int, int]
    text_ids: np.ndarray
    texts: np.ndarray
    narrative_ids: np.ndarray
    narratives: np.ndarray
    bags: dict[int, Bag]


@dataclass
class Shard:
    """Responses of one organisation and scope."""

    texts: VectorIndex
    narratives: VectorIndex
    versions: dict[int, int] = field(default_factory=dict)  # number → version that is indexed
    words: WordIndex = field(default_factory=WordIndex)
    unsaved: int = 0  # responses changed since the last save

    @property
    def outgrown(self) -> bool:
        """Whether one built anew would search better or faster."""
        return self.texts.outgrown or self.narratives.outgrown

    def drop(self, numbers: Collection[int]) -> None:
        """Forget responses; unknown ones are ignored."""
        known = [number for number in numbers if self.versions.pop(number, None) is not None]
        for start in range(0, len(known), READ_BATCH):
            ids = all_ids(known[start : start + READ_BATCH])
            self.texts.remove(ids)
            self.narratives.remove(ids)
        self.words.remove(known)
        self.unsaved += len(known)

    def take(self, new: Encoded) -> None:
        """Add responses in place of their older versions."""
        known = [number for number in new.versions if number in self.versions]
        self.texts.put(new.text_ids, new.texts)
        self.narratives.put(new.narrative_ids, new.narratives, replacing=all_ids(known))
        self.words.put(new.bags)
        self.versions |= new.versions
        self.unsaved += len(new.versions)

    def difference(self, wanted: dict[int, int]) -> tuple[list[int], list[int]]:
        """Return the numbers that are here but not wanted in that version, and those wanted but not here."""
        stale = [number for number, version in self.versions.items() if wanted.get(number) != version]
        missing = [number for number, version in wanted.items() if self.versions.get(number) != version]
        return stale, missing


def all_ids(numbers: Sequence[int]) -> np.ndarray:
    """Return every id that a response of one of these numbers can have."""
    return (np.array(numbers, dtype=np.int64)[:, None] * SLOTS + np.arange(SLOTS)).ravel()
