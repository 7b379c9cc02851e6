"""Runs the steps of the Containerfile in a plain Debian tree, and then Courage in it as the container would be run.

    sudo python3 deploy/try_in_tree.py WORK-FOLDER [--base TREE] [--build-arg NAME=VALUE] [--bind PATH] [--run-only]

For machines that can get Debian packages but no base image. The base is made by debootstrap unless ``--base`` names one.
Courage then runs as a user without rights, with a read-only root, one volume and ``/tmp``, in namespaces of its own; the
smoke test goes through it from outside, its health check is asked, and its stop signal has to end it in time.

``--bind`` makes a file or folder of this machine readable at the same place while building, such as a folder of wheels
or a certificate that pip needs; variables of pip (``PIP_…``) are handed on. The steps are read from the Containerfile, so
the two cannot drift apart; an instruction that is not known here is an error.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parent))
from smoke import Desk, Failed, free_port, smoke, wait

ROOT: Final = Path(__file__).resolve().parent.parent
RELEASES: Final = {"debian:bookworm-slim": "bookworm"}
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass
class Stage:
    """One stage of a Containerfile: its base, its steps in order, and how its last line says it is run."""

    base: str
    name: str
    steps: list[tuple[str, str]] = field(default_factory=list)


def read_stages(text: str) -> list[Stage]:
    """Return the stages of a Containerfile.

    :raises Failed: naming an instruction that is not known here.
    """
    stages: list[Stage] = []
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).splitlines():
        word, _, rest = line.strip().partition(" ")
        word, rest = word.upper(), rest.strip()
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages.append(Stage(base.strip(), name.strip() or str(len(stages))))
        elif word in KNOWN and stages:
            stages[-1].steps.append((word, rest))
        else:
            raise Failed(f"the Containerfile has {word}, which this script does not know")
    return stages


KNOWN: Final = frozenset(
    [
        "ARG",
        "ENV",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "VOLUME",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
    ]
)


class Image:
    """A tree that a stage makes, and what its description says."""

    def __init__(self, tree: Path, build_args: dict[str, str], binds: Sequence[Path]) -> None:
        self.tree = tree
        self.given = build_args
        self.binds = binds
        self.arguments: dict[str, str] = {}
        self.environment: dict[str, str] = {}
        self.folder = "/"
        self.user = "0:0"
        self.volume = ""
        self.stop = "SIGTERM"
        self.health: list[str] = []
        self.entry: list[str] = []

    def build(self, stage: Stage, others: dict[str, Image]) -> None:
        """Do the steps of a stage."""
        for word, rest in stage.steps:
            print(f"== {word} {rest[:100]}", flush=True)
            getattr(self, f"_{word.lower()}")(rest, others)

    def _arg(self, rest: str, _: Any) -> None:
        name, _, default = rest.partition("=")
        self.arguments[name] = self.given.get(name, default)

    def _env(self, rest: str, _: Any) -> None:
        self.environment.update(pair.split("=", 1) for pair in shlex.split(rest))  # type: ignore[misc]

    def _workdir(self, rest: str, _: Any) -> None:
        self.folder = rest
        self.inside(rest).mkdir(parents=True, exist_ok=True)

    def _copy(self, rest: str, others: dict[str, Image]) -> None:
        *sources, target = shlex.split(rest)
        source_root = ROOT
        if sources[0].startswith("--from="):
            source_root = others[sources.pop(0).removeprefix("--from=")].tree
        for source in sources:
            found = source_root / source.lstrip("/")
            place = self.inside(os.path.join(self.folder, target))
            if found.is_dir():
                leave = shutil.ignore_patterns("__pycache__", "*.pyc") if source_root == ROOT else None
                shutil.copytree(found, place, symlinks=True, ignore=leave, dirs_exist_ok=True)
            else:
                place = place / found.name if target.endswith("/") else place
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(found, place)

    def _run(self, rest: str, _: Any) -> None:
        pip = {k: v for k, v in os.environ.items() if k.startswith("PIP_")}
        environment = {"PATH": PATH, "HOME": "/root", **pip, **self.environment}
        environment.update({k: v for k, v in self.arguments.items() if v})
        mounts = ["mount -t proc proc {tree}/proc", "mount --rbind /dev {tree}/dev"]
        mounts += ["mount --bind /etc/resolv.conf {tree}/etc/resolv.conf"]
        for path in self.binds:
            place = self.inside(str(path))
            if path.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.touch()
            there = f"{{tree}}{shlex.quote(str(path))}"
            mounts.append(f"mount --bind {shlex.quote(str(path))} {there}")
            mounts.append(f"mount -o remount,bind,ro {there}")  # a step must not write to this machine's own
        (self.tree / "etc" / "resolv.conf").touch()
        self._unshared(mounts, ["--pid", "--fork"], f"cd {self.folder} && {rest}", environment)

    def _unshared(
        self, mounts: Sequence[str], spaces: Sequence[str], script: str, environment: dict[str, str]
    ) -> None:
        tree = shlex.quote(str(self.tree))
        outside = " && ".join(mount.format(tree=tree) for mount in mounts)
        inside = f"{outside} && exec chroot {tree} /bin/sh -ec {shlex.quote(script)}"
        done = subprocess.run(
            ["unshare", "--mount", *spaces, "sh", "-c", inside], env=environment, check=False
        )
        if done.returncode != 0:
            raise Failed(f"the step ended with status {done.returncode}")

    def _user(self, rest: str, _: Any) -> None:
        self.user = rest

    def _volume(self, rest: str, _: Any) -> None:
        self.volume = rest

    def _expose(self, rest: str, _: Any) -> None:
        """Only tells."""

    def _stopsignal(self, rest: str, _: Any) -> None:
        self.stop = rest

    def _healthcheck(self, rest: str, _: Any) -> None:
        self.health = json.loads(rest.partition("CMD ")[2])

    def _entrypoint(self, rest: str, _: Any) -> None:
        self.entry = json.loads(rest)

    def inside(self, path: str) -> Path:
        """Return where a path of the image lies on this machine."""
        return self.tree / path.lstrip("/")

    @contextlib.contextmanager
    def running(self, home: Path, settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
        """Run the entry point, and kill what is left of it at the end."""
        program = subprocess.Popen(
            ["unshare", "--mount", "--pid", "--ipc", "--uts", "--fork", "--kill-child", "sh", "-c",
             self._script(home, self.entry)],
            env={"PATH": PATH, **self.environment, **settings},
        )  # fmt: skip
        try:
            yield program
        finally:
            if program.poll() is None:
                program.kill()
            program.wait(30)

    def call(self, home: Path, command: Sequence[str], settings: dict[str, str]) -> str:
        """Run a command beside it, as ``exec`` of a container would; return what it printed.

        :raises Failed: if it fails.
        """
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-c", self._script(home, command)],
            env={"PATH": PATH, **self.environment, **settings},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}: {done.stdout.strip()} {done.stderr.strip()}")
        return done.stdout

    def _script(self, home: Path, command: Sequence[str]) -> str:
        tree, volume = shlex.quote(str(self.tree)), shlex.quote(str(home))
        # setpriv: no rights and none to be had, as `cap_drop: [ALL]` and `no-new-privileges` of compose.yaml.
        inner = [
            "/usr/bin/setpriv",
            "--no-new-privs",
            "/bin/sh",
            "-c",
            f'cd {self.folder} && exec "$@"',
            "sh",
        ]
        return " && ".join(
            [
                "mount --make-rprivate /",
                f"mount --bind {tree} {tree}",
                f"mount -o remount,bind,ro {tree}",
                f"mount -t proc proc {tree}/proc",
                f"mount --rbind /dev {tree}/dev",
                f"mount -t tmpfs -o size=512m,mode=1777 tmpfs {tree}/tmp",
                f"mount --bind {volume} {tree}{self.volume}",
                f"exec chroot --userspec={self.user} --groups={self.user.partition(':')[2]} {tree} "
                + shlex.join([*inner, *command]),
            ]
        )


def no_secrets(image: Image) -> None:
    """Make sure that the image holds no key, database or settings file.

    :raises Failed: naming the file.
    """
    for folder in ("opt/courage", image.volume.lstrip("/")):
        for path in (image.tree / folder).rglob("*"):
            if ".venv" in path.parts:  # other people's packages, such as the example project in Rasa's
                continue
            if path.name in ("secrets.json", "courage.db", "courage.toml", "credentials.yml", ".env"):
                raise Failed(f"the image holds {path.relative_to(image.tree)}")


def try_image(image: Image, home: Path) -> None:
    """Run it and walk through it.

    :raises Failed: with the first thing that is wrong.
    """
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    uid, _, gid = image.user.partition(":")
    os.chown(home, int(uid), int(gid))
    port = free_port()
    settings = {
        "COURAGE_HOST": "127.0.0.1",
        "COURAGE_PORT": str(port),
        "COURAGE_RASA_PORT": str(free_port(but=port)),
        "COURAGE_RASA": str((image.tree / "opt/courage/.venv/rasa").exists()).lower(),
    }
    no_secrets(image)
    with contextlib.suppress(Failed):
        image.call(home, ["touch", "/opt/courage/written"], settings)
        raise SystemExit("courage: the root can be written")
    if image.call(home, ["id", "-u"], settings).strip() in ("", "0"):
        raise Failed("it would run as root")
    begun = time.monotonic()
    with image.running(home, settings) as program:
        desk = Desk(f"http://127.0.0.1:{port}")
        parts = ("engine", "database", "index", *(("rasa",) if settings["COURAGE_RASA"] == "true" else ()))
        wait(desk, parts, 900, lambda: program.poll() is None)
        print(f"ready after {time.monotonic() - begun:.0f} s", flush=True)
        print("health check:", image.call(home, image.health, settings).strip(), flush=True)
        told = image.call(home, [*image.entry, "users", "add", "Smoke", "--role", "admin"], settings)
        smoke(desk, told.split()[-1])
        begun = time.monotonic()
        (first,) = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
        os.kill(int(first), getattr(signal, image.stop))
        if (status := program.wait(60)) != 0:
            raise Failed(f"{image.stop} ended it with status {status}")
        print(f"{image.stop} ended it after {time.monotonic() - begun:.1f} s", flush=True)
    with contextlib.suppress(Failed):
        image.call(home, image.health, settings)
        raise SystemExit("courage: the health check says yes of a program that has ended")


def main() -> int:
    """Build, run, and return the exit status."""
    parser = argparse.ArgumentParser(description="Run the Containerfile's steps in a Debian tree.")
    parser.add_argument("work", type=Path, help="folder for the trees, some 10 GB")
    parser.add_argument("--base", type=Path, help="a tree made by debootstrap --variant=minbase")
    parser.add_argument("--build-arg", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--bind", action="append", default=[], type=Path, metavar="PATH")
    parser.add_argument("--run-only", action="store_true", help="run what an earlier call built")
    options = parser.parse_args()
    given = dict(pair.split("=", 1) for pair in options.build_arg)
    options.work.mkdir(parents=True, exist_ok=True)
    try:
        stages = read_stages((ROOT / "Containerfile").read_text(encoding="utf-8"))
        images: dict[str, Image] = {}
        for stage in stages:
            image = images[stage.name] = Image(options.work / f"stage-{stage.name}", given, options.bind)
            if options.run_only:
                for word, rest in stage.steps:
                    if word not in ("RUN", "COPY"):
                        getattr(image, f"_{word.lower()}")(rest, images)
                continue
            shutil.rmtree(image.tree, ignore_errors=True)
            base = options.base or options.work / "base"
            if not base.is_dir():
                release = RELEASES[stage.base]
                subprocess.run(["debootstrap", "--variant=minbase", release, str(base)], check=True)
            subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(image.tree)], check=True)
            image.build(stage, images)
        try_image(images[stages[-1].name], options.work / "home")
    except Failed as error:
        print(f"courage: {error}", file=sys.stderr)
        return 1
    print("all of it works")
    return 0


if __name__ == "__main__":
    sys.exit(main())
