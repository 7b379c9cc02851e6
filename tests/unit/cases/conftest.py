from __future__ import annotations

import os
from pathlib import Path

import pytest

from courage.db.engine import Base, make_engine
from tests.unit.cases.kit import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    url = os.environ.get("COURAGE_TEST_POSTGRESQL")  # the same tests, on PostgreSQL
    if url:
        engine = make_engine(url)
        Base.metadata.drop_all(engine)
        engine.dispose()
    return make_world(tmp_path, url)
