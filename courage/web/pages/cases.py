"""Cases: the queue, one case, and what people do with it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from courage.cases.access import LEADERS
from courage.cases.closings import QUIET
from courage.cases.errors import Enough
from courage.cases.machine import STATUSES
from courage.cases.softened import soften
from courage.cases.unsent import Turn
from courage.cases.views import CaseView
from courage.errors import CourageError
from courage.library.suggest.conditions import LEADING
from courage.library.suggest.recommend import Wish
from courage.taxonomy import LANGUAGES, RESPONSE_KINDS, SITUATIONS, STRATEGIES
from courage.web.errors import status_of
from courage.web.keys import OFFERS, person, services
from courage.web.reading import Form, case_number, choice, number, query, read_form
from courage.web.rendering import back, render

LANES = ("counter", "escalate")
#: What may be asked for instead of an answer to the message.
BESIDE = tuple(kind for kind in RESPONSE_KINDS if kind != "counter_narrative")
ACTIVE = ("open", "claimed", "escalated")


async def queue(request: web.Request) -> web.Response:
    """List cases by status, lane and language, a page at a time."""
    who, desk = person(request), services(request)
    status = query(request, "status", (*STATUSES, "active"))
    lane, language = query(request, "lane", LANES), query(request, "language", (*LANGUAGES, "und"))
    number = query(request, "page")
    statuses = ACTIVE if status in (None, "active") else (status,)
    found = await asyncio.to_thread(
        desk.casework.page, who.organisation_id, who.id, statuses=statuses, lane=lane, language=language,
        muted=query(request, "muted", ("show",)) is not None, number=_page_number(number),
    )  # fmt: skip
    return await render(
        request, "cases.html", page="cases", found=found,
        escalated=[case for case in found.cases if case.lane == "escalate"],
        cases=[case for case in found.cases if case.lane == "counter"],
        status=status or "active", lane=lane or "", chosen_language=language or "",
        statuses=STATUSES, hidden=found.hidden, said=request.query.get("said"), at_page=_address(request),
    )  # fmt: skip


def _page_number(given: str | None) -> int:
    """Return the page that an address asks for; what is no number is the first."""
    return int(given) if given is not None and given.isascii() and given.isdigit() and len(given) < 7 else 1


def _address(request: web.Request) -> Callable[[int], str]:
    """Return what gives the address of another page of the same list."""
    kept = {name: value for name, value in request.query.items() if name not in ("page", "said")}

    def at(number: int) -> str:
        return f"/cases?{urlencode({**kept, 'page': number})}"

    return at


async def next_case(request: web.Request) -> web.Response:
    """Go to the case that is worth looking at next: one that waits for an answer, in the person's languages first."""
    who, desk = person(request), services(request)
    found = await asyncio.to_thread(
        desk.casework.page, who.organisation_id, who.id, statuses=("open",), lane="counter", size=1
    )
    raise back(f"/cases/{found.cases[0].id}") if found.cases else back("/cases", "none_left")


async def case(request: web.Request) -> web.Response:
    """Show one case, its message hidden."""
    return await case_page(request, said=request.query.get("said"))


async def case_page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    """Show one case, with what was just asked for in ``context``."""
    who, desk, case_id = person(request), services(request), case_number(request)
    found = await asyncio.to_thread(desk.casework.view, case_id, who.organisation_id, who.id)
    history = await asyncio.to_thread(desk.casework.history, case_id, who.id)
    unsent = await asyncio.to_thread(desk.casework.unsent, case_id, who.id)
    mine = found.status == "claimed" and found.holder_id == who.id
    waits = found.reply is not None and found.reply.state == "pending"
    leaves = await asyncio.to_thread(desk.casework.leaves_at, case_id, who.id) if waits else None
    leads = who.role in LEADERS
    shown: dict[str, Any] = {
        "case": found,
        "thread": await asyncio.to_thread(desk.casework.thread, case_id, who.id),
        # Whether the chat system shows what was said around the message; ``None``: it is not connected here.
        "looks": None if desk.surroundings is None else desk.surroundings.possible(found.channel),
        "seen": None,
        "before": await asyncio.to_thread(desk.casework.author_history, case_id, who.id) if leads else None,
        # Seconds in which a confirmed reply can still be taken back.
        "seconds": 0 if leaves is None else max(0, math.ceil((leaves - datetime.now(UTC)).total_seconds())),
        "mine": mine,
        "history": history,
        "was_read": was_read(history, who.name),
        "said_missed": any(event.kind == "missed" for event in history),
        "undoable": undoable(found, history, who.name),
        "advice": request.app[OFFERS].last(case_id, who.id) if mine else None,
        "wish": Wish(),
        "kind": "",
        "situations": (),
        # Boundaries are set by those who moderate.
        "kinds": [k for k in BESIDE if k != "boundary" or who.role in LEADING],
        "text": None,
        "pieces": (),
        "reasons": (),
        "unsent": unsent,
        # What another device wrote meanwhile, and what was typed here.
        "conflict": None,
        "typed": None,
        "problem": None,
        "said": None,
        **context,
    }
    return await render(request, "case.html", status, page="cases", **shown)


def was_read(history: list[Any], name: str) -> bool:
    """Say whether a person has asked for the message since it last changed."""
    last = next(
        (e for e in reversed(history) if e.kind == "rescreened" or (e.kind == "shown" and e.person == name)),
        None,
    )
    return last is not None and last.kind == "shown"


def undoable(found: CaseView, history: list[Any], name: str) -> bool:
    """Say whether undo is worth offering: the last decision is the person's own and not taken back."""
    last = next((event for event in reversed(history) if event.kind not in QUIET), None)
    return bool(
        last is not None
        and last.kind in ("release", "dismiss", "escalate")
        and last.person == name
        and not last.data.get("undone")
        and found.text_kept
    )


async def _step(request: web.Request, method: Callable[..., Any], said: str, **more: Any) -> web.Response:
    case_id, who = case_number(request), person(request)
    try:
        await asyncio.to_thread(method, case_id, who.id, **more)
    except CourageError as error:
        return await refused(request, error)
    raise back(f"/cases/{case_id}", said)


async def refused(request: web.Request, error: CourageError, **context: Any) -> web.Response:
    """Show one case with what went wrong, or what is to be shown instead."""
    if isinstance(error, Enough):
        raise back("/rest")
    if status_of(error) in (403, 404):
        raise error
    return await case_page(request, status_of(error), problem=error, **context)


async def claim(request: web.Request) -> web.Response:
    """Claim a case."""
    return await _step(request, services(request).casework.claim, "claimed")


async def release(request: web.Request) -> web.Response:
    """Give a case back."""
    return await _step(request, services(request).casework.release, "released")


async def too_much(request: web.Request) -> web.Response:
    """Hand a case back because it is too much: nobody is asked why, and the person sees no more of it here."""
    case_id, who = case_number(request), person(request)
    try:
        await asyncio.to_thread(services(request).casework.release, case_id, who.id)
    except CourageError as error:
        return await refused(request, error)
    raise back("/", "too_much")


async def dismiss(request: web.Request) -> web.Response:
    """Say that it is not hate."""
    return await _step(request, services(request).casework.dismiss, "dismissed", only_read=True)


async def escalate(request: web.Request) -> web.Response:
    """Hand a case to the moderators."""
    return await _step(request, services(request).casework.escalate, "escalated")


async def close(request: web.Request) -> web.Response:
    """Close a case."""
    return await _step(request, services(request).casework.close, "closed")


async def missed(request: web.Request) -> web.Response:
    """Say that it is hate after all."""
    return await _step(request, services(request).casework.missed, "missed")


async def undo(request: web.Request) -> web.Response:
    """Take back the own last step."""
    return await _step(request, services(request).casework.undo, "undone")


async def show_message(request: web.Request) -> web.Response:
    """Show the message, because somebody asked for it; the audit trail notes it."""
    case_id, who, desk = case_number(request), person(request), services(request)
    original = bool((await read_form(request)).text("original"))
    try:
        text = await asyncio.to_thread(desk.casework.show_message, case_id, who.id)
        reasons = await asyncio.to_thread(desk.casework.explain, case_id, who.id)
    except CourageError as error:
        return await refused(request, error)
    if desk.care is not None and not original:
        chosen = await asyncio.to_thread(desk.care.of, who.id, who.organisation_id)
        if chosen.softened:
            found = await asyncio.to_thread(desk.casework.view, case_id, who.organisation_id, who.id)
            pieces = soften(text, reasons, found.language)
            if any(piece.covered for piece in pieces):
                # Reasons quote the words that stand covered.
                return await case_page(request, text=text, pieces=pieces)
    return await case_page(request, text=text, reasons=reasons)


def read_wish(form: Form) -> tuple[Wish, bool]:
    """Return what the person wishes for, and whether it should be other suggestions than before."""
    tone = form.choice("tone", ("warm", "calm", "firm", "light", ""), "")
    return (
        Wish(
            strategies=tuple(choice("strategy", value, STRATEGIES) for value in form.texts("strategy")),
            tone=tone or None,
            shorter=bool(form.text("shorter")),
            languages=tuple(choice("language", value, LANGUAGES) for value in form.texts("language")),
        ),
        bool(form.text("others")),
    )


async def suggest(request: web.Request) -> web.Response:
    """Ask the library for suggestions."""
    case_id, who, desk = case_number(request), person(request), services(request)
    form = await read_form(request)
    wish, others = read_wish(form)
    kind = form.choice("kind", (*RESPONSE_KINDS, ""), "")
    situations = tuple(choice("situation", value, SITUATIONS) for value in form.texts("situation"))
    try:
        advice = await asyncio.to_thread(
            desk.casework.suggest, case_id, who.id, wish, others=others,
            member=bool(form.text("member")), situations=situations, kind=kind,
        )  # fmt: skip
    except CourageError as error:
        return await refused(request, error)
    request.app[OFFERS].keep(case_id, who.id, advice)
    # That somebody belongs to a group counted for this one request: the page shows the box empty again.
    return await case_page(request, advice=advice, wish=wish, kind=kind, situations=situations)


async def choose(request: web.Request) -> web.Response:
    """Make a suggestion the draft."""
    case_id, who, desk = case_number(request), person(request), services(request)
    form = await read_form(request)
    try:
        draft = await asyncio.to_thread(desk.casework.choose, case_id, who.id, form.number("number"))
    except CourageError as error:
        return await refused(request, error)
    if draft.response_id != form.text("response"):
        # The assistant offered others in the chat meanwhile: never put a text in the box that was not pressed.
        request.app[OFFERS].forget(case_id, who.id)
        raise back(f"/cases/{case_id}", "offers_changed")
    raise back(f"/cases/{case_id}", "chosen")


async def edit(request: web.Request) -> web.Response:
    """Keep the draft and go on to the confirmation of the very text."""
    case_id, who, desk = case_number(request), person(request), services(request)
    form = await read_form(request)
    text, seen = form.text("text"), _seen(form)
    try:
        # First of all it is kept: whatever happened to the case meanwhile, it is not typed twice.
        kept = await asyncio.to_thread(desk.casework.keep_typed, case_id, who.id, text, seen=seen)
        if kept.other is not None:
            return await case_page(request, 409, conflict=kept, typed=text)
        await asyncio.to_thread(desk.casework.edit, case_id, who.id, text)
    except CourageError as error:
        return await refused(request, error)
    raise back(f"/cases/{case_id}/post")


async def keep_typed(request: web.Request) -> web.Response:
    """Keep what somebody types, while they type; answered in JSON, for the page's script."""
    case_id, who = case_number(request), person(request)
    form = await read_form(request)
    kept = await asyncio.to_thread(
        services(request).casework.keep_typed,
        case_id,
        who.id,
        form.text("text"),
        seen=_seen(form),
        turn=_turn(form),
    )
    return web.json_response(
        {"kept": kept.other is None, "mine": kept.mine, "revision": kept.revision, "other": kept.other}
    )


def _seen(form: Form) -> int | None:
    return form.number("revision") if form.text("revision") else None


def _turn(form: Form) -> Turn:
    """Return which state of a text a page sends: its ``device``, the ``turn`` there, and ``after`` which of other pages.

    :raises BadInput: if ``after`` is no list such as ``page:3 other:1``.
    """
    after = {}
    for part in form.text("after", max_length=400).split():
        page, _, count = part.partition(":")
        after[page] = number("after", count)
    sent = form.text("turn")
    return Turn(form.text("device", max_length=32), number("turn", sent) if sent else 0, after)


async def settle_typed(request: web.Request) -> web.Response:
    """Choose between what was typed here and on another device; the other one can be brought back."""
    case_id, who, form = case_number(request), person(request), await read_form(request)
    text, theirs = form.text("text"), form.choice("take", ("here", "there")) == "there"
    try:
        kept = await asyncio.to_thread(
            services(request).casework.settle_typed, case_id, who.id, text,
            seen=form.number("revision"), theirs=theirs,
        )  # fmt: skip
    except CourageError as error:
        return await refused(request, error)
    if kept.other is not None:
        return await case_page(request, 409, conflict=kept, typed=text)
    raise back(f"/cases/{case_id}", "text_settled")


async def bring_back(request: web.Request) -> web.Response:
    """Put back what a suggestion took the place of."""
    return await _step(request, services(request).casework.bring_back, "brought_back")


async def drop_typed(request: web.Request) -> web.Response:
    """Throw away what one has typed on a case."""
    return await _step(request, services(request).casework.drop_typed, "dropped")


async def confirm(request: web.Request) -> web.Response:
    """Show the very text once more before it is posted."""
    case_id, who, desk = case_number(request), person(request), services(request)
    found = await asyncio.to_thread(desk.casework.view, case_id, who.organisation_id, who.id)
    if found.draft is None or found.status != "claimed" or found.holder_id != who.id:
        raise back(f"/cases/{case_id}")
    mine = None if desk.organisations is None else desk.organisations.get(found.organisation_id)
    signature = "" if mine is None else mine.signature
    return await render(
        request, "post.html", page="cases", case=found, draft=found.draft, signature=signature
    )


async def post(request: web.Request) -> web.Response:
    """Post the confirmed version."""
    case_id, who, desk = case_number(request), person(request), services(request)
    version = (await read_form(request)).number("version")
    try:
        await asyncio.to_thread(desk.casework.confirm_post, case_id, who.id, version)
    except CourageError as error:
        return await refused(request, error)
    request.app[OFFERS].forget(case_id, who.id)
    raise back(f"/cases/{case_id}")
