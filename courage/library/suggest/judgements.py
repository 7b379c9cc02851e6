"""Files of judged pairs of message and response."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from courage.library.errors import ExchangeError

MESSAGE_COLUMNS: Final = (
    "message",
    "hate_speech",
    "hatespeech",
    "hs",
    "hate speech",
    "hate",
    "query",
    "text",
)
RESPONSE_COLUMNS: Final = (
    "response",
    "counter_speech",
    "counterspeech",
    "counter_narrative",
    "counternarrative",
    "counter narrative",
    "counter speech",
    "cn",
    "cs",
    "reply",
)
LABEL_COLUMNS: Final = (
    "label",
    "relevant",
    "relevance",
    "judgement",
    "judgment",
    "score",
    "gold",
    "suitable",
    "acceptable",
    "match",
)
_YES: Final = {"1", "1.0", "true", "yes", "y", "relevant", "good"}
_NO: Final = {"0", "0.0", "false", "no", "n", "irrelevant", "bad", ""}


def read_judgements(
    file: Path, message_column: str | None, response_column: str | None, label_column: str | None
) -> dict[tuple[str, str], int]:
    """Read (message, response) → 0 or 1; a pair judged more than once is relevant if most judgements say so.

    :raises ExchangeError: naming the column or line at fault.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            header = [name for name in reader.fieldnames or () if name]
            message = _column(header, message_column, MESSAGE_COLUMNS, "message")
            response = _column(header, response_column, RESPONSE_COLUMNS, "response")
            label = _column(header, label_column, LABEL_COLUMNS, "label")
            votes: dict[tuple[str, str], list[int]] = {}
            for row in reader:
                pair = ((row[message] or "").strip(), (row[response] or "").strip())
                if all(pair):
                    votes.setdefault(pair, []).append(_label(row[label], label, reader.line_num))
    except OSError as error:
        raise ExchangeError(f"{file.name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{file.name} is not UTF-8") from error
    except csv.Error as error:
        raise ExchangeError(f"{file.name}: {error}") from error
    if not votes:
        raise ExchangeError(f"{file.name} holds no pairs")
    return {pair: int(2 * sum(given) >= len(given) and sum(given) > 0) for pair, given in votes.items()}


def _column(header: list[str], asked: str | None, known: tuple[str, ...], what: str) -> str:
    if asked is not None:
        if asked not in header:
            raise ExchangeError(f"there is no column {asked[:60]!r}; found {', '.join(header)[:200]}", 1)
        return asked
    by_name = {name.strip().lower(): name for name in reversed(header)}
    for name in known:
        if name in by_name:
            return by_name[name]
    raise ExchangeError(f"no column for the {what} found in {', '.join(header)[:200]}; name it", 1)


def _label(value: str | None, column: str, line: int) -> int:
    text = (value or "").strip().lower()
    if text in _YES or text in _NO:
        return int(text in _YES)
    try:
        return int(float(text) > 0)
    except ValueError:
        raise ExchangeError(f"line {line}: {column} {text[:40]!r} is neither 0 nor 1", line) from None
