"""Passkeys: coming in with one, and adding and removing them on the own account."""

from __future__ import annotations

import asyncio

from aiohttp import web

from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.people.passkeys import LONGEST_ANSWER, LONGEST_NAME, Asked
from courage.web.client import client_address
from courage.web.errors import TooManyTries, status_of
from courage.web.keys import LANGUAGE, LIMIT, WORDS, person, services
from courage.web.pages.account import show_account, sure_who, take_away
from courage.web.pages.login import enter, login_page, safe_next
from courage.web.places import needs_place
from courage.web.problems import spoken
from courage.web.reading import number, read_form
from courage.web.rendering import organisation_name


def _asked(asked: Asked) -> web.Response:
    return web.json_response({"ticket": asked.ticket, "options": asked.options})


def _refused(request: web.Request, error: CourageError) -> web.Response:
    line = spoken(error, request.config_dict[WORDS], request[LANGUAGE], writes=True)
    return web.json_response({"error": line}, status=status_of(error))


async def ask(request: web.Request) -> web.Response:
    """Return what a browser is asked by which somebody comes in with a passkey."""
    try:
        return _asked(services(request).people.passkeys.ask_to_come(needs_place(request)))
    except PersonError as error:
        return _refused(request, error)


async def come(request: web.Request) -> web.Response:
    """Let in whose passkey answered."""
    form, people = await read_form(request), services(request).people
    where, address = safe_next(form.text("next") or "/"), client_address(request)
    ticket, answer = form.text("ticket", max_length=4000), form.text("credential", max_length=LONGEST_ANSWER)
    try:
        async with request.app[LIMIT].attempt(f"passkey from {address}", address):
            found = await asyncio.to_thread(people.passkeys.come, ticket, answer, needs_place(request))
            login = await asyncio.to_thread(people.open_session, found, kind="passkey")
    except (PersonError, TooManyTries) as error:
        status = 403 if isinstance(error, PersonError) else status_of(error)
        return await login_page(request, "login.html", status, next=where, name="", problem=error)
    return enter(request, login, where)


async def begin(request: web.Request) -> web.Response:
    """Return what a browser is asked to make a passkey; the password is asked for as for a new one."""
    form, who = await read_form(request), person(request)
    try:
        place = needs_place(request)
        await sure_who(request, form.text("old", max_length=2000))
        asked = await asyncio.to_thread(
            services(request).people.passkeys.ask_to_make, who.id, place, organisation_name(request)
        )
    except CourageError as error:
        return _refused(request, error)
    return _asked(asked)


async def add(request: web.Request) -> web.Response:
    """Keep a passkey that a browser made; recovery codes are shown with the first second factor."""
    form, who, people = await read_form(request), person(request), services(request).people
    ticket, answer = form.text("ticket", max_length=4000), form.text("credential", max_length=LONGEST_ANSWER)
    name = form.text("name", max_length=LONGEST_NAME)
    try:
        place = needs_place(request)
        _, codes = await asyncio.to_thread(people.passkeys.make, who.id, ticket, answer, name, place)
    except PersonError as error:
        return await show_account(request, 400, problem=error)
    if not codes:
        return web.Response(status=303, headers={"Location": "/account?said=passkey_added"})
    return await show_account(request, said="passkey_added", codes=codes)


async def remove(request: web.Request) -> web.Response:
    """Take one of the own passkeys away."""
    chosen = number("passkey", request.match_info["passkey_id"])
    return await take_away(request, services(request).people.passkeys.remove, chosen, "passkey_removed")
