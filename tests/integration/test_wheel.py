"""A wheel built from the checkout works where no checkout is: its content, the commands, and the engine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from courage.taxonomy import EXERCISES
from tests.benchmarks.measure import free_port

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ("courage", "responses", "seeds", "pyproject.toml", "setup.py", "README.md", "LICENSE")
HATE = "All those migrants are vermin and must be thrown out of our country"

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """A bare environment that holds the wheel, and an empty folder to work in."""

    command: Path
    folder: Path
    wheel: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("COURAGE_", "PYTHON"))}
        return kept | {"COURAGE_HOME": str(self.folder / "home"), "HF_HUB_OFFLINE": "1"}

    def run(self, *arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.command), *arguments], cwd=self.folder, env=self.environment, input=given,
            capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build from a copy, since a build writes into its source, and install beside the engine's libraries."""
    folder = tmp_path_factory.mktemp("wheel")
    source, env, work = folder / "source", folder / "env", folder / "work"
    source.mkdir()
    work.mkdir()
    for name in PACKAGED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip"]
    quietly = ["--no-input", "--no-index", "--no-deps", "--disable-pip-version-check"]
    _do([*pip, "wheel", *quietly, "--no-build-isolation", "-w", str(folder), str(source)])
    (wheel,) = folder.glob("*.whl")
    _do([sys.executable, "-m", "venv", "--without-pip", str(env)])
    # The libraries come from the engine's environment. As a plain path entry: whatever a ``.pth`` file there adds,
    # an editable installation of this checkout among it, stays out.
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    (env / "lib" / version / "site-packages" / "libraries.pth").write_text(
        sysconfig.get_path("purelib") + "\n"
    )
    _do([*pip, "--python", str(env / "bin" / "python"), "install", *quietly, str(wheel)])
    shutil.rmtree(source)
    return Installed(env / "bin" / "courage", work, wheel)


def _do(command: list[str]) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_wheel_holds_everything_of_the_package_and_what_runs_of_the_rest(installed: Installed) -> None:
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    package = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "courage").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and "_shipped" not in path.parts
    }
    assert sorted(package - names) == []
    shipped = {
        name.removeprefix("courage/_shipped/") for name in names if name.startswith("courage/_shipped/")
    }
    wanted = [*(ROOT / "responses").rglob("*.yml"), *(ROOT / "seeds" / "lexicons").glob("*.tsv")]
    wanted.append(ROOT / "seeds" / "retrieval" / "generality-en.csv")
    for kind in ("academy", *EXERCISES):  # training of people reads all of it
        wanted += [path for path in (ROOT / "seeds" / kind).rglob("*.*") if path.is_file()]
    assert shipped == {path.relative_to(ROOT).as_posix() for path in wanted}
    # Two models' differences (6.9 and 4.2 MB), the cross-encoder (7.6 MB), what reads replies (1.4 MB), the library,
    # the lexicons and the academy; no encoder and no training data of the detector.
    assert installed.wheel.stat().st_size < 24_000_000


def test_it_screens_and_suggests(installed: Installed) -> None:
    assert "courage, version" in installed.run("--version").stdout
    screened = installed.run("screen", "--json", HATE)
    assert screened.returncode == 0, screened.stderr
    assert json.loads(screened.stdout)["hateful"] is True
    suggested = installed.run("suggest", "--json", HATE)
    assert suggested.returncode == 0, suggested.stderr
    assert len(json.loads(suggested.stdout)["suggestions"]) == 3


@pytest.fixture
def engine(installed: Installed) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    port = free_port()
    with (installed.folder / "engine.log").open("wb") as log:
        process = subprocess.Popen(
            [str(installed.command), "engine"], cwd=installed.folder, stdout=log, stderr=subprocess.STDOUT,
            env=installed.environment | {"COURAGE_PORT": str(port)},
        )  # fmt: skip
    try:
        yield process, f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def test_the_engine_serves_the_desk_and_says_what_is_not_there(
    installed: Installed, engine: tuple[subprocess.Popen[bytes], str]
) -> None:
    process, address = engine
    health = _health(process, address, installed.folder / "engine.log")
    assert health["status"] == "ok"
    assert health["parts"]["rasa"]["status"] == "off"
    assert installed.wheel.name.startswith(f"courage-{health['version']}-")
    with urllib.request.urlopen(f"{address}/login", timeout=10) as page:
        assert b"<html" in page.read()
    maps = Path(f"/proc/{process.pid}/maps")
    if maps.exists():
        assert "libtorch" not in maps.read_text()


def _health(process: subprocess.Popen[bytes], address: str, log: Path) -> dict[str, object]:
    until = time.monotonic() + 600
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=10) as answer:
                return json.load(answer)
        except OSError:
            time.sleep(0.2)  # another process opens its port when it is ready
    raise AssertionError(log.read_text())


def test_what_needs_the_checkout_says_so_in_one_line(installed: Installed) -> None:
    done = installed.run("train", "detection", "--out", str(installed.folder / "model"))
    assert done.returncode == 1
    assert done.stderr.strip().splitlines() == [
        "courage: training the detector needs a checkout of the project, and this Courage was installed from a "
        "wheel; clone the project and run it there"
    ]
