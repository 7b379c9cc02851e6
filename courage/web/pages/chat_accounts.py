"""Which accounts in chat systems are a person's: everybody's own, and for admins those of their people."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from courage.errors import CourageError
from courage.people.codes import MINUTES
from courage.people.errors import PersonError
from courage.people.views import PersonView
from courage.web.keys import person, services
from courage.web.pages.people import chosen_person
from courage.web.reading import read_form
from courage.web.rendering import back, render


async def own(request: web.Request) -> web.Response:
    """Show one's own accounts."""
    return await _show(request, person(request), said=request.query.get("said"))


async def own_code(request: web.Request) -> web.Response:
    """Make a code, which links the account from which it is said, and show it once."""
    return await _code(request, person(request))


async def own_unlink(request: web.Request) -> web.Response:
    """Forget an account of one's own."""
    return await _unlink(request, person(request))


async def of_person(request: web.Request) -> web.Response:
    """Show an admin the accounts of a person."""
    return await _show(request, await chosen_person(request), said=request.query.get("said"))


async def code_for_person(request: web.Request) -> web.Response:
    """Make a code for a person and show it once."""
    return await _code(request, await chosen_person(request))


async def unlink_person(request: web.Request) -> web.Response:
    """Forget an account of a person."""
    return await _unlink(request, await chosen_person(request))


async def add(request: web.Request) -> web.Response:
    """Say that an account is a person's; only an admin says so without a code."""
    of, form, people = await chosen_person(request), await read_form(request), services(request).people
    account = form.text("account", max_length=1_000).strip()
    try:
        channel = form.choice("channel", tuple(services(request).chat_systems))
        before = await asyncio.to_thread(people.by_identity, channel, account, of.organisation_id)
        await asyncio.to_thread(people.link_identity, of.id, channel, account)
    except CourageError as error:
        return await _show(request, of, 400, problem=error, account=account)
    moved = before is not None and before.id != of.id
    raise back(_address(request, of), "account_moved" if moved else "account_linked")


async def _show(request: web.Request, of: PersonView, status: int = 200, **context: Any) -> web.Response:
    accounts = await asyncio.to_thread(services(request).people.identities, of.id)
    shown: dict[str, Any] = {
        "of": of, "own": _own(request), "accounts": accounts, "at": _address(request, of), "code_made": None,
        "minutes": MINUTES, "systems": services(request).chat_systems, "account": "", "said": None,
        "problem": None, **context,
    }  # fmt: skip
    return await render(
        request, "chat_accounts.html", status, page="" if _own(request) else "people", **shown
    )


async def _code(request: web.Request, of: PersonView) -> web.Response:
    try:
        code = await asyncio.to_thread(services(request).people.link_code, of.id)
    except PersonError as error:
        return await _show(request, of, 400, problem=error)
    return await _show(request, of, code_made=code)


async def _unlink(request: web.Request, of: PersonView) -> web.Response:
    form, people = await read_form(request), services(request).people
    channel, account = form.text("channel", required=True), form.text("account", required=True)
    # Only what is this person's: the address of the form says whose, and the form itself could name anybody's.
    if (channel, account) not in await asyncio.to_thread(people.identities, of.id):
        return await _show(
            request,
            of,
            404,
            problem=PersonError(
                f"{channel}:{account[:80]} is not an account of {of.name}", say="problem.404"
            ),
        )
    await asyncio.to_thread(people.unlink_identity, channel, account, of.organisation_id)
    raise back(_address(request, of), "account_unlinked")


def _own(request: web.Request) -> bool:
    return "person_id" not in request.match_info


def _address(request: web.Request, of: PersonView) -> str:
    return "/account/chat" if _own(request) else f"/people/{of.id}/chat"
