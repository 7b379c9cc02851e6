"""Practice: a group room and a desk room side by side, where a newcomer can walk the whole way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from aiohttp import web

from courage.cases.conversation import conversation_key
from courage.cases.errors import AssistantUnavailable
from courage.cases.inbound import InboundMessage
from courage.cases.ports import Button
from courage.errors import CourageError
from courage.web.errors import NotHere
from courage.web.keys import LANGUAGE, WORDS, person, services
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render
from courage.web.services import Practice

GROUP: Final = "practice-group"
MAX_MESSAGE: Final = 4000
MEMBERS: Final = ("Robin", "Sascha", "Noor", "Kim")


def rooms_of(request: web.Request) -> Practice:
    """Return the practice rooms.

    :raises NotHere: if this desk has none.
    """
    found = services(request).practice
    if found is None:
        raise NotHere("this desk has no practice rooms")
    return found


async def practice(request: web.Request) -> web.Response:
    """Show both rooms and the first steps."""
    return await _page(request)


async def _page(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    rooms, who = rooms_of(request), person(request)
    group, desk = list(rooms.lines(GROUP)), list(rooms.lines(rooms.desk_room))
    numbers = {line.card.case_id for line in desk if line.card is not None and line.card.case_id}
    cases = await asyncio.to_thread(_states, services(request).casework, numbers, who.organisation_id)
    steps = {
        "write": any(line.kind == "message" for line in group),
        "claim": any(case.status not in ("open", "withdrawn") for case in cases.values()),
        "post": any(line.kind == "reply" for line in group),
    }
    shown = {
        "group": group, "desk_lines": desk, "cases": cases, "steps": steps, "members": MEMBERS, "typed": "",
        "screened": request.query.get("screened"), "problem": None, "trouble": None, **context,
    }  # fmt: skip
    return await render(request, "practice.html", http_status, page="practice", **shown)


def _states(casework: Any, numbers: set[int], organisation_id: int) -> dict[int, Any]:
    found = {}
    for number in numbers:
        try:
            found[number] = casework.view(number, organisation_id)
        except CourageError:
            continue
    return found


async def write(request: web.Request) -> web.Response:
    """Write in the group room as a pretend member; the message goes the way of every message."""
    rooms, who, form = rooms_of(request), person(request), await read_form(request)
    text = form.text("text", max_length=MAX_MESSAGE)
    author = form.choice("member", MEMBERS, MEMBERS[0])
    if not text.strip():
        return await _page(request, 400, problem="write something first; an empty message cannot be sent")
    await asyncio.to_thread(_know_rooms, request)
    line = rooms.message(GROUP, author, text, message_id=uuid4().hex)
    # Every line is by a new member: the same example tried again opens a case again, not a repeat of an old one.
    member = f"{author}-{line.id}"
    receipt = await services(request).intake.receive(
        InboundMessage(who.organisation_id, rooms.name, GROUP, line.id, member, text, datetime.now(UTC))
    )
    flagged = receipt.case_id is not None
    raise back(f"/practice?screened={'case' if flagged else 'fine'}")


def _know_rooms(request: web.Request) -> None:
    rooms, known, t = rooms_of(request), services(request).rooms, request.config_dict[WORDS].say
    organisation_id = person(request).organisation_id
    for room_id, kind in ((GROUP, "group"), (rooms.desk_room, "desk")):
        if known.get(rooms.name, room_id, organisation_id) is None:
            # Everybody sees this name, so it is not in the language of whoever wrote first.
            name = t(f"practice.{kind}_room", services(request).language)
            known.ensure(rooms.name, room_id, kind=kind, name=name, organisation_id=organisation_id)


async def talk(request: web.Request) -> web.Response:
    """Say something to the assistant in the desk room, typed or by a button."""
    rooms, desk, who = rooms_of(request), services(request), person(request)
    text = _typed(await read_form(request))
    rooms.person(rooms.desk_room, who.name, text)
    metadata = {
        "organisation_id": who.organisation_id,
        "channel": rooms.name,
        "room_id": rooms.desk_room,
        "room_kind": "desk",
        "person_id": who.id,
        "display_name": who.name,
        "language": who.languages[0] if who.languages else request[LANGUAGE],
    }
    sender = conversation_key(rooms.name, rooms.desk_room, str(who.id))
    try:
        answers = await desk.assistant.talk(sender, text, metadata)
    except AssistantUnavailable:
        return await _page(request, 503, trouble="away", typed=text)
    for answer in answers:
        buttons = tuple(Button(b["title"], b["payload"]) for b in answer.get("buttons", []))
        await rooms.say(rooms.desk_room, answer["text"], buttons, f"answer:{uuid4().hex}")
    if not answers:
        # An action that fails leaves the conversation without an answer; silence would look like a broken page.
        return await _page(request, 503, trouble="silent", typed=text)
    raise back("/practice")


def _typed(form: Form) -> str:
    return form.text("say", required=True, max_length=MAX_MESSAGE).strip()


async def clear(request: web.Request) -> web.Response:
    """Empty both rooms; cases stay in the queue."""
    rooms = rooms_of(request)
    for room_id in (GROUP, rooms.desk_room):
        for line in list(rooms.lines(room_id)):
            rooms.remove(room_id, line.id)
    raise back("/practice")
