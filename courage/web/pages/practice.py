"""Practice: a group room and a desk room side by side, where a newcomer can walk the whole way.

Everybody has rooms and cases of their own, in a practice space (:mod:`courage.people.practice`): nobody else sees them,
and nothing that happens in them counts anywhere.
"""

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
from courage.web.errors import BadInput, there
from courage.web.keys import LANGUAGE, WORDS, person, services
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render
from courage.web.services import Practice

#: The group room that cards of the first organisation name where no chat system is connected.
GROUP: Final = "practice-group"
MAX_MESSAGE: Final = 4000
MEMBERS: Final = ("Robin", "Sascha", "Noor", "Kim")


def rooms_of(request: web.Request) -> Practice:
    """Return the practice rooms.

    :raises NotHere: if this desk has none.
    """
    return there(services(request).practice, "this desk has no practice rooms")


async def _space(request: web.Request) -> int:
    """Return the visitor's practice space."""
    spaces = there(services(request).practice_spaces, "this desk has no practice rooms")
    return await asyncio.to_thread(spaces.ensure, person(request).id)


async def practice(request: web.Request) -> web.Response:
    """Show both rooms and the first steps."""
    return await _page(request)


async def _page(request: web.Request, http_status: int = 200, **context: Any) -> web.Response:
    rooms, space = rooms_of(request), await _space(request)
    group, desk = list(rooms.lines(rooms.group_of(space))), list(rooms.lines(rooms.desk_of(space)))
    numbers = {line.card.case_id for line in desk if line.card is not None and line.card.case_id}
    cases = await asyncio.to_thread(_states, services(request).casework, numbers, space)
    steps = {
        "write": any(line.kind == "message" for line in group),
        "claim": any(case.status not in ("open", "withdrawn") for case in cases.values()),
        "post": any(line.kind == "reply" for line in group),
    }
    shown = {
        "group": group, "desk_lines": desk, "cases": cases, "steps": steps, "members": MEMBERS, "typed": "",
        "screened": request.query.get("screened"), "said": request.query.get("said"), "problem": None, "trouble": None,
        "asking": False, **context,
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
    rooms, space, form = rooms_of(request), await _space(request), await read_form(request)
    group = rooms.group_of(space)
    text = form.text("text", max_length=MAX_MESSAGE)
    author = form.choice("member", MEMBERS, MEMBERS[0])
    if not text.strip():
        empty = BadInput("write something first; an empty message cannot be sent", say="wrong.no_text")
        return await _page(request, 400, problem=empty)
    await asyncio.to_thread(_know_rooms, request, space)
    line = rooms.message(group, author, text, message_id=uuid4().hex)
    # Every line is by a new member: the same example tried again opens a case again, not a repeat of an old one.
    member = f"{author}-{line.id}"
    receipt = await services(request).intake.receive(
        InboundMessage(space, rooms.name, group, line.id, member, text, datetime.now(UTC))
    )
    flagged = receipt.case_id is not None
    raise back(f"/practice?screened={'case' if flagged else 'fine'}")


def _know_rooms(request: web.Request, space: int) -> None:
    rooms, known, t = rooms_of(request), services(request).rooms, request.config_dict[WORDS].say
    for room_id, kind in ((rooms.group_of(space), "group"), (rooms.desk_of(space), "desk")):
        if known.get(rooms.name, room_id, space) is None:
            name = t(f"practice.{kind}_room", request[LANGUAGE])
            known.ensure(rooms.name, room_id, kind=kind, name=name, organisation_id=space)


async def talk(request: web.Request) -> web.Response:
    """Say something to the assistant in the desk room, typed or by a button."""
    rooms, desk, who = rooms_of(request), services(request), person(request)
    space, text = await _space(request), _typed(await read_form(request))
    room_id = rooms.desk_of(space)
    rooms.person(room_id, who.name, text)
    metadata = {
        "organisation_id": space,
        "channel": rooms.name,
        "room_id": room_id,
        "room_kind": "desk",
        "person_id": who.id,
        "display_name": who.name,
        "language": who.languages[0] if who.languages else request[LANGUAGE],
    }
    sender = conversation_key(rooms.name, room_id, str(who.id))
    try:
        answers = await desk.assistant.talk(sender, text, metadata)
    except AssistantUnavailable:
        return await _page(request, 503, trouble="away", typed=text)
    for answer in answers:
        buttons = tuple(Button(b["title"], b["payload"]) for b in answer.get("buttons", []))
        await rooms.say(room_id, answer["text"], buttons, f"answer:{uuid4().hex}")
    if not answers:
        # An action that fails leaves the conversation without an answer; silence would look like a broken page.
        return await _page(request, 503, trouble="silent", typed=text)
    raise back("/practice")


def _typed(form: Form) -> str:
    return form.text("say", required=True, max_length=MAX_MESSAGE).strip()


async def clear(request: web.Request) -> web.Response:
    """Empty the visitor's own rooms and erase the cases that were practised on, after asking once more."""
    rooms, spaces, space = rooms_of(request), services(request).practice_spaces, await _space(request)
    assert spaces is not None
    if not (await read_form(request)).text("sure"):
        return await _page(request, asking=True)
    await asyncio.to_thread(spaces.empty, person(request).id)
    for room_id in (rooms.group_of(space), rooms.desk_of(space)):
        rooms.clear(room_id)
    raise back("/practice", "practice_cleared")
