"""What can go wrong before Courage stands, in one line with the mend."""

from __future__ import annotations

import shutil
from pathlib import Path


class SetupError(Exception):
    """One line that says what is wrong and how to mend it."""


#: What an install leaves on the disk, both environments and the models, with room to work (bytes).
NEEDED_BYTES = 8_000_000_000


def check_space(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Fail early when the disk cannot hold the two environments.

    :raises SetupError: if fewer than ``needed`` bytes are free where ``folder`` is.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SetupError(
            f"no space: {free / 1e9:.1f} GB are free in {folder} and the set-up needs {needed / 1e9:.0f} GB; "
            "free some or clone the project to a larger disk."
        )


def explain(log: str, title: str, log_file: Path) -> SetupError:
    """Turn the output of a failed installer into one line with the mend."""
    lowered = log.lower()
    if "no space left on device" in lowered:
        return SetupError(
            f"no space: the disk filled up during “{title}”; free some and run the command again."
        )
    network = (
        "failed to establish a new connection",
        "name resolution",
        "connection refused",
        "network is unreachable",
        "proxyerror",
        "read timed out",
    )
    if any(sign in lowered for sign in network):
        return SetupError(
            f"no network: “{title}” could not reach the package index; check the connection "
            "(or set PIP_INDEX_URL to a mirror) and run the command again."
        )
    if "sha-256" in lowered:
        line = next(part for part in reversed(log.splitlines()) if "sha-256" in part.lower())
        return SetupError(line.strip())
    errors = [line.strip() for line in log.splitlines() if "error" in line.lower()]
    last = errors[-1] if errors else (log.strip().splitlines() or ["no output"])[-1]
    return SetupError(f"“{title}” failed: {last[:300]} (everything it printed: {log_file})")
