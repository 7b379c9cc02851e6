"""Where Rasa calls the actions: the routes of rasa-sdk's own server, in the engine's event loop."""

from __future__ import annotations

import logging

from aiohttp import web
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from actions import build
from courage.commands.core.services import CommandServices

log = logging.getLogger(__name__)


class ActionWebhook:
    """Runs actions for Rasa; ``failures`` counts those that ended in an error that no action caught."""

    def __init__(self, services: CommandServices) -> None:
        self.failures = 0
        self.executor = ActionExecutor()
        for action in build(services):
            self.executor.register_action(action)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes."""
        return [web.post("/webhook", self.webhook), web.get("/actions", self.actions)]

    async def actions(self, _: web.Request) -> web.Response:
        """List the registered actions, as rasa-sdk's own server does."""
        return web.json_response([{"name": name} for name in sorted(self.executor.actions)])

    async def webhook(self, request: web.Request) -> web.Response:
        """Run an action for Rasa; status codes and bodies as rasa-sdk's own server gives them."""
        try:
            call = await request.json()
        except ValueError:
            call = None
        if not isinstance(call, dict):
            return web.json_response({"error": "the body must be a JSON object"}, status=400)
        call.setdefault("domain", {})  # left out where the endpoint says selective_domain
        name = call.get("next_action", "")
        try:
            result = await self.executor.run(call)
        except ActionExecutionRejection as error:
            return web.json_response({"error": str(error), "action_name": error.action_name}, status=400)
        except ActionNotFoundException as error:
            return web.json_response({"error": str(error), "action_name": error.action_name}, status=404)
        except (
            Exception
        ) as error:  # Rasa's REST channel would answer with silence: count it where /health shows it
            self.failures += 1
            log.error("action %s failed: %s", name, type(error).__name__)
            return web.json_response({"error": "the action failed", "action_name": name}, status=500)
        if result is None:
            return web.json_response({"events": [], "responses": []})
        return web.json_response(result.model_dump())
