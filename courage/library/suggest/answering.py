"""Which of the candidates that the cross-encoder read are answers at all."""

from __future__ import annotations

from typing import Final

import numpy as np

from courage.library.suggest.ranker import Ranked
from courage.library.suggest.ranking import PARTS

# Worth (:meth:`Ranked.worth`), chosen on the judged pairs that are kept for choosing (part ``choose`` in
# ``seeds/retrieval``): of responses for the group attacked that are worth 0.25 more than half were judged right.
ANSWERS: Final = 0.25  # an answer, however unlike the message its words are
UNTOLD: Final = 0.35  # the same of what stands up for anybody, and where nobody said which group is attacked
LEAST: Final = 0.15  # no answer, however alike
GAP: Final = 0.2  # how much less than the best one an alternative may be worth


def answering(near: np.ndarray, worth: np.ndarray, ranked: Ranked, told: bool) -> np.ndarray:
    """Return which candidates answer the message, shape (candidates,).

    Those that are alike (``near``) and that the cross-encoder does not think beside the point, and those that it thinks
    good whatever their words. Where nobody said which group is attacked (``told``), a response that stands up for a
    certain one has to be both: the wrong group defended is worse than none.
    """
    free = np.array([told or not candidate.targets for candidate in ranked.candidates], dtype=bool)
    matched = ranked.parts[:, PARTS.index("target")] == 1.0
    good = worth >= np.where(matched & told, ANSWERS, UNTOLD)
    found = (free & (good | (near & (worth >= LEAST)))) | (~free & near & (worth >= ANSWERS))
    if found.any():
        found &= worth >= float(worth[found].max()) - GAP
    return np.asarray(found)
