"""Programs written for the Perspective API, unchanged but for its address; each where it is installed.

``requirements/dev.in`` brings google-api-python-client. The packages ``perspective`` and ``PyPerspective`` are not
developed any more and are installed by hand: ``pip install perspective PyPerspective``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from tests.unit.web.world import HATE, World

pytestmark = pytest.mark.slow  # other people's clients, each from its own discovery

GREETING = "Good morning, how are you today?"


@pytest.fixture
async def address(world: World) -> AsyncIterator[str]:
    async with TestServer(world.app()) as server:
        yield str(server.make_url("/")).rstrip("/")


@pytest.fixture
def key(world: World) -> str:
    return world.keys.add("old script", ["screen"], per_minute=20)[0]


class TestGoogle:
    """google-api-python-client, which makes itself from the discovery document."""

    @pytest.fixture
    async def service(self, address: str, key: str) -> Any:
        discovery = pytest.importorskip("googleapiclient.discovery")
        return await asyncio.to_thread(
            discovery.build,
            "commentanalyzer",
            "v1alpha1",
            developerKey=key,
            discoveryServiceUrl=address + "/$discovery/rest?version=v1alpha1",
            static_discovery=False,
        )

    async def test_it_analyses_and_suggests(self, service: Any) -> None:
        request = {
            "comment": {"text": f"{GREETING} {HATE}"},
            "requestedAttributes": {"IDENTITY_ATTACK": {}, "TOXICITY": {"scoreThreshold": 0.1}},
            "languages": ["en"], "spanAnnotations": True, "clientToken": "a",
        }  # fmt: skip
        answer = await asyncio.to_thread(service.comments().analyze(body=request).execute)
        scores = answer["attributeScores"]["IDENTITY_ATTACK"]
        assert scores["summaryScore"] == {"value": 0.96, "type": "PROBABILITY"}
        assert [span["begin"] for span in scores["spanScores"]] == [0, len(GREETING) + 1]
        assert answer["clientToken"] == "a"
        suggestion = {
            "comment": {"text": GREETING},
            "attributeScores": {"TOXICITY": {"summaryScore": {"value": 0}}},
            "clientToken": "b",
        }
        assert await asyncio.to_thread(service.comments().suggestscore(body=suggestion).execute) == {
            "clientToken": "b"
        }

    async def test_it_raises_with_status_and_reason(self, world: World, service: Any) -> None:
        from googleapiclient.errors import HttpError

        request = {"comment": {"text": GREETING}, "requestedAttributes": {"INSULT": {}}, "languages": ["en"]}
        with pytest.raises(HttpError) as raised:
            await asyncio.to_thread(service.comments().analyze(body=request).execute)
        # What scripts look for: the status, and the name of the error somewhere in its text.
        assert raised.value.status_code == 400
        assert "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE" in str(raised.value)
        assert "does not support request languages: en" in raised.value.reason
        world.keys.revoke("old script")
        with pytest.raises(HttpError, match="API_KEY_INVALID"):
            await asyncio.to_thread(service.comments().analyze(body=request).execute)

    async def test_its_own_retries_wait_out_a_quota(self, service: Any) -> None:
        from googleapiclient.errors import HttpError

        request = {"comment": {"text": GREETING}, "requestedAttributes": {"TOXICITY": {}}}
        call = service.comments().analyze(body=request)
        slept: list[float] = []
        for _ in range(20):
            await asyncio.to_thread(call.execute)
        call._sleep = slept.append
        with pytest.raises(HttpError) as raised:
            await asyncio.to_thread(call.execute, num_retries=2)
        assert raised.value.status_code == 429
        assert len(slept) == 2


class TestPerspective:
    """The package ``perspective``: its address is an attribute of the client that it makes."""

    @pytest.fixture
    def client(self, address: str, key: str) -> Any:
        perspective = pytest.importorskip("perspective")
        client = perspective.PerspectiveAPI(key)
        client.api_client.url = address + "/v1alpha1/{endpoint}"
        return client

    async def test_it_scores_analyses_and_suggests(self, client: Any) -> None:
        assert await asyncio.to_thread(client.score, HATE, ["TOXICITY", "THREAT"]) == {
            "TOXICITY": 0.96,
            "THREAT": 0.0,
        }
        answer = await asyncio.to_thread(
            client.analyze_comment, f"{GREETING} {HATE}", context=[{"text": "before", "type": "PLAIN_TEXT"}],
            comment_type="PLAIN_TEXT", span_annotations=True, languages=["en"], do_not_store=True,
            client_token="t", session_id="s", community_id="c",
        )  # fmt: skip
        assert len(answer["attributeScores"]["TOXICITY"]["spanScores"]) == 2
        assert (answer["clientToken"], answer["languages"]) == ("t", ["en"])
        scores = {"TOXICITY": {"summaryScore": {"value": 0.0, "type": "PROBABILITY"}}}
        assert await asyncio.to_thread(client.suggest_score, GREETING, scores, client_token="u") == {
            "clientToken": "u"
        }


class TestPyPerspective:
    """The package ``PyPerspective``: its address is a constant of its module."""

    @pytest.fixture
    def module(self, address: str, monkeypatch: pytest.MonkeyPatch) -> Any:
        module = pytest.importorskip("PyPerspective.Perspective")
        monkeypatch.setattr(module, "base_url", address + "/v1alpha1/comments:analyze")
        return module

    async def test_it_proves_its_key_with_an_empty_request_and_scores(self, module: Any, key: str) -> None:
        client = await asyncio.to_thread(module.Perspective, key)
        comment = await asyncio.to_thread(client.get_score, HATE, tests=["TOXICITY", "IDENTITY_ATTACK"])
        assert comment["IDENTITY_ATTACK"].score == 0.96
        assert str(comment["TOXICITY"][0]) == HATE
        assert (comment.requests_langs, comment.detected_langs) == (["en"], ["en"])

    async def test_it_notices_a_wrong_key(self, module: Any) -> None:
        from PyPerspective.errors import InvalidAuthKey

        with pytest.raises(InvalidAuthKey):
            await asyncio.to_thread(module.Perspective, "wrong")
