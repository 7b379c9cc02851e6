"""A message and an answer as one row of tokens, as the cross-encoder reads them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from courage.detection.model import e5

#: What is said of a pair, each from 0 to 1, in the order of the network's outputs.
OUTPUTS: Final = ("relevance", "calm", "coherence", "suitability")
MESSAGE_TOKENS: Final = 96
ANSWER_TOKENS: Final = 96
#: Marks in the mask: nothing there, part of the message, part of the answer.
NOTHING, MESSAGE, ANSWER = 0, 1, 2
_END: Final = 2  # id of the piece that ends a text
Ids = NDArray[np.int64]


def halves(
    tokenizer: Any, messages: Sequence[str], answers: Sequence[str]
) -> tuple[list[list[int]], list[list[int]]]:
    """Return the token ids of messages and of answers, each cut to its length; answers without the piece that begins a text.

    ``tokenizer`` must neither cut nor pad.
    """
    asked = tokenizer.encode_batch_fast([e5.QUERY + text for text in messages])
    given = tokenizer.encode_batch_fast([e5.PASSAGE + text for text in answers])
    return (
        [_cut(item.ids, MESSAGE_TOKENS) for item in asked],
        [_cut(item.ids[1:], ANSWER_TOKENS) for item in given],
    )


def _cut(ids: list[int], most: int) -> list[int]:
    return ids if len(ids) <= most else [*ids[: most - 1], _END]


def padded(pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Ids, Ids]:
    """Return ids and marks of pairs of halves, both of shape (pairs, longest)."""
    width = max(len(message) + len(answer) for message, answer in pairs)
    ids = np.zeros((len(pairs), width), np.int64)
    marks = np.zeros((len(pairs), width), np.int64)
    for row, (message, answer) in enumerate(pairs):
        middle, end = len(message), len(message) + len(answer)
        ids[row, :middle], ids[row, middle:end] = message, answer
        marks[row, :middle], marks[row, middle:end] = MESSAGE, ANSWER
    return ids, marks
