"""Coming in with an account at the provider of logins, and linking one to the own account."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.taxonomy import LANGUAGES
from courage.web.client import client_address
from courage.web.errors import TooManyTries, status_of, there
from courage.web.keys import LIMIT, VISITOR, person, services
from courage.web.pages.account import show_account, sure_who, take_away
from courage.web.pages.login import ask_second, enter, login_page, safe_next
from courage.web.provider import Begun, Identity, Provider, ProviderError
from courage.web.reading import number, read_form
from courage.web.security import cookie_path, go_on, once_more, set_cookie

log = logging.getLogger(__name__)

COOKIE: Final = "courage_provider"
#: How many logins may be under way in one browser, each in a cookie of its own; a further one takes the place of another.
SLOTS: Final = "abcd"
_LIFE: Final = timedelta(minutes=10)
_TICKET: Final = "provider"
_NO_PROVIDER: Final = "people log in without a provider here"


def _provider(request: web.Request) -> Provider:
    return there(services(request).provider, _NO_PROVIDER)


async def _begin(request: web.Request, says: Mapping[str, Any]) -> tuple[Begun, str]:
    """Return a login that begins at the provider, and what the browser keeps of it."""
    free = [slot for slot in SLOTS if f"{COOKIE}_{slot}" not in request.cookies]
    begun = await _provider(request).begin(secrets.choice(free or SLOTS))
    tickets = services(request).people.tickets
    return begun, tickets.give(_TICKET, {"login": begun.says, **says}, _LIFE)


def _remember(request: web.Request, response: web.Response, begun: Begun, ticket: str) -> web.Response:
    age = int(_LIFE.total_seconds())
    set_cookie(request, response, f"{COOKIE}_{begun.state[0]}", ticket, age, comes_back=True)
    return response


async def begin(request: web.Request) -> web.Response:
    """Lead somebody to the provider."""
    where = safe_next(request.query.get("next", "/"))
    try:
        begun, ticket = await _begin(request, {"where": where, "person": None})
    except ProviderError as error:
        return await login_page(request, "login.html", 502, next=where, name="", problem=error)
    return _remember(request, web.Response(status=303, headers={"Location": begun.address}), begun, ticket)


async def link(request: web.Request) -> web.Response:
    """Lead somebody who is logged in to the provider, to link their account there; the password is asked for."""
    form, who = await read_form(request), person(request)
    try:
        await sure_who(request, form.text("old", max_length=2000))
        begun, ticket = await _begin(request, {"where": "/account", "person": who.id})
    except (PersonError, ProviderError, TooManyTries) as error:
        status = status_of(error) if isinstance(error, TooManyTries) else 400
        return await show_account(request, status, problem=error)
    return _remember(request, go_on(request, begun.address), begun, ticket)


async def unlink(request: web.Request) -> web.Response:
    """Let an account at the provider open nothing here any more."""
    chosen = number("account", request.match_info["account_id"])
    unlink = services(request).people.provider_accounts.unlink
    return await take_away(request, unlink, chosen, "account_unlinked")


async def back(request: web.Request) -> web.Response:
    """Let in, or link, who comes back from the provider."""
    provider, people = _provider(request), services(request).people
    slot = request.query.get("state", "")[:1]
    # Some refuse without the state. Such an answer belongs to no login that is known here, so it uses up none.
    name = f"{COOKIE}_{slot}" if slot and slot in SLOTS else None
    ticket = request.cookies.get(name, "") if name else ""
    says = people.tickets.read(_TICKET, ticket)
    if says is not None and says["person"] is not None and request[VISITOR] is None and _crossed(request):
        return once_more(request)  # whose account it is to be linked to says a cookie that stays here
    address = client_address(request)
    try:
        async with request.app[LIMIT].attempt(f"provider from {address}", address):
            says = await asyncio.to_thread(people.tickets.use, _TICKET, ticket)
            if says is None and request.query.get("error") and "state" not in request.query:
                raise ProviderError("the provider refused and does not say to what", say="provider.denied")
            if says is None:
                raise ProviderError(
                    "no login was begun in this browser, or it was some time ago; begin anew",
                    say="provider.state",
                )
            identity = await provider.finish(says["login"], request.query)
            if says["person"] is not None:
                response = await _link(request, says["person"], identity)
            else:
                response = await _come(request, identity, says["where"])
    except (ProviderError, PersonError, TooManyTries) as error:
        response = await _refused(request, says, error)
    if name:
        response.del_cookie(name, path=cookie_path(request))
    return response


def _crossed(request: web.Request) -> bool:
    return request.headers.get("Sec-Fetch-Site") == "cross-site"


async def _refused(request: web.Request, says: Mapping[str, Any] | None, error: CourageError) -> web.Response:
    status = status_of(error) if isinstance(error, TooManyTries) else 403
    if says is not None and says["person"] is not None and request[VISITOR] is not None:
        return await show_account(request, status, problem=error)
    where = "/" if says is None else str(says["where"])
    return await login_page(request, "login.html", status, next=where, name="", problem=error)


async def _link(request: web.Request, person_id: int, identity: Identity) -> web.Response:
    who = request[VISITOR]
    if who is None or who.person.id != person_id:
        raise ProviderError("whoever began to link this account is logged in no more", say="provider.state")
    accounts = services(request).people.provider_accounts
    await asyncio.to_thread(accounts.link, person_id, identity.issuer, identity.subject, identity.name)
    return web.Response(status=303, headers={"Location": "/account?said=account_linked"})


async def _come(request: web.Request, identity: Identity, where: str) -> web.Response:
    people = services(request).people
    found = await asyncio.to_thread(people.provider_accounts.find, identity.issuer, identity.subject)
    if found is None:
        found = await asyncio.to_thread(_new, request, identity)
    if await asyncio.to_thread(people.second_factor.needed, found):
        return await ask_second(request, found, "oidc", where)
    return enter(request, await asyncio.to_thread(people.open_session, found, kind="oidc"), where)


def _new(request: web.Request, identity: Identity) -> int:
    """Make an account for somebody who has none, if the operator wants that; return its number.

    :raises ProviderError: if not, or if the provider tells no name for them.
    :raises PersonError: if somebody has the name already.
    """
    desk, settings = services(request), _provider(request).settings
    if not settings.new_people:
        raise ProviderError("this account opens none here", say="provider.unknown")
    if not identity.called:
        raise ProviderError(
            f"the provider tells no {settings.claim}", say="provider.no_name", claim=settings.claim
        )
    organisation_id = desk.organisation_id
    if settings.organisation:
        try:
            organisation_id = (
                there(desk.organisations, "this desk knows one organisation").find(settings.organisation).id
            )
        except CourageError as error:
            log.error("COURAGE_OIDC_NEW_ORGANISATION: %s", error)
            raise ProviderError("new people belong to no organisation", say="provider.unknown") from None
    language = identity.locale.partition("-")[0].lower()
    languages = (language if language in LANGUAGES else desk.language,)
    new = desk.people.admit(
        (identity.issuer, identity.subject), identity.called, settings.new_people, organisation_id, languages
    )
    return new.id
