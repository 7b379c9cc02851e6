"""The desk's table of routes: every address, who may use it, and what its API reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from aiohttp import web

from courage.web import health, hooks, streams
from courage.web.api import cases as api_cases
from courage.web.api import decisions as api_decisions
from courage.web.api import exchange as api_exchange
from courage.web.api import library as api_library
from courage.web.api import openapi, perspective, screening
from courage.web.api import proposals as api_proposals
from courage.web.pages import (
    academy,
    account,
    care,
    case_around,
    cases,
    chat_accounts,
    connect,
    decisions,
    elsewhere,
    exchange,
    figures,
    handbooks,
    home,
    insights,
    library,
    library_writing,
    login,
    notices,
    organisations,
    own_scenarios,
    passkeys,
    people,
    person_data,
    practice,
    provider,
    readiness,
    rooms,
    webhooks,
    workshop_guests,
    workshops,
)
from courage.web.reading import read_query
from courage.web.schemas import cases as cases_
from courage.web.schemas import decisions as decisions_
from courage.web.schemas import library as library_
from courage.web.schemas import people as people_
from courage.web.schemas import proposals as proposals_
from courage.web.schemas import screening as screening_
from courage.web.schemas.base import Nothing, Query, Request
from courage.web.table import (
    ADMINS,
    ANYBODY,
    EVERYONE,
    INSIGHTS,
    LEADERS,
    OPERATORS,
    PUBLIC,
    READERS,
    REVIEWERS,
    ROUTES,
    WORKERS,
    WRITERS,
    Call,
    Route,
)

STATIC: Final = Path(__file__).parent / "static"

PAGES: Final = (
    Route("GET", "/health", health.health, PUBLIC),
    Route("GET", "/live", health.live, PUBLIC),
    Route("GET", "/ready", health.ready, PUBLIC),
    Route("GET", "/login", login.show_login, PUBLIC),
    Route("POST", "/login", login.log_in, PUBLIC, "form"),
    Route("GET", "/login/passkey", passkeys.ask, PUBLIC),
    Route("POST", "/login/passkey", passkeys.come, PUBLIC, "form"),
    Route("GET", "/login/provider", provider.begin, PUBLIC),
    Route("GET", "/login/provider/back", provider.back, PUBLIC),
    Route("GET", "/login/{token}", login.show_link, PUBLIC),
    Route("POST", "/login/{token}", login.use_link, PUBLIC, "form"),
    Route("POST", "/logout", account.log_out, ANYBODY, "form"),
    Route("GET", "/account", account.account, ANYBODY),
    Route("POST", "/account/password", account.set_password, ANYBODY, "form"),
    Route("POST", "/account/token", account.make_token, EVERYONE, "form"),
    Route("POST", "/account/sessions/end", account.end_sessions, ANYBODY, "form"),
    Route("POST", "/account/sessions/{session_id}/end", account.end_session, ANYBODY, "form"),
    Route("POST", "/account/factor", account.begin_factor, ANYBODY, "form"),
    Route("POST", "/account/factor/on", account.turn_factor_on, ANYBODY, "form"),
    Route("POST", "/account/factor/off", account.turn_factor_off, ANYBODY, "form"),
    Route("POST", "/account/provider", provider.link, ANYBODY, "form"),
    Route("POST", "/account/provider/{account_id}/unlink", provider.unlink, ANYBODY, "form"),
    Route("POST", "/account/passkeys/begin", passkeys.begin, ANYBODY, "form"),
    Route("POST", "/account/passkeys", passkeys.add, ANYBODY, "form"),
    Route("POST", "/account/passkeys/{passkey_id}/remove", passkeys.remove, ANYBODY, "form"),
    Route("GET", "/", home.home, ANYBODY),
    Route("GET", "/keys", home.keys, ANYBODY),
    Route("GET", "/help", handbooks.show, ANYBODY),
    Route("GET", "/help/{role}", handbooks.handbook, ANYBODY),
    Route("GET", "/events", streams.events, EVERYONE, "stream"),
    Route("GET", "/practice", practice.practice, EVERYONE),
    Route("POST", "/practice/message", practice.write, EVERYONE, "form"),
    Route("POST", "/practice/say", practice.talk, EVERYONE, "form"),
    Route("POST", "/practice/clear", practice.clear, EVERYONE, "form"),
    Route("GET", "/academy", academy.academy, EVERYONE),
    Route("POST", "/academy/delete", academy.delete, EVERYONE, "form"),
    Route("GET", "/academy/disputes", academy.disputes, WRITERS),
    Route("POST", "/academy/disputes/{dispute_id}", academy.answer_dispute, WRITERS, "form"),
    Route("GET", "/academy/own", own_scenarios.own, WRITERS),
    Route("GET", "/academy/own/pack", own_scenarios.pack, WRITERS),
    Route("POST", "/academy/own/pack", own_scenarios.take, WRITERS, "form"),
    Route("POST", "/academy/own/check", own_scenarios.check, WRITERS, "form"),
    Route("GET", "/academy/own/new", own_scenarios.new, WRITERS),
    Route("POST", "/academy/own/new", own_scenarios.write, WRITERS, "form"),
    Route("GET", "/academy/own/{number}", own_scenarios.edit, WRITERS),
    Route("POST", "/academy/own/{number}", own_scenarios.rewrite, WRITERS, "form"),
    Route("POST", "/academy/own/{number}/retire", own_scenarios.retire, WRITERS, "form"),
    Route("POST", "/academy/own/{number}/back", own_scenarios.bring_back, WRITERS, "form"),
    Route("GET", "/academy/own/{number}/play", own_scenarios.play, WRITERS),
    Route("POST", "/academy/own/{number}/play", own_scenarios.try_out, WRITERS, "form"),
    Route("GET", "/academy/scenarios/{scenario_id}", academy.scenario, EVERYONE),
    Route("POST", "/academy/scenarios/{scenario_id}/begin", academy.begin, EVERYONE, "form"),
    Route("POST", "/academy/scenarios/{scenario_id}/turn", academy.turn, EVERYONE, "form"),
    Route("POST", "/academy/scenarios/{scenario_id}/show", academy.show, EVERYONE, "form"),
    Route("POST", "/academy/scenarios/{scenario_id}/leave", academy.leave, EVERYONE, "form"),
    Route("POST", "/academy/scenarios/{scenario_id}/dispute", academy.dispute, EVERYONE, "form"),
    Route("GET", "/academy/cards", academy.next_exercise, EVERYONE),
    Route("GET", "/academy/cards/{exercise_id}", academy.exercise, EVERYONE),
    Route("POST", "/academy/cards/{exercise_id}", academy.answer, EVERYONE, "form"),
    Route("GET", "/academy/spot_the_hate", academy.next_exercise, EVERYONE),
    Route("GET", "/academy/spot_the_hate/{exercise_id}", academy.exercise, EVERYONE),
    Route("POST", "/academy/spot_the_hate/{exercise_id}", academy.answer, EVERYONE, "form"),
    Route("GET", "/academy/sources", academy.next_exercise, EVERYONE),
    Route("GET", "/academy/sources/{exercise_id}", academy.exercise, EVERYONE),
    Route("POST", "/academy/sources/{exercise_id}", academy.answer, EVERYONE, "form"),
    Route("GET", "/academy/limits", academy.next_exercise, EVERYONE),
    Route("GET", "/academy/limits/{exercise_id}", academy.exercise, EVERYONE),
    Route("POST", "/academy/limits/{exercise_id}", academy.answer, EVERYONE, "form"),
    Route("GET", "/suggest", elsewhere.show, EVERYONE),
    Route("POST", "/suggest", elsewhere.suggest, EVERYONE, "form"),
    Route("POST", "/suggest/outcome", elsewhere.outcome, EVERYONE, "form"),
    Route("POST", "/suggest/shared", elsewhere.shared, PUBLIC, "share"),
    Route("GET", "/manifest.webmanifest", elsewhere.manifest, PUBLIC),
    Route("GET", "/care", care.care, EVERYONE),
    Route("POST", "/care", care.choose, EVERYONE, "form"),
    Route("POST", "/care/break", care.begin_break, EVERYONE, "form"),
    Route("POST", "/care/break/end", care.end_break, EVERYONE, "form"),
    Route("POST", "/care/group", care.group, WRITERS, "form"),
    Route("GET", "/rest", care.rest, EVERYONE),
    Route("GET", "/cases", cases.queue, WORKERS),
    Route("GET", "/cases/next", cases.next_case, WORKERS),
    Route("GET", "/cases/{case_id}", cases.case, WORKERS),
    Route("POST", "/cases/{case_id}/message", cases.show_message, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/around", case_around.look, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/claim", cases.claim, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/release", cases.release, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/too-much", cases.too_much, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/dismiss", cases.dismiss, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/escalate", cases.escalate, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/close", cases.close, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/missed", cases.missed, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/undo", cases.undo, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/suggest", cases.suggest, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/choose", cases.choose, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/draft", cases.edit, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/typed", cases.keep_typed, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/typed/settle", cases.settle_typed, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/typed/back", cases.bring_back, WORKERS, "form"),
    Route("POST", "/cases/{case_id}/typed/drop", cases.drop_typed, WORKERS, "form"),
    Route("GET", "/cases/{case_id}/post", cases.confirm, WORKERS),
    Route("POST", "/cases/{case_id}/post", cases.post, WORKERS, "form"),
    Route("GET", "/library", library.library, EVERYONE),
    Route("GET", "/library/exchange", exchange.show, WRITERS),
    Route("POST", "/library/exchange", exchange.upload, WRITERS, "form"),
    Route("POST", "/library/exchange/{token}", exchange.go_on, WRITERS, "form"),
    Route("GET", "/library/export/{kind}", exchange.export, WRITERS),
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
    Route("GET", "/decisions", decisions.decisions, READERS),
    Route("POST", "/decisions/{decision_id}/message", decisions.show_message, READERS, "form"),
    Route("POST", "/decisions/{decision_id}/confirm", decisions.confirm, REVIEWERS, "form"),
    Route("POST", "/decisions/{decision_id}/reject", decisions.reject, REVIEWERS, "form"),
    Route("GET", "/rooms", rooms.rooms, LEADERS),
    Route("POST", "/rooms", rooms.change, LEADERS, "form"),
    Route("POST", "/rooms/desk", rooms.make_desk, ADMINS, "form"),
    Route("GET", "/rooms/connect", connect.systems, ADMINS),
    Route("GET", "/rooms/connect/{system}", connect.system, ADMINS),
    Route("POST", "/rooms/connect/{system}", connect.connect, ADMINS, "form"),
    Route("POST", "/rooms/connect/{system}/disconnect", connect.disconnect, ADMINS, "form"),
    Route("POST", "/rooms/connect/{system}/desk", connect.choose_desk, ADMINS, "form"),
    Route("POST", "/rooms/connect/{system}/test", connect.test, ADMINS, "form"),
    Route("POST", "/rooms/connect/{system}/seen", connect.seen, ADMINS, "form"),
    Route("POST", "/rooms/connect/{system}/notice", connect.notice, ADMINS, "form"),
    Route("GET", "/people", people.people, ADMINS),
    Route("POST", "/people", people.add, ADMINS, "form"),
    Route("POST", "/people/{person_id}", people.change, ADMINS, "form"),
    Route("POST", "/people/{person_id}/link", people.new_link, ADMINS, "form"),
    Route("POST", "/people/{person_id}/invite", people.invite, ADMINS, "form"),
    Route("POST", "/people/{person_id}/deactivate", people.deactivate, ADMINS, "form"),
    Route("POST", "/people/{person_id}/activate", people.activate, ADMINS, "form"),
    Route("GET", "/people/{person_id}/data", person_data.of_person, ADMINS),
    Route("POST", "/people/{person_id}/data/export", person_data.export_person, ADMINS, "form"),
    Route("POST", "/people/{person_id}/data/erase", person_data.erase_person, ADMINS, "form"),
    Route("GET", "/authors", person_data.authors, ADMINS),
    Route("POST", "/authors", person_data.find_author, ADMINS, "form"),
    Route("POST", "/authors/export", person_data.export_author, ADMINS, "form"),
    Route("POST", "/authors/erase", person_data.erase_author, ADMINS, "form"),
    Route("GET", "/academy/readiness", readiness.own, EVERYONE),
    Route("GET", "/academy/people", readiness.everybody, WRITERS),
    Route("GET", "/academy/people/{person_id}", readiness.one, WRITERS),
    Route("POST", "/academy/people/{person_id}/ready", readiness.decide, WRITERS, "form"),
    Route("GET", "/academy/gate", readiness.gate, ADMINS),
    Route("POST", "/academy/gate", readiness.set_gate, ADMINS, "form"),
    Route("POST", "/academy/refresher", readiness.set_refresher, ADMINS, "form"),
    Route("GET", "/academy/figures", figures.figures, WRITERS | OPERATORS),
    Route("GET", "/academy/figures.csv", figures.table, WRITERS | OPERATORS),
    Route("GET", "/insights", insights.insights, INSIGHTS),
    Route("GET", "/insights/{part}.csv", insights.table, INSIGHTS),
    Route("GET", "/workshops", workshops.workshops, WRITERS),
    Route("POST", "/workshops", workshops.create, WRITERS, "form"),
    Route("GET", "/workshops/{workshop_id}", workshops.console, WRITERS),
    Route("POST", "/workshops/{workshop_id}/begin", workshops.begin, WRITERS, "form"),
    Route("POST", "/workshops/{workshop_id}/show", workshops.show, WRITERS, "form"),
    Route("POST", "/workshops/{workshop_id}/talk", workshops.talk, WRITERS, "form"),
    Route("POST", "/workshops/{workshop_id}/notes", workshops.write_down, WRITERS, "form"),
    Route("POST", "/workshops/{workshop_id}/go", workshops.go_on, WRITERS, "form"),
    Route("POST", "/workshops/{workshop_id}/end", workshops.end, WRITERS, "form"),
    Route("GET", "/workshops/{workshop_id}/screen", workshops.screen, WRITERS),
    Route("GET", "/workshops/{workshop_id}/state", workshops.state, WRITERS),
    Route("GET", "/workshops/{workshop_id}/events", workshops.events, WRITERS, "stream"),
    Route("GET", "/workshops/{workshop_id}/attendance.csv", workshops.table, WRITERS),
    Route("GET", "/workshops/{workshop_id}/certificates.pdf", workshops.certificates, WRITERS),
    # Participants have no account: what their browser holds is of one workshop alone.
    Route("GET", "/w", workshop_guests.enter, PUBLIC),
    Route("GET", "/w/{code}", workshop_guests.workshop, PUBLIC),
    Route("POST", "/w/{code}/join", workshop_guests.join, PUBLIC, "form"),
    Route("POST", "/w/{code}/answer", workshop_guests.answer, PUBLIC, "form"),
    Route("POST", "/w/{code}/vote", workshop_guests.vote, PUBLIC, "form"),
    Route("POST", "/w/{code}/feel", workshop_guests.feel, PUBLIC, "form"),
    Route("POST", "/w/{code}/leave", workshop_guests.leave, PUBLIC, "form"),
    Route("GET", "/w/{code}/state", workshop_guests.state, PUBLIC),
    Route("GET", "/w/{code}/events", workshop_guests.events, PUBLIC, "stream"),
    Route("GET", "/w/{code}/certificate.pdf", workshop_guests.certificate, PUBLIC),
    Route("GET", "/account/chat", chat_accounts.own, EVERYONE),
    Route("POST", "/account/chat/code", chat_accounts.own_code, EVERYONE, "form"),
    Route("POST", "/account/chat/unlink", chat_accounts.own_unlink, EVERYONE, "form"),
    Route("GET", "/account/notices", notices.own, EVERYONE),
    Route("POST", "/account/notices", notices.choose, EVERYONE, "form"),
    Route("POST", "/account/notices/address", notices.set_address, EVERYONE, "form"),
    Route("POST", "/account/notices/browser", notices.add_browser, EVERYONE, "form"),
    Route("POST", "/account/notices/forget", notices.forget_browsers, EVERYONE, "form"),
    # Links of mails are opened where nobody is logged in; their tokens are signed.
    Route("GET", "/notices/stop/{token}", notices.show_stop, PUBLIC),
    Route("POST", "/notices/stop/{token}/now", notices.stop, PUBLIC, "form"),
    Route("GET", "/notices/confirm/{token}", notices.show_confirm, PUBLIC),
    Route("POST", "/notices/confirm/{token}", notices.confirm, PUBLIC, "form"),
    Route("GET", "/people/{person_id}/chat", chat_accounts.of_person, ADMINS),
    Route("POST", "/people/{person_id}/chat", chat_accounts.add, ADMINS, "form"),
    Route("POST", "/people/{person_id}/chat/code", chat_accounts.code_for_person, ADMINS, "form"),
    Route("POST", "/people/{person_id}/chat/unlink", chat_accounts.unlink_person, ADMINS, "form"),
    Route("POST", "/account/organisation", account.change_organisation, EVERYONE, "form"),
    Route("POST", "/account/memberships", account.join, EVERYONE, "form"),
    Route("GET", "/organisation", organisations.own, ADMINS),
    Route("POST", "/organisation", organisations.change, ADMINS, "form"),
    Route("GET", "/webhooks", webhooks.webhooks, ADMINS),
    Route("POST", "/webhooks", webhooks.add, ADMINS, "form"),
    Route("POST", "/webhooks/{webhook_id}/test", webhooks.test, ADMINS, "form"),
    Route("POST", "/webhooks/{webhook_id}/switch", webhooks.switch, ADMINS, "form"),
    Route("POST", "/webhooks/{webhook_id}/secret", webhooks.renew, ADMINS, "form"),
    Route("POST", "/webhooks/{webhook_id}/remove", webhooks.remove, ADMINS, "form"),
    Route("GET", "/organisations", organisations.organisations, OPERATORS),
    Route("POST", "/organisations", organisations.create, OPERATORS, "form"),
    Route("POST", "/organisations/{slug}/limit", organisations.limit, OPERATORS, "form"),
    Route("POST", "/organisations/{slug}/suspend", organisations.suspend, OPERATORS, "form"),
    Route("POST", "/organisations/{slug}/resume", organisations.resume, OPERATORS, "form"),
    Route("POST", "/organisations/{slug}/erase", organisations.erase, OPERATORS, "form"),
)


def _api(method: str, path: str, call: Call, roles: frozenset[str], summary: str, **more: Any) -> Route:
    return Route(method, path, call, roles, "api", summary, **more)


def _step(name: str, summary: str) -> Route:
    path = f"/api/cases/{{case_id}}/{name}"
    return _api("POST", path, api_cases.step(name), WORKERS, summary, body=Nothing, answer=cases_.Case)


def _review(name: str, call: Call, summary: str, body: type[Request]) -> Route:
    path = f"/api/library/{{response_id}}/{name}"
    return _api("POST", path, call, WRITERS, summary, body=body, answer=library_.Response)


API: Final = (
    Route(
        "POST", "/api/session", screening.open_session, PUBLIC, "login-api",
        "Exchange name and password for a bearer token", body=people_.LoginRequest, answer=people_.Session,
    ),
    _api("GET", "/api/openapi.json", openapi.openapi, EVERYONE, "This description"),
    _api("GET", "/api/me", screening.me, EVERYONE, "Who is logged in", answer=people_.Me),
    _api("POST", "/api/screen", screening.screen, EVERYONE, "Screen a text; nothing is stored",
         body=screening_.ScreenRequest, answer=screening_.Verdict, scope="screen"),
    _api("POST", "/api/suggest", screening.suggest, EVERYONE, "Screen a text and suggest responses",
         body=screening_.SuggestRequest, answer=screening_.ScreenedAdvice, scope="suggest"),
    _api("GET", "/api/cases", api_cases.cases, WORKERS, "List cases, most serious first",
         query=cases_.CasesQuery, answer=cases_.Case, many=True, scope="cases"),
    _api("GET", "/api/cases/{case_id}", api_cases.case, WORKERS, "One case with its history",
         answer=cases_.CaseWithHistory),
    _api("POST", "/api/cases/{case_id}/message", api_cases.message, WORKERS,
         "The message of a case; who asked is noted", body=Nothing, answer=cases_.Message),
    _step("claim", "Claim a case"),
    _step("release", "Give a case back"),
    _step("dismiss", "Say that it is not hate"),
    _step("escalate", "Hand a case to the moderators"),
    _step("close", "Close a case"),
    _step("missed", "Say that it is hate after all"),
    _step("undo", "Take back one's own last step"),
    _api("POST", "/api/cases/{case_id}/suggest", api_cases.suggest, WORKERS, "Suggestions for a claimed case",
         body=cases_.SuggestionsRequest, answer=screening_.Advice),
    _api("POST", "/api/cases/{case_id}/choose", api_cases.choose, WORKERS, "Make a suggestion the draft",
         body=cases_.ChooseRequest, answer=cases_.Draft),
    _api("POST", "/api/cases/{case_id}/draft", api_cases.edit, WORKERS, "Make a text the draft",
         body=cases_.DraftRequest, answer=cases_.Draft),
    _api("POST", "/api/cases/{case_id}/post", api_cases.post, WORKERS, "Post the draft that was read",
         body=cases_.PostRequest, answer=cases_.Reply),
    _api("GET", "/api/decisions", api_decisions.decisions, READERS,
         "List what people decided about texts, the latest first", query=decisions_.DecisionsQuery,
         answer=decisions_.Decision, many=True),
    _api("POST", "/api/decisions/{decision_id}/message", api_decisions.message, READERS,
         "The text that was decided on; who asked is noted", body=Nothing, answer=cases_.Message),
    _api("POST", "/api/decisions/{decision_id}/confirm", api_decisions.confirm, REVIEWERS,
         "Confirm a decision: it holds for good and joins the next training", body=Nothing,
         answer=decisions_.Decision),
    _api("POST", "/api/decisions/{decision_id}/reject", api_decisions.reject, REVIEWERS,
         "Reject a decision: screening goes by its own judgement again", body=Nothing,
         answer=decisions_.Decision),
    _api("GET", "/api/proposals", api_proposals.proposals, REVIEWERS,
         "List what programs say texts should have been judged, the latest first",
         query=proposals_.ProposalsQuery, answer=proposals_.Proposal, many=True),
    _api("POST", "/api/proposals/{proposal_id}/message", api_proposals.message, REVIEWERS,
         "The text that a proposal is about", body=Nothing, answer=cases_.Message),
    _api("POST", "/api/proposals/{proposal_id}/confirm", api_proposals.confirm, REVIEWERS,
         "Confirm a proposal: screening goes by it", body=Nothing, answer=proposals_.Proposal),
    _api("POST", "/api/proposals/{proposal_id}/reject", api_proposals.reject, REVIEWERS,
         "Reject a proposal: it has no effect", body=Nothing, answer=proposals_.Proposal),
    _api("GET", "/api/library", api_library.responses, EVERYONE, "List responses",
         query=library_.LibraryQuery, answer=library_.Response, many=True, scope="library"),
    _api("POST", "/api/library", api_library.add, WRITERS, "Add a response as a draft",
         body=library_.AddRequest, answer=library_.Response, status=201),
    _api("GET", "/api/library/export", api_exchange.export, EVERYONE, "Export the library",
         query=library_.ExportQuery, files=tuple(api_exchange.TYPES.values()), scope="library"),
    _api("POST", "/api/library/import", api_exchange.import_, WRITERS,
         "Import responses as drafts; without apply=yes only say what would happen",
         query=library_.ImportQuery, raw_body="CSV, JSON lines or YAML in UTF-8", answer=library_.ImportReport),
    _api("GET", "/api/library/{response_id}", api_library.response, EVERYONE, "One response",
         answer=library_.Response, scope="library"),
    _api("PUT", "/api/library/{response_id}", api_library.edit, WRITERS, "Save a new version",
         body=library_.EditRequest, answer=library_.Response),
    _review("submit", api_library.submit, "Hand a draft in for review", library_.StepRequest),
    _review("approve", api_library.approve, "Approve a response under review", library_.ApproveRequest),
    _review("reject", api_library.reject, "Send a response back", library_.RejectRequest),
    _review("retire", api_library.retire, "Take a response out of use", library_.StepRequest),
    _review("restore", api_library.restore, "Bring a version or a retired response back",
            library_.RestoreRequest),
    _api("POST", "/api/library/{response_id}/comment", api_library.comment, EVERYONE, "Add a remark",
         body=library_.CommentRequest, answer=library_.Remark, status=201),
)  # fmt: skip

#: Addresses for programs with an API key, or a secret of their own; no cookie is looked at, so nothing needs a CSRF token.
MACHINES: Final = (
    Route("POST", "/hooks/{channel}", hooks.receive, PUBLIC, "machine"),
    Route("POST", "/notices/stop/{token}", notices.stop_by_program, PUBLIC, "machine"),
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


def _strict(line: Route) -> Call:
    """Return the call of an API route that describes no query so that it refuses one."""
    if line.query is not None:
        return line.call  # it reads its query itself

    async def call(request: web.Request) -> web.StreamResponse:
        read_query(request, Query)
        return await line.call(request)

    return call


def add_to(app: web.Application) -> None:
    """Add every route of the table, and the static files, to the application."""
    known: dict[web.AbstractRoute, Route] = {}
    of_the_api = frozenset(API)
    for line in TABLE:
        call = _strict(line) if line in of_the_api else line.call
        if line.method == "GET":
            # HEAD comes with GET, and each is a route of its own.
            resource = app.router.add_resource(line.path)
            for method in ("GET", "HEAD") if line.kind != "stream" else ("GET",):
                known[resource.add_route(method, call)] = line
        else:
            known[app.router.add_route(line.method, line.path, call)] = line
    files = app.router.add_static("/static/", STATIC, name="static")
    for route in files:
        known[route] = Route("GET", "/static/", home.home, PUBLIC, "static")
    app[openapi.TABLE] = API
    app[ROUTES] = known
