"""Cuts long texts where a chat system's limit is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def pieces(text: str, limit: int) -> Iterator[str]:
    """Cut a text into parts of at most ``limit`` characters: between paragraphs, else lines, else words, else anywhere."""
    while len(text) > limit:
        head = text[:limit]
        # Not too early: a short first part because of one early blank line helps nobody.
        places = [at for mark in ("\n\n", "\n", " ") if (at := head.rfind(mark)) > limit // 2]
        cut = places[0] if places else limit
        yield text[:cut].rstrip()
        text = text[cut:].lstrip("\n ")
    if text.strip():
        yield text


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
