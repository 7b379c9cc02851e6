"""The Perspective-compatible addresses as their clients use them: answers, errors, keys, and that nothing is stored."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import text as sql

from courage.detection.verdict import Reason, Verdict
from courage.web.api.perspective import score_of
from courage.web.routes import MACHINES, TABLE
from courage.web.security import COOKIE
from courage.web.table import PUBLIC
from tests.unit.web.conftest import Enter
from tests.unit.web.world import HATE, World

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
THREAT = "Let us beat them up, the migrants."


class Program:
    """A program with an API key and nothing else."""

    def __init__(self, client: TestClient[Any, Any], key: str) -> None:
        self.client, self.key = client, key

    async def post(self, path: str, body: Any = None, **more: Any) -> tuple[int, dict[str, Any]]:
        """Post a JSON body (or raw bytes) and return status and answer."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        more.setdefault("params", {"key": self.key})
        response = await self.client.post(path, data=data, **more)
        return response.status, await response.json()

    async def analyze(self, text: str = HATE, attributes: Any = None, **more: Any) -> dict[str, Any]:
        """Return the answer to a good request."""
        attributes = {"TOXICITY": {}} if attributes is None else attributes
        status, answer = await self.post(
            ANALYZE, {"comment": {"text": text}, "requestedAttributes": attributes, **more}
        )
        assert status == 200, answer
        return answer


@pytest.fixture
async def program(world: World, enter: Enter) -> Program:
    secret, _ = world.keys.add("forum", ["screen"])
    return Program((await enter(None)).client, secret)


def reasons(answer: dict[str, Any]) -> list[str]:
    return [detail["reason"] for detail in answer["error"]["details"]]


async def test_a_request_as_coral_sends_it(program: Program) -> None:
    answer = await program.analyze(
        "Hello, nice to see you.", {"TOXICITY": {}}, doNotStore=True, languages=["en"],
        communityId="Coral:https://news.example", sessionId="a1",
    )  # fmt: skip
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"] == {"value": 0.02, "type": "PROBABILITY"}
    assert answer["languages"] == ["en"]
    status, answer = await program.post(
        SUGGEST,
        {
            "comment": {"text": HATE},
            "context": {"entries": [{"text": '{"url": "https://news.example/1"}'}]},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 1}}},
            "languages": ["en"],
            "communityId": "Coral:https://news.example",
            "clientToken": "comment:53922",
        },
    )
    assert (status, answer) == (200, {"clientToken": "comment:53922"})


async def test_which_score_stands_for_which_attribute(program: Program) -> None:
    wanted = (
        "IDENTITY_ATTACK",
        "TOXICITY",
        "SEVERE_TOXICITY",
        "THREAT",
        "TOXICITY_EXPERIMENTAL",
        "THREAT_EXPERIMENTAL",
    )
    answer = await program.analyze(HATE, {name: {} for name in wanted})
    assert {name: scores["summaryScore"]["value"] for name, scores in answer["attributeScores"].items()} == {
        "IDENTITY_ATTACK": 0.96, "TOXICITY": 0.96, "SEVERE_TOXICITY": 0.96, "TOXICITY_EXPERIMENTAL": 0.96,
        "THREAT": 0.0, "THREAT_EXPERIMENTAL": 0.0,
    }  # fmt: skip
    answer = await program.analyze(THREAT, {"THREAT": {}})
    assert answer["attributeScores"]["THREAT"]["summaryScore"]["value"] == 0.96


async def test_a_text_that_only_criticises_keeps_its_own_low_score() -> None:
    criticism = Verdict(
        "t", False, 0.12, "none", 0, ("migrants",), "en", "none", (Reason("example", "narrative", 0.9),)
    )
    assert score_of("IDENTITY_ATTACK", criticism) == 0.12


@pytest.mark.parametrize(("weight", "value"), [(-1.0, 0.05), (1.0, 0.97)])
def test_what_people_decided_outweighs_the_model(weight: float, value: float) -> None:
    verdict = Verdict(
        "t", False, 0.97, "none", 0, (), "en", "none", (Reason("feedback", "people decided", weight),)
    )
    assert score_of("TOXICITY", verdict) == value
    assert score_of("TOXICITY", replace(verdict, score=0.2)) == (0.05 if weight < 0 else 0.95)


async def test_a_client_that_asks_for_no_spans_gets_one_over_the_whole_text(program: Program) -> None:
    answer = await program.analyze("😀 fine, thanks.")
    assert answer["attributeScores"]["TOXICITY"]["spanScores"] == [
        {"begin": 0, "end": 16, "score": {"value": 0.02, "type": "PROBABILITY"}}
    ]


async def test_one_span_a_sentence_with_offsets_in_utf16(program: Program) -> None:
    text = "😀 Good morning! " + HATE + "\nSee you later"
    spans = (await program.analyze(text, spanAnnotations=True))["attributeScores"]["TOXICITY"]["spanScores"]
    units = text.encode("utf-16-le")
    read = [units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le") for span in spans]
    assert read == ["😀 Good morning!", HATE, "See you later"]
    assert [span["score"]["value"] for span in spans] == [0.02, 0.96, 0.02]


async def test_a_text_of_ten_thousand_sentences_gets_a_hundred_spans(program: Program) -> None:
    text = "a!\n" * 6_800
    spans = (await program.analyze(text, spanAnnotations=True))["attributeScores"]["TOXICITY"]["spanScores"]
    assert 50 <= len(spans) <= 100
    assert (spans[0]["begin"], spans[-1]["end"]) == (0, len(text) - 1)


async def test_scores_below_the_threshold_are_left_out(program: Program) -> None:
    attributes = {"TOXICITY": {"scoreThreshold": 0.5}, "IDENTITY_ATTACK": {"score_threshold": 0.01}}
    answer = await program.analyze("Good morning.", attributes)
    assert list(answer["attributeScores"]) == ["IDENTITY_ATTACK"]
    nothing = await program.analyze("Good morning.", {"TOXICITY": {"scoreThreshold": 0.5}})
    assert nothing["attributeScores"] == {}
    text = HATE + " Good morning."
    spans = await program.analyze(text, {"TOXICITY": {"scoreThreshold": 0.5}}, spanAnnotations=True)
    assert len(spans["attributeScores"]["TOXICITY"]["spanScores"]) == 1


async def test_both_ways_of_writing_names_unknown_ones_and_nulls(program: Program) -> None:
    status, answer = await program.post(
        ANALYZE,
        {
            "comment": {"text": HATE, "type": "PLAIN_TEXT", "colour": 1},
            "requested_attributes": {"TOXICITY": None},
            "span_annotations": None, "do_not_store": True, "client_token": "t-1", "nonsense": {"a": []},
            "context": {"article_and_parent_comment": {"article": {"text": "x"}}}, "languages": None,
        },
    )  # fmt: skip
    assert status == 200
    assert answer["clientToken"] == "t-1"
    assert answer["languages"] == answer["detectedLanguages"] == ["en"]
    assert "TOXICITY" in answer["attributeScores"]


@pytest.mark.parametrize(
    ("body", "message", "reason"),
    [
        (None, "Comment must be non-empty.", "COMMENT_EMPTY"),
        (b"{}", "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": " \n"}, "requestedAttributes": {"TOXICITY": {}}}, "Comment must be non-empty.", "COMMENT_EMPTY"),
        ({"comment": {"text": "é" * 10_241}, "requestedAttributes": {"TOXICITY": {}}}, "Comment text too long.", "COMMENT_TOO_LONG"),
        ({"comment": {"text": "a"}}, "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXCITY": {}}}, "Unknown requested attribute: TOXCITY", "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {"scoreType": "RAW"}}}, "Requested score type RAW is not supported by attribute TOXICITY", "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"TOXICITY": {"scoreThreshold": "high"}}}, "Invalid value at 'requestedAttributes.TOXICITY.scoreThreshold'", "INVALID_REQUEST"),
        ({"comment": "a", "requestedAttributes": {"TOXICITY": {}}}, "Invalid value at 'comment'", "INVALID_REQUEST"),
        (b"[1]", "must be a JSON object", "INVALID_REQUEST"),
        (b"{", "Invalid JSON payload received.", "INVALID_REQUEST"),
        (b'{"comment": {"text": "\\ud83d"}, "requestedAttributes": {"TOXICITY": {}}}', "lone surrogate", "INVALID_REQUEST"),
        (b"[" * 100_000, "nested too deeply", "INVALID_REQUEST"),
        ({"comment": {"text": "a"}, "requestedAttributes": {"INSULT": {}}, "languages": ["en"]}, "Attribute INSULT does not support request languages: en", "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
        ({"comment": {"text": "hola"}, "requestedAttributes": {"TOXICITY": {}}, "languages": ["es"]}, "Attribute TOXICITY does not support request languages: es", "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"),
    ],
)  # fmt: skip
async def test_errors_are_those_that_clients_know(
    program: Program, body: Any, message: str, reason: str
) -> None:
    status, answer = await program.post(ANALYZE, body)
    error = answer["error"]
    assert (status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")
    assert message in error["message"]
    assert set(reasons(answer)) == {reason}
    assert error["details"][0]["errorType"] == reason
    assert all("@type" in detail for detail in error["details"])
    assert "\n" not in error["message"]


async def test_the_largest_comment_is_20480_bytes(program: Program) -> None:
    await program.analyze("é" * 10_240)


async def test_languages_are_echoed_and_their_regions_do_not_matter(program: Program) -> None:
    answer = await program.analyze(HATE, languages=["de-AT", "en"])
    assert answer["languages"] == ["de-AT", "en"]
    assert answer["detectedLanguages"] == ["en"]


async def test_a_text_in_a_language_that_is_not_read_is_no_silent_zero(
    world: World, program: Program
) -> None:
    async def polish(text: str, sensitivity: str = "balanced") -> Verdict:
        return Verdict(text, False, 0.01, "none", 0, (), "und", "none")

    object.__setattr__(world.services, "screen", polish)
    body = {"comment": {"text": "Dzień dobry wszystkim"}, "requestedAttributes": {"TOXICITY": {}}}
    status, answer = await program.post(ANALYZE, body)
    assert status == 400
    assert answer["error"]["message"] == "Attribute TOXICITY does not support request languages: und"
    status, answer = await program.post(ANALYZE, {**body, "dropUnsupportedAttributes": True})
    assert (status, answer["attributeScores"], answer["detectedLanguages"]) == (200, {}, ["und"])
    answer = await program.analyze("👍 12:30")
    assert answer["attributeScores"]["TOXICITY"]["summaryScore"]["value"] == 0.01


async def test_what_is_not_scored_is_an_error_dropped_or_zero_by_choice(
    world: World, program: Program
) -> None:
    wanted = {"TOXICITY": {}, "PROFANITY": {}, "INSULT_EXPERIMENTAL": {}}
    status, answer = await program.post(ANALYZE, {"comment": {"text": HATE}, "requestedAttributes": wanted})
    assert (status, set(reasons(answer))) == (400, {"LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"})
    dropped = await program.analyze(HATE, wanted, dropUnsupportedAttributes=True)
    assert list(dropped["attributeScores"]) == ["TOXICITY"]
    object.__setattr__(world.services, "perspective_lenient", True)
    lenient = await program.analyze(HATE, wanted)
    values = {name: scores["summaryScore"]["value"] for name, scores in lenient["attributeScores"].items()}
    assert values == {"TOXICITY": 0.96, "PROFANITY": 0.0, "INSULT_EXPERIMENTAL": 0.0}
    status, _ = await program.post(
        ANALYZE, {"comment": {"text": HATE}, "requestedAttributes": {"TOXCITY": {}}}
    )
    assert status == 400


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
async def test_no_key_a_wrong_key_a_revoked_key_and_a_key_for_something_else(
    world: World, program: Program, path: str
) -> None:
    status, answer = await program.post(path, {}, params={})
    assert (status, answer["error"]["status"], reasons(answer)) == (
        403,
        "PERMISSION_DENIED",
        ["API_KEY_MISSING"],
    )
    status, answer = await program.post(path, {}, params={"key": "AIzaSyNobody"})
    assert (status, answer["error"]["status"], reasons(answer)) == (
        400,
        "INVALID_ARGUMENT",
        ["API_KEY_INVALID"],
    )
    assert answer["error"]["message"] == "API key not valid. Please pass a valid API key."
    library, _ = world.keys.add("library", ["library"])
    status, answer = await program.post(path, {}, params={"key": library})
    assert (status, reasons(answer)) == (403, ["API_KEY_SERVICE_BLOCKED"])
    world.keys.revoke("forum")
    status, answer = await program.post(path, {})
    assert (status, reasons(answer)) == (400, ["API_KEY_INVALID"])


async def test_a_key_may_come_in_a_header(program: Program) -> None:
    body = {"comment": {"text": HATE}, "requestedAttributes": {"TOXICITY": {}}}
    for headers in ({"X-Goog-Api-Key": program.key}, {"Authorization": f"Bearer {program.key}"}):
        status, _ = await program.post(ANALYZE, body, params={}, headers=headers)
        assert status == 200


async def test_a_persons_session_opens_no_address_for_programs(world: World, enter: Enter) -> None:
    admin = await enter("admin")
    for line in MACHINES:
        if line.scope:
            response = await admin.client.request(line.method, line.path, json={})
            assert response.status == 403, line.path
            login = world.people.open_session(world.person["admin"].id)
            bearer = await admin.client.post(line.path, headers={"Authorization": f"Bearer {login.token}"})
            assert bearer.status == 400, line.path
            assert COOKIE not in bearer.cookies


async def test_a_key_opens_nothing_of_the_desk(program: Program) -> None:
    headers = {"Authorization": f"Bearer {program.key}"}
    for path in ("/api/me", "/api/cases/1", "/api/decisions"):
        response = await program.client.get(path, headers=headers, params={"key": program.key})
        assert response.status == 401, path
    for path in ("/", "/cases", "/people"):
        response = await program.client.get(
            path, headers=headers, params={"key": program.key}, allow_redirects=False
        )
        assert response.status == 303, path


OPEN = {
    "screen": ("POST", "/api/screen", {"text": HATE}),
    "suggest": ("POST", "/api/suggest", {"text": HATE}),
    "cases": ("GET", "/api/cases", None),
    "library": ("GET", "/api/library", None),
}


@pytest.mark.parametrize("scope", sorted(OPEN))
async def test_each_scope_opens_its_own_part_of_the_api(world: World, enter: Enter, scope: str) -> None:
    client, key = (await enter(None)).client, world.keys.add(scope, [scope])[0]
    for other, (method, path, body) in OPEN.items():
        for headers in ({"Authorization": f"Bearer {key}"}, {"X-Goog-Api-Key": key}):
            response = await client.request(method, path, json=body, headers=headers)
            assert response.status == (200 if other == scope else 403), (other, await response.text())
    world.keys.revoke(scope)
    method, path, body = OPEN[scope]
    response = await client.request(method, path, json=body, headers={"Authorization": f"Bearer {key}"})
    assert response.status == 401
    assert (await response.json())["error"] == "the API key is unknown or revoked"


async def test_a_key_writes_nothing(world: World, enter: Enter) -> None:
    client = (await enter(None)).client
    key, _ = world.keys.add("all", ["screen", "suggest", "cases", "library"])
    for line in TABLE:
        if line.method not in ("GET", "HEAD") and not line.scope and line.roles is not PUBLIC:
            path = re.sub(r"\{\w+\}", "1", line.path)
            response = await client.request(line.method, path, headers={"Authorization": f"Bearer {key}"})
            assert response.status == 401, line.path


async def test_a_quota_is_counted_before_any_work_is_done(world: World, program: Program) -> None:
    screened: list[str] = []
    screen = world.services.screen

    async def counting(text: str, sensitivity: str = "balanced") -> Verdict:
        screened.append(text)
        return await screen(text, sensitivity)

    object.__setattr__(world.services, "screen", counting)
    program.key, _ = world.keys.add("slow", ["screen"], per_minute=2)
    body = {"comment": {"text": HATE}, "requestedAttributes": {"TOXICITY": {}}}
    assert [(await program.post(ANALYZE, body))[0] for _ in range(2)] == [200, 200]
    response = await program.client.post(ANALYZE, json=body, params={"key": program.key})
    answer = await response.json()
    assert (response.status, answer["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert reasons(answer) == ["RATE_LIMIT_EXCEEDED"]
    assert 0 < int(response.headers["Retry-After"]) <= 60
    assert len(screened) == 2


async def test_nothing_is_stored_and_nothing_is_logged(
    world: World, program: Program, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def rows() -> dict[str, int]:
        with world.engine.connect() as connection:
            tables = (
                connection.execute(sql("select name from sqlite_master where type = 'table'")).scalars().all()
            )
            tables = [
                t for t in tables if t != "allowances"
            ]  # how often the key was used, nothing of what for
            return {t: connection.execute(sql(f'select count(*) from "{t}"')).scalar_one() for t in tables}

    before = rows()
    with caplog.at_level(logging.DEBUG):
        await program.analyze(THREAT, spanAnnotations=True, doNotStore=False)
        await program.post(
            SUGGEST,
            {"comment": {"text": HATE}, "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}}},
        )
        await program.post(ANALYZE, {"comment": {"text": HATE}})
    assert rows() == before
    # The test's own server keeps an access log; the engine has none (see tests/unit/program/test_engine_log.py).
    logged = " ".join(str(line.getMessage()) for line in caplog.records if line.name != "aiohttp.access")
    for secret in (program.key, "criminals", "beat them up"):
        assert secret not in logged


@pytest.mark.parametrize(
    ("scores", "says"),
    [
        ({}, "Missing attribute_scores"),
        ({"TOXICITY": {}}, "neither a summary_score nor span_scores"),
        ({"TOXICITY": {"summaryScore": {"value": 7}}}, "not between 0 and 1"),
        ({"RUDENESS": {"summaryScore": {"value": 1}}}, "Unknown requested attribute: RUDENESS"),
    ],
)  # fmt: skip
async def test_a_malformed_suggestion_is_refused(program: Program, scores: Any, says: str) -> None:
    status, answer = await program.post(SUGGEST, {"comment": {"text": HATE}, "attributeScores": scores})
    assert status == 400
    assert says in answer["error"]["message"]


async def test_the_discovery_document_names_the_public_address(program: Program, tmp_path: Path) -> None:
    found = await (await program.client.get("/$discovery/rest?version=v1alpha1")).json()
    assert found["rootUrl"] == str(program.client.make_url("/"))
    assert found["resources"]["comments"]["methods"]["analyze"]["path"] == "v1alpha1/comments:analyze"
    (tmp_path / "two").mkdir()
    other = World(tmp_path / "two", public_url="https://desk.example/courage")
    from aiohttp.test_utils import TestServer

    async with TestClient(TestServer(other.app())) as client:
        found = await (await client.get("/$discovery/rest", params={"version": "v1alpha1"})).json()
        assert found["rootUrl"] == found["baseUrl"] == "https://desk.example/courage/"
        wrong = await client.get("/$discovery/rest?version=v2")
        assert wrong.status == 404
        assert (await wrong.json())["error"]["status"] == "NOT_FOUND"


async def test_other_methods_and_addresses_get_googles_errors_too(program: Program) -> None:
    wrong = await program.client.get(ANALYZE)
    assert wrong.status == 405
    assert (await wrong.json())["error"]["code"] == 405
    nothing = await program.client.post("/v1alpha1/comments:translate")
    assert nothing.status == 404
    assert (await nothing.json())["error"]["status"] == "NOT_FOUND"


async def test_an_unexpected_error_is_googles_too_and_quotes_nothing(world: World, program: Program) -> None:
    async def broken(text: str, sensitivity: str = "balanced") -> Verdict:
        raise RuntimeError(f"parameters: {text}")

    object.__setattr__(world.services, "screen", broken)
    status, answer = await program.post(
        ANALYZE, {"comment": {"text": HATE}, "requestedAttributes": {"TOXICITY": {}}}
    )
    assert (status, answer["error"]["status"]) == (500, "INTERNAL")
    assert "criminals" not in json.dumps(answer)
