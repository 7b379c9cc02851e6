"""The desk's table of routes: every address, who may use it, and what its API reads."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aiohttp import web

from courage.web import health, streams
from courage.web.api import cases as api_cases
from courage.web.api import decisions as api_decisions
from courage.web.api import exchange as api_exchange
from courage.web.api import library as api_library
from courage.web.api import openapi, perspective, screening
from courage.web.api import proposals as api_proposals
from courage.web.pages import cases, decisions, home, library, library_writing, login, people, practice
from courage.web.table import ADMINS, EVERYONE, PUBLIC, REVIEWERS, ROUTES, WORKERS, WRITERS, Route

STATIC: Final = Path(__file__).parent / "static"

PAGES: Final = (
    Route("GET", "/health", health.health, PUBLIC),
    Route("GET", "/login", login.show_login, PUBLIC),
    Route("POST", "/login", login.log_in, PUBLIC, "form"),
    Route("GET", "/login/{token}", login.show_link, PUBLIC),
    Route("POST", "/login/{token}", login.use_link, PUBLIC, "form"),
    Route("POST", "/logout", login.log_out, EVERYONE, "form"),
    Route("GET", "/account", login.account, EVERYONE),
    Route("POST", "/account/password", login.set_password, EVERYONE, "form"),
    Route("POST", "/account/token", login.make_token, EVERYONE, "form"),
    Route("GET", "/", home.home, EVERYONE),
    Route("GET", "/keys", home.keys, EVERYONE),
    Route("GET", "/events", streams.events, EVERYONE, "stream"),
    Route("GET", "/practice", practice.practice, EVERYONE),
    Route("POST", "/practice/message", practice.write, EVERYONE, "form"),
    Route("POST", "/practice/say", practice.talk, EVERYONE, "form"),
    Route("POST", "/practice/clear", practice.clear, EVERYONE, "form"),
    Route("GET", "/cases", cases.queue, WORKERS),
    Route("GET", "/cases/{case_id}", cases.case, WORKERS),
    Route("POST", "/cases/{case_id}/message", cases.show_message, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/claim", cases.claim, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/release", cases.release, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/dismiss", cases.dismiss, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/escalate", cases.escalate, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/close", cases.close, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/missed", cases.missed, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/undo", cases.undo, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/suggest", cases.suggest, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/choose", cases.choose, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/draft", cases.edit, WORKERS, "form"),
    Route("GET", "/cases/{case_id}/post", cases.confirm, WORKERS),
    Route("POST", "/cases/{case_id}/post", cases.post, WORKERS, "form"),
    Route("GET", "/library", library.library, EVERYONE),
    Route("GET", "/library/coverage", library.coverage, EVERYONE),
    Route("GET", "/library/new", library_writing.new, WRITERS),
    Route("POST", "/library/new", library_writing.add, WRITERS, "form"),
    Route("GET", "/library/{response_id}", library.response, EVERYONE),
    Route("POST", "/library/{response_id}/comment", library.comment, EVERYONE, "form"),
    Route("GET", "/library/{response_id}/edit", library_writing.edit_form, WRITERS),
    Route("POST", "/library/{response_id}/edit", library_writing.edit, WRITERS, "form"),
    Route("POST", "/library/{response_id}/submit", library_writing.submit, WRITERS, "form"),
    Route("POST", "/library/{response_id}/approve", library_writing.approve, WRITERS, "form"),
    Route("POST", "/library/{response_id}/reject", library_writing.reject, WRITERS, "form"),
    Route("POST", "/library/{response_id}/retire", library_writing.retire, WRITERS, "form"),
    Route("POST", "/library/{response_id}/restore", library_writing.restore, WRITERS, "form"),
    Route("GET", "/decisions", decisions.decisions, REVIEWERS),
    Route("POST", "/decisions/{decision_id}/message", decisions.show_message, REVIEWERS, "form"),
    Route("POST", "/decisions/{decision_id}/confirm", decisions.confirm, REVIEWERS, "form"),
    Route("POST", "/decisions/{decision_id}/reject", decisions.reject, REVIEWERS, "form"),
    Route("GET", "/people", people.people, ADMINS),
    Route("POST", "/people", people.add, ADMINS, "form"),
    Route("POST", "/people/{person_id}", people.change, ADMINS, "form"),
    Route("POST", "/people/{person_id}/link", people.new_link, ADMINS, "form"),
    Route("POST", "/people/{person_id}/deactivate", people.deactivate, ADMINS, "form"),
    Route("POST", "/people/{person_id}/activate", people.activate, ADMINS, "form"),
)


def _api(method: str, path: str, call: object, roles: frozenset[str], summary: str, **more: object) -> Route:
    return Route(method, path, call, roles, "api", summary, **more)  # type: ignore[arg-type]


def _step(name: str, summary: str) -> Route:
    return _api(
        "POST", f"/api/cases/{{case_id}}/{name}", api_cases.step(name), WORKERS, summary, answer="Case"
    )


def _review(name: str, call: object, summary: str, body: object) -> Route:
    path = f"/api/library/{{response_id}}/{name}"
    return _api("POST", path, call, WRITERS, summary, body=body, answer="Response")


API: Final = (
    Route(
        "POST", "/api/session", screening.open_session, PUBLIC, "login-api",
        "Exchange name and password for a bearer token", body=screening.LOGIN, answer="Session",
    ),
    _api("GET", "/api/openapi.json", openapi.openapi, EVERYONE, "This description"),
    _api("GET", "/api/me", screening.me, EVERYONE, "Who is logged in", answer="Me"),
    _api("POST", "/api/screen", screening.screen, EVERYONE, "Screen a text; nothing is stored",
         body=screening.SCREEN, answer="Verdict", scope="screen"),
    _api("POST", "/api/suggest", screening.suggest, EVERYONE, "Screen a text and suggest responses",
         body=screening.SUGGEST, answer="Advice", scope="suggest"),
    _api("GET", "/api/cases", api_cases.cases, WORKERS, "List cases, gravest first",
         query=api_cases.LIST, answer="Case", answer_list=True, scope="cases"),
    _api("GET", "/api/cases/{case_id}", api_cases.case, WORKERS, "One case with its history", answer="Case"),
    _api("POST", "/api/cases/{case_id}/message", api_cases.message, WORKERS,
         "The message of a case; who asked is noted", answer="Message"),
    _step("claim", "Claim a case"),
    _step("release", "Give a case back"),
    _step("dismiss", "Say that it is not hate"),
    _step("escalate", "Hand a case to the moderators"),
    _step("close", "Close a case"),
    _step("missed", "Say that it is hate after all"),
    _step("undo", "Take back one's own last step"),
    _api("POST", "/api/cases/{case_id}/suggest", api_cases.suggest, WORKERS, "Suggestions for a claimed case",
         body=api_cases.ASK, answer="Advice"),
    _api("POST", "/api/cases/{case_id}/choose", api_cases.choose, WORKERS, "Make a suggestion the draft",
         body=api_cases.NUMBER, answer="Draft"),
    _api("POST", "/api/cases/{case_id}/draft", api_cases.edit, WORKERS, "Make a text the draft",
         body=api_cases.TEXT, answer="Draft"),
    _api("POST", "/api/cases/{case_id}/post", api_cases.post, WORKERS, "Post the draft that was read",
         body=api_cases.POST, answer="Reply"),
    _api("GET", "/api/decisions", api_decisions.decisions, REVIEWERS,
         "List what people decided about texts, the latest first", query=api_decisions.LIST, answer="Decision",
         answer_list=True),
    _api("POST", "/api/decisions/{decision_id}/message", api_decisions.message, REVIEWERS,
         "The text that was decided on; who asked is noted", answer="Message"),
    _api("POST", "/api/decisions/{decision_id}/confirm", api_decisions.confirm, REVIEWERS,
         "Confirm a decision: it holds for good and joins the next training", answer="Decision"),
    _api("POST", "/api/decisions/{decision_id}/reject", api_decisions.reject, REVIEWERS,
         "Reject a decision: screening goes by its own judgement again", answer="Decision"),
    _api("GET", "/api/proposals", api_proposals.proposals, REVIEWERS,
         "List what programs say texts should have been judged, the latest first", query=api_proposals.LIST,
         answer="Proposal", answer_list=True),
    _api("POST", "/api/proposals/{proposal_id}/message", api_proposals.message, REVIEWERS,
         "The text that a proposal is about", answer="Message"),
    _api("POST", "/api/proposals/{proposal_id}/confirm", api_proposals.confirm, REVIEWERS,
         "Confirm a proposal: screening goes by it", answer="Proposal"),
    _api("POST", "/api/proposals/{proposal_id}/reject", api_proposals.reject, REVIEWERS,
         "Reject a proposal: it has no effect", answer="Proposal"),
    _api("GET", "/api/library", api_library.responses, EVERYONE, "List responses",
         query=api_library.LIST, answer="Response", answer_list=True, scope="library"),
    _api("POST", "/api/library", api_library.add, WRITERS, "Add a response as a draft",
         body=api_library.ADD, answer="Response"),
    _api("GET", "/api/library/export", api_exchange.export, EVERYONE, "Export the library",
         query=api_exchange.EXPORT, answer="File", scope="library"),
    _api("POST", "/api/library/import", api_exchange.import_, WRITERS,
         "Import responses as drafts; without apply=yes only say what would happen",
         query=api_exchange.IMPORT, raw_body="CSV, JSON lines or YAML in UTF-8"),
    _api("GET", "/api/library/{response_id}", api_library.response, EVERYONE, "One response",
         answer="Response", scope="library"),
    _api("PUT", "/api/library/{response_id}", api_library.edit, WRITERS, "Save a new version",
         body=api_library.EDIT, answer="Response"),
    _review("submit", api_library.submit, "Hand a draft in for review", api_library.WHY),
    _review("approve", api_library.approve, "Approve a response under review", api_library.APPROVE),
    _review("reject", api_library.reject, "Send a response back", api_library.REJECT),
    _review("retire", api_library.retire, "Take a response out of use", api_library.WHY),
    _review("restore", api_library.restore, "Bring a version or a retired response back", api_library.RESTORE),
    _api("POST", "/api/library/{response_id}/comment", api_library.comment, EVERYONE, "Add a remark",
         body=api_library.COMMENT),
)  # fmt: skip

#: Addresses for programs with an API key; no cookie is looked at, so nothing needs a CSRF token.
MACHINES: Final = (
    Route("GET", "/$discovery/rest", perspective.discovery, PUBLIC, "machine"),
    Route("POST", "/v1alpha1/comments:analyze", perspective.analyze, PUBLIC, "machine", scope="screen"),
    Route(
        "POST",
        "/v1alpha1/comments:suggestscore",
        perspective.suggest_score,
        PUBLIC,
        "machine",
        scope="screen",
    ),
)

TABLE: Final = PAGES + API + MACHINES


def add_to(app: web.Application) -> None:
    """Add every route of the table, and the static files, to the application."""
    known: dict[web.AbstractRoute, Route] = {}
    for line in TABLE:
        if line.method == "GET":
            # HEAD comes with GET, and each is a route of its own.
            resource = app.router.add_resource(line.path)
            for method in ("GET", "HEAD") if line.kind != "stream" else ("GET",):
                known[resource.add_route(method, line.call)] = line
        else:
            known[app.router.add_route(line.method, line.path, line.call)] = line
    files = app.router.add_static("/static/", STATIC, name="static")
    for route in files:
        known[route] = Route("GET", "/static/", home.home, PUBLIC, "static")
    app[openapi.TABLE] = API
    app[ROUTES] = known
