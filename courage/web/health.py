"""``/health``: whether the parts work. Strangers hear states only; numbers and notes are for people of the desk."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from courage.web.keys import VISITOR, services

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


def for_strangers(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what may be told to anybody: which parts work, and the version; no number, no name, no reason."""
    parts = {name: {"status": part.get("status", "ok")} for name, part in found["parts"].items()}
    return {name: found[name] for name in ("status", "version") if name in found} | {"parts": parts}


def for_people(found: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what people of one organisation may hear: how the parts are, and the numbers of their organisation."""
    parts = {**found["parts"], **own.get("parts", {})}
    return {**found, **own, "parts": parts}


async def health(request: web.Request) -> web.Response:
    """Answer 200 while the desk can be used, 503 when it is down."""
    found = await state_of(request)
    who = request[VISITOR]
    if who is None:
        found = for_strangers(found)
    elif (counts := services(request).counts) is not None:
        found = for_people(found, await counts(who.person.organisation_id))
    return web.json_response(found, status=503 if found["status"] == "down" else 200)


async def live(_: web.Request) -> web.Response:
    """Answer 200 as long as the process can answer anything."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Answer 200 while messages can be taken in and people can work, 503 otherwise; states of parts only."""
    found = for_strangers(await state_of(request))
    return web.json_response(found, status=503 if found["status"] == "down" else 200)
