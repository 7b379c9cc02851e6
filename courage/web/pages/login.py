"""Logging in and out: one-time links, name and password, the own account."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from aiohttp import web

from courage.errors import CourageError
from courage.people.access import WebLogin
from courage.people.errors import CannotUnseal, PersonError
from courage.people.passwords import WeakPassword
from courage.people.views import PersonView
from courage.web.client import client_address
from courage.web.errors import Busy, TooManyTries, status_of, there
from courage.web.keys import (
    FORM_TOKEN,
    HASHING,
    LIMIT,
    STREAMS,
    TICKETS,
    VISITOR,
    person,
    services,
    visitor,
)
from courage.web.reading import number, read_form
from courage.web.rendering import organisation_name, render
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
    """Check name and password, or the code that is asked for after them."""
    form = await read_form(request)
    name = form.text("name", max_length=200).strip()
    where = safe_next(form.text("next") or "/")
    if ticket := form.text("ticket", max_length=100):
        return await _with_code(request, ticket, form.text("code", max_length=100), where)
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
        return await _ask_code(request, found.id, "password", where)
    return _enter(request, await asyncio.to_thread(people.open_session, found.id), where)


async def _ask_code(
    request: web.Request,
    person_id: int,
    kind: str,
    where: str,
    status: int = 200,
    problem: CourageError | None = None,
) -> web.Response:
    ticket = request.app[TICKETS].give(person_id, kind)
    return await login_page(request, "login_code.html", status, next=where, ticket=ticket, problem=problem)


async def _with_code(request: web.Request, ticket: str, code: str, where: str) -> web.Response:
    """Let in whoever gave the password, or used a link, a moment ago and has the code now."""
    found = request.app[TICKETS].take(ticket)
    if found is None:
        problem = PersonError("this took too long; log in again", say="login.too_slow")
        return await login_page(request, "login.html", 403, next=where, name="", problem=problem)
    person_id, kind = found
    people = services(request).people
    try:
        async with request.app[LIMIT].attempt(f"code of {person_id}", client_address(request)):
            await asyncio.to_thread(people.second_factor.check, person_id, code)
    except (PersonError, CannotUnseal, TooManyTries) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _ask_code(request, person_id, kind, where, status, error)
    return _enter(request, await asyncio.to_thread(people.open_session, person_id, kind=kind), where)


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
        return await _ask_code(request, login.person.id, "link", "/")
    return _enter(request, login, "/")


async def log_out(request: web.Request) -> web.Response:
    """End the session, and the API tokens that were made in it."""
    await asyncio.to_thread(services(request).people.close_session, visitor(request).token)
    request.app[STREAMS].end(person(request).id)
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path=cookie_path(request))
    return response


async def account(request: web.Request) -> web.Response:
    """Show the own account: password, API token, organisations, log out."""
    return await _account(request, said=request.query.get("said"))


async def _account(request: web.Request, status: int = 200, **context: object) -> web.Response:
    who, desk = person(request), services(request)
    people, token = desk.people, visitor(request).token
    belongs = [] if desk.memberships is None else await asyncio.to_thread(desk.memberships.of, who.id)
    shown = {
        "api_token": None,
        "expires": None,
        "belongs": belongs,
        "hears": desk.hearing is not None,
        "sessions": await asyncio.to_thread(people.sessions_of, who.id, token),
        "asks_old": await _asks_old(request),
        "has_factor": await asyncio.to_thread(people.second_factor.needed, who.id),
        "codes_left": await asyncio.to_thread(people.second_factor.left, who.id),
        "factor": None,
        "codes": (),
        "said": None,
        "problem": None,
        **context,
    }
    return await render(request, "account.html", status, **shown)


async def change_organisation(request: web.Request) -> web.Response:
    """Go on as a member of another organisation that one belongs to, once the password was given."""
    form, who, desk = await read_form(request), person(request), services(request)
    memberships = there(desk.memberships, "this desk knows one organisation")
    chosen = form.number("person")
    password = form.text("password", max_length=2000)
    try:
        async with request.app[LIMIT].attempt(f"change of {who.id}", client_address(request)):
            to = await request.app[HASHING].run(lambda: memberships.change(who.id, chosen, password))
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _account(request, status, problem=error)
    login = await asyncio.to_thread(desk.people.open_session, to)
    await asyncio.to_thread(desk.people.close_session, visitor(request).token)
    return _enter(request, login, "/")


async def join(request: web.Request) -> web.Response:
    """Add the person whom a login link of another organisation is for to the own account."""
    form, who, desk = await read_form(request), person(request), services(request)
    memberships = there(desk.memberships, "this desk knows one organisation")
    token, password = form.text("link", max_length=500).strip(), form.text("password", max_length=2000)
    try:
        async with request.app[LIMIT].attempt(f"join of {who.id}", client_address(request)):
            await request.app[HASHING].run(
                lambda: memberships.join(who.id, password, token.rstrip("/").rpartition("/")[2])
            )
    except (PersonError, TooManyTries, Busy) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _account(request, status, problem=error)
    return web.Response(status=303, headers={"Location": "/account?said=joined"})


async def set_password(request: web.Request) -> web.Response:
    """Set the own password; all sessions end, this one begins anew."""
    form, who, people = await read_form(request), person(request), services(request).people
    password = form.text("password", max_length=2000)
    if password != form.text("again", max_length=2000):
        differ = WeakPassword("the two passwords differ; type the same one twice", say="password.differ")
        return await _account(request, 400, problem=differ)
    old = form.text("old", max_length=2000)
    # Who came by an invitation has more to do than to look at their account.
    where = "/account" if await asyncio.to_thread(people.has_password, who.id) else "/"
    if await _asks_old(request):
        async with request.app[LIMIT].attempt(f"old password of {who.id}", client_address(request)):
            await request.app[HASHING].run(lambda: _check_old(request, old))
    try:
        await request.app[HASHING].run(lambda: people.set_password(who.id, password))
    except WeakPassword as error:
        return await _account(request, 400, problem=error)
    request.app[STREAMS].end(who.id)
    return _enter(request, await asyncio.to_thread(people.open_session, who.id), f"{where}?said=password")


async def _asks_old(request: web.Request) -> bool:
    """Say whether the old password is asked for: not of those who have none, or who just came by a link as they forgot it.

    A password that opens other organisations too is always asked for: a login link of this one's admin must not be
    enough to choose it.
    """
    who, desk = visitor(request), services(request)
    if desk.memberships is not None and len(await asyncio.to_thread(desk.memberships.of, who.person.id)) > 1:
        return True
    if not await asyncio.to_thread(desk.people.has_password, who.person.id):
        return False
    return not await asyncio.to_thread(desk.people.entered_by_link, who.token)


def _check_old(request: web.Request, old: str) -> None:
    who, desk = person(request), services(request)
    if desk.memberships is not None:
        desk.memberships.check(who.id, old)
    else:
        desk.people.check_password(who.name, old, who.organisation_id)


async def make_token(request: web.Request) -> web.Response:
    """Show a fresh API token once; it ends with this session."""
    name = " ".join((await read_form(request)).text("name", max_length=80).split())
    token = visitor(request).token
    login = await asyncio.to_thread(
        services(request).people.open_session, person(request).id, kind="token", name=name, within=token
    )
    return await _account(request, said="token", api_token=login.token, expires=login.expires_at)


async def end_session(request: web.Request) -> web.Response:
    """End one of the own sessions or tokens."""
    chosen = number("session", request.match_info["session_id"])
    await asyncio.to_thread(services(request).people.end_session, person(request).id, chosen)
    request.app[STREAMS].end(person(request).id)
    return web.Response(status=303, headers={"Location": "/account?said=session_ended"})


async def end_sessions(request: web.Request) -> web.Response:
    """End all own sessions and tokens, this one too."""
    await asyncio.to_thread(services(request).people.end_sessions, person(request).id)
    request.app[STREAMS].end(person(request).id)
    response = web.Response(status=303, headers={"Location": "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


async def begin_factor(request: web.Request) -> web.Response:
    """Show a secret for an authenticator; it counts once a code of it was typed."""
    who, desk = person(request), services(request)
    proposed = desk.people.second_factor.propose(who.name, organisation_name(request))
    return await _account(request, factor=proposed)


async def turn_factor_on(request: web.Request) -> web.Response:
    """Keep the secret that was shown, and show the recovery codes once."""
    form, who, people = await read_form(request), person(request), services(request).people
    secret, code = form.text("secret", max_length=64), form.text("code", max_length=100)
    try:
        codes = await asyncio.to_thread(people.second_factor.turn_on, who.id, secret, code)
    except PersonError as error:
        proposed = (secret, people.second_factor.address(secret, who.name, organisation_name(request)))
        return await _account(request, 400, factor=proposed, problem=error)
    return await _account(request, said="factor_on", codes=codes)


async def turn_factor_off(request: web.Request) -> web.Response:
    """Take the second factor away, with a code of it."""
    form, who, people = await read_form(request), person(request), services(request).people
    try:
        async with request.app[LIMIT].attempt(f"code of {who.id}", client_address(request)):
            await asyncio.to_thread(people.second_factor.check, who.id, form.text("code", max_length=100))
    except (PersonError, CannotUnseal, TooManyTries) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await _account(request, status, problem=error)
    await asyncio.to_thread(people.second_factor.turn_off, who.id)
    return web.Response(status=303, headers={"Location": "/account?said=factor_off"})
