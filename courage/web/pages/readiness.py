"""Ready for live cases: one's own path, what trainers see of people and decide, and the gate of the organisation."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.academy.progress import Progress
from courage.academy.readiness import Advisor, PathView
from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.people.readiness import DECIDERS, MAX_NOTE, REFRESHER, Readiness
from courage.web.errors import there
from courage.web.keys import person, services
from courage.web.pages.people import chosen_person
from courage.web.reading import number, read_form
from courage.web.rendering import back, render


def _readiness(request: web.Request) -> Readiness:
    return there(services(request).readiness, "this desk has no academy")


def _advisor(request: web.Request) -> Advisor:
    return there(services(request).advisor, "this desk has no academy")


def _progress(request: web.Request) -> Progress:
    return there(services(request).progress, "this desk has no academy")


async def path_of(request: web.Request) -> PathView | None:
    """Return how far the visitor is on their path, ``None`` at a desk where nobody looks at that."""
    who, advisor = person(request), services(request).advisor
    return None if advisor is None else await asyncio.to_thread(advisor.of, who.id, who.organisation_id)


async def own(request: web.Request) -> web.Response:
    """Show somebody how far they are, what the program suggests, and what was decided."""
    who = person(request)
    mine = await asyncio.to_thread(_advisor(request).of, who.id, who.organisation_id)
    history = await asyncio.to_thread(_readiness(request).history, who.organisation_id, who.id)
    gate = await asyncio.to_thread(_readiness(request).gate, who.organisation_id)
    practice = await asyncio.to_thread(_progress(request).person, who.id)
    return await render(
        request, "readiness.html", page="academy", mine=mine, history=history, gate=gate, practice=practice
    )


async def everybody(request: web.Request) -> web.Response:
    """List the people of the organisation by name, with how far each is; nobody is ranked."""
    who = person(request)
    found = await asyncio.to_thread(_advisor(request).everybody, who.organisation_id)
    gate = await asyncio.to_thread(_readiness(request).gate, who.organisation_id)
    group = await asyncio.to_thread(_progress(request).group, who.organisation_id)
    said = request.query.get("said")
    return await render(
        request, "academy_people.html", page="academy", found=found, gate=gate, group=group, said=said
    )


async def one(request: web.Request) -> web.Response:
    """Show one person's path, with the form to decide."""
    return await _one(request, said=request.query.get("said"))


async def _one(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, chosen = person(request), await chosen_person(request)
    found = await asyncio.to_thread(_advisor(request).of, chosen.id, who.organisation_id)
    history = await asyncio.to_thread(_readiness(request).history, who.organisation_id, chosen.id)
    practice = await asyncio.to_thread(_progress(request).person, chosen.id)
    shown = {"said": None, "problem": None, "note": "", **context}
    return await render(
        request, "academy_person.html", status, page="academy", found=found, history=history, practice=practice,
        decides=who.role in DECIDERS and who.id != chosen.id, longest=MAX_NOTE, **shown,
    )  # fmt: skip


async def decide(request: web.Request) -> web.Response:
    """Mark somebody ready, or not ready any more."""
    form, chosen = await read_form(request), await chosen_person(request)
    ready = form.choice("ready", ("yes", "no")) == "yes"
    note = form.text("note", max_length=MAX_NOTE * 4)
    try:
        await asyncio.to_thread(
            lambda: _readiness(request).decide(chosen.id, person(request).id, ready=ready, note=note)
        )
    except CourageError as error:
        return await _one(request, 400, problem=error, note=note)
    raise back(f"/academy/people/{chosen.id}", "marked_ready" if ready else "marked_not_ready")


async def gate(request: web.Request) -> web.Response:
    """Show what the gate means, how it stands and who changed it."""
    return await _gate(request, said=request.query.get("said"))


async def _gate(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    who, known = person(request), _readiness(request)
    on = await asyncio.to_thread(known.gate, who.organisation_id)
    history = await asyncio.to_thread(known.history, who.organisation_id)
    rule = await asyncio.to_thread(_advisor(request).refresher, who.organisation_id)
    shown = {"said": None, "problem": None, "note": "", "rule": rule.model_dump(), **context}
    return await render(
        request, "gate.html", status, page="academy", on=on, history=history, longest=MAX_NOTE,
        usual=_advisor(request).usual.model_dump(), bounds=REFRESHER, **shown,
    )  # fmt: skip


async def set_refresher(request: web.Request) -> web.Response:
    """Say when practising again is suggested; an empty field is as usual."""
    form, who = await read_form(request), person(request)
    typed = {name: form.text(name, max_length=20).strip() for name in REFRESHER}
    try:
        given = {name: number(name, value) if value else None for name, value in typed.items()}
        await asyncio.to_thread(
            lambda: _readiness(request).set_refresher(who.organisation_id, who.id, **given)
        )
    except CourageError as error:
        return await _gate(request, 400, problem=error, rule=typed)
    raise back("/academy/gate", "refresher_set")


async def set_gate(request: web.Request) -> web.Response:
    """Open or shut the gate, once the person said that they know what it means."""
    form, who = await read_form(request), person(request)
    on = form.choice("gate", ("on", "off")) == "on"
    note = form.text("note", max_length=MAX_NOTE * 4)
    if not on and not form.text("sure"):
        return await _gate(
            request,
            400,
            problem=PersonError("say that you are sure", say="gate.say_sure"),
            note=note,
        )
    try:
        await asyncio.to_thread(
            lambda: _readiness(request).set_gate(who.organisation_id, who.id, on=on, note=note)
        )
    except CourageError as error:
        return await _gate(request, 400, problem=error, note=note)
    raise back("/academy/gate", "gate_on" if on else "gate_off")
