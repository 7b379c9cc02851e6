"""Workshops as participants see them: a code, a name, and what a cookie of this workshop alone holds. No login."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from courage.academy.workshops.codes import read_code
from courage.academy.workshops.errors import NoSuchWorkshop, NotNow, NotTakingPart
from courage.academy.workshops.taking_part import FEELING, MAX_ANSWER, MAX_NAME, MAX_WORDS
from courage.academy.workshops.views import Own, Participant, Snapshot
from courage.errors import CourageError
from courage.web.client import client_address
from courage.web.errors import BadInput, NotHere, status_of
from courage.web.keys import FORM_TOKEN, LANGUAGE, WORDS, services
from courage.web.pages.workshops import certify, known
from courage.web.problems import spoken
from courage.web.reading import Form, read_form
from courage.web.rendering import fragment, render
from courage.web.security import FORM_COOKIE, secure, set_cookie
from courage.web.sheets import WORKSHOPS, Sheet, tell

COOKIE: Final = "courage_workshop"
_AGE: Final = 40 * 24 * 3600
_NOTHING: Final = Own("", 0, None, None)


async def enter(request: web.Request) -> web.Response:
    """Ask for the code."""
    typed = request.query.get("code", "")[:40]
    if typed and (code := read_code(typed)):
        raise web.HTTPSeeOther(f"/w/{code}")
    return await _door(request, 400 if typed else 200, typed=typed, wrong=bool(typed))


async def _door(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    shown = {"typed": "", "wrong": False, **context}
    return await render(request, "workshop_door.html", status, page="workshop", **shown)


def _code(request: web.Request) -> str:
    """Return the code of the address.

    :raises NoSuchWorkshop: if it cannot be one.
    """
    code = read_code(request.match_info["code"])
    if code is None:
        raise NoSuchWorkshop("there is no workshop with this code; ask your trainer for it")
    return code


async def _snapshot(request: web.Request) -> Snapshot:
    """Return the workshop of the address; whoever tries codes has to wait.

    :raises TooOften: after many codes that there are not.
    """
    wrong, address = request.app[WORKSHOPS].wrong_codes, client_address(request)
    wrong.check(address)
    try:
        return await asyncio.to_thread(known(request).guests.snapshot, _code(request))
    except NoSuchWorkshop:
        await wrong.count(address)
        raise


async def _who(request: web.Request) -> Participant:
    """Return who sends the request.

    :raises NotTakingPart: if their browser does not take part in the workshop of the address.
    """
    token = request.cookies.get(COOKIE, "")
    if not token:
        raise NotTakingPart("you do not take part in this workshop yet; join it with a name")
    return await asyncio.to_thread(known(request).guests.who, _code(request), token)


async def workshop(request: web.Request) -> web.Response:
    """Show where the workshop stands, or ask for a name."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    found = await _snapshot(request)
    try:
        who: Participant | None = await _who(request)
    except NotTakingPart:
        who = None
    own = _NOTHING if who is None else await asyncio.to_thread(known(request).guests.own, who)
    shown = {"said": None, "problem": None, "name": "", **context}
    response = await render(
        request, "workshop_guest.html", status, page="workshop", s=found, who=who, own=own,
        organisation=await _organisation(request, found.organisation_id), longest_name=MAX_NAME,
        longest_answer=MAX_ANSWER, feelings=FEELING, longest_words=MAX_WORDS, **shown,
    )  # fmt: skip
    # Nobody is logged in, so the form's token is tied to a cookie of its own.
    set_cookie(request, response, FORM_COOKIE, request[FORM_TOKEN], None)
    return response


async def _organisation(request: web.Request, organisation_id: int) -> str:
    desk = services(request)
    if organisation_id == desk.organisation_id or desk.organisations is None:
        return desk.organisation
    found = await asyncio.to_thread(desk.organisations.get, organisation_id)
    return desk.organisation if found is None else found.name


async def join(request: web.Request) -> web.Response:
    """Take part under a name."""
    form, found = await read_form(request), await _snapshot(request)
    name = form.text("name", max_length=1000)
    try:
        await request.app[WORKSHOPS].joining.count(client_address(request))
        token = await asyncio.to_thread(known(request).guests.join, found.code, name)
    except CourageError as error:
        return await _page(request, status_of(error), problem=error, name=name)
    response = web.Response(status=303, headers={"Location": f"/w/{found.code}"})
    response.set_cookie(
        COOKIE, token, max_age=_AGE, path=f"{services(request).base}/w/{found.code}", httponly=True,
        # Lax: whoever comes back by the link in a chat is still who they were.
        samesite="Lax", secure=secure(request),
    )  # fmt: skip
    return response


async def answer(request: web.Request) -> web.Response:
    """Keep an answer; sent again by the browser as often as it takes."""
    form = await read_form(request)

    def work(who: Participant) -> dict[str, Any]:
        in_time = known(request).guests.answer(
            who, form.number("turn"), form.text("text", max_length=MAX_ANSWER * 4), form.number("number")
        )
        return {"in_time": in_time}

    return await _write(request, form, work)


async def vote(request: web.Request) -> web.Response:
    """Keep a vote."""
    form = await read_form(request)

    def work(who: Participant) -> dict[str, Any]:
        known(request).guests.vote(who, form.number("turn"), form.number("answer"), form.number("number"))
        return {}

    return await _write(request, form, work)


async def feel(request: web.Request) -> web.Response:
    """Keep how sure somebody says they feel."""
    form = await read_form(request)
    value = int(form.choice("feeling", tuple(map(str, FEELING))))
    when = form.choice("when", ("before", "after"))
    words = form.text("words", max_length=MAX_WORDS * 4)

    def work(who: Participant) -> dict[str, Any]:
        known(request).guests.feel(who, **{when: value}, words=words)
        return {}

    return await _write(request, form, work)


async def _write(request: web.Request, form: Form, work: Any) -> web.Response:
    """Do something for a participant; programs of the page get JSON, others the page."""
    as_json = "application/json" in request.headers.get("Accept", "")
    try:
        who = await _who(request)
        await request.app[WORKSHOPS].write(who.organisation_id, who.id)
        done = await asyncio.to_thread(work, who)
    except CourageError as error:
        if not as_json:
            return await _page(request, status_of(error), problem=error)
        line = spoken(error, request.config_dict[WORDS], request[LANGUAGE], writes=True)
        # What no further try can change is said, so that the browser does not try for ever.
        return web.json_response({"error": line}, status=status_of(error))
    if as_json:
        return web.json_response({"kept": True, **done})
    raise web.HTTPSeeOther(f"/w/{_code(request)}")


async def leave(request: web.Request) -> web.Response:
    """Take somebody out, with all that they wrote."""
    form, who, code = await read_form(request), await _who(request), _code(request)
    if not form.text("sure"):
        return await _page(request, 400, problem=BadInput("say that you are sure", say="guest.leave_sure"))
    await asyncio.to_thread(known(request).guests.leave, who)
    response = web.Response(status=303, headers={"Location": f"/w/{code}"})
    response.del_cookie(COOKIE, path=f"{services(request).base}/w/{code}")
    return response


async def _sheet(request: web.Request, at_least: int | None) -> Sheet:
    code, language = _code(request), request[LANGUAGE]

    async def make() -> Sheet:
        found = await asyncio.to_thread(known(request).guests.snapshot, code)
        html = fragment(
            request,
            "workshop_sheet.html",
            s=found,
            own=_NOTHING,
            csrf="",
            longest_answer=MAX_ANSWER,
            feelings=FEELING,
            longest_words=MAX_WORDS,
        )
        return Sheet(found.revision, found.phase, html)

    if at_least is None:
        return await make()
    return await request.app[WORKSHOPS].sheets.get((code, at_least, language), make)


async def state(request: web.Request) -> web.Response:
    """Return what is to be seen, for browsers that get no live events."""
    await _who(request)
    found = await _sheet(request, None)
    return web.json_response({"revision": found.revision, "phase": found.phase, "html": found.html})


async def events(request: web.Request) -> web.StreamResponse:
    """Tell a participant's browser what changes."""
    who = await _who(request)

    async def sheet(at_least: int | None) -> Sheet:
        return await _sheet(request, at_least)

    # Participants are counted apart from people, whose numbers are above 0.
    return await tell(request, who.workshop_id, who=-who.id, sheet=sheet, allowed=lambda: _who(request))


async def certificate(request: web.Request) -> web.Response:
    """Return somebody's own certificate."""
    who = await _who(request)
    found, shown = await asyncio.to_thread(_own_attendance, request, who)
    if shown.phase != "ended":
        raise NotNow("certificates can be had when the workshop has ended", shown.phase)
    mine = next((one for one in found.people if one.participant_id == who.id and one.name), None)
    if mine is None:
        raise NotHere("names and texts of this workshop are not kept any more")
    name = await _organisation(request, who.organisation_id)
    return await certify(request, found, [mine], name, f"{found.title} {mine.name}")


def _own_attendance(request: web.Request, who: Participant) -> tuple[Any, Snapshot]:
    here = known(request)
    return (
        here.attendance(who.workshop_id, who.organisation_id),
        here.leading.snapshot(who.workshop_id, who.organisation_id),
    )
