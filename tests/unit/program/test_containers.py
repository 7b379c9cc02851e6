"""Containerfile, compose.yaml and the samples beside them: what they promise, and that a health check tells the truth."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from courage import healthcheck
from courage.settings import Settings, file_variables

ROOT = Path(__file__).resolve().parents[3]
CONTAINERFILE = (ROOT / "Containerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
POSTGRES: dict[str, Any] = yaml.safe_load(
    (ROOT / "deploy" / "compose.postgres.yaml").read_text(encoding="utf-8")
)


def test_the_image_is_made_of_named_folders_that_exist_and_of_nothing_else() -> None:
    sources = [
        source
        for line in CONTAINERFILE.splitlines()
        if line.startswith("COPY ") and "--from=" not in line
        for source in line.split()[1:-1]
    ]
    assert "." not in sources
    assert [source for source in sources if not (ROOT / source).exists()] == []
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert set(sources) == kept
    # What the running program, the set-up and Rasa read is there.
    assert {"courage", "responses", "seeds", "bot", "actions", "requirements", "pyproject.toml"} <= set(
        sources
    )


def test_the_container_has_no_rights_and_writes_to_its_volume_only() -> None:
    service = COMPOSE["services"]["courage"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["user"] == "10001:10001"
    assert "no-new-privileges:true" in service["security_opt"]
    assert [volume.split(":")[1] for volume in service["volumes"]] == ["/var/lib/courage"]
    assert "ports" not in service, "only the proxy is reached from outside"
    assert re.search(r"^USER 10001:10001$", CONTAINERFILE, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", CONTAINERFILE, re.MULTILINE)


def test_compose_names_settings_that_exist_and_holds_no_secret() -> None:
    known = {f"COURAGE_{name.upper()}" for name in Settings.model_fields} | set(file_variables(Settings))
    for part in (COMPOSE, POSTGRES):
        for name, service in part["services"].items():
            for variable in service.get("environment", {}):
                assert not variable.startswith("COURAGE_") or variable in known, f"{name}: {variable}"
                assert not re.search(r"PASSWORD$|TOKEN$|SECRET$", variable), f"{name}: {variable}"


def test_the_proxy_of_compose_is_trusted() -> None:
    (network,) = COMPOSE["networks"]["inside"]["ipam"]["config"]
    assert network["subnet"] in COMPOSE["services"]["courage"]["environment"]["COURAGE_TRUSTED_PROXIES"]


def test_the_systemd_unit_starts_what_is_there() -> None:
    unit = (ROOT / "deploy" / "courage.service").read_text(encoding="utf-8")
    started = re.search(r"^ExecStart=/opt/courage/(\S+)$", unit, re.MULTILINE)
    assert started
    assert os.access(ROOT / started[1], os.X_OK)


def test_the_script_that_tries_the_image_knows_every_instruction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "deploy")
    import importlib

    trying = importlib.import_module("try_in_tree")
    build, final = trying.read_stages(CONTAINERFILE)
    assert (build.name, build.base) == ("build", final.base)
    image = trying.Image(Path("/nowhere"), {}, ())
    for word, rest in final.steps:
        assert hasattr(image, f"_{word.lower()}"), word
        if word not in ("RUN", "COPY", "WORKDIR"):
            getattr(image, f"_{word.lower()}")(rest, {})
    assert (image.user, image.volume, image.stop) == ("10001:10001", "/var/lib/courage", "SIGTERM")
    assert image.health[1:] == ["-m", "courage.healthcheck"]
    with pytest.raises(Exception, match="ONBUILD"):
        trying.read_stages("FROM x\nONBUILD RUN true")


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """Return a program folder with something prepared, and a command that says how it was called."""
    root = tmp_path / "opt"
    (root / "deploy").mkdir(parents=True)
    (root / "deploy" / "start.sh").write_bytes((ROOT / "deploy" / "start.sh").read_bytes())
    command = root / ".venv" / "engine" / "bin" / "courage"
    command.parent.mkdir(parents=True)
    command.write_text('#!/bin/sh\necho "courage $*"\n')
    command.chmod(0o755)
    for name, text in (("stamp", "one"), ("cache/a.onnx", "graph one"), ("rasa/courage.tar.gz", "model one")):
        file = root / "prepared" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def _start(root: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(root / "deploy" / "start.sh"), *arguments],
        env={"PATH": os.environ["PATH"], "COURAGE_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_start_brings_what_was_prepared_into_the_volume_and_renews_it_after_an_update(
    installed: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    assert _start(installed, home).stdout == "courage run\n"
    assert (home / "rasa" / "courage.tar.gz").read_text() == "model one"
    assert stat.S_IMODE((home / "cache" / "a.onnx").stat().st_mode) & 0o077 == 0
    (home / "rasa" / "courage.tar.gz").write_text("trained here")
    assert _start(installed, home, "users", "list").stdout == "courage users list\n"
    assert (home / "rasa" / "courage.tar.gz").read_text() == "trained here"
    (installed / "prepared" / "stamp").write_text("two")
    (installed / "prepared" / "rasa" / "courage.tar.gz").write_text("model two")
    _start(installed, home)
    assert (home / "rasa" / "courage.tar.gz").read_text() == "model two"


@pytest.mark.skipif(os.geteuid() == 0, reason="root can write everywhere")
def test_a_volume_that_cannot_be_written_is_named(installed: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o500)
    done = _start(installed, home)
    assert done.returncode == 1
    assert str(home) in done.stderr


@pytest.mark.parametrize(
    ("status", "state", "code"), [(200, "ok", 0), (200, "degraded", 0), (503, "down", 1), (200, None, 1)]
)
async def test_the_health_check_fails_where_the_desk_cannot_be_used(
    status: int, state: str | None, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def health(_: web.Request) -> web.Response:
        if state is None:
            return web.Response(text="<html>another program")
        return web.json_response({"status": state, "parts": {"matrix": {"status": state}}}, status=status)

    app = web.Application()
    app.router.add_get("/health", health)
    async with TestServer(app) as server:
        import asyncio

        monkeypatch.setenv("COURAGE_HOST", "0.0.0.0")
        monkeypatch.setenv("COURAGE_PORT", str(server.port))
        assert await asyncio.to_thread(healthcheck.main) == code


def test_the_health_check_needs_no_library_and_says_when_nobody_answers() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-m", "courage.healthcheck"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COURAGE_PORT": str(unused_port())},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (
        1,
        "courage: the engine does not answer: ConnectionRefusedError\n",
    )
