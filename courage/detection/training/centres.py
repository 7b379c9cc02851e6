"""What e5 makes of messages and of responses on average: ``python -m courage.detection.training.centres``.

The encoder puts every text into a narrow cone; what all have in common is taken off before its vectors are put
beside those of the first encoder (``Beside`` in ``courage/library/search/vectors.py``). It is measured on the starter
library: narratives stand for messages, texts for responses.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml

from courage.detection.model import e5
from courage.detection.model.encoder import load_encoder
from courage.shipped import STARTER_LIBRARY, checkout
from courage.taxonomy import LANGUAGES


def texts_of_library(folder: Path) -> tuple[list[str], list[str]]:
    """Return all narratives and all texts that answer, from ``folder/<language>/*.yml``."""
    narratives, texts = list[str](), list[str]()
    for language in LANGUAGES:
        for path in sorted((folder / language).glob("*.yml")):
            for entry in yaml.safe_load(path.read_text(encoding="utf-8")) or []:
                texts.append(" ".join(str(entry["text"]).split()))
                narratives += map(str, entry.get("narratives") or ())
    return list(dict.fromkeys(narratives)), list(dict.fromkeys(texts))


def centres(cache: Path, narratives: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """Return the means of both, shape (2, dimensions)."""
    encoder = load_encoder(e5.NAME, cache=cache)
    asked = encoder.encode([e5.QUERY + text for text in narratives])
    answers = encoder.encode([e5.PASSAGE + text for text in texts])
    return np.stack([np.mean(asked, axis=0), np.mean(answers, axis=0)]).astype(np.float32)


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    root = checkout("measuring the centres")
    parser.add_argument("--cache", type=Path, default=root / "var" / "cache")
    parser.add_argument(
        "--out", type=Path, default=root / "courage" / "library" / "search" / "data" / "e5-centres.npy"
    )
    options = parser.parse_args()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.save(options.out, centres(options.cache, *texts_of_library(STARTER_LIBRARY)))


if __name__ == "__main__":
    main()
