"""The ranking weights in use: the shipped ones, or those that were trained from what people chose."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from courage.library.errors import LibraryError
from courage.library.suggest.fitting import read_weights
from courage.library.suggest.ranking import RankingWeights

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InUse:
    """Weights, where they come from in a few words, and what is wrong with the file that was passed over."""

    weights: RankingWeights
    origin: str
    trouble: str = ""


def weights_file(home: Path) -> Path:
    """Return where trained weights are kept; without the file the shipped ones are used."""
    return home / "ranking.json"


def weights_in_use(home: Path) -> InUse:
    """Return the weights for this start. A file that cannot be used is named in the log and passed over."""
    path = weights_file(home)
    if not path.exists():
        return InUse(RankingWeights(), "as shipped")
    try:
        weights, facts = read_weights(path)
    except LibraryError as error:
        log.warning("%s; the shipped weights are used", error)
        return InUse(RankingWeights(), "as shipped", str(error))
    return InUse(weights, f"trained {str(facts['at'])[:10]}" if "at" in facts else f"from {path.name}")
