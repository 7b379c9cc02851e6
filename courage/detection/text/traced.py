"""A text that knows, character by character, where in the original each of its characters came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

Piece = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Traced:
    """A changed text; ``offsets`` has one offset a character (``None``: the text is the original itself).

    ``length`` is that of the original, in characters.
    """

    text: str
    offsets: tuple[int, ...] | None
    length: int

    @classmethod
    def of(cls, text: str) -> Traced:
        """Return an original, unchanged."""
        return cls(text, None, len(text))

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Map a span of this text to the span of the original that it came from."""
        return original_span(self.offsets, self.length, start, end)

    def replaced(self, pieces: Sequence[Piece]) -> Traced:
        """Return the text with new words for spans, which are in order and do not overlap."""
        if not pieces:
            return self
        text, offsets = replaced(self.text, self.offsets, pieces)
        return Traced(text, tuple(offsets), self.length)

    def reordered(self, order: Sequence[int]) -> Traced:
        """Return the text with its characters in another order; ``order`` holds the old places."""
        old = self.offsets
        return Traced(
            "".join([self.text[place] for place in order]),
            tuple(order) if old is None else tuple([old[place] for place in order]),
            self.length,
        )


def original_span(offsets: Sequence[int] | None, length: int, start: int, end: int) -> tuple[int, int]:
    """Map a span to the original; what was put in place of nothing maps to the character before it."""
    if not offsets:
        return start, end
    part = offsets[min(start, len(offsets) - 1) : max(start + 1, end)]
    # Of text that was reversed the offsets run backwards.
    return min(part), min(length, max(part) + 1)


def composed(inner: Sequence[int] | None, outer: Sequence[int] | None) -> tuple[int, ...] | None:
    """Return the offsets of a text that was changed twice: ``inner`` points into the text of ``outer``."""
    if inner is None:
        return None if outer is None else tuple(outer)
    if outer is None:
        return tuple(inner)
    last = len(outer) - 1
    return tuple([outer[min(place, last)] for place in inner]) if outer else tuple(inner)


def replaced(text: str, offsets: Sequence[int] | None, pieces: Sequence[Piece]) -> tuple[str, list[int]]:
    """Put new words in place of spans; each new character points at the proportional place of the old span."""
    old: Sequence[int] = offsets if offsets is not None else range(len(text))
    out: list[str] = []
    moved: list[Sequence[int]] = []
    last = 0
    for start, end, new in pieces:
        out.append(text[last:start])
        moved.append(old[last:start])
        if new:
            out.append(new)
            width = max(1, end - start)
            final = len(old) - 1
            moved.append([old[min(final, start + (k * width) // len(new))] for k in range(len(new))])
        last = end
    out.append(text[last:])
    moved.append(old[last:])
    return "".join(out), list(chain.from_iterable(moved))
