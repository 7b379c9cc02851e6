from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from courage.cases.errors import AssistantUnavailable
from courage.gateways.rasa import RasaAssistant


class FakeRasa:
    """Answers like the connector; what it answers can be set."""

    def __init__(self) -> None:
        self.heard: list[tuple[str | None, Any]] = []
        self.answer: web.Response | None = None
        self.state: Any = {"status": "ok", "sentences": "ok"}

    async def webhook(self, request: web.Request) -> web.Response:
        self.heard.append((request.headers.get("Authorization"), await request.json()))
        return self.answer or web.json_response(
            [{"text": "Hello", "buttons": [{"title": "Q", "payload": "queue"}]}]
        )

    async def health(self, _: web.Request) -> web.Response:
        return web.json_response(self.state)


@pytest.fixture
async def rasa() -> AsyncIterator[tuple[FakeRasa, RasaAssistant, TestServer]]:
    fake, app = FakeRasa(), web.Application()
    app.router.add_post("/webhooks/courage/webhook", fake.webhook)
    app.router.add_get("/webhooks/courage/", fake.health)
    server = TestServer(app)
    await server.start_server()
    assistant = RasaAssistant(str(server.make_url("/")), "hush", timeout=5)
    yield fake, assistant, server
    await assistant.close()
    await server.close()


Rasa = tuple[FakeRasa, RasaAssistant, TestServer]


async def test_people_talk_and_get_answers(rasa: Rasa) -> None:
    fake, assistant, _ = rasa
    answers = await assistant.talk("key", "hi", {"person_id": 1})
    assert answers == [{"text": "Hello", "buttons": [{"title": "Q", "payload": "queue"}]}]
    assert fake.heard == [("Bearer hush", {"sender": "key", "message": "hi", "metadata": {"person_id": 1}})]
    assert await assistant.healthy()


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500, text="Traceback"),
        web.Response(status=401),
        web.Response(text="not json"),
        web.Response(text='{"text": "no list"}'),
    ],
    ids=["broken", "secret refused", "unreadable", "no list"],
)
async def test_a_rasa_in_trouble_is_said_kindly(rasa: Rasa, answer: web.Response) -> None:
    fake, assistant, _ = rasa
    fake.answer = answer
    with pytest.raises(AssistantUnavailable, match=r"^the assistant does not answer"):
        await assistant.talk("key", "hi", {})


async def test_a_rasa_that_is_not_there(rasa: Rasa) -> None:
    _, assistant, server = rasa
    await server.close()
    with pytest.raises(AssistantUnavailable, match="the desk page works meanwhile"):
        await assistant.talk("key", "hi", {})
    assert not await assistant.health()


async def test_answers_without_text_are_left_out(rasa: Rasa) -> None:
    fake, assistant, _ = rasa
    fake.answer = web.json_response([{"image": "x"}, "odd", {"text": "Hi", "buttons": None}])
    assert await assistant.talk("key", "hi", {}) == [{"text": "Hi", "buttons": []}]


@pytest.mark.parametrize(
    ("state", "condition"),
    [
        ({"status": "ok", "sentences": "engine"}, "engine"),
        ({"status": "ok", "sentences": "encoder"}, "encoder"),
        ({"status": "ok"}, "ok"),
        ({"status": "ok", "sentences": ["?"]}, "ok"),
        ([], "ok"),
    ],
)
async def test_what_rasa_lacks_is_told(rasa: Rasa, state: Any, condition: str) -> None:
    fake, assistant, server = rasa
    fake.state = state
    assert await assistant.condition() == condition
    assert await assistant.healthy()
    await server.close()
    assert await assistant.condition() == "down"
