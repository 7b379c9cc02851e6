"""The own account: password, second factor, sessions and tokens, organisations that one belongs to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from courage.people.errors import CannotUnseal, PersonError
from courage.people.passwords import WeakPassword
from courage.web.client import client_address
from courage.web.errors import Busy, TooManyTries, status_of, there
from courage.web.keys import HASHING, LIMIT, STREAMS, person, services, visitor
from courage.web.pages.login import enter
from courage.web.places import place_here
from courage.web.reading import number, read_form
from courage.web.rendering import organisation_name, render
from courage.web.security import COOKIE, cookie_path, go_on


async def log_out(request: web.Request) -> web.Response:
    """End the session, and the API tokens that were made in it; who came from the provider is led to its log-out."""
    who, desk = visitor(request), services(request)
    sessions = await asyncio.to_thread(desk.people.sessions_of, who.person.id, who.token)
    came = next((session.kind for session in sessions if session.current), "")
    await asyncio.to_thread(desk.people.close_session, who.token)
    request.app[STREAMS].end(who.person.id)
    there_too = None
    if came == "oidc" and desk.provider is not None:
        there_too = await desk.provider.log_out_address(f"{desk.public_url}/login")
    response = web.Response(status=303, headers={"Location": "/login"})
    if there_too is not None:
        response = go_on(request, there_too)
    response.del_cookie(COOKIE, path=cookie_path(request))
    return response


async def account(request: web.Request) -> web.Response:
    """Show the own account: password, API token, organisations, log out."""
    return await show_account(request, said=request.query.get("said"))


async def show_account(request: web.Request, status: int = 200, **context: object) -> web.Response:
    """Return the page of the own account."""
    who, desk = person(request), services(request)
    people, token = desk.people, visitor(request).token
    belongs = [] if desk.memberships is None else await asyncio.to_thread(desk.memberships.of, who.id)
    shown = {
        "api_token": None,
        "expires": None,
        "belongs": belongs,
        "hears": desk.hearing is not None,
        "sessions": await asyncio.to_thread(people.sessions_of, who.id, token),
        "asks_old": await asks_old(request),
        "has_factor": await asyncio.to_thread(people.second_factor.has_authenticator, who.id),
        "codes_left": await asyncio.to_thread(people.second_factor.left, who.id),
        "passkeys": await asyncio.to_thread(people.passkeys.of, who.id, place_here(request)),
        "no_passkeys": None if place_here(request) is not None else services(request).public_url,
        "provider": None if desk.provider is None else desk.provider.settings.title,
        "accounts": await asyncio.to_thread(people.provider_accounts.of, who.id),
        "events": await asyncio.to_thread(people.door_events.of, who.id),
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
        return await show_account(request, status, problem=error)
    login = await asyncio.to_thread(desk.people.open_session, to)
    await asyncio.to_thread(desk.people.close_session, visitor(request).token)
    return enter(request, login, "/")


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
        return await show_account(request, status, problem=error)
    return web.Response(status=303, headers={"Location": "/account?said=joined"})


async def set_password(request: web.Request) -> web.Response:
    """Set the own password; all sessions end, this one begins anew."""
    form, who, people = await read_form(request), person(request), services(request).people
    password = form.text("password", max_length=2000)
    if password != form.text("again", max_length=2000):
        differ = WeakPassword("the two passwords differ; type the same one twice", say="password.differ")
        return await show_account(request, 400, problem=differ)
    old = form.text("old", max_length=2000)
    # Who came by an invitation has more to do than to look at their account.
    where = "/account" if await asyncio.to_thread(people.has_password, who.id) else "/"
    await sure_who(request, old)
    try:
        await request.app[HASHING].run(lambda: people.set_password(who.id, password))
    except WeakPassword as error:
        return await show_account(request, 400, problem=error)
    request.app[STREAMS].end(who.id)
    return enter(request, await asyncio.to_thread(people.open_session, who.id), f"{where}?said=password")


async def asks_old(request: web.Request) -> bool:
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


async def sure_who(request: web.Request, old: str) -> None:
    """Let pass who knows the password, where it is asked for: what is added here opens the account later without it.

    :raises PersonError: if it is wrong.
    """
    if await asks_old(request):
        async with request.app[LIMIT].attempt(
            f"old password of {person(request).id}", client_address(request)
        ):
            await request.app[HASHING].run(lambda: check_old(request, old))


async def take_away(
    request: web.Request, take: Callable[[int, int], object], chosen: int, said: str
) -> web.Response:
    """Take one of the own ways in away, once it is sure who asks.

    :param take: gets the person's number and that of what is meant.
    :param said: what the account's page says then.
    """
    form, who = await read_form(request), person(request)
    try:
        await sure_who(request, form.text("old", max_length=2000))
        await asyncio.to_thread(take, who.id, chosen)
    except PersonError as error:
        return await show_account(request, 400, problem=error)
    return web.Response(status=303, headers={"Location": f"/account?said={said}"})


def check_old(request: web.Request, old: str) -> None:
    """Let pass the password of who sends the request.

    :raises PersonError: if it is wrong.
    """
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
    return await show_account(request, said="token", api_token=login.token, expires=login.expires_at)


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
    response.del_cookie(COOKIE, path=cookie_path(request))
    return response


async def begin_factor(request: web.Request) -> web.Response:
    """Show a secret for an authenticator; it counts once a code of it was typed."""
    who, desk = person(request), services(request)
    proposed = desk.people.second_factor.propose(who.name, organisation_name(request))
    return await show_account(request, factor=proposed)


async def turn_factor_on(request: web.Request) -> web.Response:
    """Keep the secret that was shown, and show the recovery codes once."""
    form, who, people = await read_form(request), person(request), services(request).people
    secret, code = form.text("secret", max_length=64), form.text("code", max_length=100)
    try:
        codes = await asyncio.to_thread(people.second_factor.turn_on, who.id, secret, code)
    except PersonError as error:
        proposed = (secret, people.second_factor.address(secret, who.name, organisation_name(request)))
        return await show_account(request, 400, factor=proposed, problem=error)
    return await show_account(request, said="factor_on", codes=codes)


async def turn_factor_off(request: web.Request) -> web.Response:
    """Take the second factor away, with a code of it."""
    form, who, people = await read_form(request), person(request), services(request).people
    try:
        async with request.app[LIMIT].attempt(f"code of {who.id}", client_address(request)):
            await asyncio.to_thread(people.second_factor.check, who.id, form.text("code", max_length=100))
    except (PersonError, CannotUnseal, TooManyTries) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await show_account(request, status, problem=error)
    await asyncio.to_thread(people.second_factor.turn_off, who.id)
    return web.Response(status=303, headers={"Location": "/account?said=factor_off"})
