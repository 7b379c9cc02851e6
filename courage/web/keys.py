"""Typed keys under which the application and a request carry what handlers need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiohttp import web

from courage.i18n.catalogue import Catalogue
from courage.people.keys import ApiKeyView
from courage.people.views import PersonView
from courage.web.services import DeskServices

if TYPE_CHECKING:
    from courage.web.bodies import Bodies
    from courage.web.limits import HashingPool, LoginLimit
    from courage.web.offers import Offers
    from courage.web.streams import Streams
    from courage.web.uploads import Uploads


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who sends a request: the person, and the CSRF token of the session; ``token`` is the session's secret."""

    person: PersonView
    csrf: str
    token: str
    bearer: bool = False


SERVICES: web.AppKey[DeskServices] = web.AppKey("services", DeskServices)
WORDS: web.AppKey[Catalogue] = web.AppKey("words", Catalogue)
LIMIT: web.AppKey[LoginLimit] = web.AppKey("limit")
HASHING: web.AppKey[HashingPool] = web.AppKey("hashing")
STREAMS: web.AppKey[Streams] = web.AppKey("streams")
BODIES: web.AppKey[Bodies] = web.AppKey("bodies")
UPLOADS: web.AppKey[Uploads] = web.AppKey("uploads")
OFFERS: web.AppKey[Offers] = web.AppKey("offers")
VISITOR: web.RequestKey[Visitor | None] = web.RequestKey("visitor")
API_KEY: web.RequestKey[ApiKeyView] = web.RequestKey("api_key", ApiKeyView)
LANGUAGE: web.RequestKey[str] = web.RequestKey("language", str)
FORM_TOKEN: web.RequestKey[str] = web.RequestKey("form_token", str)


def services(request: web.Request) -> DeskServices:
    """Return what the desk was given."""
    return request.config_dict[SERVICES]


def visitor(request: web.Request) -> Visitor:
    """Return who sends the request; only for routes that need a login."""
    found: Visitor | None = request.get(VISITOR)
    assert found is not None, "this route is not for people who are not logged in"
    return found


def person(request: web.Request) -> PersonView:
    """Return the person who sends the request; only for routes that need a login."""
    return visitor(request).person
