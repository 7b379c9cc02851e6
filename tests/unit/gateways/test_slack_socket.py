"""What slack-bolt does with what Slack sends: nothing is acknowledged that was not dealt with."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app
from slack_sdk.socket_mode.request import SocketModeRequest

from courage.gateways.slack.api import SlackApi
from courage.gateways.slack.settings import SlackSettings
from courage.gateways.slack.socket import Socket


class Events:
    """Keeps what it hears, or fails."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.trouble: Exception | None = None

    def connected(self) -> None: ...

    def lost(self) -> None: ...

    async def happened(self, event: Any) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.heard.append(event)

    def pressed(self, press: Any) -> None:
        self.heard.append(press)

    async def sent(self, form: Any) -> dict[str, str]:
        self.heard.append(form)
        return {"draft": "not now"} if self.trouble is not None else {}


@pytest_asyncio.fixture
async def api() -> AsyncIterator[SlackApi]:
    # Nobody answers there: whatever bolt would ask Slack fails.
    api = SlackApi(SlackSettings("xoxb-1", "xapp-1", api="http://127.0.0.1:9/"))
    api.user_id, api.bot_id, api.team_id = "U0US", "B0US", "T0"
    yield api
    await api.close()


async def dispatched(api: SlackApi, events: Events, kind: str, payload: dict[str, Any]) -> int:
    app = Socket(SlackSettings("xoxb-1", "xapp-1"), api, events).app()
    return int((await run_async_bolt_app(app, SocketModeRequest(kind, "e1", payload))).status)


def told(**event: Any) -> dict[str, Any]:
    return {"type": "event_callback", "team_id": "T0", "event": {"type": "message", "channel": "C1", **event}}


@pytest.mark.parametrize(
    "event",
    [
        {"user": "U1", "text": "hi", "ts": "1.0"},
        {
            "subtype": "message_deleted",
            "deleted_ts": "1.0",
            "previous_message": {"user": "U0US", "bot_id": "B0US"},
        },
        {"subtype": "bot_message", "bot_id": "B0OTHER", "text": "hi", "ts": "1.0"},
    ],
    ids=["message", "removal of one of ours", "another bot"],
)
async def test_every_event_is_handed_on_though_slack_does_not_say_who_we_are(
    api: SlackApi, event: dict[str, Any]
) -> None:
    events = Events()
    assert await dispatched(api, events, "events_api", told(**event)) == 200
    assert [heard["type"] for heard in events.heard] == ["message"]


async def test_what_could_not_be_dealt_with_is_not_acknowledged_and_no_log_quotes_it(
    api: SlackApi, caplog: pytest.LogCaptureFixture
) -> None:
    events = Events()
    events.trouble = RuntimeError("something hateful")
    with caplog.at_level(logging.DEBUG):
        assert await dispatched(api, events, "events_api", told(text="something hateful", ts="1.0")) == 500
    assert "RuntimeError" in caplog.text, "the library leaves our own logs alone"
    assert "hateful" not in caplog.text


@pytest.mark.parametrize(
    "payload",
    [
        {"type": "block_actions", "actions": [{"action_id": "courage:0", "value": "claim 1"}]},
        {"type": "block_actions", "actions": [{"action_id": "somebody-else's", "type": "button"}]},
        {"type": "view_submission", "view": {"type": "modal", "callback_id": "courage:edit-form"}},
    ],
)
async def test_presses_and_forms_are_handed_on(api: SlackApi, payload: dict[str, Any]) -> None:
    events = Events()
    given = {**payload, "user": {"id": "U1"}, "team": {"id": "T0"}, "trigger_id": "t"}
    assert await dispatched(api, events, "interactive", given) == 200
    assert len(events.heard) == 1


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("slash_commands", {"command": "/else", "team_id": "T0", "user_id": "U1", "text": ""}),
        ("interactive", {"type": "shortcut", "callback_id": "x", "user": {"id": "U1"}, "team": {"id": "T0"}}),
        (
            "interactive",
            {
                "type": "view_closed",
                "view": {"type": "modal", "callback_id": "x"},
                "user": {"id": "U1"},
                "team": {"id": "T0"},
            },
        ),
    ],
)
async def test_whatever_else_is_pressed_is_answered(
    api: SlackApi, kind: str, payload: dict[str, Any]
) -> None:
    assert await dispatched(api, Events(), kind, payload) == 200


async def test_a_form_that_cannot_be_taken_stays_open(api: SlackApi) -> None:
    events = Events()
    events.trouble = OSError()
    app = Socket(SlackSettings("xoxb-1", "xapp-1"), api, events).app()
    form = {
        "type": "view_submission",
        "view": {"type": "modal", "callback_id": "x"},
        "user": {"id": "U1"},
        "team": {"id": "T0"},
    }
    response = await run_async_bolt_app(app, SocketModeRequest("interactive", "e1", form))
    assert json.loads(response.body) == {"response_action": "errors", "errors": {"draft": "not now"}}
