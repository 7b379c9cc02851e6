"""What a line of the table of routes says; :mod:`courage.web.routes` holds the table itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from courage.cases.access import LEADERS as CASE_LEADERS
from courage.cases.access import WORKERS as CASE_WORKERS
from courage.cases.decisions import READERS as DECISION_READERS
from courage.cases.decisions import REVIEWERS as DECISION_REVIEWERS
from courage.people.organisations import OPERATOR
from courage.web.schemas.base import Answer, Query, Request

PUBLIC: Final[frozenset[str] | None] = None
EVERYONE: Final = frozenset({"moderator", "volunteer", "trainer", "admin"})
#: Those who look after the installation and see nothing of any organisation.
OPERATORS: Final = frozenset({OPERATOR})
ANYBODY: Final = EVERYONE | OPERATORS
WORKERS: Final = frozenset(CASE_WORKERS)
WRITERS: Final = frozenset({"trainer", "admin"})
LEADERS: Final = frozenset(CASE_LEADERS)
REVIEWERS: Final = frozenset(DECISION_REVIEWERS)
READERS: Final = frozenset(DECISION_READERS)
#: Those who see what the desk did; people's load is for :data:`WRITERS` of them.
INSIGHTS: Final = frozenset({"trainer", "moderator", "admin"})
ADMINS: Final = frozenset({"admin"})

Call = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address: ``roles`` who may use it (``PUBLIC``: everybody), ``kind`` page, form, share, api, login-api or stream.

    ``body`` and ``query`` are the models of what an API route reads (``None``: it reads none), ``answer`` that of what
    it returns with ``status``, ``many`` says that it returns a list of them. ``raw_body`` says what a body is that is
    no JSON, ``files`` are the content types of an answer that is none.

    A route of kind ``share`` takes what the device's share menu sends, without a CSRF token: it may only show it.

    A route of kind ``machine`` is for programs: cookies are not looked at, and who may use it says ``scope``, which the
    API key must have (``""``: everybody, without a key). An API route that has a ``scope`` is open to such keys too.
    """

    method: str
    path: str
    call: Call
    roles: frozenset[str] | None
    kind: str = "page"
    summary: str = ""
    body: type[Request] | None = None
    query: type[Query] | None = None
    answer: type[Answer] | None = None
    many: bool = False
    status: int = 200
    raw_body: str = ""
    files: tuple[str, ...] = ()
    scope: str = ""


ROUTES: web.AppKey[dict[web.AbstractRoute, Route]] = web.AppKey("routes")
