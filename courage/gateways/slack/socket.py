"""One connection to Slack in Socket Mode: it goes out, and Slack tells over it what happens. No port is opened."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse

from courage.cases.errors import ChannelError
from courage.gateways.slack.api import QUIET, SlackApi, told
from courage.gateways.slack.settings import SlackSettings
from courage.gateways.values import Json, mapping, string

_log = logging.getLogger(__name__)
_LOOK = 0.25
_FAREWELL = 2.0
_ANY = re.compile(".*", re.DOTALL)


class Events(Protocol):
    """What happens at Slack."""

    def connected(self) -> None:
        """Hear that Slack begins to tell what happens: after every new connection."""

    def lost(self) -> None:
        """Hear that it does not any more."""

    async def happened(self, event: Json) -> None:
        """Deal with an event; it is acknowledged when this returns, and sent again by Slack if this raises."""

    def pressed(self, press: Json) -> None:
        """Take note of the press of a button."""

    async def sent(self, form: Json) -> Json:
        """Take a form that was filled in; return what is wrong with which field, so that it stays open."""


class Socket:
    """Connects once, and holds until the connection is lost; whoever uses it connects anew with another one.

    The library would do that by itself, but for ever with the same address, which Slack takes only once, and without
    telling anybody.
    """

    def __init__(self, settings: SlackSettings, api: SlackApi, events: Events) -> None:
        self._settings = settings
        self._api = api
        self._events = events
        self._hello = asyncio.Event()

    async def hold(self) -> None:
        """Be connected until that is over.

        :raises ChannelError: when the connection could not be made, or was lost.
        """
        with told("opening a connection with the app token"):
            answer = await self._api.client.apps_connections_open(app_token=self._settings.app_token)
        handler = AsyncSocketModeHandler(
            self.app(),
            self._settings.app_token,
            logger=QUIET,
            web_client=self._api.client,
            ping_interval=self._settings.ping,
        )
        client: Any = handler.client
        client.wss_uri = string(answer.get("url"))
        client.auto_reconnect_enabled = client.default_auto_reconnect_enabled = False
        client.message_listeners.append(self._heard)
        try:
            try:
                async with asyncio.timeout(self._settings.network):
                    await client.connect()
                    await self._hello.wait()
            except TimeoutError:
                raise ChannelError("Slack gives no connection") from None
            while True:
                # The library changes connections by itself only where Slack asks for it, and says so before.
                await asyncio.sleep(_LOOK)
                if not await client.is_connected() and not await self._comes_back(client):
                    self._events.lost()
                    raise ChannelError("the connection to Slack was lost")
        finally:
            # Where the network is silent, nobody answers a farewell.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(_FAREWELL):
                    await client.close()
            for task in (client.message_processor, client.message_receiver, client.current_session_monitor):
                if task is not None:
                    task.cancel()
            await client.aiohttp_client_session.close()

    async def _comes_back(self, client: Any) -> bool:
        """Give a change of connections that Slack asked for a moment."""
        for _ in range(int(2 * self._settings.ping / _LOOK) if client.connect_operation_lock.locked() else 0):
            await asyncio.sleep(_LOOK)
            if await client.is_connected():
                return True
        return False

    async def _heard(self, _client: object, message: dict[str, Any], _raw: object) -> None:
        if message.get("type") == "hello":
            self._hello.set()
            self._events.connected()

    def app(self) -> AsyncApp:
        """Return a bolt app that hands everything on; an event is acknowledged after it was dealt with."""
        api, token = self._api, self._settings.bot_token

        async def authorize() -> AuthorizeResult:
            # By itself the library would ask Slack who we are, and acknowledge every event while Slack does not say.
            return AuthorizeResult(
                enterprise_id=None,
                team_id=api.team_id,
                bot_user_id=api.user_id,
                bot_id=api.bot_id,
                bot_token=token,
            )

        app = AsyncApp(
            # The library sets the level of the logger of this name: it must not be one of ours.
            name="slack_bolt.courage",
            logger=QUIET,
            client=api.client,
            authorize=authorize,
            process_before_response=True,
            # There is no HTTP here that somebody else could call.
            request_verification_enabled=False,
            ssl_check_enabled=False,
            url_verification_enabled=False,
            # The gateway itself knows what is its own: the library drops removals of messages along with it.
            ignoring_self_events_enabled=False,
        )
        events = self._events

        async def event(body: dict[str, Any]) -> None:
            await events.happened(mapping(body.get("event")))

        async def action(ack: Callable[[], Awaitable[object]], body: dict[str, Any]) -> None:
            await ack()
            events.pressed(body)

        async def view(ack: Callable[..., Awaitable[object]], body: dict[str, Any]) -> None:
            wrong = await events.sent(body)
            if wrong:
                await ack(response_action="errors", errors=dict(wrong))
            else:
                await ack()

        async def other(ack: Callable[[], Awaitable[object]]) -> None:
            await ack()  # whatever else is pressed or typed must not look broken

        async def failed(error: Exception) -> BoltResponse:
            # Not the error's text: it may quote a message. Not acknowledged: Slack sends it again.
            _log.error("what Slack sent was not dealt with: %s", type(error).__name__)
            return BoltResponse(status=500)

        app.event(_ANY)(event)
        app.action(_ANY)(action)
        app.view(_ANY)(view)
        for kind in (app.command, app.shortcut, app.options, app.view_closed):
            kind(_ANY)(other)
        app.error(failed)
        return app
