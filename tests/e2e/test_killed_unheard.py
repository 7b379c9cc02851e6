"""Commands to an engine that is dead, or is killed as it is about to answer, on each chat system: carried out, answered once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e import discord_server, mattermost_server, rocketchat_server, slack_server, telegram_server
from tests.e2e.killed_unheard import is_heard_once

pytestmark = pytest.mark.e2e
HATE = "they are vermin"


async def test_on_discord(tmp_path: Path) -> None:
    async with discord_server.serving() as server:
        group, desk = discord_server.GROUP, discord_server.DESK

        def answers(number: int) -> list[str]:
            wanted = str(number)
            return [
                m["content"]
                for m in server.of_bot(desk)
                if m.get("message_reference", {}).get("message_id") == wanted
            ]

        await is_heard_once(
            tmp_path,
            "discord",
            server,
            desk=str(desk),
            write=lambda: server.says(group, discord_server.EVE, HATE),
            say=lambda text: server.says(desk, discord_server.ANN, text),
            answers=answers,
            cards=server.cards,
            meant=lambda method, path, _: (method, path) == ("POST", f"channels/{desk}/messages"),
            ready=lambda: server.connected,
        )


async def test_on_slack(tmp_path: Path) -> None:
    async with slack_server.serving() as server:
        server.lossy = True  # Slack gives up some minutes after it could tell nobody
        group, desk = slack_server.GROUP, slack_server.DESK

        def ready() -> bool:
            return any(call == ("conversations.history", group) for call in _histories(server))

        await is_heard_once(
            tmp_path,
            "slack",
            server,
            desk=desk,
            write=lambda: server.says(group, slack_server.EVE, HATE),
            say=lambda text: server.says(desk, slack_server.ANN, text),
            answers=lambda ts: [m["text"] for m in server.of_bot(desk) if m.get("thread_ts") == ts],
            cards=server.cards,
            meant=lambda method, given: (method, given.get("channel")) == ("chat.postMessage", desk),
            ready=ready,
        )


def _histories(server: slack_server.Slack) -> list[tuple[str, Any]]:
    return [(method, given.get("channel")) for method, given in server.calls]


async def test_on_telegram(tmp_path: Path) -> None:
    async with telegram_server.serving() as server:
        group, desk = telegram_server.GROUP, telegram_server.DESK

        def answers(number: int) -> list[str]:
            said = server.of_bot(desk)
            return [m["text"] for m in said if m.get("reply_to_message", {}).get("message_id") == number]

        await is_heard_once(
            tmp_path,
            "telegram",
            server,
            desk=str(desk),
            write=lambda: server.says(group, telegram_server.EVE, HATE),
            say=lambda text: server.says(desk, telegram_server.ANN, f"/{text}"),
            answers=answers,
            cards=server.cards,
            meant=lambda method, given: (method, given.get("chat_id")) == ("sendMessage", desk),
        )


@pytest.mark.slow  # the gate does it on the three above
async def test_on_mattermost(tmp_path: Path) -> None:
    async with mattermost_server.serving() as server:
        group, desk = mattermost_server.GROUP, mattermost_server.DESK
        await is_heard_once(
            tmp_path,
            "mattermost",
            server,
            desk=desk,
            write=lambda: server.says(group, mattermost_server.EVE, HATE),
            say=lambda text: server.says(desk, mattermost_server.ANN, text),
            answers=lambda post: [p["message"] for p in server.of_bot(desk) if p["root_id"] == post],
            cards=server.cards,
            meant=lambda method, where, _: method == "POST" and where.endswith(f"posts {desk}"),
            ready=lambda: mattermost_server.is_connected(server),
        )


@pytest.mark.slow  # the gate does it on the three above
async def test_on_rocketchat(tmp_path: Path) -> None:
    async with rocketchat_server.serving() as server:
        group, desk = rocketchat_server.GROUP, rocketchat_server.DESK
        await is_heard_once(
            tmp_path,
            "rocketchat",
            server,
            desk=desk,
            write=lambda: server.says(group, rocketchat_server.EVE, HATE),
            say=lambda text: server.says(desk, rocketchat_server.ANN, text),
            answers=lambda said: [m["msg"] for m in server.of_bot(desk) if m.get("tmid") == said],
            cards=server.cards,
            meant=lambda _, where, __: where == f"chat.sendMessage {desk}",
            ready=lambda: rocketchat_server.is_connected(server),
        )
