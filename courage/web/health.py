"""``/health``: whether the parts work. It tells no secrets and no numbers about people."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from courage.web.keys import services

log = logging.getLogger(__name__)


async def state_of(request: web.Request) -> dict[str, Any]:
    """Return the health that the wiring reports, made whole; a failing report counts as degraded."""
    try:
        found: Mapping[str, Any] = await services(request).health()
    except Exception as error:
        log.error("health could not be asked: %s", type(error).__name__)
        found = {"status": "degraded", "parts": {"engine": {"status": "degraded", "note": "health unknown"}}}
    parts = {
        str(name): dict(part) if isinstance(part, Mapping) else {"status": str(part)}
        for name, part in dict(found.get("parts", {})).items()
    }
    bad = [name for name, part in parts.items() if part.get("status") not in ("ok", "off")]
    status = str(found.get("status") or ("degraded" if bad else "ok"))
    if parts.get("engine", {}).get("status") == "down":
        status = "down"
    return {**found, "status": status, "parts": parts}


async def health(request: web.Request) -> web.Response:
    """Answer 200 while the desk can be used, 503 when it is down."""
    found = await state_of(request)
    return web.json_response(found, status=503 if found["status"] == "down" else 200)
