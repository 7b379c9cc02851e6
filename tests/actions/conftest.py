from __future__ import annotations

import importlib.util
import sys
import types
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cases.kit import World, make_world

if importlib.util.find_spec("responses.recommend") is None:

    @dataclass(frozen=True)
    class Wish:
        """Stands in for the library's."""

        strategies: tuple[str, ...] = ()
        tone: str | None = None
        shorter: bool = False
        exclude: frozenset[str] = frozenset()
        languages: tuple[str, ...] = ()
        voice: str | None = None

    stub = types.ModuleType("responses.recommend")
    stub.Wish = Wish  # type: ignore[attr-defined]
    sys.modules["responses.recommend"] = stub


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)
