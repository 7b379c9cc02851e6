"""One detector for all tests of this folder; its ONNX graph is made once per machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from courage.detection.screener import Screener, load_screener

CACHE = Path(__file__).resolve().parents[3] / "var" / "encoders"


@pytest.fixture(scope="session")
def screener() -> Screener:
    return load_screener(encoder_cache=CACHE)
