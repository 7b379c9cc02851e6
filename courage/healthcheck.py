"""``python -m courage.healthcheck``: asks the engine beside it whether it can be used; for containers and timers.

Standard library only, so that a check every half minute costs nearly nothing. Exit status 0 while the desk can be used,
also where a part is degraded (starting anew would not mend a chat system that is away), 1 otherwise.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Final

_SECONDS: Final = 4.0


def _setting(name: str, default: str) -> str:
    given = os.environ.get(f"COURAGE_{name.upper()}")
    if given is not None:
        return given
    try:
        file = Path(os.environ.get("COURAGE_CONFIG") or "courage.toml")
        return str(tomllib.loads(file.read_text(encoding="utf-8")).get(name, default))
    except (OSError, ValueError):
        return default


def main() -> int:
    """Print one line and return the exit status."""
    host = _setting("host", "127.0.0.1")
    host = "127.0.0.1" if host in ("0.0.0.0", "::", "localhost") else host
    try:
        connection = http.client.HTTPConnection(host, int(_setting("port", "8080")), timeout=_SECONDS)
        connection.request("GET", "/health")
        answer = connection.getresponse()
        found = json.loads(answer.read(1_000_000))
        parts = {name: part.get("status") for name, part in found.get("parts", {}).items()}
    except (OSError, ValueError, AttributeError, http.client.HTTPException) as error:
        print(f"courage: the engine does not answer: {type(error).__name__}")
        return 1
    bad = ", ".join(f"{name} {state}" for name, state in parts.items() if state not in ("ok", "off"))
    print(f"{found.get('status')}{f' ({bad})' if bad else ''}")
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
