"""Organisations: for those who look after the installation, and an organisation's own settings for its admins.

Who looks after the installation sees names, states and numbers, and never a text of a message, a case or a reply.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from courage.errors import CourageError
from courage.insights.usage import DAYS, Usage
from courage.people.errors import OrganisationError
from courage.people.organisations import Organisations, OrganisationView
from courage.taxonomy import LANGUAGES
from courage.web.errors import there
from courage.web.keys import person, services
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render


def _all(request: web.Request) -> Organisations:
    return there(services(request).organisations, "this desk has no page of organisations")


def _usage(request: web.Request, view: OrganisationView) -> Usage | None:
    usages = services(request).usages
    return None if usages is None else usages.of(view)


async def organisations(request: web.Request) -> web.Response:
    """List all organisations with their numbers."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    known = _all(request)

    def read() -> list[tuple[OrganisationView, Any, Usage | None]]:
        return [(view, known.numbers(view.id), _usage(request, view)) for view in known.list()]

    shown = {
        "everyone": await asyncio.to_thread(read), "days": DAYS, "link": None, "link_for": None, "said": None, "problem": None,
        **context,
    }  # fmt: skip
    return await render(request, "organisations.html", status, page="organisations", **shown)


def _slug(request: web.Request) -> str:
    return request.match_info["slug"]


async def create(request: web.Request) -> web.Response:
    """Make an organisation with its first admin, and show the admin's login link once."""
    desk, form, known = services(request), await read_form(request), _all(request)
    try:
        made = await asyncio.to_thread(
            known.create,
            form.text("name", required=True, max_length=200),
            form.text("slug", required=True).strip(),
        )
        admin = await asyncio.to_thread(
            desk.people.add, form.text("admin", required=True, max_length=80), "admin", made.id
        )
    except CourageError as error:
        return await _list(request, 400, problem=error)
    if desk.share_library is not None:
        await asyncio.to_thread(desk.share_library)
    token = await asyncio.to_thread(desk.people.login_link, admin.id)
    address = (desk.public_url or str(request.url.origin())).rstrip("/")
    return await _list(
        request,
        link=f"{address}/login/{token}",
        link_for=f"{admin.name}@{made.slug}",
        said="organisation_made",
    )


async def _step(request: web.Request, step: Callable[[str], Any], said: str) -> web.Response:
    try:
        await asyncio.to_thread(step, _slug(request))
    except OrganisationError as error:
        return await _list(request, 400, problem=error)
    raise back("/organisations", said)


async def suspend(request: web.Request) -> web.Response:
    """Shut an organisation; nothing is lost."""
    return await _step(request, _all(request).suspend, "organisation_suspended")


async def resume(request: web.Request) -> web.Response:
    """Open a suspended organisation again."""
    return await _step(request, _all(request).resume, "organisation_resumed")


async def limit(request: web.Request) -> web.Response:
    """Set what an organisation may use: rooms, messages a minute, megabytes of kept text."""
    form, known = await read_form(request), _all(request)
    rooms, messages, megabytes = (
        form.number(name) if form.text(name).strip() else None
        for name in ("most_rooms", "most_messages", "most_megabytes")
    )
    kept = None if megabytes is None else megabytes * 1_000_000
    limits: dict[str, Any] = {"most_rooms": rooms, "most_messages": messages, "most_bytes": kept}
    return await _step(request, lambda slug: known.change(slug, **limits), "organisation_changed")


async def erase(request: web.Request) -> web.Response:
    """Erase an organisation for good, once its short name was typed."""
    form, known = await read_form(request), _all(request)
    if form.text("typed").strip() != _slug(request):
        return await _list(
            request,
            400,
            problem=OrganisationError(
                "type the short name of the organisation to erase it; nothing was erased",
                say="organisations.not_typed",
            ),
        )
    return await _step(request, known.erase, "organisation_erased")


async def own(request: web.Request) -> web.Response:
    """Show an admin how their own organisation is set up."""
    return await _own(request, said=request.query.get("said"))


async def _own(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    mine = await asyncio.to_thread(_all(request).get, person(request).organisation_id)
    assert mine is not None
    used = await asyncio.to_thread(_usage, request, mine)
    shown = {"mine": mine, "used": used, "days": DAYS, "said": None, "problem": None, **context}
    return await render(request, "organisation.html", status, page="organisation", **shown)


async def change(request: web.Request) -> web.Response:
    """Set up the admin's own organisation."""
    form, known = await read_form(request), _all(request)
    mine = await asyncio.to_thread(known.get, person(request).organisation_id)
    assert mine is not None
    try:
        await asyncio.to_thread(lambda: known.change(mine.slug, **_asked(form)))
    except CourageError as error:
        return await _own(request, 400, problem=error)
    raise back("/organisation", "organisation_changed")


def _asked(form: Form) -> dict[str, Any]:
    days = form.text("retention_days").strip()
    return {
        "name": form.text("name", required=True, max_length=200),
        "language": form.choice("language", (*LANGUAGES, ""), "") or None,
        "retention_days": form.number("retention_days") if days else None,
        "signature": form.text("signature", max_length=200).strip(),
        "shared_library": bool(form.text("shared_library")),
    }
