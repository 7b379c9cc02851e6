"""The connector lets in only who knows the secret, and no text can order Rasa about."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

import aiohttp
import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException
from sanic import Sanic

from bot.connector import MAX_BODY, MAX_TEXT, BadRequest, CourageInput, answers, read
from courage.commands.core.sanitize import neutralise

SECRET = "a secret for tests"


@pytest.mark.parametrize(
    "prefix",
    [
        "/",
        " /",
        "\t\n//",
        "／",
        "\u200b/",
        "\u202e/",
        "\ufeff/ /",
        "\u2060／/",
        "\u00ad/",
        "\u3164/",
        "∕",
        "⁄",
        "\\/",
        "\x00/",
    ],
)
def test_a_leading_slash_is_taken_away_however_it_is_hidden(prefix: str) -> None:
    assert neutralise(f'{prefix}post{{"case": 1}}') == 'post{"case": 1}'


def test_what_is_inside_a_text_stays() -> None:
    text = "edit: /either/or 👩‍👩‍👧 \u200f(عربي)"
    assert neutralise(f"  {text} ") == text


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not valid JSON"),
        (b"[" * 50_000, "not valid JSON"),
        (b"\xff\xfe", "not valid JSON"),
        (b"[]", "JSON object"),
        (b'{"sender": "a", "message": "x", "extra": 1}', "unknown field 'extra'"),
        (b'{"message": "x"}', "sender"),
        (b'{"sender": "", "message": "x"}', "sender"),
        (b'{"sender": "a", "message": 3}', "message must be a text"),
        (json.dumps({"sender": "a", "message": "x" * (MAX_TEXT + 1)}).encode(), f"at most {MAX_TEXT}"),
        (b" " * (MAX_BODY + 1), f"at most {MAX_BODY}"),
        (b'{"sender": "a", "message": "x", "metadata": []}', "metadata must be an object"),
        (b'{"sender": "a", "message": "x", "metadata": {"role": "admin"}}', "unknown metadata 'role'"),
        (b'{"sender": "a", "message": "x", "metadata": {"person_id": true}}', "person_id"),
        (b'{"sender": "a", "message": "x", "metadata": {"room_kind": "hall"}}', "desk, direct, group"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(body: bytes, why: str) -> None:
    with pytest.raises(BadRequest, match=why):
        read(body)


def test_it_does_not_start_without_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COURAGE_INTERNAL_SECRET", raising=False)
    for credentials in (None, {}, {"secret": ""}, {"secret": "short"}):
        with pytest.raises(RasaException, match="COURAGE_INTERNAL_SECRET"):
            CourageInput.from_credentials(credentials)


def test_silence_where_an_answer_is_expected_becomes_an_apology() -> None:
    assert "Sorry" in answers([], expected=True)[0]["text"]
    assert answers([], expected=False) == []
    said = answers(
        [{"recipient_id": "a", "text": "x", "buttons": [{"title": "T", "payload": "use 1", "type": "p"}]}],
        True,
    )
    assert said == [{"text": "x", "buttons": [{"title": "T", "payload": "use 1"}]}]


@pytest.fixture
def heard() -> list[UserMessage]:
    return []


@pytest.fixture
def app(heard: list[UserMessage]) -> Any:
    async def on_new_message(message: UserMessage) -> None:
        heard.append(message)
        if message.text == "break":
            raise RuntimeError("words of people")
        await message.output_channel.send_text_message(message.sender_id, "answer")

    Sanic.test_mode = True
    app = Sanic(f"courage-test-{id(heard)}", register=False)
    app.blueprint(CourageInput(SECRET).blueprint(on_new_message), url_prefix="/webhooks/courage")
    return app


async def post(app: Any, body: Any, authorization: str | None = f"Bearer {SECRET}") -> tuple[int, Any]:
    """Send a request through the application and return status and JSON."""
    return await _ask(app, "POST", "/webhooks/courage/webhook", json.dumps(body).encode(), authorization)


async def _ask(app: Any, method: str, path: str, body: bytes, authorization: str | None) -> tuple[int, Any]:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    server = await app.create_server(sock=sock, return_asyncio_server=True, access_log=False)
    await server.startup()
    serving = asyncio.ensure_future(server.serve_forever())
    headers = {} if authorization is None else {"Authorization": authorization}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, f"http://127.0.0.1:{port}{path}", data=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()
    finally:
        serving.cancel()
        await server.close()
        sock.close()


def run(coroutine: Any) -> Any:
    return asyncio.run(coroutine)


def test_a_message_is_answered(app: Any, heard: list[UserMessage]) -> None:
    metadata = {"organisation_id": 1, "channel": "matrix", "room_kind": "desk", "person_id": 4}
    status, said = run(post(app, {"sender": "k", "message": " \u200b/claim 1", "metadata": metadata}))
    assert (status, said) == (200, [{"text": "answer", "buttons": []}])
    assert (heard[0].text, heard[0].sender_id, heard[0].metadata) == ("claim 1", "k", metadata)


@pytest.mark.parametrize("authorization", [None, "", SECRET, "Bearer", "Bearer wrong", "Bearer ä"])
def test_without_the_secret_nothing_is_heard(
    app: Any, heard: list[UserMessage], authorization: str | None
) -> None:
    status, said = run(post(app, {"sender": "k", "message": "x"}, authorization))
    assert status == 401
    assert "secret" in said["error"]
    assert heard == []


def test_a_bad_request_is_a_400(app: Any, heard: list[UserMessage]) -> None:
    status, said = run(post(app, {"sender": "k"}))
    assert (status, said) == (400, {"error": "message must be a text"})
    assert heard == []


@pytest.mark.parametrize("text", ["", " / ", "\u200b//"])
def test_a_message_of_nothing_is_not_answered(app: Any, heard: list[UserMessage], text: str) -> None:
    assert run(post(app, {"sender": "k", "message": text})) == (200, [])
    assert heard == []


def test_health_needs_no_secret(app: Any) -> None:
    assert run(_ask(app, "GET", "/webhooks/courage/", b"", None)) == (
        200,
        {"status": "ok", "sentences": "ok"},
    )


def test_a_failure_is_an_apology_and_no_word_of_it_is_logged(
    app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    status, said = run(post(app, {"sender": "k", "message": "break"}))
    assert status == 200
    assert "Sorry" in said[0]["text"]
    assert "words of people" not in caplog.text
