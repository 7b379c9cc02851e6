"""What runs beside people stays light: with the graphs made, screening and encoding load no torch."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from courage.detection.model.encoder import load_encoder
from courage.detection.screener import Screener

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = """
import sys
from pathlib import Path

import pytest
import courage.engine
from courage.detection.model.encoder import load_encoder
from courage.detection.screener import load_screener

import pytest
cache = Path(sys.argv[1])
load_screener(encoder_cache=cache).screen("all migrants are vermin")
load_encoder(cache=cache).encode(["all migrants are vermin"])
heavy = {"torch", "transformers", "sentence_transformers", "onnx", "sklearn", "scipy"}
print(sorted(heavy & {name for name, module in sys.modules.items() if module is not None}))
"""


@pytest.mark.slow  # a process that loads both models
def test_screening_and_encoding_load_no_torch(screener: Screener, encoder_cache: Path) -> None:
    load_encoder(
        cache=encoder_cache
    )  # as the screener of the fixture: makes the graph where it is not made yet
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(encoder_cache)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.strip() == "[]", done.stdout + done.stderr
