"""Long texts cut into parts that a chat system takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence


def pieces(text: str, limit: int, size: Callable[[str], int] = len) -> Iterator[str]:
    """Cut a text into parts within the limit: between paragraphs, else lines, else words, else anywhere.

    :param size: how the chat system counts; each character has to count at least 1.
    """
    while size(text) > limit:
        end = _fitting(text, limit, size)
        head = text[:end]
        # Not too early: a short first part because of one early blank line helps nobody.
        places = [at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > end // 2]
        cut = places[0] if places else end
        yield text[:cut].rstrip()
        text = text[cut:].lstrip("\n ")
    if text.strip():
        yield text


def _fitting(text: str, limit: int, size: Callable[[str], int]) -> int:
    """Return how many characters fit, at least one; a part of a text never counts more than the whole."""
    low, high = 1, min(len(text), limit)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(text[:middle]) <= limit else (low, middle - 1)
    return low


def joined(lines: Sequence[str], limit: int) -> list[str]:
    """Put lines together into as few parts of at most ``limit`` characters as possible; none of them is only blank."""
    parts: list[str] = []
    for line in lines:
        for piece in pieces(line, limit) if len(line) > limit else (line,):
            if parts and len(parts[-1]) + 1 + len(piece) <= limit:
                parts[-1] += "\n" + piece
            else:
                parts.append(piece)
    return [part for part in parts if part.strip()]
