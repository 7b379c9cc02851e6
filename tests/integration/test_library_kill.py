"""A library killed in the middle of something is as it was before, or as it should be after."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # scores of processes, each killed at another line

POINTS = 25


@pytest.mark.parametrize("what", ["approval", "import"])
def test_killed_anywhere_it_is_as_before_or_as_after(tmp_path: Path, what: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.library_kill_harness", str(tmp_path), what, str(POINTS)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    ends, *lives = [json.loads(line) for line in done.stdout.splitlines()]
    assert ends["before"] != ends["after"]
    assert len(lives) == POINTS
    assert all(life["signal"] == signal.SIGKILL for life in lives)
    assert all(life["left"] in (ends["before"], ends["after"]) for life in lives), lives
    assert {tuple(life["again"]) for life in lives} == {tuple(ends["after"])}, lives
