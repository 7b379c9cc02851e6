"""Rasa speaks with the engine over a Unix socket where there is one: its own questions, and its actions."""

from __future__ import annotations

import asyncio
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from rasa.utils.endpoints import EndpointConfig

from bot.engine import EngineClient, EngineUnavailable
from bot.sockets import VARIABLE, actions_over_socket

NOWHERE = {"COURAGE_ENGINE_URL": "http://127.0.0.1:1", "COURAGE_INTERNAL_SECRET": "s" * 16}


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[tuple[Path, list[str]]]:
    """Return where an engine listens, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            asked.append(f"{self.path} {self.headers['Authorization']}")
            content = json.dumps({"hateful": False}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    path = tmp_path / "engine.sock"
    with socketserver.ThreadingUnixStreamServer(str(path), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield path, asked
        server.shutdown()


def test_questions_go_through_the_socket_whatever_the_address_says(listening: tuple[Path, list[str]]) -> None:
    path, asked = listening
    client = EngineClient.from_environment(NOWHERE | {VARIABLE: str(path)})
    assert client
    assert client.screen("hello") == {"hateful": False}
    assert asked == [f"/internal/screen Bearer {'s' * 16}"]


def test_a_socket_where_nobody_listens_is_an_engine_that_is_away(tmp_path: Path) -> None:
    client = EngineClient.from_environment(NOWHERE | {VARIABLE: str(tmp_path / "none")})
    assert client
    with pytest.raises(EngineUnavailable):
        client.screen("hello")


def test_so_do_actions(listening: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    path, asked = listening
    monkeypatch.setattr(EndpointConfig, "session", EndpointConfig.session)
    assert not actions_over_socket({})
    assert actions_over_socket({VARIABLE: str(path)})
    assert actions_over_socket({VARIABLE: str(path)})
    endpoint = EndpointConfig("http://127.0.0.1:1/internal/webhook", headers={"Authorization": "Bearer x"})
    assert asyncio.run(endpoint.request(json={"next_action": "action_queue"})) == {"hateful": False}
    assert asked == ["/internal/webhook Bearer x"]
