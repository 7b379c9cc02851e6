"""The second encoder of retrieval: multilingual-e5-small beside MiniLM, which reads other languages as glosses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from courage.detection.model import e5
from courage.library.search.vectors import Beside, Encoder

CENTRES: Final = Path(__file__).resolve().parent / "data" / "e5-centres.npy"


def e5_beside(encoder: Encoder) -> Beside:
    """Return multilingual-e5-small as the second encoder.

    :param encoder: multilingual-e5-small.
    """
    return Beside(encoder, (e5.QUERY, e5.PASSAGE), np.load(CENTRES))
