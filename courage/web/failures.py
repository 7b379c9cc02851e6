"""What people and programs see when something goes wrong: one line, never a traceback."""

from __future__ import annotations

import logging
import secrets
import traceback
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler

from courage.cases.errors import NotReady
from courage.errors import CourageError
from courage.i18n.catalogue import DEFAULT
from courage.people.errors import QuotaExceeded
from courage.web.errors import LoginNeeded, TooManyTries, TooOften, status_of
from courage.web.keys import LANGUAGE, VISITOR, WORDS
from courage.web.problems import of_status, spoken
from courage.web.rendering import render
from courage.web.schemas.perspective import fault_of
from courage.web.security import guards_itself

log = logging.getLogger(__name__)

_HTTP: Final = {
    404: "there is nothing at this address",
    405: "this address does not know that method",
    413: "the body is too large",
    415: "this kind of body is not read here",
}


def wants_json(request: web.Request) -> bool:
    """Say whether an error should be JSON: for the API, and for what asks for it."""
    if request.path.startswith(("/api/", "/hooks/")) or request.path in (
        "/health",
        "/live",
        "/ready",
        "/events",
    ):
        return True
    accept = request.headers.get("Accept", "")
    return "application/json" in accept and "text/html" not in accept


def speaks_google(request: web.Request) -> bool:
    """Say whether the address is one of Perspective's, whose clients read errors in Google's form."""
    return request.path.startswith(("/v1alpha1/", "/$discovery/"))


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into one line for people; log unexpected ones without any text of people."""
    if guards_itself(request):
        return await handler(request)
    try:
        return await handler(request)
    except LoginNeeded as error:
        if wants_json(request) or request.method not in ("GET", "HEAD"):
            return await answer(request, 401, str(error), error)
        return web.Response(status=303, headers={"Location": _login_address(request)})
    except CourageError as error:
        status = status_of(error)
        if speaks_google(request):
            fault = fault_of(error, status)
            response = web.json_response(fault.body(), status=fault.code)
        else:
            response = await answer(request, status, str(error), error)
        if isinstance(error, TooManyTries | TooOften | QuotaExceeded):
            response.headers["Retry-After"] = str(error.wait)
        return response
    except web.HTTPException as error:
        if error.status < 400:
            raise
        said = await answer(request, error.status, _HTTP.get(error.status, error.reason))
        if "Allow" in error.headers:
            said.headers["Allow"] = error.headers["Allow"]
        return said
    except Exception as error:
        reference = secrets.token_hex(4)
        # The message of an exception may quote what people wrote (a database error shows its parameters).
        places = " < ".join(
            f"{frame.filename.rsplit('/', 2)[-2]}/{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}"
            for frame in reversed(traceback.extract_tb(error.__traceback__)[-8:])
            if "/" in frame.filename
        )
        route = request.match_info.route.resource
        where = route.canonical if route is not None else "?"
        log.error(
            "%s at %s %s, reference %s: %s", type(error).__name__, request.method, where, reference, places
        )
        line = f"something went wrong on our side; reference {reference}"
        return await answer(request, 500, line, reference=reference)


def _login_address(request: web.Request) -> str:
    from urllib.parse import quote

    return "/login" if request.path == "/" else f"/login?next={quote(request.path_qs, safe='/')}"


async def answer(
    request: web.Request, status: int, line: str, error: CourageError | None = None, **values: str
) -> web.Response:
    """Return an error as JSON or as a page, there in the reader's language.

    :param values: what the sentence of a status needs, such as the ``reference`` of an unexpected error.
    """
    line = line.encode("utf-8", "replace").decode()
    if speaks_google(request):
        return web.json_response(fault_of(CourageError(line), status).body(), status=status)
    if wants_json(request):
        return web.json_response({"error": line}, status=status)
    if WORDS not in request.config_dict:
        return web.Response(text=line, status=status)
    if VISITOR not in request:
        request[VISITOR] = None
    words, language = request.config_dict[WORDS], request.get(LANGUAGE, DEFAULT)
    if error is not None:
        line = spoken(error, words, language, writes=request.method not in ("GET", "HEAD"))
    else:
        line = of_status(status, words, language, **values)
    line = line.encode("utf-8", "replace").decode()
    return await render(
        request, "error.html", status, status=status, line=line, not_ready=isinstance(error, NotReady)
    )
