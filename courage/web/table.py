"""What a line of the table of routes says; :mod:`courage.web.routes` holds the table itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from courage.cases.casework_base import WORKERS as CASE_WORKERS
from courage.cases.decisions import REVIEWERS as DECISION_REVIEWERS
from courage.web.schema import Field

PUBLIC: Final[frozenset[str] | None] = None
EVERYONE: Final = frozenset({"moderator", "volunteer", "trainer", "admin"})
WORKERS: Final = frozenset(CASE_WORKERS)
WRITERS: Final = frozenset({"trainer", "admin"})
REVIEWERS: Final = frozenset(DECISION_REVIEWERS)
ADMINS: Final = frozenset({"admin"})

Call = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """One address: ``roles`` who may use it (``PUBLIC``: everybody), ``kind`` page, form, api, login-api or stream.

    A route of kind ``machine`` is for programs: cookies are not looked at, and who may use it says ``scope``, which the
    API key must have (``""``: everybody, without a key). An API route that has a ``scope`` is open to such keys too.

    ``body`` and ``query`` describe what an API route reads, ``answer`` what it returns, ``limit`` its body's
    size in bytes (0: the desk's own limit).
    """

    method: str
    path: str
    call: Call
    roles: frozenset[str] | None
    kind: str = "page"
    summary: str = ""
    body: tuple[Field, ...] = ()
    query: tuple[Field, ...] = ()
    answer: str = "Object"
    answer_list: bool = False
    raw_body: str = ""
    limit: int = field(default=0)
    scope: str = ""


ROUTES: web.AppKey[dict[web.AbstractRoute, Route]] = web.AppKey("routes")
