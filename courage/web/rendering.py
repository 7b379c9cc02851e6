"""Turning templates into responses: words in the reader's language, everything escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

import aiohttp_jinja2
import jinja2
from aiohttp import web

from courage.cases.access import LEADERS, WORKERS
from courage.cases.decisions import READERS, REVIEWERS
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason
from courage.detection.verdict import Reason
from courage.errors import CourageError
from courage.i18n.catalogue import Catalogue, Voice
from courage.library.suggest.sayings import Saying
from courage.people.organisations import OPERATOR
from courage.taxonomy import (
    LANGUAGES,
    RESPONSE_KINDS,
    ROLES,
    SENSITIVITIES,
    SITUATIONS,
    STATES,
    STRATEGIES,
    TARGET_GROUPS,
    TONES,
    VOICES,
)
from courage.web.health_words import notes
from courage.web.keys import FORM_TOKEN, LANGUAGE, SERVICES, VISITOR, WORDS
from courage.web.problems import lint_sentence, spoken
from courage.web.reasons import reason, reasons_line, saying, title
from courage.web.table import INSIGHTS
from courage.web.words import direction, handbook_language

FOLDER: Final = Path(__file__).parent / "templates"
WRITERS: Final = ("trainer", "admin")


def set_up(app: web.Application) -> None:
    """Give the application its templates."""
    app[aiohttp_jinja2.APP_KEY] = _environment()


@cache
def _environment() -> jinja2.Environment:
    """Return the templates, which know nothing of any application: each is compiled once a process."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["capital"] = capital
    environment.globals.update(
        LANGUAGES=LANGUAGES,
        TARGET_GROUPS=TARGET_GROUPS,
        STRATEGIES=STRATEGIES,
        RESPONSE_KINDS=RESPONSE_KINDS,
        SITUATIONS=SITUATIONS,
        TONES=TONES,
        VOICES=VOICES,
        STATES=STATES,
        ROLES=ROLES,
        SENSITIVITIES=SENSITIVITIES,
        LEADERS=LEADERS,
        WORKERS=WORKERS,
        WRITERS=WRITERS,
        REVIEWERS=REVIEWERS,
        READERS=READERS,
        INSIGHTS=tuple(INSIGHTS),
    )
    return environment


def capital(text: str) -> str:
    """Return a name as it stands at the head of something; the catalogues have it as it stands in a sentence."""
    return text[:1].upper() + text[1:]


def _context(request: web.Request) -> dict[str, Any]:
    words: Catalogue = request.config_dict[WORDS]
    language = request.get(LANGUAGE, "en")
    who = request.get(VISITOR)

    def t(key: str, **values: Any) -> str:
        return words.say(key, language, **values)

    def code(group: str, value: str) -> str:
        return words.named(group, value, language)

    def said_by_library(said: Saying) -> str:
        return saying(said, words, language)

    def said_by_screening(found: Reason) -> str:
        return reason(found, words, language)

    def why(reasons: Sequence[CaseReason]) -> str:
        return reasons_line(reasons, words, language)

    def titled(button: Button) -> str:
        return title(button, words, language)

    def checked(issue: Any) -> str:
        return lint_sentence(issue, words, language)

    def wrong(error: CourageError) -> str:
        return spoken(error, words, language, writes=True)

    def health_notes(name: str, part: Mapping[str, Any]) -> list[str]:
        return notes(name, part, Voice(words, language))

    def ago(moment: datetime) -> str:
        return _ago(t, moment, datetime.now(UTC))

    return {
        "t": t,
        "code": code,
        "why": why,
        "saying": said_by_library,
        "found": said_by_screening,
        "titled": titled,
        "checked": checked,
        "health_notes": health_notes,
        "wrong": wrong,
        "ago": ago,
        "words_known": words.knows,
        "language": language,
        "direction": direction(language),
        "handbook_language": handbook_language(language),
        "me": None if who is None else who.person,
        "csrf": who.csrf if who is not None else request.get(FORM_TOKEN, ""),
        "path": request.path,
        "base": request.config_dict[SERVICES].base,
        "organisation": organisation_name(request),
        "now": datetime.now(UTC),
    }


def organisation_name(request: web.Request) -> str:
    """Return the name of the visitor's organisation; the installation's first one calls itself as its settings say."""
    desk, who = request.config_dict[SERVICES], request.get(VISITOR)
    if who is None or desk.organisations is None or who.person.organisation_id == desk.organisation_id:
        return desk.organisation
    if who.person.role == OPERATOR:
        return request.config_dict[WORDS].say("base.installation", request[LANGUAGE])
    found = desk.organisations.get(who.person.organisation_id)
    return desk.organisation if found is None else found.name


def _ago(t: Any, moment: datetime, now: datetime) -> str:
    seconds = max(0, int((now - moment).total_seconds()))
    for size, key in ((86_400, "time.days"), (3_600, "time.hours"), (60, "time.minutes")):
        if seconds >= size:
            return str(t(key, count=seconds // size))
    return str(t("time.now"))


async def render(request: web.Request, template: str, http_status: int = 200, **context: Any) -> web.Response:
    """Return a page. Text that no encoding can carry is shown with replacement characters."""
    text = _render_text(request, template, context)
    return web.Response(
        body=text.encode("utf-8", "replace"), status=http_status, content_type="text/html", charset="utf-8"
    )


def fragment(request: web.Request, template: str, **context: Any) -> str:
    """Return a part of a page, as the page itself includes it."""
    return _render_text(request, template, context)


def _render_text(request: web.Request, template: str, context: dict[str, Any]) -> str:
    merged = {**_context(request), "said": None, "problem": None, "page": "", **context}
    if (problem := merged["problem"]) is not None:
        # Never a line: pages say what went wrong in the reader's words.
        assert isinstance(problem, CourageError), "a page's problem is an error"
        merged["problem"] = spoken(
            problem, request.config_dict[WORDS], request.get(LANGUAGE, "en"), writes=True
        )
    return aiohttp_jinja2.get_env(request.app).get_template(template).render(merged)


def back(path: str, said: str | None = None) -> web.HTTPSeeOther:
    """Return a redirect after a form; ``said`` is the key of a sentence that the next page shows."""
    return web.HTTPSeeOther(f"{path}{'&' if '?' in path else '?'}said={said}" if said else path)
