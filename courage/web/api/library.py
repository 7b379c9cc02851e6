"""The library as JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.library.drafts import from_mapping, read_date, read_sources
from courage.web.api.answers import json
from courage.web.keys import person, services
from courage.web.pages.library import actor
from courage.web.reading import read_json, read_query
from courage.web.schemas import library as schemas
from courage.web.schemas.library import Response

SMALL = 200_000


async def responses(request: web.Request) -> web.Response:
    """List responses by filters."""
    asked = read_query(request, schemas.LibraryQuery)
    found = await asyncio.to_thread(
        services(request).library.list,
        organisation_id=person(request).organisation_id, query=asked.q, state=asked.state,
        language=asked.language, target=asked.target, strategy=asked.strategy,
        limit=asked.limit, offset=asked.offset,
    )  # fmt: skip
    return json([Response.model_validate(view) for view in found])


async def response(request: web.Request) -> web.Response:
    """Return one response."""
    view = await asyncio.to_thread(services(request).library.get, _name(request), **_of(request))
    return json(Response.model_validate(view))


def _name(request: web.Request) -> str:
    return request.match_info["response_id"]


def _of(request: web.Request) -> dict[str, Any]:
    return {"organisation_id": person(request).organisation_id}


async def add(request: web.Request) -> web.Response:
    """Add a response as a draft."""
    asked = await read_json(request, schemas.AddRequest, SMALL)
    draft = from_mapping({**asked.content(), "author": person(request).name})
    added = await asyncio.to_thread(
        services(request).library.add, draft, by=actor(request), why=asked.why or "", **_of(request)
    )
    return json(Response.model_validate(added), 201)


async def edit(request: web.Request) -> web.Response:
    """Save a new version."""
    asked = await read_json(request, schemas.EditRequest, SMALL)
    changes = asked.changes()
    if "sources" in changes:
        changes["sources"] = read_sources(changes["sources"])
    if "review_on" in changes:
        changes["review_on"] = read_date(changes["review_on"])
    for name in ("targets", "narratives", "needs", "subgroups", "facts"):
        if name in changes:
            changes[name] = tuple(changes[name] or ())
    changed = await asyncio.to_thread(
        services(request).library.edit,
        _name(request), changes, by=actor(request), expected=asked.lock, why=asked.why or "", **_of(request),
    )  # fmt: skip
    return json(Response.model_validate(changed))


async def submit(request: web.Request) -> web.Response:
    """Hand a draft in for review."""
    asked = await read_json(request, schemas.StepRequest, SMALL)
    return await _step(request, "submit", asked.why)


async def approve(request: web.Request) -> web.Response:
    """Approve a response under review."""
    asked = await read_json(request, schemas.ApproveRequest, SMALL)
    return await _step(request, "approve", asked.why, expected=asked.lock)


async def reject(request: web.Request) -> web.Response:
    """Send a response back."""
    asked = await read_json(request, schemas.RejectRequest, SMALL)
    return await _step(request, "reject", asked.why)


async def retire(request: web.Request) -> web.Response:
    """Take a response out of use."""
    asked = await read_json(request, schemas.StepRequest, SMALL)
    return await _step(request, "retire", asked.why)


async def restore(request: web.Request) -> web.Response:
    """Bring an old version or a retired response back."""
    asked = await read_json(request, schemas.RestoreRequest, SMALL)
    return await _step(request, "restore", asked.why, version=asked.version)


async def _step(request: web.Request, name: str, why: str | None, **more: Any) -> web.Response:
    method = getattr(services(request).library, name)
    changed = await asyncio.to_thread(
        method, _name(request), by=actor(request), why=why or "", **more, **_of(request)
    )
    return json(Response.model_validate(changed))


async def comment(request: web.Request) -> web.Response:
    """Add a remark."""
    asked = await read_json(request, schemas.CommentRequest, SMALL)
    remark = await asyncio.to_thread(
        services(request).library.comment, _name(request), asked.text, by=actor(request), **_of(request)
    )
    return json(schemas.Remark.model_validate(remark), 201)
