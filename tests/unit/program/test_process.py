"""The supervisor's children: restarted after a crash, stopped with all their children."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import psutil
import pytest

from courage.errors import CourageError
from courage.process import Child, Command, RotatingFile
from courage.supervisor import check_port

pytestmark = pytest.mark.slow  # processes that are started and killed


def command(code: str, folder: Path, **environment: str) -> Command:
    return Command("child", [sys.executable, "-c", code], environment, folder / "child.log", folder)


async def until_written(path: Path, lines: int) -> list[str]:
    """Wait until the child wrote so many lines."""
    async with asyncio.timeout(20):
        while not path.exists() or len(path.read_text().splitlines()) < lines:
            await asyncio.sleep(0.02)
    return path.read_text().splitlines()


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    child = Child(
        command(f"open({str(out)!r}, 'a').write('up\\n')", tmp_path), first_delay=0.01, longest_delay=0.02
    )
    running = asyncio.create_task(child.run())
    await until_written(out, 3)
    await child.stop()
    await running
    assert child.starts >= 3


async def test_stopping_leaves_no_process_behind(tmp_path: Path) -> None:
    out = tmp_path / "out"
    # The child ignores SIGTERM and has a child of its own: the hard case.
    code = (
        "import signal, subprocess, sys, os, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "grand = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(out)!r}, 'w').write(f'{{os.getpid()}}\\n{{grand.pid}}\\n')\n"
        "time.sleep(600)\n"
    )
    child = Child(command(code, tmp_path))
    running = asyncio.create_task(child.run())
    processes = [psutil.Process(int(line)) for line in await until_written(out, 2)]
    await child.stop(grace=0.2)
    await running
    _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.slow  # processes
async def test_a_child_goes_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    inner = f"import os, time; open({str(out)!r}, 'w').write(f'{{os.getpid()}}\\n'); time.sleep(600)"
    outer = (
        "import asyncio, pathlib, sys\n"
        "from courage.process import Child, Command, RotatingFile\n"
        f"folder = pathlib.Path({str(tmp_path)!r})\n"
        f"c = Child(Command('inner', [sys.executable, '-c', {inner!r}], {{}}, folder / 'log', folder))\n"
        "asyncio.run(c.run())\n"
    )
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", outer, env={**os.environ, "PYTHONPATH": os.getcwd()}
    )
    (pid,) = [int(line) for line in await until_written(out, 1)]
    inner_process = psutil.Process(pid)
    supervisor.send_signal(signal.SIGKILL)
    await supervisor.wait()
    gone = await asyncio.to_thread(psutil.wait_procs, [inner_process], 10)
    assert gone[0], "the child outlived its supervisor"


def test_a_taken_port_is_named_with_the_setting_that_moves_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CourageError, match=rf"port {port} .* COURAGE_RASA_PORT"):
            check_port("127.0.0.1", port, "rasa_port")


async def test_a_talkative_child_does_not_fill_the_disk_and_its_log_is_private(tmp_path: Path) -> None:
    path = tmp_path / "talk.log"
    with RotatingFile(path, most=1000, kept=3) as log:
        for number in range(100):
            log.write(f"{number:03d} {'x' * 95}\n".encode())
    files = sorted(tmp_path.glob("talk.log*"))
    assert [file.name for file in files] == ["talk.log", "talk.log.1", "talk.log.2", "talk.log.3"]
    assert all(file.stat().st_size <= 1000 and file.stat().st_mode & 0o077 == 0 for file in files)
    assert path.read_text().splitlines()[-1].startswith("099")


async def test_what_a_child_says_is_in_its_log(tmp_path: Path) -> None:
    child = Child(command("print('hello from below', flush=True)", tmp_path), first_delay=60)
    running = asyncio.create_task(child.run())
    assert await until_written(tmp_path / "child.log", 1) == ["hello from below"]
    await child.stop()
    await running
