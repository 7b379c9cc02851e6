"""The virtual environments: engine, Rasa, and for the tests a Matrix homeserver."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from courage.setup.errors import explain
from courage.setup.steps import Step, fingerprint

#: Telemetry and look-ups on the network are off in everything that Courage starts.
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_ROOT_USER_ACTION": "ignore",
    "PYTHONUNBUFFERED": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


def call(
    command: Sequence[str], title: str, log_file: Path, cwd: Path, env: dict[str, str] | None = None
) -> None:
    """Run a command with its output in ``log_file``.

    :raises SetupError: if it fails, with one line taken from its output.
    """
    log_file.parent.mkdir(parents=True, exist_ok=True)
    with log_file.open("ab") as log:
        start = log.tell()
        done = subprocess.run(
            list(command),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **QUIET, **(env or {})},
            check=False,
        )
    if done.returncode != 0:
        with log_file.open("rb") as log:
            log.seek(start)
            text = log.read().decode(errors="replace")
        raise explain(text, title, log_file)


def environment_step(
    root: Path,
    logs: Path,
    name: str,
    title: str,
    requirements: Sequence[str],
    extra: Sequence[str] = (),
    probe: str = "",
) -> Step:
    """Return the step that makes ``.venv/<name>`` from pinned requirements files.

    ``extra`` are further options for pip; ``probe`` is a statement that must run in the finished environment.
    A half-made environment is thrown away, since nothing tells how far it came.
    """
    folder = root / ".venv" / name
    python = folder / "bin" / "python"
    files = [root / "requirements" / file for file in requirements]

    def work() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        log = logs / f"setup-{name}.log"
        log.unlink(missing_ok=True)
        call([sys.executable, "-m", "venv", str(folder)], title, log, root)
        command = [str(python), "-m", "pip", "install", "--no-input", *extra]
        for file in files:
            command += ["-r", str(file)]
        call(command, title, log, root)
        if probe:
            call([str(python), "-c", probe], title, log, root)

    def works() -> bool:
        return python.exists()

    return Step(f"env-{name}", title, lambda: fingerprint(files, sys.version, *extra), work, works)


def install_step(root: Path, logs: Path, name: str) -> Step:
    """Return the step that installs the checkout into ``.venv/<name>``, so that ``courage`` is a command there.

    Editable: what is edited or updated runs at once. Nothing is resolved or fetched, since the environment holds
    every dependency and the build backend.
    """
    binaries = root / ".venv" / name / "bin"
    declared = [root / "pyproject.toml", root / "setup.py"]

    def work() -> None:
        command = [str(binaries / "python"), "-m", "pip", "install", "--no-input", "--no-index", "--no-deps"]
        command += ["--no-build-isolation", "--editable", str(root)]
        call(command, "install courage", logs / f"setup-install-{name}.log", root)

    return Step(
        f"install-{name}",
        "courage as a command",
        lambda: fingerprint(declared, str(root)),
        work,
        (binaries / "courage").exists,
    )
