"""The API: good answers, clear errors, and a description that is complete."""

from __future__ import annotations

import json
from typing import Any

import pytest

from courage.web.routes import API
from tests.unit.web.conftest import Enter
from tests.unit.web.test_cases_pages import flag
from tests.unit.web.world import HATE, World


async def test_every_route_is_described(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    described = await (await volunteer.get("/api/openapi.json")).json()
    assert described["openapi"] == "3.1.0"
    routes = {
        (resource.canonical, route.method.lower())
        for resource in volunteer.client.server.app.router.resources()  # type: ignore[union-attr]
        for route in resource
        if resource.canonical.startswith("/api/") and route.method != "HEAD"
    }
    paths = {(path, method) for path, methods in described["paths"].items() for method in methods}
    assert routes == paths
    names = [
        operation["operationId"] for methods in described["paths"].values() for operation in methods.values()
    ]
    assert len(names) == len(set(names))
    for line in API:
        assert line.summary, line.path
    text = json.dumps(described)
    for reference in set(__import__("re").findall(r"#/components/(\w+)/(\w+)", text)):
        assert reference[1] in described["components"][reference[0]], reference


async def test_screening_and_suggesting(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    verdict = await (await volunteer.api("POST", "/api/screen", {"text": HATE})).json()
    assert (verdict["hateful"], verdict["route"], verdict["targets"]) == (True, "counter", ["migrants"])
    wish = {"strategies": ["facts"]}
    advice = await (await volunteer.api("POST", "/api/suggest", {"text": HATE, "wish": wish})).json()
    assert [s["id"] for s in advice["suggestions"]] == ["en-migrants-facts-001"]
    assert advice["verdict"]["hateful"] is True


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b"", "'text' is missing"),
        (b'{"text": null}', "'text' is missing"),
        (b'{"text": 5}', "'text' must be text"),
        (b'{"text": "a", "texts": "b"}', "unknown field 'texts' in the body; allowed: text, sensitivity"),
        (b'{"text": "a", "text": "b"}', "given twice"),
        (b'{"text": "a", "sensitivity": "high"}', "allowed: quiet, balanced, watchful"),
        (b'{"text": ""}', "empty"),
        (b'{"text": "\\ud83d"}', "lone surrogate at character 1"),
        (b'{"text": "\xff"}', "not UTF-8"),
        (b'{"text": NaN}', "not JSON"),
        (b'{"text": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"text": "' + b"a" * 100_001 + b'"}', "100001 characters; at most 100000"),
    ],
)
async def test_bad_bodies_get_one_clear_line(enter: Enter, body: bytes, says: str) -> None:
    volunteer = await enter("volunteer")
    headers = {"X-CSRF-Token": volunteer.csrf, "Content-Type": "application/json"}
    response = await volunteer.client.post("/api/screen", data=body, headers=headers)
    error = (await response.json())["error"]
    assert response.status == 400
    assert says in error
    assert "\n" not in error


@pytest.mark.parametrize(
    "text", ["😀" * 50_000, "a" * 100_000, "\0", "\u202e\u2066x", "👍", "\u0000a\u0301", "ﷺ"]
)
async def test_strange_texts_get_a_verdict(enter: Enter, text: str) -> None:
    volunteer = await enter("volunteer")
    response = await volunteer.api("POST", "/api/screen", {"text": text})
    assert response.status == 200
    assert (await response.json())["text"] == text


async def test_bodies_that_are_too_large_or_of_another_kind(enter: Enter) -> None:
    volunteer = await enter("volunteer")
    headers = {"X-CSRF-Token": volunteer.csrf, "Content-Type": "application/json"}
    large = await volunteer.client.post("/api/screen", data=b" " * 2_000_001, headers=headers)
    assert large.status == 413
    headers["Content-Type"] = "text/xml"
    assert (await volunteer.client.post("/api/screen", data=b"<a/>", headers=headers)).status == 400
    assert (await volunteer.api("DELETE", "/api/screen")).status == 405
    assert (await (await volunteer.get("/api/none")).json())["error"]


async def test_an_unexpected_error_shows_no_traceback_and_logs_no_text(
    world: World, enter: Enter, caplog: pytest.LogCaptureFixture
) -> None:
    volunteer = await enter("volunteer")

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"parameters: {HATE}")

    world.recommender.suggest = broken  # type: ignore[method-assign, assignment]
    response = await volunteer.api("POST", "/api/suggest", {"text": HATE})
    assert response.status == 500
    error = (await response.json())["error"]
    assert "reference" in error
    assert "Runtime" not in error
    assert "RuntimeError at POST /api/suggest" in caplog.text
    assert "criminals" not in caplog.text


async def test_a_case_through_the_api(world: World, enter: Enter) -> None:
    volunteer, number = await enter("volunteer"), await flag(world)
    at = f"/api/cases/{number}"
    listed = await (await volunteer.get("/api/cases")).json()
    assert [case["id"] for case in listed] == [number]
    assert "criminals" not in json.dumps(listed)
    assert (await (await volunteer.api("POST", f"{at}/claim")).json())["status"] == "claimed"
    assert (await (await volunteer.api("POST", f"{at}/message")).json())["text"] == HATE
    advice = await (await volunteer.api("POST", f"{at}/suggest", {"wish": {"strategies": ["facts"]}})).json()
    assert advice["suggestions"][0]["number"] == 1
    assert (await (await volunteer.api("POST", f"{at}/choose", {"number": 1})).json())["version"] == 1
    assert (await (await volunteer.api("POST", f"{at}/draft", {"text": "my words"})).json())["version"] == 2
    stale = await volunteer.api("POST", f"{at}/post", {"version": 1})
    assert stale.status == 409
    reply = await (await volunteer.api("POST", f"{at}/post", {"version": 2})).json()
    assert (reply["text"], reply["state"]) == ("my words", "pending")
    history = (await (await volunteer.get(at)).json())["history"]
    assert {"claimed", "shown", "suggested", "confirmed"} <= {event["kind"] for event in history}
    other = await enter("moderator")
    assert (await other.api("POST", f"{at}/claim")).status == 409
    assert (await volunteer.api("POST", "/api/cases/77/claim")).status == 404
    assert (await volunteer.api("POST", f"{at}/post", {"version": "2"})).status == 400
    assert (await volunteer.api("POST", f"{at}/post", {"version": True})).status == 400


async def test_the_library_through_the_api(world: World, enter: Enter) -> None:
    trainer, admin = await enter("trainer"), await enter("admin")
    body = {
        "text": "Hope is stronger.", "language": "en", "strategy": "positive", "narratives": ["a", "b", "c"],
        "targets": ["roma"], "sources": [{"title": "A report", "year": 2024}], "why": "needed",
    }  # fmt: skip
    added = await trainer.api("POST", "/api/library", body)
    assert added.status == 201
    entry = await added.json()
    at = f"/api/library/{entry['id']}"
    edited = await (await trainer.api("PUT", at, {"text": "Hope is stronger!", "lock": entry["lock"]})).json()
    assert (edited["version"], edited["sources"][0]["title"]) == (2, "A report")
    assert (await trainer.api("PUT", at, {"text": "too late", "lock": entry["lock"]})).status == 409
    assert (await trainer.api("PUT", at, {"text": None, "lock": edited["lock"]})).status == 400
    assert (await trainer.api("POST", f"{at}/submit")).status == 200
    assert (await trainer.api("POST", f"{at}/approve")).status == 403
    assert (await (await admin.api("POST", f"{at}/approve")).json())["state"] == "approved"
    assert [r["id"] for r in await (await trainer.get("/api/library?target=roma")).json()] == [entry["id"]]
    assert (await trainer.api("POST", f"{at}/comment", {"text": "good"})).status == 201
    assert (await (await trainer.api("POST", f"{at}/retire", {"why": "x"})).json())["state"] == "retired"
    wrong = await trainer.api("POST", "/api/library", {**body, "strategy": "shouting"})
    assert "allowed: facts, hypocrisy" in (await wrong.json())["error"]
    source = await trainer.api("POST", "/api/library", {**body, "sources": [{"name": "x"}]})
    assert "unknown field 'name'" in (await source.json())["error"]


async def test_export_can_be_imported_after_a_look(world: World, enter: Enter) -> None:
    trainer = await enter("trainer")
    text = await (await trainer.get("/api/library/export?format=jsonl")).text()
    assert len(text.strip().splitlines()) == 3
    fresh = text.splitlines()[0].replace("en-migrants", "en-roma").replace(" ", "  ", 1)
    fresh = json.dumps({**json.loads(fresh), "text": "Another text altogether, about something else."})
    look = await trainer.api("POST", "/api/library/import?format=jsonl", data=fresh.encode())
    assert look.status == 200, await look.text()
    assert (await look.json())["counts"]["new"] == 1
    assert world.library.count() == 3
    done = await trainer.api("POST", "/api/library/import?format=jsonl&apply=yes", data=fresh.encode())
    assert done.status == 200
    assert world.library.count() == 4
    bad = await trainer.api("POST", "/api/library/import?format=csv&apply=yes", data=b"\xff\xfe,,")
    assert bad.status == 400
    assert "\n" not in (await bad.json())["error"]
    assert (await trainer.api("POST", "/api/library/import", data=b"")).status == 400
