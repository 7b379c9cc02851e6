"""Webhooks: which programs hear of the organisation's cases. For admins."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web

from courage.cases.webhooks.events import EVENTS
from courage.cases.webhooks.service import Webhooks
from courage.errors import CourageError
from courage.web.errors import there
from courage.web.keys import person, services
from courage.web.reading import number, read_form
from courage.web.rendering import back, render


def _all(request: web.Request) -> Webhooks:
    return there(services(request).webhooks, "this desk has no webhooks")


async def webhooks(request: web.Request) -> web.Response:
    """List the webhooks of the admin's organisation."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    found = await asyncio.to_thread(_all(request).list, person(request).id)
    shown: dict[str, Any] = {
        "hooks": found, "events": EVENTS, "secret": None, "secret_of": "", "url": "", "chosen": EVENTS,
        "with_text": False, "said": None, "problem": None, **context,
    }  # fmt: skip
    return await render(request, "webhooks.html", status, page="organisation", **shown)


async def add(request: web.Request) -> web.Response:
    """Add a webhook and show its secret once."""
    form, hooks = await read_form(request), _all(request)
    url, chosen = form.text("url", max_length=2_000), form.texts("event")
    with_text = bool(form.text("with_text"))
    try:
        new, secret = await asyncio.to_thread(
            lambda: hooks.add(person(request).id, url, chosen, with_text=with_text)
        )
    except CourageError as error:
        return await _list(request, 400, problem=error, url=url, chosen=chosen, with_text=with_text)
    return await _list(request, secret=secret, secret_of=new.url)


async def renew(request: web.Request) -> web.Response:
    """Give a webhook a new secret and show it once."""
    hooks, chosen = _all(request), _number(request)
    secret = await asyncio.to_thread(hooks.renew_secret, person(request).id, chosen)
    found = await asyncio.to_thread(hooks.list, person(request).id)
    return await _list(
        request, secret=secret, secret_of=next(hook.url for hook in found if hook.id == chosen)
    )


async def test(request: web.Request) -> web.Response:
    """Send an event that says nothing."""
    return await _step(request, lambda hooks, who, chosen: hooks.test(who, chosen), "webhook_tested")


async def switch(request: web.Request) -> web.Response:
    """Switch a webhook on or off."""
    on = (await read_form(request)).choice("on", ("yes", "no")) == "yes"
    return await _step(
        request, lambda hooks, who, chosen: hooks.switch(who, chosen, on=on), "webhook_changed"
    )


async def remove(request: web.Request) -> web.Response:
    """Remove a webhook."""
    return await _step(request, lambda hooks, who, chosen: hooks.remove(who, chosen), "webhook_removed")


async def _step(request: web.Request, call: Callable[[Webhooks, int, int], Any], said: str) -> web.Response:
    hooks, who, chosen = _all(request), person(request).id, _number(request)
    try:
        await asyncio.to_thread(call, hooks, who, chosen)
    except CourageError as error:
        return await _list(request, 400, problem=error)
    raise back("/webhooks", said)


def _number(request: web.Request) -> int:
    return number("webhook", request.match_info["webhook_id"])
