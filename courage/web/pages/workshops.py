"""Workshops as trainers lead them: the list, the console, the screen for the projector, attendance, certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

import segno
from aiohttp import web
from markupsafe import Markup

from courage.academy.workshops.attendance import Attendance, Attended, as_csv
from courage.academy.workshops.leading import MAX_NOTES, MAX_TITLE
from courage.academy.workshops.service import Workshops
from courage.academy.workshops.views import Counts, Snapshot
from courage.errors import CourageError
from courage.i18n.catalogue import Voice
from courage.taxonomy import LANGUAGES, LEVELS
from courage.web.errors import BadInput, NotHere, status_of, there
from courage.web.keys import LANGUAGE, WORDS, person, services, visitor
from courage.web.reading import Form, number, query, read_form
from courage.web.rendering import back, fragment, organisation_name, render
from courage.web.sheets import WORKSHOPS, Sheet, tell


def known(request: web.Request) -> Workshops:
    """Return the workshops.

    :raises NotHere: if this desk has none.
    """
    return there(services(request).workshops, "this desk has no academy")


def _number(request: web.Request) -> int:
    try:
        return number("workshop", request.match_info["workshop_id"])
    except BadInput:
        raise NotHere("there is no such workshop") from None


def address_of(request: web.Request, code: str) -> str:
    """Return where people join."""
    origin = services(request).public_url or str(request.url.origin())
    return f"{origin.rstrip('/')}/w/{code}"


def qr(address: str) -> Markup:
    """Return the QR code of an address as SVG without a style, so that no policy forbids it."""
    made = segno.make(address, error="m", micro=False)
    # Made from an address of ours by a library that writes paths only.
    return Markup(made.svg_inline(scale=6, border=4, dark="#000000", light="#ffffff", svgclass="qr"))


async def workshops(request: web.Request) -> web.Response:
    """List the workshops of the organisation, with the form to open one."""
    return await _list(request, said=request.query.get("said"))


async def _list(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, here = person(request), known(request)
    language = query(request, "language", LANGUAGES) or (
        who.languages[0] if who.languages else request[LANGUAGE]
    )
    found = await asyncio.to_thread(here.leading.list, who.organisation_id)
    scenarios = (await asyncio.to_thread(here.shelf.of, who.organisation_id)).choose(
        "scenarios", language=language
    )
    shown = {"said": None, "problem": None, "title": "", "chosen": (), **context}
    return await render(
        request, "workshops.html", status, page="academy", found=found, scenarios=scenarios, levels=LEVELS,
        chosen_language=language, longest=MAX_TITLE, **shown,
    )  # fmt: skip


async def create(request: web.Request) -> web.Response:
    """Open a workshop."""
    form, who = await read_form(request), person(request)
    title, chosen = form.text("title", max_length=MAX_TITLE * 4), form.texts("scenario")
    language = form.choice("language", LANGUAGES)
    try:
        made = await asyncio.to_thread(
            known(request).leading.create, who.organisation_id, who.id, title, language, chosen
        )
    except CourageError as error:
        return await _list(request, status_of(error), problem=error, title=title, chosen=chosen)
    raise back(f"/workshops/{made}")


async def console(request: web.Request) -> web.Response:
    """Show the trainer's side of a workshop."""
    return await _console(request, said=request.query.get("said"))


async def _console(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who = person(request)
    found = await asyncio.to_thread(
        known(request).leading.console, _number(request), who.organisation_id, who.id
    )
    address = address_of(request, found.snapshot.code)
    shown = {"said": None, "problem": None, **context}
    return await render(
        request, "workshop.html", status, page="academy", w=found, s=found.snapshot, address=address,
        qr=qr(address), longest=MAX_NOTES, **shown,
    )  # fmt: skip


async def _step(
    request: web.Request, work: Callable[[int, int], Any], said: str | None = None
) -> web.Response:
    workshop_id = _number(request)
    try:
        await asyncio.to_thread(work, workshop_id, person(request).organisation_id)
    except CourageError as error:
        if status_of(error) == 404:
            raise
        return await _console(request, status_of(error), problem=error)
    raise back(f"/workshops/{workshop_id}", said)


async def begin(request: web.Request) -> web.Response:
    """Begin the first or the next scenario."""
    await read_form(request)
    asyncio.get_running_loop().run_in_executor(None, known(request).leading.prepare)
    return await _step(request, known(request).leading.begin)


async def show(request: web.Request) -> web.Response:
    """Put chosen answers on the screen and let people vote."""
    form = await read_form(request)
    chosen = [number("answer", value) for value in form.texts("answer")]
    return await _step(request, lambda which, whose: known(request).leading.show(which, whose, chosen))


async def talk(request: web.Request) -> web.Response:
    """Close the vote."""
    await read_form(request)
    return await _step(request, known(request).leading.talk)


async def write_down(request: web.Request) -> web.Response:
    """Put notes on the screen."""
    notes = (await read_form(request)).text("notes", max_length=MAX_NOTES * 4)
    return await _step(request, lambda which, whose: known(request).leading.write_down(which, whose, notes))


async def go_on(request: web.Request) -> web.Response:
    """Let the talk go on with an answer, with silence or with a report."""
    with_ = _with(await read_form(request))
    return await _step(request, lambda which, whose: known(request).leading.go_on(which, whose, with_))


def _with(form: Form) -> int | str:
    value = form.text("with", required=True, max_length=20)
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value


async def end(request: web.Request) -> web.Response:
    """End the workshop."""
    await read_form(request)
    return await _step(request, known(request).leading.end, "workshop_ended")


async def screen(request: web.Request) -> web.Response:
    """Show the page for the projector: large, without anybody's name."""
    who = person(request)
    found = await asyncio.to_thread(known(request).leading.snapshot, _number(request), who.organisation_id)
    counts = await asyncio.to_thread(known(request).guests.counts, found.id, who.organisation_id)
    address = address_of(request, found.code)
    return await render(
        request,
        "workshop_screen.html",
        page="screen",
        s=found,
        counts=counts,
        address=address,
        qr=qr(address),
    )


async def events(request: web.Request) -> web.StreamResponse:
    """Tell the console and the screen what changes."""
    who, workshop_id, here = person(request), _number(request), known(request)
    await asyncio.to_thread(here.leading.snapshot, workshop_id, who.organisation_id)

    async def sheet(at_least: int | None) -> Sheet:
        return await big(request, workshop_id, at_least)

    async def allowed() -> object:
        if await asyncio.to_thread(services(request).people.session, visitor(request).token) is None:
            raise NotHere("you are not logged in any more")
        return None

    async def numbers() -> Counts:
        return await asyncio.to_thread(here.guests.counts, workshop_id, who.organisation_id)

    return await tell(request, workshop_id, who=who.id, sheet=sheet, allowed=allowed, numbers=numbers)


async def big(request: web.Request, workshop_id: int, at_least: int | None) -> Sheet:
    """Return what the screen shows."""
    who, here, language = person(request), known(request), request[LANGUAGE]

    async def make() -> Sheet:
        found: Snapshot = await asyncio.to_thread(here.leading.snapshot, workshop_id, who.organisation_id)
        address = address_of(request, found.code)
        html = fragment(request, "workshop_big.html", s=found, address=address, qr=qr(address))
        return Sheet(found.revision, found.phase, html)

    if at_least is None:
        return await make()
    key = (workshop_id, at_least, language, "big", request.host)
    return await request.app[WORKSHOPS].sheets.get(key, make)


async def state(request: web.Request) -> web.Response:
    """Return what the screen shows, for browsers that get no live events."""
    found = await big(request, _number(request), None)
    return web.json_response({"revision": found.revision, "phase": found.phase, "html": found.html})


async def table(request: web.Request) -> web.Response:
    """Return who took part as CSV."""
    found = await asyncio.to_thread(
        known(request).attendance, _number(request), person(request).organisation_id
    )
    return web.Response(
        body=as_csv(found).encode("utf-8"), content_type="text/csv", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="workshop-{found.workshop_id}.csv"'},
    )  # fmt: skip


async def certificates(request: web.Request) -> web.Response:
    """Return the certificates of everybody as one file."""
    who = person(request)
    found = await asyncio.to_thread(known(request).attendance, _number(request), who.organisation_id)
    people = [one for one in found.people if one.name]
    return await certify(request, found, people, organisation_name(request), found.title)


async def certify(
    request: web.Request, found: Attendance, people: Sequence[Attended], organisation: str, name: str
) -> web.Response:
    """Return certificates for people as a PDF, in the language that is asked for, else the workshop's."""
    # Only here: few requests make certificates, and what writes PDF takes a moment to load.
    from courage.academy.workshops.certificates import Certificate, make_certificates

    language = query(request, "language", LANGUAGES) or found.language
    made = [
        Certificate(one.name, organisation, found.title, one.minutes, found.topics, found.day)
        for one in people
    ]
    body = await asyncio.to_thread(make_certificates, made, Voice(request.config_dict[WORDS], language))
    return pdf(body, f"{name} {language}")


def pdf(body: bytes, name: str) -> web.Response:
    """Return a PDF file under a name in any script."""
    plain = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in name).strip("-")
    given = f"attachment; filename=\"{plain or 'certificate'}.pdf\"; filename*=UTF-8''{quote(name)}.pdf"
    return web.Response(body=body, content_type="application/pdf", headers={"Content-Disposition": given})
