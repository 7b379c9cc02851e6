"""What the tests of settings share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing of this machine's settings be seen: an empty folder to work in, an empty home, no variables."""
    for name in list(os.environ):
        if name.startswith("COURAGE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURAGE_HOME", str(tmp_path / "home"))
