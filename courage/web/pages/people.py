"""People: who may use the desk. For admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.people.views import PersonView
from courage.taxonomy import ROLES
from courage.web.errors import NotHere
from courage.web.keys import STREAMS, person, services
from courage.web.reading import Form, number, read_form
from courage.web.rendering import back, render


async def people(request: web.Request) -> web.Response:
    """List everybody."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: object) -> web.Response:
    desk = services(request)
    everybody = await asyncio.to_thread(desk.people.list, person(request).organisation_id, all_=True)
    shown = {"everybody": everybody, "link": None, "link_for": None, "said": None, "problem": None, **context}
    return await render(request, "people.html", status, page="people", **shown)


async def chosen_person(request: web.Request) -> PersonView:
    """Return the person whom an address names, of the visitor's own organisation.

    :raises NotHere: if there is no such person.
    """
    desk = services(request)
    try:
        found = await asyncio.to_thread(desk.people.get, number("person", request.match_info["person_id"]))
    except CourageError:
        raise NotHere("there is no such person") from None
    if found.organisation_id != person(request).organisation_id:
        raise NotHere("there is no such person")
    return found


async def add(request: web.Request) -> web.Response:
    """Add a person and show their first login link once."""
    form, desk = await read_form(request), services(request)
    try:
        new = await asyncio.to_thread(
            desk.people.add,
            form.text("name", required=True, max_length=200),
            form.choice("role", ROLES, "volunteer"),
            person(request).organisation_id,
            form.texts("language") or ("en",),
        )
    except CourageError as error:
        return await _list(request, 400, problem=error)
    return await _with_link(request, new)


async def _with_link(request: web.Request, new: PersonView) -> web.Response:
    desk = services(request)
    token = await asyncio.to_thread(desk.people.login_link, new.id)
    address = (desk.public_url or str(request.url.origin())).rstrip("/")
    return await _list(request, link=f"{address}/login/{token}", link_for=new.name)


async def new_link(request: web.Request) -> web.Response:
    """Make a new login link and show it once."""
    return await _with_link(request, await chosen_person(request))


async def change(request: web.Request) -> web.Response:
    """Change role and languages."""
    chosen, form = await chosen_person(request), await read_form(request)
    role = form.choice("role", ROLES)
    if chosen.id == person(request).id and role != "admin":
        raise PersonError(
            "you cannot take the admin role from yourself; ask another admin", say="people.not_own_role"
        )
    await asyncio.to_thread(
        services(request).people.change, chosen.id, role=role, languages=_languages(form, chosen)
    )
    raise back("/people", "changed")


def _languages(form: Form, chosen: PersonView) -> tuple[str, ...]:
    return form.texts("language") or chosen.languages


async def deactivate(request: web.Request) -> web.Response:
    """Take away access at once."""
    chosen = await chosen_person(request)
    if chosen.id == person(request).id:
        raise PersonError("you cannot deactivate yourself; ask another admin", say="people.not_oneself")
    await asyncio.to_thread(services(request).people.deactivate, chosen.id)
    request.app[STREAMS].end(chosen.id)
    raise back("/people", "deactivated")


async def activate(request: web.Request) -> web.Response:
    """Give access back."""
    await asyncio.to_thread(services(request).people.activate, (await chosen_person(request)).id)
    raise back("/people", "activated")
