"""Set-up: done once, done again when inputs changed, healed after an interruption, clear when it fails."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from courage.setup.__main__ import plan
from courage.setup.environments import call
from courage.setup.errors import SetupError, check_space, explain
from courage.setup.steps import Progress, Stamps, Step, fingerprint, run_steps

ROOT = Path(__file__).resolve().parents[3]


class Quiet(Progress):
    def say(self, text: str) -> None:
        self.said = [*getattr(self, "said", []), text]


def test_a_step_is_done_once_and_again_when_its_inputs_change(tmp_path: Path) -> None:
    source = tmp_path / "inputs"
    source.mkdir()
    (source / "a.txt").write_text("one")
    done: list[int] = []
    steps = [[Step("s", "a step", lambda: fingerprint([source]), lambda: done.append(1))]]
    stamps = Stamps(tmp_path / "stamps")
    assert run_steps(steps, stamps, Quiet()) == ["s"]
    assert run_steps(steps, stamps, Quiet()) == []
    (source / "a.txt").write_text("two")
    assert run_steps(steps, stamps, Quiet()) == ["s"]
    (source / "b.txt").write_text("new")
    assert run_steps(steps, stamps, Quiet()) == ["s"]


def test_an_interrupted_step_is_done_again(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)
    tries: list[int] = []

    def work() -> None:
        tries.append(1)
        if len(tries) == 1:
            raise KeyboardInterrupt

    steps = [[Step("s", "a step", lambda: "same", work)]]
    with pytest.raises(KeyboardInterrupt):
        run_steps(steps, stamps, Quiet())
    assert run_steps(steps, stamps, Quiet()) == ["s"]


def test_a_result_that_vanished_is_made_again(tmp_path: Path) -> None:
    made = tmp_path / "made"
    steps = [[Step("s", "a step", lambda: "same", made.touch, made.exists)]]
    stamps = Stamps(tmp_path / "stamps")
    run_steps(steps, stamps, Quiet())
    made.unlink()
    assert run_steps(steps, stamps, Quiet()) == ["s"]


def test_a_broken_stamp_counts_as_none(tmp_path: Path) -> None:
    stamps = Stamps(tmp_path)
    stamps.write("s", "same")
    (tmp_path / "s.json").write_text('{"inp')
    assert run_steps([[Step("s", "a step", lambda: "same", lambda: None)]], stamps, Quiet()) == ["s"]


def test_progress_says_what_is_done_with_times(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_steps([[Step("s", "bake bread", lambda: "x", lambda: None)]], Stamps(tmp_path), Progress())
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("] ")[1].split(":")[0].rstrip(" …") for line in lines] == ["bake bread", "bake bread"]
    assert all(line.startswith("[") and " s]" in line for line in lines)


def test_too_little_space_is_said_before_anything_is_done(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"no space: .* GB are free"):
        check_space(tmp_path, needed=10**18)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("ERROR: Could not install packages: [Errno 28] No space left on device", "no space"),
        ("WARNING: Retrying … Failed to establish a new connection: [Errno 111]", "no network"),
        ("courage: the encoder's SHA-256 is 00, expected 53aa", "SHA-256"),
        ("one\nERROR: something odd\ntwo", "something odd"),
    ],
)
def test_a_failed_installer_is_explained_in_one_line(log: str, said: str, tmp_path: Path) -> None:
    message = str(explain(log, "engine environment", tmp_path / "log"))
    assert said in message
    assert "\n" not in message


def test_a_failing_command_names_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('error: it broke')"]
    with pytest.raises(SetupError, match=r"it broke.*out\.log"):
        call(command, "a test", tmp_path / "out.log", tmp_path)


def test_a_machine_without_python_3_11_is_told_what_to_install(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("ls", "tail"):
        (tools / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "courage" / "setup" / "python.sh"), "-c", "print('found')"],
        env={"PATH": str(tools), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("courage: Python 3.11 was not found; install")
    assert len(done.stderr.splitlines()) == 1


def test_pyenvs_python_is_found_when_none_is_on_the_path(tmp_path: Path) -> None:
    shim = tmp_path / "root" / "versions" / "3.11.99" / "bin" / "python3.11"
    shim.parent.mkdir(parents=True)
    shim.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    shim.chmod(0o755)
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("ls", "tail"):
        (tools / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    done = subprocess.run(
        ["/bin/sh", str(ROOT / "courage" / "setup" / "python.sh"), "-c", "print('found')"],
        env={"PATH": str(tools), "HOME": str(tmp_path), "PYENV_ROOT": str(tmp_path / "root")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "found")


def _machine(folder: Path, *programs: str) -> tuple[Path, Path]:
    """Return a checkout's script and a folder of programs on a machine that has no Python 3.11."""
    script = folder / "checkout" / "courage" / "setup" / "python.sh"
    script.parent.mkdir(parents=True)
    script.write_bytes((ROOT / "courage" / "setup" / "python.sh").read_bytes())
    (folder / "checkout" / "requirements").mkdir()
    (folder / "checkout" / "requirements" / "uv.txt").write_bytes(
        (ROOT / "requirements" / "uv.txt").read_bytes()
    )
    tools = folder / "bin"
    tools.mkdir()
    for name in ("ls", "tail", "mkdir", "rm", "cat", "chmod", *programs):
        found = shutil.which(name)
        assert found
        (tools / name).symlink_to(found)
    return script, tools


def _run(script: Path, tools: Path, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(script), "-c", "print('found')"],
        env={"PATH": str(tools), "HOME": str(tools.parent), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def _program(path: Path, lines: str) -> None:
    path.write_text(f"#!/bin/sh\n{lines}")
    path.chmod(0o755)


#: What uv does on `uv python install 3.11`, as far as the set-up sees it.
UV = f"""[ "$1 $2" = "python install" ] || exit 1
bin="$UV_PYTHON_INSTALL_DIR/cpython-3.11.99-linux-x86_64-gnu/bin"
mkdir -p "$bin"
printf '#!/bin/sh\\nexec "{sys.executable}" "$@"\\n' > "$bin/python3.11"
chmod 755 "$bin/python3.11"
"""


def test_uv_brings_python_into_the_checkout_once(tmp_path: Path) -> None:
    script, tools = _machine(tmp_path)
    _program(tools / "uv", UV)
    done = _run(script, tools)
    assert (done.returncode, done.stdout.strip()) == (0, "found"), done.stderr
    assert "uv brings it into" in done.stderr
    (tools / "uv").unlink()
    again = _run(script, tools)
    assert (again.returncode, again.stdout.strip(), again.stderr) == (0, "found", "")


def test_where_uv_is_missing_too_another_python_gets_it(tmp_path: Path) -> None:
    script, tools = _machine(tmp_path)
    # A Python of another version: makes an environment, in which pip puts uv.
    install = f"#!/bin/sh\ncat > $3/bin/uv <<'X'\n#!/bin/sh\n{UV}X\nchmod 755 $3/bin/uv\n"
    (tmp_path / "uv-installer").write_text(install)
    _program(
        tools / "python3",
        'mkdir -p "$3/bin"\n'
        f'printf \'#!/bin/sh\\n[ "$3" = install ] && /bin/sh {tmp_path}/uv-installer - - %s\\n\' "$3" > "$3/bin/python"\n'
        'chmod 755 "$3/bin/python"\n',
    )
    done = _run(script, tools)
    assert (done.returncode, done.stdout.strip()) == (0, "found"), done.stderr
    assert "getting uv" in done.stderr


def test_what_uv_could_not_bring_is_said_in_one_line_with_the_mend(tmp_path: Path) -> None:
    script, tools = _machine(tmp_path)
    _program(tools / "uv", "echo no network\nexit 2\n")
    done = _run(script, tools)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert "uv could not bring it" in last
    assert "install python3.11" in last
    assert (tmp_path / "checkout" / ".venv" / "tools" / "uv.log").read_text() == "no network\n"


def test_nothing_is_brought_where_uv_is_told_not_to(tmp_path: Path) -> None:
    script, tools = _machine(tmp_path)
    _program(tools / "uv", UV)
    done = _run(script, tools, UV_PYTHON_DOWNLOADS="never")
    assert done.returncode == 1
    assert "forbids" in done.stderr
    assert not (tmp_path / "checkout" / ".venv").exists()


@pytest.mark.parametrize("how", ["environment", "file"])
def test_without_rasa_its_environment_is_not_made(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COURAGE_RASA", raising=False)
    monkeypatch.setenv("COURAGE_HOME", str(tmp_path))
    monkeypatch.setenv("COURAGE_CONFIG", str(tmp_path / "courage.toml"))

    def names() -> set[str]:
        return {step.name for wave in plan(tests=False) for step in wave}

    assert {"env-engine", "env-rasa", "rasa-model", "prepare"} <= names()
    if how == "environment":
        monkeypatch.setenv("COURAGE_RASA", "false")
    else:
        (tmp_path / "courage.toml").write_text("rasa = false\n")
    assert names() == {"env-engine", "install-engine", "prepare"}


def test_the_set_up_code_runs_on_the_standard_library_alone() -> None:
    code = "import courage.setup.__main__, sys; print(sorted(m for m in sys.modules if m.split('.')[0] in ('pydantic','click','aiohttp','numpy')))"
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
