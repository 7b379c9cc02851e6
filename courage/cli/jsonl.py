"""Texts from JSON lines: as they come through a pipe, together where several wait, each bad line named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, Protocol

from courage.errors import CourageError
from courage.web.schemas.base import Answer
from courage.web.schemas.refusals import checked
from courage.web.schemas.screening import TextLine

#: How many texts are answered together at most: enough to fill batches, few enough to answer while a pipe is open.
CHUNK: Final = 256
_PIECE: Final = 65_536


class Bytes(Protocol):
    """A stream whose ``read1`` gives what is there and waits only where nothing is."""

    def read1(self, size: int = -1, /) -> bytes:
        """Return up to ``size`` bytes, none at the end."""
        ...


def batches(source: Bytes, size: int = CHUNK) -> Iterator[list[str]]:
    """Yield the texts of ``{"text": "…"}`` lines in their order, up to ``size`` together, as soon as they are there.

    :raises CourageError: naming the first bad line, after the texts before it were given.
    """
    found: list[str] = []
    for number, line, more in _lines(source):
        if line.strip():
            try:
                found.append(_text(line))
            except CourageError as error:
                if found:
                    yield found
                raise CourageError(f"line {number}: {error}") from None
        if found and (len(found) == size or not more):
            yield found
            found = []
    if found:
        yield found


def line(answer: Answer) -> str:
    """Return an answer as a line of JSON in UTF-8."""
    value = answer.model_dump(mode="json")
    found = json.dumps(value, ensure_ascii=False)
    try:
        found.encode()
    except UnicodeEncodeError:  # lone surrogates are valid in JSON only as escapes
        found = json.dumps(value)
    return found


def _lines(source: Bytes) -> Iterator[tuple[int, bytes, bool]]:
    """Yield (number, line, whether another whole line is there already)."""
    number, rest = 0, b""
    while piece := source.read1(_PIECE):
        *whole, rest = (rest + piece).split(b"\n")
        for place, one in enumerate(whole, start=1):
            number += 1
            yield number, one, place < len(whole)
    if rest:
        yield number + 1, rest, False


def _text(line: bytes) -> str:
    try:
        item = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise CourageError("it is not UTF-8") from None
    except (ValueError, RecursionError):
        raise CourageError('it is not JSON; each line must be {"text": "…"}') from None
    return checked(TextLine, item, "the line").text
