"""A forked process that kills itself with SIGKILL when it runs a certain line of some package."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any


def life(package: ModuleType, act: Callable[[], None], line: int = 0) -> tuple[int, int]:
    """Fork, act, and be killed at the ``line``-th line run in ``package``, in any thread (0: never).

    Return the wait status, which is 0 after an unharmed life, and how many lines were run where it was not killed.
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        count = [0]
        tracer = _tracer(str(next(iter(package.__path__))), line, count)
        threading.settrace(tracer)
        sys.settrace(tracer)
        try:
            act()
        except BaseException as error:
            print(f"life failed at {line}: {error!r}", file=sys.stderr)
            os._exit(1)
        sys.settrace(None)
        os.write(writer, str(count[0]).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as stream:
        said = stream.read()
    return os.waitpid(pid, 0)[1], int(said or 0)


def _tracer(folder: str, line: int, count: list[int]) -> Callable[..., Any]:
    def lines(frame: FrameType, event: str, _: Any) -> Any:
        if event == "line":
            count[0] += 1
            if count[0] == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return lines

    return lambda frame, event, _: lines if frame.f_code.co_filename.startswith(folder) else None
