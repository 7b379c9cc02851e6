"""The conversation over HTTP for programs on this machine: bad input is named, nobody speaks in a group room."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from courage.cases.conversation import Answer
from courage.gateways.local import LocalGateway

DESK = {"room_id": "r", "room_kind": "desk", "person_id": 4}


class Echo:
    """Repeats what it hears and remembers it."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, dict[str, Any]]] = []

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        self.heard.append((sender, text, metadata))
        return [{"text": text, "buttons": []}]


@pytest.fixture
async def local() -> AsyncIterator[tuple[Echo, TestClient[web.Request, web.Application]]]:
    echo, app = Echo(), web.Application()
    app.add_routes(LocalGateway(echo).routes())
    async with TestClient(TestServer(app)) as client:
        yield echo, client


async def test_what_is_said_is_answered(local: Any) -> None:
    echo, client = local
    body = {"sender": "k", "message": "queue", "metadata": DESK}
    async with client.post("/conversation", json=body) as answer:
        assert (answer.status, await answer.json()) == (200, [{"text": "queue", "buttons": []}])
    ((sender, text, metadata),) = echo.heard
    assert (sender, text) == ("k", "queue")
    assert DESK.items() <= metadata.items()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "JSON"),
        (b"[]", "the body"),
        (json.dumps({"sender": "k", "metadata": DESK}).encode(), "message"),
        (json.dumps({"sender": "", "message": "x", "metadata": DESK}).encode(), "sender"),
        (json.dumps({"sender": "k", "message": "x" * 10_001, "metadata": DESK}).encode(), "message"),
        (json.dumps({"sender": "k", "message": 3, "metadata": DESK}).encode(), "message"),
        (json.dumps({"sender": "k", "message": "x", "metadata": {**DESK, "role": "admin"}}).encode(), "role"),
        (
            json.dumps({"sender": "k", "message": "x", "metadata": {**DESK, "room_kind": "group"}}).encode(),
            "room_kind",
        ),
        (
            json.dumps({"sender": "k", "message": "x", "metadata": {**DESK, "person_id": True}}).encode(),
            "person_id",
        ),
    ],
)
async def test_bad_requests_are_told_what_is_wrong(local: Any, body: bytes, why: str) -> None:
    echo, client = local
    async with client.post("/conversation", data=body) as answer:
        assert answer.status == 400
        assert why in (await answer.json())["error"]
    assert echo.heard == []
