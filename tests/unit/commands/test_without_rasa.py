"""The engine needs neither Rasa nor rasa-sdk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.slow  # a process that loads everything
def test_engine_and_commands_load_where_rasa_sdk_is_not_installed() -> None:
    code = (
        "import sys; sys.modules['rasa_sdk'] = None\n"
        "import courage.engine\n"
        "from courage.commands.core.registry import discover\n"
        "assert discover().parser.parse('claim 12')\n"
        "assert 'actions' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
