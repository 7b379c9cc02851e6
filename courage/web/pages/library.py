"""The library: finding, reading and discussing responses. Writing is in :mod:`courage.web.pages.library_writing`."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.library.coverage import coverage as count
from courage.library.views import Actor, ResponseView
from courage.taxonomy import LANGUAGES, STATES, STRATEGIES, TARGET_GROUPS
from courage.web.keys import LANGUAGE, person, services
from courage.web.reading import number, query, read_form
from courage.web.rendering import back, render

PAGE = 30


def actor(request: web.Request) -> Actor:
    """Return who acts on the library."""
    who = person(request)
    return Actor(who.id, who.name)


def filters(request: web.Request) -> dict[str, str | None]:
    """Return the filters of the query string.

    :raises BadInput: naming the value that is not allowed.
    """
    return {
        "state": query(request, "state", STATES),
        "language": query(request, "language", LANGUAGES),
        "target": query(request, "target", TARGET_GROUPS),
        "strategy": query(request, "strategy", STRATEGIES),
    }


async def library(request: web.Request) -> web.Response:
    """Search and filter responses."""
    desk, who = services(request), person(request)
    chosen, words = filters(request), query(request, "q") or ""
    start = number("start", request.query.get("start", "0"))

    def find() -> tuple[list[ResponseView], int, list[ResponseView]]:
        if request.query.get("due"):
            due = desk.library.due(organisation_id=who.organisation_id)
            return due, len(due), []
        where: dict[str, Any] = {"organisation_id": who.organisation_id, "query": words, **chosen}
        by_words = desk.library.list(**where, limit=PAGE, offset=start)
        if start or desk.meaning is None:
            return by_words, desk.library.count(**where), []
        near = desk.meaning.find(
            words, chosen["language"] or request[LANGUAGE], organisation_id=who.organisation_id,
            without={response.id for response in by_words}, filters=chosen,
        )  # fmt: skip
        return by_words, desk.library.count(**where), near

    found, total, near = await asyncio.to_thread(find)
    return await render(
        request, "library.html", page="library", responses=found, total=total, start=start, near=near,
        size=total if request.query.get("due") else PAGE,
        words=words, chosen=chosen, said=request.query.get("said"),
    )  # fmt: skip


async def coverage(request: web.Request) -> web.Response:
    """Show how many approved responses there are for each target group, language and strategy."""
    desk, who = services(request), person(request)
    language = query(request, "language", LANGUAGES) or "en"

    found = await asyncio.to_thread(count, desk.library, organisation_id=who.organisation_id)
    table = {
        target: {strategy: found.at(language, target, strategy) for strategy in STRATEGIES}
        for target in (*TARGET_GROUPS, "any")
    }
    if not any(table["any"].values()):
        del table["any"]
    most = max((value for row in table.values() for value in row.values()), default=0)
    return await render(
        request, "coverage.html", page="library", table=table, most=most, chosen_language=language
    )


async def response(request: web.Request) -> web.Response:
    """Show one response with its history."""
    return await response_page(request, said=request.query.get("said"))


async def response_page(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    """Return the page of the response that the address names."""
    desk, who, response_id = services(request), person(request), request.match_info["response_id"]
    before = query(request, "before")
    organisation_id = who.organisation_id

    def collect() -> dict[str, Any]:
        found = desk.library.get(response_id, organisation_id=organisation_id)
        compared = number("before", before) if before is not None else max(1, found.version - 1)
        return {
            "response": found,
            "history": desk.library.history(response_id, organisation_id=organisation_id),
            "versions": desk.library.versions(response_id, organisation_id=organisation_id),
            "before": compared,
            "changes": desk.library.diff(response_id, compared, organisation_id=organisation_id)
            if found.version > 1
            else [],
            "issues": desk.linter.check(found.draft(), organisation_id=organisation_id, number=found.number)
            if desk.linter is not None
            else [],
        }

    shown = {**await asyncio.to_thread(collect), "problem": None, "said": None, **context}
    return await render(request, "response.html", http_status, page="library", **shown)


async def comment(request: web.Request) -> web.Response:
    """Add a remark."""
    response_id = request.match_info["response_id"]
    text = (await read_form(request)).text("text", required=True, max_length=4000)
    await asyncio.to_thread(
        services(request).library.comment,
        response_id, text, by=actor(request), organisation_id=person(request).organisation_id,
    )  # fmt: skip
    raise back(f"/library/{response_id}", "commented")
