"""Connecting a chat, step by step: prepare there, let us in, choose the desk room, see a test card, post the notice.

What lets us in is the installation's: admins of its first organisation connect and disconnect. The other steps are each
organisation's own. Every step can fail with a sentence, and be done again.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from courage.cases.chat_setup import CannotConnect, ChatSetup, ChatSystem
from courage.cases.trial_cards import TrialCards
from courage.errors import CourageError
from courage.taxonomy import LANGUAGES
from courage.web.errors import NotHere, Refused, status_of, there
from courage.web.keys import WORDS, person, services
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render


def _setup(request: web.Request) -> ChatSetup:
    return there(services(request).chats, "this desk connects no chat systems")


def _trials(request: web.Request) -> TrialCards:
    return there(services(request).trials, "this desk sends no test cards")


def _installs(request: web.Request) -> bool:
    return person(request).organisation_id == services(request).organisation_id


def _system(request: web.Request) -> ChatSystem:
    name = request.match_info["system"]
    found = next((one for one in _setup(request).systems() if one.name == name), None)
    if found is None:
        raise NotHere("there is no such chat system")
    return found


async def systems(request: web.Request) -> web.Response:
    """List the chat systems and how each is."""
    found = await asyncio.to_thread(_setup(request).systems)
    return await render(request, "connect.html", page="rooms", systems=found, said=request.query.get("said"))


async def system(request: web.Request) -> web.Response:
    """Show the steps of one chat system, and how far each is."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, desk = person(request), services(request)
    found = await asyncio.to_thread(_system, request)
    rooms = [
        room
        for room in await asyncio.to_thread(desk.rooms.list, who.organisation_id)
        if room.channel == found.name and room.active and room.kind != "direct"
    ]
    words = request.config_dict[WORDS]
    shown: dict[str, Any] = {
        "system": found,
        "installs": _installs(request),
        "connected": found.health.get("status") in ("ok", "degraded") and found.origin != "off",
        "desks": [room for room in rooms if room.is_desk],
        "groups": [room for room in rooms if not room.is_desk],
        "notices": [(code, words.say("notice", code, name=who.name)) for code in LANGUAGES],
        "typed": {},
        "why": "",
        "wrong_step": "",
        "problem": None,
        "said": None,
        **context,
    }
    return await render(request, "connect_system.html", status, page="rooms", **shown)


async def _failed(request: web.Request, step: str, error: CourageError, **context: Any) -> web.Response:
    status = status_of(error)
    why = getattr(error, "why", "")
    return await _page(request, status, problem=error, why=why, wrong_step=step, **context)


async def connect(request: web.Request) -> web.Response:
    """Connect the chat system with what was typed, if it lets us in; else nothing changes."""
    found, form = await asyncio.to_thread(_system, request), await read_form(request)
    if not _installs(request):
        raise Refused("only admins of the first organisation connect chat systems", say="connect.not_yours")
    typed = {one.name: form.text(one.name, max_length=4_000) for one in found.asked}
    try:
        await _setup(request).connect(found.name, typed)
    except CannotConnect as error:
        # Secrets are not sent back to the browser: they are typed again.
        kept = {one.name: typed[one.name] for one in found.asked if not one.secret}
        return await _failed(request, "connect", error, typed=kept)
    raise back(f"/rooms/connect/{found.name}", "chat_connected")


async def disconnect(request: web.Request) -> web.Response:
    """Stop speaking with the chat system and forget what it needed."""
    found = await asyncio.to_thread(_system, request)
    if not _installs(request):
        raise Refused("only admins of the first organisation connect chat systems", say="connect.not_yours")
    try:
        await _setup(request).disconnect(found.name)
    except CannotConnect as error:
        return await _failed(request, "connect", error)
    raise back(f"/rooms/connect/{found.name}", "chat_disconnected")


def _room(form: Form) -> str:
    return form.text("room_id", required=True, max_length=255)


async def choose_desk(request: web.Request) -> web.Response:
    """Make a room the desk room for all cases of the organisation."""
    found, form = await asyncio.to_thread(_system, request), await read_form(request)
    organisation = person(request).organisation_id
    try:
        room = await asyncio.to_thread(
            services(request).rooms.set_desk, found.name, _room(form), "", organisation
        )
    except CourageError as error:
        return await _failed(request, "desk", error)
    services(request).bus.publish("room", {"channel": room.channel})
    raise back(f"/rooms/connect/{found.name}", "desk_chosen")


async def test(request: web.Request) -> web.Response:
    """Send a test card to a desk room."""
    found, form, who = await asyncio.to_thread(_system, request), await read_form(request), person(request)
    try:
        await _trials(request).send(who.organisation_id, found.name, _room(form), who.name)
    except CourageError as error:
        return await _failed(request, "test", error)
    raise back(f"/rooms/connect/{found.name}", "card_sent")


async def seen(request: web.Request) -> web.Response:
    """Take the number that somebody read on the test card."""
    found, form, who = await asyncio.to_thread(_system, request), await read_form(request), person(request)
    try:
        await asyncio.to_thread(
            _trials(request).seen, who.organisation_id, found.name, _room(form),
            form.text("number", required=True, max_length=20),
        )  # fmt: skip
    except CourageError as error:
        return await _failed(request, "test", error)
    raise back(f"/rooms/connect/{found.name}", "card_seen")


async def notice(request: web.Request) -> web.Response:
    """Remember that the notice stands in a group room; people post it themselves."""
    found, form, who = await asyncio.to_thread(_system, request), await read_form(request), person(request)
    try:
        await asyncio.to_thread(
            services(request).rooms.notice_posted, found.name, _room(form), datetime.now(UTC), who.organisation_id
        )  # fmt: skip
    except CourageError as error:
        return await _failed(request, "notice", error)
    raise back(f"/rooms/connect/{found.name}", "notice_noted")
