"""The API's description as OpenAPI 3.1, made from the table of routes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aiohttp import web

from courage.shipped import courage_version
from courage.taxonomy import CATEGORIES, LANGUAGES, ROUTES, TARGET_GROUPS
from courage.web.schema import Field, body_schema
from courage.web.table import PUBLIC, Route

TABLE: web.AppKey[Sequence[Route]] = web.AppKey("api-table")


def _object(about: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "description": about, "properties": properties}


_TEXT, _INTEGER, _NUMBER, _YES = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
_TEXTS = {"type": "array", "items": _TEXT}
_TIME = {"type": ["string", "null"], "format": "date-time"}

SCHEMAS: dict[str, dict[str, Any]] = {
    "Object": _object("an object"),
    "Error": {**_object("what was wrong and what is allowed, in one line", error=_TEXT), "required": ["error"]},
    "Session": _object("send the token as Authorization: Bearer …", token=_TEXT, expires_at=_TIME),
    "Me": _object("csrf is for X-CSRF-Token where a session cookie is used", person={"type": "object"}, csrf=_TEXT),
    "Verdict": _object(
        "what screening says; score is a probability from 0 to 1, severity goes from 0 to 3",
        text=_TEXT, hateful=_YES, score=_NUMBER, category={"enum": list(CATEGORIES)}, severity=_INTEGER,
        targets={"type": "array", "items": {"enum": list(TARGET_GROUPS)}},
        language={"enum": [*LANGUAGES, "und"]}, route={"enum": list(ROUTES)},
        reasons={"type": "array", "items": {"type": "object"}},
    ),
    "Suggestion": _object(
        "a response with its rank and why it fits", id=_TEXT, number=_INTEGER, text=_TEXT, strategy=_TEXT,
        language=_TEXT, translated_from={"type": ["string", "null"]}, score=_NUMBER, reasons=_TEXTS,
        sources={"type": "array", "items": {"type": "object"}},
    ),
    "Advice": _object(
        "suggestions, or why there are none", verdict={"$ref": "#/components/schemas/Verdict"}, abstained=_YES,
        reason=_TEXT, suggestions={"type": "array", "items": {"$ref": "#/components/schemas/Suggestion"}},
    ),
    "Case": _object(
        "a case, its reasons in the reader's language; its message is never part of it",
        id=_INTEGER, status=_TEXT, lane=_TEXT, category=_TEXT,
        severity=_INTEGER, targets=_TEXTS, language=_TEXT, score=_NUMBER, room_name=_TEXT,
        holder={"type": ["string", "null"]}, opened_at=_TIME, closed_at=_TIME, reasons=_TEXT,
    ),
    "Decision": _object(
        "what people decided about a text, without the text; state is waiting, confirmed or rejected", id=_INTEGER,
        case_id=_INTEGER, decision={"enum": ["not_hate", "missed"]}, state=_TEXT, people=_TEXTS, category=_TEXT,
        severity=_INTEGER, language=_TEXT, grave=_YES, decided_at=_TIME, reviewer={"type": ["string", "null"]},
        reviewed_at=_TIME, text_kept=_YES,
    ),
    "Message": _object("the message and the reasons in full", text=_TEXT, reasons={"type": "array"}),
    "Draft": _object("one version of a draft", case_id=_INTEGER, version=_INTEGER, text=_TEXT),
    "Reply": _object("what was confirmed; state is pending, posted, failed or cancelled", id=_INTEGER,
                     text=_TEXT, state=_TEXT, failure={"type": ["string", "null"]}),
    "Response": _object(
        "an entry of the library; hand lock back when editing", id=_TEXT, state=_TEXT, version=_INTEGER,
        lock=_INTEGER, text=_TEXT, language=_TEXT, targets=_TEXTS, strategy=_TEXT, tone=_TEXT, voice=_TEXT,
        length=_TEXT, narratives=_TEXTS, sources={"type": "array", "items": {"type": "object"}},
        review_on={"type": ["string", "null"], "format": "date"}, licence=_TEXT, author_name=_TEXT,
    ),
}  # fmt: skip

_ERRORS = {
    "400": "the body or a value is not allowed",
    "401": "nobody is logged in",
    "403": "role, origin or CSRF token do not allow it",
    "404": "there is no such thing",
    "409": "it is in a state that does not allow this, or somebody else was faster",
    "413": "the body is too large",
    "429": "too many failed logins",
}


async def openapi(request: web.Request) -> web.Response:
    """Return the description."""
    return web.json_response(describe(request.app[TABLE]))


def describe(table: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI description of a table of routes."""
    paths: dict[str, dict[str, Any]] = {}
    for line in table:
        paths.setdefault(line.path, {})[line.method.lower()] = _operation(line)
    error = {"$ref": "#/components/schemas/Error"}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Courage",
            "version": courage_version(),
            "description": 'Screening, suggestions, cases and the library. Errors are {"error": one line}.',
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "responses": {
                code: {"description": about, "content": {"application/json": {"schema": error}}}
                for code, about in _ERRORS.items()
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "courage_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def _operation(line: Route) -> dict[str, Any]:
    schema: dict[str, Any] = {"$ref": f"#/components/schemas/{line.answer}"}
    if line.answer_list:
        schema = {"type": "array", "items": schema}
    answer: dict[str, Any] = {"application/json": {"schema": schema}}
    if line.answer == "File":
        answer = {"text/plain": {"schema": {"type": "string"}}}
    name = "_".join(re.findall(r"\w+", line.path.removeprefix("/api")))
    found: dict[str, Any] = {
        "summary": line.summary,
        "operationId": f"{line.method.lower()}_{name}",
        "parameters": [*_in_path(line.path), *_in_query(line.query)],
        "responses": {
            "201" if line.path == "/api/library" and line.method == "POST" else "200": {
                "description": "done", "content": answer,
            },
            **{code: {"$ref": f"#/components/responses/{code}"} for code in _ERRORS},
        },
    }  # fmt: skip
    writes = line.method not in ("GET", "HEAD")
    if line.roles is not PUBLIC:
        found["security"] = [{"bearer": []}, {"session": [], **({"csrf": []} if writes else {})}]
        found["description"] = "Roles: " + ", ".join(sorted(line.roles or ()))
    if line.raw_body:
        content: dict[str, Any] = {"text/plain": {"schema": {"type": "string", "description": line.raw_body}}}
        found["requestBody"] = {"required": True, "content": content}
    elif writes:
        found["requestBody"] = {
            "required": any(field.required for field in line.body),
            "content": {"application/json": {"schema": body_schema(line.body)}},
        }
    return found


def _in_path(path: str) -> list[dict[str, Any]]:
    kinds = {"case_id": "integer", "decision_id": "integer"}
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": kinds.get(name, "string")}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _in_query(fields: Sequence[Field]) -> list[dict[str, Any]]:
    return [
        {"name": field.name, "in": "query", "required": field.required, "schema": field.schema()}
        for field in fields
    ]
