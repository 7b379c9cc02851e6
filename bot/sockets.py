"""Speaking with the engine over a Unix socket, where the supervisor names one in ``COURAGE_ENGINE_SOCKET``."""

from __future__ import annotations

import http.client
import os
import socket
import urllib.request
from collections.abc import Mapping
from typing import Any

VARIABLE = "COURAGE_ENGINE_SOCKET"


class _Connection(http.client.HTTPConnection):
    """An HTTP connection to whoever listens at a path; the host of the address says nothing then."""

    path = ""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class SocketHandler(urllib.request.HTTPHandler):
    """Opens every http address at one Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._connection = type("Connection", (_Connection,), {"path": path})

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(self._connection, request)


def actions_over_socket(environment: Mapping[str, str] = os.environ) -> bool:
    """Make Rasa call actions over the socket, if there is one; say whether there is. Calling it again changes nothing."""
    path = environment.get(VARIABLE, "")
    if not path:
        return False
    import aiohttp
    from rasa.utils.endpoints import EndpointConfig

    made = EndpointConfig.session
    if hasattr(made, "without_socket"):
        return True

    def session(self: EndpointConfig) -> aiohttp.ClientSession:
        # Rasa 3.6 knows one endpoint here, that of actions; nothing else of it speaks HTTP.
        return aiohttp.ClientSession(
            headers=self.headers,
            timeout=aiohttp.ClientTimeout(total=300),
            connector=aiohttp.UnixConnector(path),
        )

    session.without_socket = made  # type: ignore[attr-defined]
    EndpointConfig.session = session
    return True
