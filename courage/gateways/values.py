"""What a chat system sent, read carefully: anything in it may be missing, of another kind, or hostile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Json = Mapping[str, Any]


def mapping(value: object) -> Json:
    """Return an object, or an empty one where something else stands."""
    return value if isinstance(value, Mapping) else {}


def string(value: object) -> str:
    """Return a text, or an empty one where something else stands."""
    return value if isinstance(value, str) else ""


def number(value: object) -> int:
    """Return a whole number, or 0 where something else stands."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def items(value: object) -> list[Any]:
    """Return a list, or an empty one where something else stands."""
    return value if isinstance(value, list) else []


def objects(value: object) -> list[Json]:
    """Return the objects of a list, or none where something else stands."""
    return [item for item in items(value) if isinstance(item, Mapping)]


def moment(milliseconds: int) -> datetime:
    """Return the time that a number of milliseconds stands for; impossible ones become now."""
    now = datetime.now(UTC)
    if not 0 < milliseconds < (now + timedelta(days=1)).timestamp() * 1000:
        return now
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
