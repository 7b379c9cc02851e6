"""The shared secret before what Rasa may ask; errors are told without the text that somebody wrote."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from courage.errors import CourageError

log = logging.getLogger(__name__)


def guard(secret: str) -> Middleware:
    """Return a middleware that lets requests with the secret pass and answers errors as JSON."""
    expected = secret.encode()

    @web.middleware
    async def guarded(request: web.Request, handler: Any) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        if not hmac.compare_digest(given, expected):
            return web.json_response({"error": "the shared secret is missing or wrong"}, status=401)
        try:
            response: web.StreamResponse = await handler(request)
            return response
        except CourageError as error:
            return web.json_response({"error": str(error)}, status=400)
        except web.HTTPException:
            raise
        except Exception as error:  # its text may quote what somebody wrote
            log.error("%s at %s", type(error).__name__, request.path)
            return web.json_response({"error": "something went wrong in the engine"}, status=500)

    return guarded
