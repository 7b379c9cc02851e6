"""Logging in and out: one-time links, name and password, the own account."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from courage.people.access import WebLogin
from courage.people.errors import PersonError
from courage.web.client import client_address
from courage.web.errors import Busy, TooManyTries, status_of
from courage.web.keys import FORM_TOKEN, HASHING, LIMIT, VISITOR, person, services, visitor
from courage.web.reading import read_form
from courage.web.rendering import render
from courage.web.security import COOKIE, FORM_COOKIE, set_cookie


def safe_next(address: str) -> str:
    """Return where to go after logging in: only addresses of this desk, else the home page."""
    fine = address.startswith("/") and not address.startswith(("//", "/\\", "/login", "/logout"))
    return address if fine and address.isprintable() and "\\" not in address else "/"


async def _page(request: web.Request, template: str, status: int = 200, **context: object) -> web.Response:
    response = await render(request, template, status, **context)
    # Nobody is logged in yet, so the form's token is tied to a cookie of its own.
    set_cookie(request, response, FORM_COOKIE, request[FORM_TOKEN], None)
    return response


def _enter(request: web.Request, login: WebLogin, where: str) -> web.Response:
    response = web.Response(status=303, headers={"Location": where})
    age = max(0, int((login.expires_at - datetime.now(UTC)).total_seconds()))
    set_cookie(request, response, COOKIE, login.token, age)
    response.del_cookie(FORM_COOKIE, path="/")
    return response


async def show_login(request: web.Request) -> web.Response:
    """Show the form for name and password."""
    if request[VISITOR] is not None:
        raise web.HTTPSeeOther("/")
    return await _page(request, "login.html", next=safe_next(request.query.get("next", "/")), name="")


async def log_in(request: web.Request) -> web.Response:
    """Check name and password."""
    form = await read_form(request)
    name = form.text("name", max_length=200).strip()
    where = safe_next(form.text("next") or "/")
    try:
        login = await check(request, name, form.text("password", max_length=2000))
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _page(request, "login.html", status, next=where, name=name, problem=str(error))
    return _enter(request, login, where)


async def check(request: web.Request, name: str, password: str) -> WebLogin:
    """Open a session for a name and password; failures are counted.

    :raises PersonError: if they are wrong.
    :raises TooManyTries: after too many failures.
    """
    desk = services(request)
    with request.app[LIMIT].attempt(name, client_address(request)):
        found = await request.app[HASHING].run(
            lambda: desk.people.check_password(name, password, desk.organisation_id)
        )
    return await asyncio.to_thread(desk.people.open_session, found.id)


async def show_link(request: web.Request) -> web.Response:
    """Ask for a press of a button, so that the preview of a link cannot use it up."""
    return await _page(request, "login_link.html")


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
        return await _page(request, "login.html", status, next="/", name="", problem=str(error))
    return _enter(request, login, "/")


async def log_out(request: web.Request) -> web.Response:
    """End the session."""
    await asyncio.to_thread(services(request).people.close_session, visitor(request).token)
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


async def account(request: web.Request) -> web.Response:
    """Show the own account: password, API token, log out."""
    return await render(request, "account.html", said=request.query.get("said"), api_token=None, expires=None)


async def set_password(request: web.Request) -> web.Response:
    """Set the own password; all sessions end, this one begins anew."""
    form, who, people = await read_form(request), person(request), services(request).people
    password = form.text("password", max_length=2000)
    if password != form.text("again", max_length=2000):
        raise PersonError("the two passwords differ; type the same one twice")
    await request.app[HASHING].run(lambda: people.set_password(who.id, password))
    return _enter(request, await asyncio.to_thread(people.open_session, who.id), "/account?said=password")


async def make_token(request: web.Request) -> web.Response:
    """Show a fresh API token once."""
    login = await asyncio.to_thread(services(request).people.open_session, person(request).id)
    return await render(
        request, "account.html", said="token", api_token=login.token, expires=login.expires_at
    )
