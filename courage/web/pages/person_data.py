"""What is kept about one person: shown as counts, given out as a file, erased once its name was typed. For admins."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import web

from courage.cases.person_data.service import PersonData
from courage.errors import CourageError
from courage.people.views import PersonView
from courage.web.errors import there
from courage.web.keys import LANGUAGE, STREAMS, WORDS, person, services
from courage.web.pages.people import chosen_person
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render

_MAX_ACCOUNT = 255


def _data(request: web.Request) -> PersonData:
    return there(services(request).person_data, "there is no such page here")


def _file(request: web.Request, name: str, record: dict[str, Any]) -> web.Response:
    """Return a record as a file; it begins with a sentence in the reader's language on what it is."""
    words, language = request.config_dict[WORDS], request.get(LANGUAGE, "en")
    whole = {"about": words.say("data.about_file", language), **record}
    return web.Response(
        body=(json.dumps(whole, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "replace"),
        content_type="application/json", charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.json"'},
    )  # fmt: skip


async def of_person(request: web.Request) -> web.Response:
    """Show what is kept about somebody of the desk, and what an erasure would take away."""
    return await _person_page(request, await chosen_person(request))


async def _person_page(
    request: web.Request, of: PersonView, status: int = 200, **context: Any
) -> web.Response:
    counts = await asyncio.to_thread(_data(request).of_staff, of.organisation_id, of.id)
    return await render(request, "person_data.html", status, page="people", of=of, counts=counts, **context)


async def export_person(request: web.Request) -> web.Response:
    """Give out what is kept about somebody of the desk."""
    of = await chosen_person(request)
    record = await asyncio.to_thread(
        _data(request).export_staff, of.organisation_id, of.id, person(request).id
    )
    return _file(request, f"person-{of.id}", record)


async def erase_person(request: web.Request) -> web.Response:
    """Erase somebody of the desk, once their name was typed."""
    of, form, data = await chosen_person(request), await read_form(request), _data(request)
    if form.text("typed").strip() != of.name:
        return await _person_page(request, of, 400, unsure=True)
    try:
        await asyncio.to_thread(data.erase_staff, of.organisation_id, of.id, person(request).id)
    except CourageError as error:
        return await _person_page(request, of, 400, problem=error)
    request.app[STREAMS].end(of.id)
    raise back("/people", "person_erased")


async def authors(request: web.Request) -> web.Response:
    """Ask whose messages are meant, and show who gave out or erased what."""
    return await _authors_page(request, said=request.query.get("said"))


async def _authors_page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    desk, who = services(request), person(request)
    log = await asyncio.to_thread(_data(request).log, who.organisation_id)
    shown: dict[str, Any] = {
        "systems": desk.chat_systems,
        "channel": "",
        "account": "",
        "counts": None,
        "log": log,
    }
    return await render(request, "authors.html", status, page="people", **{**shown, **context})


def _account(request: web.Request, form: Form) -> tuple[str, str]:
    channel = form.choice("channel", tuple(services(request).chat_systems))
    return channel, form.text("account", required=True, max_length=_MAX_ACCOUNT).strip()


async def find_author(request: web.Request) -> web.Response:
    """Show how much is kept of an account. It came in the form, so that no address and no log has it."""
    form, who = await read_form(request), person(request)
    try:
        channel, account = _account(request, form)
    except CourageError as error:
        return await _authors_page(request, 400, problem=error, account=form.text("account"))
    counts = await asyncio.to_thread(_data(request).of_author, who.organisation_id, channel, account)
    return await _authors_page(request, channel=channel, account=account, counts=counts)


async def export_author(request: web.Request) -> web.Response:
    """Give out what is kept of an account."""
    who = person(request)
    channel, account = _account(request, await read_form(request))
    record = await asyncio.to_thread(
        _data(request).export_author, who.organisation_id, channel, account, who.id
    )
    return _file(request, "author", record)


async def erase_author(request: web.Request) -> web.Response:
    """Erase an account, once it was typed again."""
    form, who, data = await read_form(request), person(request), _data(request)
    channel, account = _account(request, form)
    if form.text("typed").strip() != account:
        counts = await asyncio.to_thread(data.of_author, who.organisation_id, channel, account)
        return await _authors_page(request, 400, channel=channel, account=account, counts=counts, unsure=True)
    await asyncio.to_thread(data.erase_author, who.organisation_id, channel, account, who.id)
    raise back("/authors", "author_erased")
