"""Logging in and out: one-time links, name and password, the own account."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from courage.people.access import WebLogin
from courage.people.errors import PersonError
from courage.web.client import client_address
from courage.web.errors import Busy, NotHere, TooManyTries, status_of
from courage.web.keys import FORM_TOKEN, HASHING, LIMIT, VISITOR, person, services, visitor
from courage.web.reading import read_form
from courage.web.rendering import render
from courage.web.security import COOKIE, FORM_COOKIE, cookie_path, set_cookie


def safe_next(address: str) -> str:
    """Return where to go after logging in: only addresses of this desk, else the home page."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\", "/login", "/logout"))
    return address if fine and address.isprintable() and "\\" not in address else "/"


async def login_page(
    request: web.Request, template: str, status: int = 200, **context: object
) -> web.Response:
    """Return a page for somebody who is not logged in; ``brought`` is a text that waits in their browser meanwhile."""
    response = await render(request, template, status, **{"brought": None, **context})
    # Nobody is logged in yet, so the form's token is tied to a cookie of its own.
    set_cookie(request, response, FORM_COOKIE, request[FORM_TOKEN], None)
    return response


def _enter(request: web.Request, login: WebLogin, where: str) -> web.Response:
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
    """Check name and password."""
    form = await read_form(request)
    name = form.text("name", max_length=200).strip()
    where = safe_next(form.text("next") or "/")
    try:
        login = await check(request, name, form.text("password", max_length=2000))
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await login_page(request, "login.html", status, next=where, name=name, problem=str(error))
    return _enter(request, login, where)


async def check(request: web.Request, name: str, password: str) -> WebLogin:
    """Open a session for a name and password; failures are counted.

    :raises PersonError: if they are wrong.
    :raises TooManyTries: after too many failures.
    """
    desk = services(request)
    with request.app[LIMIT].attempt(name, client_address(request)):
        plain, organisation_id = await asyncio.to_thread(desk.people.named, name)
        found = await request.app[HASHING].run(
            lambda: desk.people.check_password(plain, password, organisation_id)
        )
    return await asyncio.to_thread(desk.people.open_session, found.id)


async def show_link(request: web.Request) -> web.Response:
    """Ask for a press of a button, so that the preview of a link cannot use it up."""
    return await login_page(request, "login_link.html")


async def use_link(request: web.Request) -> web.Response:
    """Use up a one-time link."""
    address = client_address(request)
    try:
        with request.app[LIMIT].attempt(f"link from {address}", address):
            login = await asyncio.to_thread(
                services(request).people.use_login_link, request.match_info["token"]
            )
    except (PersonError, TooManyTries) as error:
        status = 429 if isinstance(error, TooManyTries) else 403
        return await login_page(request, "login.html", status, next="/", name="", problem=str(error))
    return _enter(request, login, "/")


async def log_out(request: web.Request) -> web.Response:
    """End the session."""
    await asyncio.to_thread(services(request).people.close_session, visitor(request).token)
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path=cookie_path(request))
    return response


async def account(request: web.Request) -> web.Response:
    """Show the own account: password, API token, organisations, log out."""
    return await _account(request, said=request.query.get("said"))


async def _account(request: web.Request, status: int = 200, **context: object) -> web.Response:
    who, desk = person(request), services(request)
    belongs = [] if desk.memberships is None else await asyncio.to_thread(desk.memberships.of, who.id)
    shown = {"api_token": None, "expires": None, "belongs": belongs, "said": None, "problem": None, **context}
    return await render(request, "account.html", status, **shown)


async def change_organisation(request: web.Request) -> web.Response:
    """Go on as a member of another organisation that one belongs to, once the password was given."""
    form, who, desk = await read_form(request), person(request), services(request)
    if desk.memberships is None:
        raise NotHere("this desk knows one organisation")
    memberships, chosen = desk.memberships, form.number("person")
    password = form.text("password", max_length=2000)
    try:
        with request.app[LIMIT].attempt(f"change of {who.id}", client_address(request)):
            to = await request.app[HASHING].run(lambda: memberships.change(who.id, chosen, password))
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _account(request, status, problem=str(error))
    login = await asyncio.to_thread(desk.people.open_session, to)
    await asyncio.to_thread(desk.people.close_session, visitor(request).token)
    return _enter(request, login, "/")


async def join(request: web.Request) -> web.Response:
    """Add the person whom a login link of another organisation is for to the own account."""
    form, who, desk = await read_form(request), person(request), services(request)
    if desk.memberships is None:
        raise NotHere("this desk knows one organisation")
    memberships = desk.memberships
    token, password = form.text("link", max_length=500).strip(), form.text("password", max_length=2000)
    try:
        with request.app[LIMIT].attempt(f"join of {who.id}", client_address(request)):
            await request.app[HASHING].run(
                lambda: memberships.join(who.id, password, token.rstrip("/").rpartition("/")[2])
            )
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _account(request, status, problem=str(error))
    return web.Response(status=303, headers={"Location": "/account?said=joined"})


async def set_password(request: web.Request) -> web.Response:
    """Set the own password; all sessions end, this one begins anew."""
    form, who, people = await read_form(request), person(request), services(request).people
    password = form.text("password", max_length=2000)
    if password != form.text("again", max_length=2000):
        raise PersonError("the two passwords differ; type the same one twice")
    memberships, old = services(request).memberships, form.text("old", max_length=2000)
    if memberships is not None and len(await asyncio.to_thread(memberships.of, who.id)) > 1:
        # It opens other organisations too: a login link of this one's admin must not be enough to choose it.
        await request.app[HASHING].run(lambda: memberships.check(who.id, old))
    await request.app[HASHING].run(lambda: people.set_password(who.id, password))
    return _enter(request, await asyncio.to_thread(people.open_session, who.id), "/account?said=password")


async def make_token(request: web.Request) -> web.Response:
    """Show a fresh API token once."""
    login = await asyncio.to_thread(services(request).people.open_session, person(request).id)
    return await _account(request, said="token", api_token=login.token, expires=login.expires_at)
