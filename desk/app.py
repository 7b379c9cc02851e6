"""The desk as an aiohttp application."""

from __future__ import annotations

import mimetypes

from aiohttp import web

from desk import rendering, routes
from desk.failures import explain
from desk.keys import LIMIT, OFFERS, SERVICES, STREAMS, WORDS
from desk.limits import LoginLimit
from desk.offers import Offers
from desk.security import add_headers, guard, identify
from desk.services import DeskServices
from desk.streams import Streams
from desk.words import Words


def make_desk(services: DeskServices, *, login_limit: LoginLimit | None = None) -> web.Application:
    """Return the desk. Applications mounted into it with ``add_subapp`` guard themselves.

    A route added to it directly, past the table in :mod:`desk.routes`, is refused: it would be unguarded.
    """
    mimetypes.add_type("text/javascript", ".mjs")
    app = web.Application(
        middlewares=[explain, identify, guard], client_max_size=services.max_body, client_max_fields=500
    )
    app[SERVICES] = services
    app[WORDS] = Words()
    app[LIMIT] = login_limit or LoginLimit()
    app[OFFERS] = Offers()
    app[STREAMS] = Streams()
    rendering.set_up(app)
    routes.add_to(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(app[STREAMS].close)
    return app
