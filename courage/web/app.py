"""The desk as an aiohttp application."""

from __future__ import annotations

import mimetypes

from aiohttp import web

from courage.i18n.catalogue import default_catalogue
from courage.web import rendering, routes
from courage.web.bodies import Bodies, bounded
from courage.web.failures import explain
from courage.web.keys import BODIES, HASHING, LIMIT, OFFERS, SERVICES, STREAMS, UPLOADS, WORDS
from courage.web.limits import HashingPool, LoginLimit
from courage.web.offers import Offers
from courage.web.security import add_headers, guard, identify
from courage.web.server import resting_after
from courage.web.services import DeskServices
from courage.web.sheets import WORKSHOPS, WorkshopDesk
from courage.web.streams import Streams
from courage.web.uploads import Uploads


def make_desk(services: DeskServices, *, login_limit: LoginLimit | None = None) -> web.Application:
    """Return the desk. Applications mounted into it with ``add_subapp`` guard themselves.

    A route added to it directly, past the table in :mod:`courage.web.routes`, is refused: it would be unguarded.
    """
    mimetypes.add_type("text/javascript", ".mjs")
    app = web.Application(
        middlewares=[resting_after, explain, identify, bounded, guard],
        client_max_size=services.max_body,
        client_max_fields=500,
    )
    app[SERVICES] = services
    app[WORDS] = default_catalogue()
    app[LIMIT] = login_limit or LoginLimit(shared=services.tries)
    app[HASHING] = HashingPool()
    app[OFFERS] = Offers()
    app[STREAMS] = Streams()
    app[BODIES] = Bodies()
    app[UPLOADS] = Uploads()
    app[WORKSHOPS] = WorkshopDesk(services.tries, services.allowances)
    rendering.set_up(app)
    routes.add_to(app)
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(app[STREAMS].close)
    app.on_cleanup.append(_stop_hashing)
    return app


async def _stop_hashing(app: web.Application) -> None:
    app[HASHING].close()
