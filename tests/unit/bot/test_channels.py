"""Rasa's own connectors tell rooms apart and believe nobody without proof."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import RasaException

from bot.channels import CourageMattermost, CourageRocketChat, CourageSlack

SECRET = "sixteen characters and more"
SLACK = {"slack_token": "x", "slack_signing_secret": SECRET, "desk_rooms": ["C9"]}
MATTERMOST = {"url": "x", "token": "x", "webhook_url": "x", "outgoing_token": SECRET}
ROCKET = {"user": "bot", "password": "x", "server_url": "x", "outgoing_token": SECRET}
ALL = [
    (CourageSlack, SLACK, "slack_signing_secret"),
    (CourageMattermost, MATTERMOST, "outgoing_token"),
    (CourageRocketChat, ROCKET, "outgoing_token"),
]


def request(body: dict[str, Any], **headers: str) -> Any:
    """Return what the connectors read of a request."""
    headers = {"content-type": "application/json", **headers}
    return SimpleNamespace(
        body=json.dumps(body).encode(), json=body, headers=headers, form=None, method="POST"
    )


@pytest.mark.parametrize(("kind", "credentials", "secret"), ALL)
def test_none_starts_without_its_secret(kind: Any, credentials: dict[str, Any], secret: str) -> None:
    for given in ("", "short"):
        with pytest.raises(RasaException, match=secret):
            kind.from_credentials({**credentials, secret: given})


@pytest.mark.parametrize(
    ("room", "kind"),
    [({"channel": "C1"}, "group"), ({"channel": "C9"}, "desk"), ({"channel": "D1"}, "direct")],
)
def test_slack_rooms(room: dict[str, str], kind: str) -> None:
    event = {**room, "user": "U1", "ts": "1700000000.5", "thread_ts": "1699999999.1", "text": "x"}
    found = CourageSlack.from_credentials(SLACK).get_metadata(request({"event": event}))
    assert found["room_kind"] == kind
    assert (found["author"], found["message_id"], found["reply_to"]) == ("U1", "1700000000.5", "1699999999.1")
    assert found["sent_at"].startswith("2023-11-14T")


def test_mattermost_and_rocket_chat_rooms() -> None:
    given = {"channel_id": "r", "channel_name": "talk", "user_id": "u", "post_id": "p", "message_id": "p"}
    for kind, credentials in ((CourageMattermost, MATTERMOST), (CourageRocketChat, ROCKET)):
        found = kind.from_credentials(credentials).get_metadata(request(given))
        assert (found["room_kind"], found["room_id"], found["author"], found["message_id"]) == (
            "group",
            "r",
            "u",
            "p",
        )
    direct = CourageRocketChat.from_credentials(ROCKET).get_metadata(
        request({"channel_id": "ab", "user_id": "a"})
    )
    assert direct["room_kind"] == "direct"


def test_a_request_must_prove_where_it_comes_from() -> None:
    for kind, credentials in ((CourageMattermost, MATTERMOST), (CourageRocketChat, ROCKET)):
        channel = kind.from_credentials(credentials)
        assert channel.proved(request({"token": SECRET}))
        for wrong in ({}, {"token": ""}, {"token": "ä"}, {"token": None}):
            assert not channel.proved(request(wrong))


def test_their_texts_are_made_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    passed: list[str | None] = []
    caught: list[Any] = []

    async def on_new_message(message: UserMessage) -> None:
        passed.append(message.text)

    def keep(_: Any, heard: Any) -> Any:
        caught.append(heard)
        return SimpleNamespace(middleware=lambda _: lambda handler: handler)

    channel = CourageRocketChat.from_credentials(ROCKET)
    monkeypatch.setattr("rasa.core.channels.rocketchat.RocketChatInput.blueprint", keep)
    channel.blueprint(on_new_message)
    for text in ("\u200b/post", "／restart", "hello", "///"):
        asyncio.run(caught[0](UserMessage(text)))
    assert passed == ["post", "restart", "hello"]
