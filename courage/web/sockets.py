"""Where a Unix socket is to be: what an earlier run left there goes, everything else stays and is named."""

from __future__ import annotations

import socket
import stat
from pathlib import Path
from typing import Final

from courage.errors import CourageError

#: Longest path of a socket, in bytes; systems allow some more.
LONGEST: Final = 100


def make_way(path: Path) -> None:
    """Take away the socket of a run that is over.

    :raises CourageError: if something else is there, or somebody listens.
    """
    try:
        kind = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise CourageError(f"{path} cannot be used (COURAGE_INTERNAL_SOCKET): {error.strerror}") from None
    if not stat.S_ISSOCK(kind):
        raise CourageError(f"{path} is there and is no socket; name another place in COURAGE_INTERNAL_SOCKET")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except OSError:
            path.unlink(missing_ok=True)
            return
    raise CourageError(
        f"somebody listens at {path} already; stop it, or set COURAGE_INTERNAL_SOCKET to another place"
    )
