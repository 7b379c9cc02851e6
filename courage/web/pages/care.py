"""Looking after oneself: how much one reads in a day, breaks, what one is not offered, how messages are shown, who helps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from aiohttp import web

from courage.cases.access import WORKERS
from courage.cases.care import Exposure
from courage.errors import CourageError
from courage.people.care import Care, CareView
from courage.people.support import COUNTRIES, lines_for
from courage.web.errors import there
from courage.web.keys import person, services
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render

#: How long a break may be, by the name that the form has for it.
BREAKS: Final = {
    "quarter": timedelta(minutes=15),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(days=7),
}


def _care(request: web.Request) -> Care:
    return there(services(request).care, "there is no such page here")


def _exposure(request: web.Request) -> Exposure:
    return there(services(request).exposure, "there is no such page here")


async def _mine(request: web.Request) -> CareView:
    who = person(request)
    return await asyncio.to_thread(_care(request).of, who.id, who.organisation_id)


async def care(request: web.Request) -> web.Response:
    """Show what one chose and how much one has read; nobody else sees it."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, mine = person(request), await _mine(request)
    days = await asyncio.to_thread(_exposure(request).days, who.id, who.organisation_id)
    resting = mine.break_until is not None and mine.break_until > datetime.now(UTC)
    return await render(
        request, "care.html", status, page="care", mine=mine, days=days, resting=resting,
        breaks=tuple(BREAKS), countries=COUNTRIES, lines=lines_for(mine.country),
        **context,
    )  # fmt: skip


def _cap(form: Form) -> int | None:
    return form.number("daily_cap") if form.text("daily_cap").strip() else None


async def choose(request: web.Request) -> web.Response:
    """Keep one's own choices."""
    form, who = await read_form(request), person(request)
    try:
        cap = _cap(form)
        await asyncio.to_thread(
            lambda: _care(request).choose(
                who.id, who.organisation_id, daily_cap=cap, muted=form.texts("muted"),
                softened=bool(form.text("softened")), country=form.text("country"),
            )
        )  # fmt: skip
    except CourageError as error:
        return await _page(request, 400, problem=error)
    raise back("/care", "care_kept")


async def begin_break(request: web.Request) -> web.Response:
    """Begin a break; cases that one is on stay, to be handed back or finished."""
    form, who = await read_form(request), person(request)
    how_long = BREAKS[form.choice("how_long", tuple(BREAKS))]
    await asyncio.to_thread(_care(request).rest, who.id, who.organisation_id, how_long)
    raise back("/rest")


async def end_break(request: web.Request) -> web.Response:
    """Come back from a break."""
    who = person(request)
    await asyncio.to_thread(_care(request).rest, who.id, who.organisation_id, None)
    raise back("/care", "break_ended")


async def group(request: web.Request) -> web.Response:
    """Set the limit for everybody of the organisation."""
    form, who = await read_form(request), person(request)
    try:
        cap = _cap(form)
        await asyncio.to_thread(_care(request).set_group_cap, who.organisation_id, who.id, cap)
    except CourageError as error:
        return await _page(request, 400, problem=error)
    raise back("/care", "care_kept")


async def rest(request: web.Request) -> web.Response:
    """Say that it is enough for now, what can be done with the case that one is on, and who helps."""
    who, desk, mine = person(request), services(request), await _mine(request)
    held = None
    if who.role in WORKERS:
        held = await asyncio.to_thread(desk.casework.current_case, who.id, who.organisation_id)
    today = await asyncio.to_thread(_exposure(request).today, who.id, who.organisation_id)
    resting = mine.break_until is not None and mine.break_until > datetime.now(UTC)
    return await render(
        request, "rest.html", page="care", mine=mine, resting=resting, today=today, held=held,
        enough=mine.cap is not None and today >= mine.cap, lines=lines_for(mine.country),
    )  # fmt: skip
