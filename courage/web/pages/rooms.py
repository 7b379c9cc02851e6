"""Rooms: how readily screening flags in each, and what every sensitivity would have flagged there lately."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from courage.errors import CourageError
from courage.insights.shadow import DAYS, RoomShadow
from courage.people.rooms import RoomView
from courage.taxonomy import LANGUAGES, SENSITIVITIES
from courage.web.keys import person, services
from courage.web.reading import read_form
from courage.web.rendering import back, render

#: What a narrative does in a room: open a case, be counted only, or as its sensitivity has it.
NARRATIVES: Final = {"default": None, "open": True, "count": False}


#: What an admin can make of a room: a group room, a desk room for all cases, or one for those in a language.
DUTIES: Final = ("group", "all", *LANGUAGES)


async def rooms(request: web.Request) -> web.Response:
    """List the organisation's group rooms with their counts."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: object) -> web.Response:
    desk, organisation = services(request), person(request).organisation_id

    def read() -> tuple[list[tuple[RoomView, RoomShadow]], list[RoomView]]:
        counted = {} if desk.shadows is None else desk.shadows.of_rooms(organisation)
        known = desk.rooms.list(organisation)
        groups = [room for room in known if room.kind == "group"]
        return (
            [(room, counted.get((room.channel, room.room_id), RoomShadow())) for room in groups],
            [room for room in known if room.desk_language is not None],
        )

    chosen = {opens: word for word, opens in NARRATIVES.items()}
    groups, desks = await asyncio.to_thread(read)
    shown = {
        "rooms": groups,
        "desks": desks,
        "duties": DUTIES,
        "chat_systems": desk.chat_systems,
        "chosen": chosen,
        "connects": desk.chats is not None,
        "days": DAYS,
        "said": None,
        "problem": None,
        **context,
    }
    return await render(request, "rooms.html", status, page="rooms", **shown)


async def change(request: web.Request) -> web.Response:
    """Set how readily screening flags in one room, and whether narratives open cases there."""
    form, desk = await read_form(request), services(request)
    channel, room_id = (form.text(name, required=True, max_length=255) for name in ("channel", "room_id"))
    sensitivity = form.choice("sensitivity", SENSITIVITIES)
    narratives = NARRATIVES[form.choice("narratives", tuple(NARRATIVES))]
    organisation = person(request).organisation_id
    try:
        await asyncio.to_thread(desk.rooms.set_sensitivity, channel, room_id, sensitivity, organisation)
        await asyncio.to_thread(desk.rooms.set_narratives, channel, room_id, narratives, organisation)
    except CourageError as error:
        return await _list(request, 400, problem=error)
    raise back("/rooms", "changed")


async def make_desk(request: web.Request) -> web.Response:
    """Make a room a desk room, for all cases or for those in one language, or a group room again."""
    form, desk = await read_form(request), services(request)
    channel, room_id = (form.text(name, required=True, max_length=255) for name in ("channel", "room_id"))
    duty = form.choice("duty", DUTIES)
    language = {"group": None, "all": ""}.get(duty, duty)
    try:
        await asyncio.to_thread(
            desk.rooms.set_desk, channel, room_id, language, person(request).organisation_id
        )
    except CourageError as error:
        return await _list(request, 400, problem=error)
    raise back("/rooms", "changed")
