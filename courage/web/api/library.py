"""The library as JSON."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.library.drafts import from_mapping, read_date, read_sources
from courage.taxonomy import LANGUAGES, STATES, STRATEGIES, TARGET_GROUPS, TONES, VOICES
from courage.web.api.answers import json, response_json
from courage.web.errors import BadInput
from courage.web.keys import person, services
from courage.web.pages.library import actor, filters
from courage.web.reading import number, query, read_json
from courage.web.schema import Field

SMALL = 200_000
LIST = (
    Field("q", about="every word must occur in text, narratives or id"),
    Field("state", choices=STATES),
    Field("language", choices=LANGUAGES),
    Field("target", choices=TARGET_GROUPS),
    Field("strategy", choices=STRATEGIES),
    Field("limit", "integer", low=1, high=200),
    Field("offset", "integer"),
)
SOURCE = (
    Field("title", required=True, max_length=500),
    Field("publisher", max_length=500),
    Field("year", "integer", nullable=True, high=9999),
    Field("locator", max_length=500),
)
CONTENT = (
    Field("text", max_length=4000),
    Field("language", choices=LANGUAGES),
    Field("strategy", choices=STRATEGIES),
    Field("targets", "strings", choices=TARGET_GROUPS),
    Field("tone", choices=TONES),
    Field("voice", choices=VOICES),
    Field("narratives", "strings", max_length=500),
    Field("sources", "objects", fields=SOURCE),
    Field("review_on", max_length=10, nullable=True, about="YYYY-MM-DD"),
    Field("licence", max_length=60),
    Field("translation_of", max_length=119, nullable=True),
)
ADD = (
    Field("text", required=True, max_length=4000),
    Field("language", required=True, choices=LANGUAGES),
    Field("strategy", required=True, choices=STRATEGIES),
    *CONTENT[3:],
    Field("id", max_length=119),
    Field("why", max_length=2000),
)
EDIT = (
    *CONTENT,
    Field("lock", "integer", required=True, about="the lock of the response that was read"),
    Field("why", max_length=2000),
)
WHY = (Field("why", max_length=2000),)
REJECT = (Field("why", required=True, max_length=2000),)
APPROVE = (Field("lock", "integer", about="refuse if the response changed since"), *WHY)
RESTORE = (Field("version", "integer", low=1), *WHY)
COMMENT = (Field("text", required=True, max_length=4000),)


async def responses(request: web.Request) -> web.Response:
    """List responses by filters."""
    limit = max(1, min(number("limit", query(request, "limit") or "50"), 200))
    found = await asyncio.to_thread(
        services(request).library.list,
        organisation_id=person(request).organisation_id, query=query(request, "q") or "", limit=limit,
        offset=number("offset", query(request, "offset") or "0"), **filters(request),
    )  # fmt: skip
    return json([response_json(entry) for entry in found])


async def response(request: web.Request) -> web.Response:
    """Return one response."""
    return json(
        response_json(await asyncio.to_thread(services(request).library.get, *_name(request), **_of(request)))
    )


def _name(request: web.Request) -> tuple[str]:
    return (request.match_info["response_id"],)


def _of(request: web.Request) -> dict[str, Any]:
    return {"organisation_id": person(request).organisation_id}


async def add(request: web.Request) -> web.Response:
    """Add a response as a draft."""
    data = await read_json(request, ADD, SMALL)
    why = data.pop("why", None) or ""
    draft = from_mapping({**data, "author": person(request).name})
    added = await asyncio.to_thread(
        services(request).library.add, draft, by=actor(request), why=why, **_of(request)
    )
    return json(response_json(added), 201)


async def edit(request: web.Request) -> web.Response:
    """Save a new version."""
    data = await read_json(request, EDIT, SMALL)
    lock, why = data.pop("lock"), data.pop("why", None) or ""
    if "sources" in data:
        data["sources"] = read_sources(data["sources"])
    if "review_on" in data:
        data["review_on"] = read_date(data["review_on"])
    for name in ("targets", "narratives"):
        if name in data:
            data[name] = tuple(data[name] or ())
    empty = next((name for name, value in data.items() if value is None and name not in _MAY_BE_NULL), None)
    if empty is not None:
        raise BadInput(f"field {empty!r} must not be null")
    changed = await asyncio.to_thread(
        services(request).library.edit,
        *_name(request), data, by=actor(request), expected=lock, why=why, **_of(request),
    )  # fmt: skip
    return json(response_json(changed))


_MAY_BE_NULL = ("review_on", "translation_of")


async def submit(request: web.Request) -> web.Response:
    """Hand a draft in for review."""
    return await _step(request, "submit", WHY)


async def approve(request: web.Request) -> web.Response:
    """Approve a response under review."""
    return await _step(request, "approve", APPROVE)


async def reject(request: web.Request) -> web.Response:
    """Send a response back."""
    return await _step(request, "reject", REJECT)


async def retire(request: web.Request) -> web.Response:
    """Take a response out of use."""
    return await _step(request, "retire", WHY)


async def restore(request: web.Request) -> web.Response:
    """Bring an old version or a retired response back."""
    return await _step(request, "restore", RESTORE)


async def _step(request: web.Request, name: str, fields: tuple[Field, ...]) -> web.Response:
    data = await read_json(request, fields, SMALL)
    extra: dict[str, Any] = {"why": data.get("why") or ""}
    if name == "approve":
        extra["expected"] = data.get("lock")
    if name == "restore":
        extra["version"] = data.get("version")
    method = getattr(services(request).library, name)
    changed = await asyncio.to_thread(method, *_name(request), by=actor(request), **extra, **_of(request))
    return json(response_json(changed))


async def comment(request: web.Request) -> web.Response:
    """Add a remark."""
    data = await read_json(request, COMMENT, SMALL)
    return json(
        await asyncio.to_thread(
            services(request).library.comment,
            *_name(request),
            data["text"],
            by=actor(request),
            **_of(request),
        ),
        201,
    )
