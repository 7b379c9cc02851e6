"""Where chat systems send what happens, instead of being asked for it."""

from __future__ import annotations

from aiohttp import web

from courage.web.keys import SERVICES


async def receive(request: web.Request) -> web.StreamResponse:
    """Hand what was sent to the gateway of the chat system, which checks who sent it.

    :raises aiohttp.web.HTTPNotFound: if no gateway of that name wants anything sent.
    """
    hook = request.config_dict[SERVICES].hook
    if hook is None:
        raise web.HTTPNotFound
    return await hook(request.match_info["channel"], request)
