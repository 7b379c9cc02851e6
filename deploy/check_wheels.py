"""Checks that every pinned package can be had on a platform that is not this one; needs the network, downloads little.

    .venv/engine/bin/python deploy/check_wheels.py [PLATFORM ...]

pip looks for files of another platform but reads markers (``; platform_machine == …``) as if it ran on this one, so
they are read here first. Exit status 1 where something is missing.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

ROOT: Final = Path(__file__).resolve().parent.parent
FILES: Final = ("engine.txt", "rasa.txt")
#: Published as source only; pure Python, so any platform with pip builds them without a compiler.
SOURCE_ONLY: Final = frozenset(
    {
        "coloredlogs", "fbmessenger", "future", "mattermostwrapper", "randomname", "pykwalify", "twilio",
        "docopt", "terminaltables", "webexteamssdk", "tarsafe", "python-engineio", "apscheduler", "atomicwrites",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Platform:
    """What pip calls a platform, newest first, and how markers see it."""

    tags: tuple[str, ...]
    system: str
    machine: str


PLATFORMS: Final = {
    "linux-arm64": Platform(
        (*tuple(f"manylinux_2_{minor}_aarch64" for minor in range(36, 16, -1)), "manylinux2014_aarch64"),
        "linux",
        "aarch64",
    ),
    "linux-amd64": Platform(
        (
            *tuple(f"manylinux_2_{minor}_x86_64" for minor in range(36, 4, -1)),
            "manylinux2014_x86_64",
            "manylinux2010_x86_64",
            "manylinux1_x86_64",
        ),
        "linux",
        "x86_64",
    ),
    "macos-arm64": Platform(
        tuple(f"macosx_{major}_0_{kind}" for major in range(15, 10, -1) for kind in ("arm64", "universal2"))
        + tuple(f"macosx_10_{minor}_universal2" for minor in range(16, 8, -1)),
        "darwin",
        "arm64",
    ),
}


def wanted(file: Path, platform: Platform) -> list[str]:
    """Return the pins of a requirements file that a platform asks for, without markers and reasons."""
    found = []
    for line in file.read_text(encoding="utf-8").splitlines():
        text = re.split(r"(?:^|\s)#", line)[0].strip()
        if not text:
            continue
        requirement = Requirement(text)
        where = {
            "sys_platform": platform.system,
            "platform_machine": platform.machine,
            "platform_system": platform.system.capitalize(),
            "python_version": "3.11",
        }
        if requirement.marker is None or requirement.marker.evaluate(where):
            found.append(f"{requirement.name}{requirement.specifier}")
    return found


def missing(pins: list[str], platform: Platform) -> list[str]:
    """Return the pins for which there is no wheel for a platform.

    :raises SystemExit: where pip fails for another reason, such as no network.
    """
    left, absent = list(pins), []
    with tempfile.TemporaryDirectory() as folder:
        while left:
            command = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--no-deps"]
            command += ["--quiet", "--only-binary", ":all:", "--python-version", "3.11", "--target", folder]
            command += ["--ignore-requires-python", "--implementation", "cp"]
            for tag in platform.tags:
                command += ["--platform", tag]
            done = subprocess.run([*command, *left], capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return absent
            if "Could not fetch URL" in done.stderr or "Retrying" in done.stderr:
                raise SystemExit("the package index cannot be reached; nothing can be said about wheels")
            found = re.search(r"No matching distribution found for (\S+)", done.stderr)
            if found is None or found[1] not in left:
                raise SystemExit(f"pip failed: {done.stderr.strip().splitlines()[-1][:300]}")
            left.remove(found[1])
            absent.append(found[1])
    return absent


def main(names: list[str]) -> int:
    """Check the platforms named, or all; return the exit status."""
    unknown = sorted(set(names) - set(PLATFORMS))
    if unknown:
        raise SystemExit(f"platform {unknown[0]!r} is not one of {', '.join(PLATFORMS)}")
    status = 0
    for name in names or list(PLATFORMS):
        for file in FILES:
            pins = wanted(ROOT / "requirements" / file, PLATFORMS[name])
            absent = missing(pins, PLATFORMS[name])
            bad = [pin for pin in absent if re.split("[=<>]", pin)[0].lower() not in SOURCE_ONLY]
            status |= bool(bad)
            source = f", {len(absent) - len(bad)} of them as source" if len(absent) > len(bad) else ""
            said = f"missing: {', '.join(bad)}" if bad else f"all {len(pins)} can be had{source}"
            print(f"{name}  {file}  {said}", flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
