"""Writing the library: adding, editing, and the steps of review. For trainers and admins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from courage.errors import CourageError
from courage.library.drafts import ResponseDraft, from_mapping
from courage.library.errors import ConflictError, LibraryError
from courage.web.errors import status_of
from courage.web.keys import person, services
from courage.web.pages.library import actor, response_page
from courage.web.reading import Form, query, read_form
from courage.web.rendering import back, render

_FIELDS = (
    "text", "longer", "kind", "language", "strategy", "tone", "voice", "for_role", "licence", "review_on",
    "translation_of",
)  # fmt: skip


def read_draft(form: Form) -> dict[str, Any]:
    """Return a response's fields as a form gives them: one narrative a line, one source a line with ``|``."""
    data: dict[str, Any] = {name: form.text(name).strip() for name in _FIELDS}
    data["targets"] = list(form.texts("target"))
    data["needs"] = list(form.texts("needs"))
    data["general"] = bool(form.text("general"))
    data["narratives"] = [line.strip() for line in form.text("narratives").split("\n") if line.strip()]
    data["sources"] = [read_source(line) for line in form.text("sources").split("\n") if line.strip()]
    return data


def read_source(line: str) -> dict[str, str]:
    """Read ``title | publisher | year | where in it``."""
    parts = [part.strip() for part in line.split("|", 3)]
    return dict(zip(("title", "publisher", "year", "locator"), parts, strict=False))


def written(draft: ResponseDraft) -> dict[str, Any]:
    """Return a draft as the form shows it."""
    data = {**_EMPTY, **draft.content()}
    data["narratives"] = "\n".join(draft.narratives)
    data["sources"] = "\n".join(
        " | ".join(str(part) for part in (s.title, s.publisher, s.year or "", s.locator)).rstrip(" |")
        for s in draft.sources
    )
    return {name: "" if value is None else value for name, value in data.items()}


def _as_typed(form: Form) -> dict[str, Any]:
    typed: dict[str, Any] = {name: form.text(name) for name in (*_FIELDS, "narratives", "sources")}
    return {
        **typed,
        "targets": list(form.texts("target")),
        "needs": list(form.texts("needs")),
        "general": bool(form.text("general")),
    }


_EMPTY = {
    "text": "", "language": "en", "strategy": "facts", "tone": "calm", "voice": "ally", "licence": "CC-BY-4.0",
    "review_on": "", "translation_of": "", "narratives": "", "sources": "", "targets": [], "longer": "", "for_role": "",
    "kind": "counter_narrative", "needs": [], "general": False,
}  # fmt: skip


async def _form_page(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    shown = {"values": _EMPTY, "response": None, "problem": None, "conflict": None, "why": "", **context}
    return await render(request, "response_form.html", http_status, page="library", **shown)


async def new(request: web.Request) -> web.Response:
    """Show the form for a new response, or for the translation of one."""
    source = query(request, "translation_of")
    values = dict(_EMPTY)
    if source is not None:
        original = await asyncio.to_thread(
            services(request).library.get, source, organisation_id=person(request).organisation_id
        )
        values = {**written(original.draft()), "text": "", "translation_of": original.id, "language": ""}
    return await _form_page(request, values=values)


async def add(request: web.Request) -> web.Response:
    """Add a response as a draft."""
    form = await read_form(request)
    try:
        added = await asyncio.to_thread(
            services(request).library.add,
            from_mapping({**read_draft(form), "author": person(request).name}),
            by=actor(request), organisation_id=person(request).organisation_id, why=form.text("why"),
        )  # fmt: skip
    except LibraryError as error:
        return await _form_page(request, status_of(error), values=_as_typed(form), problem=error)
    raise back(f"/library/{added.id}", "added")


async def edit_form(request: web.Request) -> web.Response:
    """Show the form with a response in it."""
    found = await asyncio.to_thread(
        services(request).library.get,
        request.match_info["response_id"], organisation_id=person(request).organisation_id,
    )  # fmt: skip
    return await _form_page(request, response=found, values=written(found.draft()))


async def edit(request: web.Request) -> web.Response:
    """Save a new version; shows both when somebody else saved meanwhile."""
    response_id, form, desk = request.match_info["response_id"], await read_form(request), services(request)
    organisation_id = person(request).organisation_id
    try:
        draft = from_mapping(read_draft(form))
        # What the form does not show stays as it is.
        changes = {name: getattr(draft, name) for name in (*read_draft(form), "length") if name != "id"}
        await asyncio.to_thread(
            desk.library.edit,
            response_id, changes, by=actor(request),
            expected=form.number("lock"), why=form.text("why"), organisation_id=organisation_id,
        )  # fmt: skip
    except LibraryError as error:
        now = await asyncio.to_thread(desk.library.get, response_id, organisation_id=organisation_id)
        return await _form_page(
            request, status_of(error), response=now, values=_as_typed(form), why=form.text("why"),
            problem=error, conflict=now if isinstance(error, ConflictError) else None,
        )  # fmt: skip
    raise back(f"/library/{response_id}", "saved")


async def _step(request: web.Request, said: str, call: Callable[[str, dict[str, Any]], Any]) -> web.Response:
    response_id, form = request.match_info["response_id"], await read_form(request)
    common = {
        "by": actor(request),
        "why": form.text("why", max_length=2000).strip(),
        "organisation_id": person(request).organisation_id,
    }
    try:
        await asyncio.to_thread(call, response_id, common)
    except CourageError as error:
        if status_of(error) == 404:
            raise
        return await response_page(request, status_of(error), problem=error)
    raise back(f"/library/{response_id}", said)


async def submit(request: web.Request) -> web.Response:
    """Hand a draft in for review."""
    library = services(request).library
    return await _step(request, "submitted", lambda name, common: library.submit(name, **common))


async def approve(request: web.Request) -> web.Response:
    """Approve the version that was read."""
    library, expected = services(request).library, (await read_form(request)).number("lock")
    return await _step(
        request, "approved", lambda name, common: library.approve(name, expected=expected, **common)
    )


async def reject(request: web.Request) -> web.Response:
    """Send a response back with a reason."""
    (await read_form(request)).text("why", required=True)
    library = services(request).library
    return await _step(request, "rejected", lambda name, common: library.reject(name, **common))


async def retire(request: web.Request) -> web.Response:
    """Take a response out of use."""
    library = services(request).library
    return await _step(request, "retired", lambda name, common: library.retire(name, **common))


async def restore(request: web.Request) -> web.Response:
    """Bring an old version or a retired response back."""
    library, form = services(request).library, await read_form(request)
    version = form.number("version") if form.text("version") else None
    return await _step(request, "restored", lambda name, common: library.restore(name, version, **common))
