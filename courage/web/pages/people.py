"""People: who may use the desk. For admins."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.people.views import PersonView
from courage.taxonomy import ROLES
from courage.web.errors import NotHere, there
from courage.web.keys import STREAMS, person, services
from courage.web.reading import Form, number, read_form
from courage.web.rendering import back, render


async def people(request: web.Request) -> web.Response:
    """List everybody."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: object) -> web.Response:
    desk = services(request)
    everybody = await asyncio.to_thread(desk.people.list, person(request).organisation_id, all_=True)
    mine = person(request).organisation_id
    invited, addresses = {}, {}
    if (hearing := desk.hearing) is not None and hearing.invitations is not None:
        invited = await asyncio.to_thread(hearing.invitations.states, mine)
        addresses = await asyncio.to_thread(hearing.notices.addresses, mine)
    shown = {
        "everybody": everybody, "invited": invited, "addresses": addresses,
        "mails": hearing is not None and hearing.invitations is not None, "typed": {},
        "link": None, "link_for": None, "said": None, "problem": None, **context,
    }  # fmt: skip
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
    """Add a person: invite them by e-mail where an address is given, else show their first login link once."""
    form, desk, me = await read_form(request), services(request), person(request)
    typed = {name: form.text(name, max_length=300) for name in ("name", "role", "address")}
    languages = form.texts("language")
    invitations = None if desk.hearing is None or not typed["address"].strip() else desk.hearing.invitations
    try:
        name = form.text("name", required=True, max_length=200)
        role = form.choice("role", ROLES, "volunteer")
        new = await asyncio.to_thread(
            lambda: desk.people.add(
                name, role, me.organisation_id, languages or ("en",),
                also=None
                if invitations is None
                else lambda session, who: invitations.order(session, who, me.id, typed["address"]),
            )
        )  # fmt: skip
    except CourageError as error:
        return await _list(request, 400, problem=error, typed={**typed, "languages": languages})
    if invitations is None:
        return await _with_link(request, new)
    invitations.wake()
    raise back("/people", "invited")


async def invite(request: web.Request) -> web.Response:
    """Invite somebody by e-mail who is there already; an earlier link or invitation ends."""
    chosen, form = await chosen_person(request), await read_form(request)
    hearing = services(request).hearing
    invitations = there(None if hearing is None else hearing.invitations, "this desk sends no mail")
    address = form.text("address", max_length=300)
    try:
        await asyncio.to_thread(
            invitations.invite, chosen.id, chosen.organisation_id, person(request).id, address
        )
    except CourageError as error:
        return await _list(request, 400, problem=error)
    raise back("/people", "invited")


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
