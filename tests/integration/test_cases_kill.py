from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # scores of processes, each killed at another line

POINTS = 30


def test_killed_anywhere_there_is_one_case_one_card_and_one_reply(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.cases_kill_harness", str(tmp_path), str(POINTS)],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lives = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(lives) == POINTS
    assert (
        sum(life["signal"] == signal.SIGKILL for life in lives) >= POINTS - 2
    )  # the last lines may not be reached
    for life in lives:
        assert life["again"] == 0, (life, done.stderr)
        assert (life["cases"], life["opened"], life["status"], life["pending"]) == (2, 2, "replied", 0), life
        keys = life["channel"]
        assert [key for key in keys if key.startswith("card:") and ":v" not in key] in (
            ["card:1", "card:2"],
            ["card:2", "card:1"],
        ), life
        assert [key for key in keys if key.startswith("reply:")] == ["reply:1:1"], life
        assert len(keys) == len(set(keys)), life
