"""What all tests share: no property fails only because the machine is busy, and models are exported once."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

try:
    from filelock import FileLock
    from hypothesis import settings
except ImportError:  # Rasa's environment has neither, and the assistant's tests need neither
    pass
else:
    settings.register_profile("courage", deadline=None)
    settings.load_profile("courage")

# Thousands of modules and tests are loaded and stay: looking through them as often as by default takes a third of the time.
gc.set_threshold(100_000, 50, 100)

#: Where set-up puts the ONNX graphs of the encoders; tests read them there and make what is missing.
ENCODERS = Path(__file__).resolve().parents[1] / "var" / "cache"

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker computes on one core; more threads than cores only wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def encoder_cache() -> Path:
    """Return the folder of exported encoders, which workers share."""
    return ENCODERS


@pytest.fixture(scope="session")
def one_at_a_time(encoder_cache: Path) -> Callable[[], AbstractContextManager[object]]:
    """Return a lock among workers, so that one exports an encoder and the others find it."""
    encoder_cache.mkdir(parents=True, exist_ok=True)
    return lambda: FileLock(encoder_cache / ".lock")


@pytest.fixture
def gate() -> Iterator[None]:
    """Add people as the program does: not ready for live cases until somebody says so."""
    from tests.staff import as_the_program_adds_them

    with as_the_program_adds_them():
        yield


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was loaded for all tests stays: nobody looks through it again and again for what may be forgotten."""
    gc.collect()
    gc.freeze()
