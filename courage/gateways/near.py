"""Choosing what stands next to a message, from what a chat system showed of its conversation."""

from __future__ import annotations

from collections.abc import Iterable

from courage.cases.ports import Neighbour


def near(found: Iterable[Neighbour], message_id: str, before: int, after: int) -> list[Neighbour]:
    """Return what stands next to a message, in the order of time; of a conversation without it, the latest.

    :param found: what was said at the same moment is in its order already.
    """
    lines = sorted({line.message_id: line for line in found}.values(), key=lambda line: line.sent_at)
    at = next((at for at, line in enumerate(lines) if line.message_id == message_id), len(lines))
    return lines[max(0, at - before) : at + after + 1]
