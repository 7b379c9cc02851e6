"""Hearing of the desk when it is closed: the own address and choices, and the links of mails, which need no login."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.cases.access import LEADERS, WORKERS
from courage.errors import CourageError
from courage.people.notices import EVERY, NoticeWish
from courage.web.errors import BadInput, NotHere, there
from courage.web.keys import person, services
from courage.web.pages.login import login_page
from courage.web.reading import read_form
from courage.web.rendering import back, render
from courage.web.services import Hearing

_MOST_ENDPOINT = 1_000


def _hearing(request: web.Request) -> Hearing:
    return there(services(request).hearing, "nobody is told anything outside this desk")


async def own(request: web.Request) -> web.Response:
    """Show one's own address and choices."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    hearing, who = _hearing(request), person(request)
    mine = await asyncio.to_thread(hearing.notices.of, who.id, who.organisation_id)
    return await render(
        request, "notices.html", status, page="notices", mine=mine, mails=hearing.invitations is not None,
        push_key="" if hearing.push is None else hearing.push.public_key, works=who.role in WORKERS,
        leads=who.role in LEADERS, every=EVERY, **context,
    )  # fmt: skip


async def choose(request: web.Request) -> web.Response:
    """Keep one's choices."""
    hearing, who, form = _hearing(request), person(request), await read_form(request)
    try:
        wish = NoticeWish(
            **{
                name: bool(form.text(name))
                for name in ("mail_digest", "mail_alarm", "push_digest", "push_alarm")
            },
            every_minutes=form.number("every_minutes"),
            quiet_from=form.text("quiet_from", max_length=20),
            quiet_to=form.text("quiet_to", max_length=20),
            zone=form.text("zone", max_length=64).strip() or "UTC",
        )
        await asyncio.to_thread(hearing.notices.choose, who.id, who.organisation_id, wish)
    except CourageError as error:
        return await _page(request, 400, problem=error)
    raise back("/account/notices", "notices_kept")


async def set_address(request: web.Request) -> web.Response:
    """Keep one's own e-mail address; a new one is asked first whether it is read."""
    hearing, who, form = _hearing(request), person(request), await read_form(request)
    invitations = there(hearing.invitations, "this desk sends no mail")
    try:
        asked = await asyncio.to_thread(
            invitations.ask, who.id, who.organisation_id, form.text("address", max_length=300)
        )
    except CourageError as error:
        return await _page(request, 400, problem=error)
    raise back("/account/notices", "address_asked" if asked else "notices_kept")


async def add_browser(request: web.Request) -> web.Response:
    """Keep the browser that sends this: it may be told."""
    hearing, who, form = _hearing(request), person(request), await read_form(request)
    push = there(hearing.push, "browsers are told nothing here")
    endpoint = form.text("endpoint", required=True, max_length=_MOST_ENDPOINT)
    keys = form.text("p256dh", required=True, max_length=120), form.text("auth", required=True, max_length=60)
    try:
        push.check(endpoint, *keys)
        await asyncio.to_thread(hearing.notices.subscribe, who.id, who.organisation_id, endpoint, *keys)
    except CourageError as error:
        return await _page(request, 400, problem=error)
    raise back("/account/notices", "browser_told")


async def forget_browsers(request: web.Request) -> web.Response:
    """Forget the browser whose address is sent along, or all browsers of the person."""
    hearing, who, form = _hearing(request), person(request), await read_form(request)
    endpoint = form.text("endpoint", max_length=_MOST_ENDPOINT) or None
    await asyncio.to_thread(hearing.notices.unsubscribe, who.id, who.organisation_id, endpoint)
    raise back("/account/notices", "browsers_forgotten")


async def show_stop(request: web.Request) -> web.Response:
    """Ask for a press of a button: programs that look through mails open every link in them."""
    hearing = _hearing(request)
    kind = hearing.notices.stopped_by(request.match_info["token"])
    if kind is None:
        raise NotHere("this link is not valid")
    return await login_page(request, "notices_link.html", does="stop", kind=kind, done=False)


async def stop(request: web.Request) -> web.Response:
    """Stop the mails that a link is for."""
    kind = await _stop(request)
    return await login_page(request, "notices_link.html", does="stop", kind=kind, done=True)


async def stop_by_program(request: web.Request) -> web.Response:
    """Stop the mails that a link is for, as a mail program asks when its own button is pressed (RFC 8058)."""
    form = await read_form(request)
    if form.text("List-Unsubscribe", max_length=40) != "One-Click":
        raise BadInput("send List-Unsubscribe=One-Click", say="wrong.form")
    await _stop(request)
    return web.Response(text="stopped\n")


async def _stop(request: web.Request) -> str:
    kind = await asyncio.to_thread(_hearing(request).notices.stop, request.match_info["token"])
    if kind is None:
        raise NotHere("this link is not valid")
    return kind


async def show_confirm(request: web.Request) -> web.Response:
    """Ask for a press of a button, so that the preview of a link confirms nothing."""
    _hearing(request)
    return await login_page(request, "notices_link.html", does="confirm", kind="", done=False)


async def confirm(request: web.Request) -> web.Response:
    """Note that somebody reads the address that the link was sent to."""
    if not await asyncio.to_thread(_hearing(request).notices.confirm, request.match_info["token"]):
        raise NotHere("this link is not valid, or a newer one was sent since")
    return await login_page(request, "notices_link.html", does="confirm", kind="", done=True)
