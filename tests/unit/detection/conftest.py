"""One detector for all tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from courage.detection.screener import Screener, load_screener


@pytest.fixture(scope="session")
def screener(encoder_cache: Path, one_at_a_time: Callable[[], AbstractContextManager[object]]) -> Screener:
    with one_at_a_time():
        return load_screener(encoder_cache=encoder_cache)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What asks the shipped models is slow: loading both encoders takes longer than hundreds of other tests."""
    for item in items:
        if "screener" in getattr(item, "fixturenames", ()) and item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)
