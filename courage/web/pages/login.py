"""Logging in and out: one-time links, name and password, and the second factor that is asked for after them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from courage.errors import CourageError
from courage.people.access import WebLogin
from courage.people.errors import CannotUnseal, PersonError
from courage.people.passkeys import LONGEST_ANSWER
from courage.people.views import PersonView
from courage.web.client import client_address
from courage.web.errors import Busy, TooManyTries, status_of
from courage.web.keys import FORM_TOKEN, HASHING, LIMIT, VISITOR, services
from courage.web.places import place_here
from courage.web.reading import Form, read_form
from courage.web.rendering import render
from courage.web.security import COOKIE, FORM_COOKIE, cookie_path, set_cookie

_SECOND: Final = "second factor"


def safe_next(address: str) -> str:
    """Return where to go after logging in: only addresses of this desk, else the home page."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\", "/login", "/logout"))
    return address if fine and address.isprintable() and "\\" not in address else "/"


async def login_page(
    request: web.Request, template: str, status: int = 200, **context: object
) -> web.Response:
    """Return a page for somebody who is not logged in; ``brought`` is a text that waits in their browser meanwhile."""
    provider = services(request).provider
    shown = {
        "brought": None,
        "passkeys": place_here(request) is not None,
        "provider": None if provider is None else provider.settings.title,
        **context,
    }
    response = await render(request, template, status, **shown)
    # Nobody is logged in yet, so the form's token is tied to a cookie of its own.
    set_cookie(request, response, FORM_COOKIE, request[FORM_TOKEN], None)
    return response


def enter(request: web.Request, login: WebLogin, where: str) -> web.Response:
    """Return the way on of somebody who is logged in now."""
    response = web.Response(status=303, headers={"Location": where})
    age = max(0, int((login.expires_at - datetime.now(UTC)).total_seconds()))
    set_cookie(request, response, COOKIE, login.token, age)
    response.del_cookie(FORM_COOKIE, path=cookie_path(request))
    return response


async def show_login(request: web.Request) -> web.Response:
    """Show the form for name and password."""
    if request[VISITOR] is not None:
        raise web.HTTPSeeOther("/")
    return await login_page(request, "login.html", next=safe_next(request.query.get("next", "/")), name="")


async def log_in(request: web.Request) -> web.Response:
    """Check name and password, or the code that is asked for after them."""
    form = await read_form(request)
    name = form.text("name", max_length=200).strip()
    where = safe_next(form.text("next") or "/")
    if ticket := form.text("ticket", max_length=4000):
        return await _with_second(request, ticket, form, where)
    password = form.text("password", max_length=2000)
    try:
        found = await known(request, name, password)
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await login_page(request, "login.html", status, next=where, name=name, problem=error)
    people = services(request).people
    if await asyncio.to_thread(people.weakness, found.id, password):
        where = "/account?said=weak"
    if await asyncio.to_thread(people.second_factor.needed, found.id):
        return await ask_second(request, found.id, "password", where)
    return enter(request, await asyncio.to_thread(people.open_session, found.id), where)


async def ask_second(
    request: web.Request,
    person_id: int,
    kind: str,
    where: str,
    status: int = 200,
    problem: CourageError | None = None,
) -> web.Response:
    """Ask somebody whose password was right, or who came by a link or an account elsewhere, for a second factor."""
    people, place = services(request).people, place_here(request)
    has_code = await asyncio.to_thread(people.second_factor.has_authenticator, person_id)
    asked = None if place is None else await asyncio.to_thread(people.passkeys.ask_second, person_id, place)
    ticket = people.tickets.give(_SECOND, {"person": person_id, "kind": kind})
    shown = {"next": where, "ticket": ticket, "problem": problem, "has_code": has_code, "asked": asked}
    return await login_page(request, "login_code.html", status, **shown)


async def _with_second(request: web.Request, ticket: str, form: Form, where: str) -> web.Response:
    """Let in whoever gave the password, or used a link, a moment ago and has the second factor now."""
    people = services(request).people
    found = await asyncio.to_thread(people.tickets.use, _SECOND, ticket)
    if found is None:
        problem = PersonError("this took too long; log in again", say="login.too_slow")
        return await login_page(request, "login.html", 403, next=where, name="", problem=problem)
    person_id, kind = int(found["person"]), str(found["kind"])
    code, answer = form.text("code", max_length=100), form.text("credential", max_length=LONGEST_ANSWER)
    asked, place = form.text("asked", max_length=4000), place_here(request)
    try:
        async with request.app[LIMIT].attempt(f"code of {person_id}", client_address(request)):
            if answer and place is not None:
                await asyncio.to_thread(people.passkeys.second, person_id, asked, answer, place)
            else:
                await asyncio.to_thread(people.second_factor.check, person_id, code)
    except (PersonError, CannotUnseal, TooManyTries) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await ask_second(request, person_id, kind, where, status, error)
    return enter(request, await asyncio.to_thread(people.open_session, person_id, kind=kind), where)


async def known(request: web.Request, name: str, password: str) -> PersonView:
    """Return the person of a name and password; failures are counted.

    :raises PersonError: if they are wrong.
    :raises TooManyTries: after too many failures.
    """
    desk = services(request)
    # A place first: when too many log in at the same moment, nothing is asked of the database for the others.
    async with (
        request.app[HASHING].place() as place,
        request.app[LIMIT].attempt(name, client_address(request)),
    ):
        plain, organisation_id = await asyncio.to_thread(desk.people.named, name)
        return await place.run(lambda: desk.people.check_password(plain, password, organisation_id))


async def check(request: web.Request, name: str, password: str, code: str = "") -> WebLogin:
    """Open a session for a name, a password and, where it is needed, a code; failures are counted.

    :raises PersonError: if they are wrong.
    :raises TooManyTries: after too many failures.
    """
    people = services(request).people
    found = await known(request, name, password)
    if await asyncio.to_thread(people.second_factor.needed, found.id):
        if not code:
            raise PersonError("this login needs a second factor too; send its code as `code`")
        async with request.app[LIMIT].attempt(f"code of {found.id}", client_address(request)):
            await asyncio.to_thread(people.second_factor.check, found.id, code)
    return await asyncio.to_thread(people.open_session, found.id)


async def show_link(request: web.Request) -> web.Response:
    """Ask for a press of a button, so that the preview of a link cannot use it up."""
    return await login_page(request, "login_link.html")


async def use_link(request: web.Request) -> web.Response:
    """Use up a one-time link."""
    address = client_address(request)
    try:
        async with request.app[LIMIT].attempt(f"link from {address}", address):
            login = await asyncio.to_thread(
                services(request).people.use_login_link, request.match_info["token"]
            )
    except (PersonError, TooManyTries) as error:
        status = 429 if isinstance(error, TooManyTries) else 403
        return await login_page(request, "login.html", status, next="/", name="", problem=error)
    people = services(request).people
    if await asyncio.to_thread(people.second_factor.needed, login.person.id):
        # A link alone must not be enough: whoever may make links could else be anybody.
        await asyncio.to_thread(people.close_session, login.token)
        return await ask_second(request, login.person.id, "link", "/")
    return enter(request, login, "/")
