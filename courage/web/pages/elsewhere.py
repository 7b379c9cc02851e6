"""A text from anywhere: answers to copy for what somebody pasted, selected or shared. Nothing is stored or posted."""

from __future__ import annotations

import asyncio
from typing import Any, Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from courage.library.suggest.conditions import Conditions
from courage.library.suggest.recommend import Wish
from courage.taxonomy import STRATEGIES
from courage.web.errors import BadInput, Refused
from courage.web.keys import VISITOR, person, services
from courage.web.pages.login import login_page
from courage.web.reading import Form, read_form
from courage.web.rendering import back, render
from courage.web.table import EVERYONE

_MOST: Final = 8_000
_MOST_LINK: Final = 2_000
#: What a person says became of an answer, and what the ranking hears of it: an event and its value.
OUTCOMES: Final = {"posted": ("posted", 1.0), "no_fit": ("rated", 0.0)}


async def show(request: web.Request) -> web.Response:
    """Show the empty form; what a bookmark brings comes in the part of the address that no server sees."""
    return await _page(request, said=request.query.get("said"))


async def _page(request: web.Request, status: int = 200, **context: Any) -> web.Response:
    desk = services(request)
    address = (desk.public_url or f"{request.url.origin()}").rstrip("/")
    shown: dict[str, Any] = {
        "text": "", "link": "", "verdict": None, "advice": None, "strategy": "", "bookmark": bookmark(address),
        "said": None, "problem": None, **context,
    }  # fmt: skip
    return await render(request, "elsewhere.html", status, page="elsewhere", **shown)


def bookmark(address: str) -> str:
    """Return the bookmark that opens the desk with what is selected, behind the ``#``, which stays in the browser."""
    script = (
        "(()=>{const s=String(getSelection()).slice(0," + str(_MOST) + ");"
        f"open('{address}/suggest#text='+encodeURIComponent(s)+'&link='+encodeURIComponent(location.href),"
        "'_blank','noopener')})()"
    )
    return "javascript:" + quote(script, safe="(){}=>;'.,#&+/:")


async def suggest(request: web.Request) -> web.Response:
    """Screen a text and show answers to copy."""
    form, desk, who = await read_form(request), services(request), person(request)
    text, link = form.text("text").strip(), form.text("link", max_length=_MOST_LINK).strip()
    brought: dict[str, Any] = {"text": text, "link": link if _is_link(link) else ""}
    try:
        strategy = form.choice("strategy", (*STRATEGIES, ""), "")
        if not text:
            raise BadInput("paste or write a text first", say="wrong.no_text")
        if len(text) > _MOST:
            raise BadInput(
                f"the text has {len(text)} characters; at most {_MOST} are allowed",
                say="wrong.too_long", field="text", length=len(text), most=_MOST,
            )  # fmt: skip
        if link and not _is_link(link):
            raise BadInput(
                "the link is no address; write it as https://example.org/…, or leave it out", say="wrong.link"
            )
    except BadInput as error:
        return await _page(request, 400, problem=error, **brought)
    verdict = await desk.learnt.apply(await desk.screen(text, desk.sensitivity), who.organisation_id)
    advice = None
    if verdict.route != "escalate":
        advice = await asyncio.to_thread(
            desk.recommender.suggest,
            text,
            verdict,
            organisation_id=who.organisation_id,
            wish=Wish(strategies=(strategy,) if strategy else ()),
            conditions=Conditions(who.role),
        )
    return await _page(request, **brought, verdict=verdict, advice=advice, strategy=strategy)


async def outcome(request: web.Request) -> web.Response:
    """Note what became of an answer; the ranking learns from it."""
    form, who = await read_form(request), person(request)
    event, value = OUTCOMES[form.choice("outcome", tuple(OUTCOMES))]
    chosen = form.text("response", required=True, max_length=80)
    await asyncio.to_thread(
        services(request).recommender.feedback, who.organisation_id, chosen, event, value, person=str(who.id)
    )
    raise back("/suggest", "outcome_noted")


async def shared(request: web.Request) -> web.Response:
    """Take what the device's own share menu sends, and show it in the form; nothing is done with it yet.

    It comes without a CSRF token, which is why it only fills a form. Whoever is not logged in logs in first, and finds
    the text then: until then it waits in their own browser.
    """
    form = await read_form(request)
    text, link = _brought(form)
    who = request[VISITOR]
    if who is None:
        return await login_page(
            request, "login.html", next="/suggest", name="", brought={"text": text, "link": link}
        )
    if who.person.role not in EVERYONE:
        raise Refused(f"your role is {who.person.role}; this needs one of: {', '.join(sorted(EVERYONE))}")
    return await _page(request, text=text, link=link)


def _brought(form: Form) -> tuple[str, str]:
    """Return text and link of what was shared; many programs put the link into the text."""
    title, text, link = (form.text(name).strip() for name in ("title", "text", "url"))
    if not link and _is_link(text):
        text, link = "", text
    if not link and _is_link(last := text.rpartition("\n")[2].strip()):
        text, link = text.rpartition("\n")[0].strip(), last
    return (text or title)[:_MOST], link if _is_link(link) and len(link) <= _MOST_LINK else ""


def _is_link(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc) and not any(c.isspace() for c in value)


async def manifest(request: web.Request) -> web.Response:
    """Return what lets a device install the desk and share texts with it."""
    desk = services(request)
    base = desk.base
    return web.json_response(
        {
            "name": "Courage",
            "short_name": "Courage",
            "id": f"{base}/",
            "start_url": f"{base}/",
            "scope": f"{base}/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": "#1f5f5b",
            "icons": [{"src": f"{base}/static/courage.svg", "sizes": "any", "type": "image/svg+xml"}],
            # POST, so that no log of any server on the way has the text.
            "share_target": {
                "action": f"{base}/suggest/shared",
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"title": "title", "text": "text", "url": "url"},
            },
        },
        content_type="application/manifest+json",
    )
