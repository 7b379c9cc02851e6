"""A share of the processor for a process, by Linux's control groups: how several engines are compared on few cores."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_ROOT: Final = Path("/sys/fs/cgroup")
_PERIOD: Final = 20_000  # microseconds


@contextmanager
def held_to(share: float, pid: int) -> Iterator[None]:
    """Let a process, with all its threads, have ``share`` of one processor's time and no more; it goes free at the end.

    :raises OSError: where control groups may not be made here.
    """
    unified = (_ROOT / "cgroup.controllers").exists()
    home = _ROOT if unified else _ROOT / "cpu"
    group = home / f"courage-{os.getpid()}-{pid}"
    group.mkdir()
    try:
        quota = int(share * _PERIOD)
        if unified:
            (group / "cpu.max").write_text(f"{quota} {_PERIOD}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(_PERIOD))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        (group / "cgroup.procs").write_text(str(pid))
        yield
    finally:
        for line in (group / "cgroup.procs").read_text().split():
            (home / "cgroup.procs").write_text(line)
        group.rmdir()
