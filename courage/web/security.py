"""The desk's guards: who sends a request, whether they may, and that the request is really theirs."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from html import escape
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from courage.people.errors import ApiKeyInvalid
from courage.people.keys import PREFIX
from courage.people.views import PersonView
from courage.web.errors import CompressedBody, LoginNeeded, NotForRole, NotHere, Refused
from courage.web.keys import API_KEY, FORM_TOKEN, LANGUAGE, SERVICES, VISITOR, WORDS, Visitor
from courage.web.reading import read_form
from courage.web.table import PUBLIC, ROUTES, Route
from courage.web.words import accepted, direction

COOKIE: Final = "courage_session"
FORM_COOKIE: Final = "courage_form"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
}


async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Put the security headers on every response, streams and files included.

    Redirects get the folder in which the desk lies here, once for all pages.
    """
    base, where = request.config_dict[SERVICES].base, response.headers.get("Location", "")
    if base and where.startswith("/") and not where.startswith("//"):
        response.headers["Location"] = f"{base}{where}"
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault(
        "Cache-Control", "no-cache" if request.path.startswith("/static/") else "no-store"
    )
    if request.config_dict[SERVICES].public_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")


def guards_itself(request: web.Request) -> bool:
    """Say whether the route belongs to an application mounted into the desk, which has guards of its own."""
    return len(request.match_info.apps) > 1


def route_of(request: web.Request) -> Route | None:
    """Return the line of the table that a request meets; ``None`` where there is no such page.

    :raises NotHere: if a route was added past the table: it would be unguarded, so it is refused.
    """
    if request.match_info.http_exception is not None:
        return None
    found = request.app[ROUTES].get(request.match_info.route)
    if found is None:
        raise NotHere("this address is not in the desk's table of routes")
    return found


@web.middleware
async def identify(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who sends the request, by session cookie or (for ``/api/``) by bearer token."""
    if guards_itself(request):
        return await handler(request)
    if is_machine(request):
        request[VISITOR] = None
        return await handler(request)
    people, words = request.config_dict[SERVICES].people, request.config_dict[WORDS]
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    by_bearer = scheme.casefold() == "bearer" and request.path.startswith("/api/")
    token = bearer.strip() if by_bearer else request.cookies.get(COOKIE, "")
    found = await asyncio.to_thread(people.session, token) if token else None
    accepts = accepted(request.headers.get("Accept-Language", ""))
    request[VISITOR] = None if found is None else Visitor(found[0], found[1], token, by_bearer)
    asked = list(found[0].languages) if found is not None else []
    # The form of people knows no order: of several languages of one's own, that of the browser.
    mine = [code for code in accepts if code in asked]
    request[LANGUAGE] = words.choose([*mine, *asked, *accepts, *_spoken(request, found)])
    request[FORM_TOKEN] = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    return await handler(request)


def _spoken(request: web.Request, found: tuple[PersonView, str] | None) -> list[str]:
    """Return the languages of the organisation and of the desk, for those who choose none."""
    desk = request.config_dict[SERVICES]
    if found is None or desk.organisations is None:
        return [desk.language]
    mine = desk.organisations.get(found[0].organisation_id)
    return [desk.language] if mine is None or mine.language is None else [mine.language, desk.language]


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a request pass only if its line of the table of routes allows it."""
    if guards_itself(request):
        return await handler(request)
    refuse_compressed(request)
    route = route_of(request)
    if route is None:
        return await handler(request)
    if route.kind == "machine":
        if route.scope:
            await _check_key(request, route.scope)
        return await handler(request)
    if route.scope and key_given(request).startswith(PREFIX):
        # A key in an address or a header cannot be sent by another site's page, so nothing needs a CSRF token.
        await _check_key(request, route.scope)
        return await handler(request)
    who, roles = request[VISITOR], route.roles
    if roles is not PUBLIC and who is None:
        if request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site":
            return once_more(request)
        raise LoginNeeded("log in first")
    if roles is not None and who is not None and who.person.role not in roles:
        raise NotForRole(who.person.role, roles)
    if route.kind == "share":
        check_share(request)
    elif request.method not in SAFE and not (who is not None and who.bearer):
        check_origin(request)
        if route.kind != "login-api":
            await _check_csrf(request, who)
    return await handler(request)


def refuse_compressed(request: web.Request) -> None:
    """Refuse bodies that would have to be unpacked.

    :raises CompressedBody: naming the encoding.
    """
    encoding = request.headers.get("Content-Encoding", "identity").strip().casefold()
    if encoding not in ("", "identity"):
        raise CompressedBody(
            f"a body in {encoding[:20]!r} is not read here; send it without Content-Encoding"
        )


def is_machine(request: web.Request) -> bool:
    """Say whether the route is for programs, which come with an API key and never with a cookie."""
    found = request.app[ROUTES].get(request.match_info.route)
    return found is not None and found.kind == "machine"


def key_given(request: web.Request) -> str:
    """Return the API key of a request, from ``?key=``, ``X-Goog-Api-Key`` or ``Authorization: Bearer``; else ``""``."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    return (
        request.query.get("key", "").strip()
        or request.headers.get("X-Goog-Api-Key", "").strip()
        or (bearer.strip() if scheme.casefold() == "bearer" else "")
    )


async def _check_key(request: web.Request, scope: str) -> None:
    keys = request.config_dict[SERVICES].keys
    if keys is None:
        raise ApiKeyInvalid
    key = request[API_KEY] = await asyncio.to_thread(keys.use, key_given(request), scope)
    # To handlers that only ask for the organisation, a program looks like a person whose role opens nothing.
    program = PersonView(0, key.organisation_id, key.name, "program", (), True)
    request[VISITOR] = Visitor(program, csrf="", token="", bearer=True)


def check_origin(request: web.Request) -> None:
    """Refuse writes that another site's page sends.

    :raises Refused: if the browser says that the request comes from elsewhere.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Refused("this request comes from another site")
    origin = request.headers.get("Origin")
    if origin is None:
        return
    ours = {request.host.casefold()}
    if public := urlsplit(request.config_dict[SERVICES].public_url).netloc:
        ours.add(public.casefold())
    if urlsplit(origin).netloc.casefold() not in ours:
        raise Refused("this request comes from another site")


def check_share(request: web.Request) -> None:
    """Refuse what another site's page sends to an address for the device's share menu.

    The menu sends no CSRF token, and an Origin that says nothing; browsers say of it that no page is behind it.

    :raises Refused: if the browser says that the request comes from elsewhere.
    """
    if "Sec-Fetch-Site" not in request.headers:
        check_origin(request)
    elif request.headers["Sec-Fetch-Site"] not in ("same-origin", "none"):
        raise Refused("this request comes from another site")


async def _check_csrf(request: web.Request, who: Visitor | None) -> None:
    wanted = who.csrf if who is not None else request.cookies.get(FORM_COOKIE, "")
    given = request.headers.get(HEADER, "")
    if not given and request.content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        given = (await read_form(request)).text("csrf")
    if not wanted or not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise Refused(
            f"the CSRF token is missing or old; reload the page (programs send it as {HEADER} or use a bearer token)"
        )


def once_more(request: web.Request) -> web.Response:
    """Let the browser ask for the same page again, of its own accord.

    Strict cookies do not travel with a link from a chat or another site; the page's own reload brings them along.
    """
    return go_on(request, request.config_dict[SERVICES].base + request.path_qs)


def go_on(request: web.Request, where: str) -> web.Response:
    """Send the browser to an address by a page of ours, which counts as where it comes from.

    Where a form is answered so, the address may be another site's: a redirect would be part of sending the form, which
    the content security policy keeps here.
    """
    address = escape(where, quote=True)
    base = request.config_dict[SERVICES].base
    language = request[LANGUAGE]
    go = escape(request.config_dict[WORDS].say("base.go_on", language))
    page = (
        f'<!doctype html><html lang="{language}" dir="{direction(language)}"><meta charset="utf-8"><title>Courage</title>'
        f'<script src="{base}/static/keep.js"></script><meta http-equiv="refresh" content="0;url={address}">'
        f'<p><a href="{address}">{go}</a></p>'
    )
    return web.Response(text=page, content_type="text/html")


def secure(request: web.Request) -> bool:
    """Say whether people reach the desk over https, so that cookies must not travel in the clear."""
    return request.config_dict[SERVICES].public_url.startswith("https:") or request.secure


def set_cookie(
    request: web.Request,
    response: web.StreamResponse,
    name: str,
    value: str,
    age: int | None,
    *,
    comes_back: bool = False,
) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send; ``age`` in seconds.

    :param comes_back: whether it travels with somebody whom another site sends here, as after a login there.
    """
    response.set_cookie(
        name,
        value,
        max_age=age,
        path=cookie_path(request),
        httponly=True,
        samesite="Lax" if comes_back else "Strict",
        secure=secure(request),
    )


def cookie_path(request: web.Request) -> str:
    """Return where cookies are for: the desk's own folder, so that its neighbours on the host never get them."""
    return f"{request.config_dict[SERVICES].base}/"
