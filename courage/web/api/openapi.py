"""The API's description as OpenAPI 3.1, made from the table of routes and the models that it names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from aiohttp import web
from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from courage.shipped import courage_version
from courage.web.keys import SERVICES
from courage.web.schemas.base import Answer
from courage.web.table import PUBLIC, Route

TABLE: web.AppKey[Sequence[Route]] = web.AppKey("api-table")

_REFERENCE: Final = "#/components/schemas/{model}"


class Error(Answer):
    """What was wrong and what is allowed, in one line."""

    error: str


#: What a file is to whoever reads its content type; text where nothing else is said.
_FILES: Final[dict[str, Any]] = {"application/yaml": {"type": "array", "items": {"type": "object"}}}
_ERRORS: Final = {
    "400": "the body or a value is not allowed",
    "401": "nobody is logged in",
    "403": "role, origin or CSRF token do not allow it",
    "404": "there is no such thing",
    "409": "it is in a state that does not allow this, or somebody else was faster",
    "413": "the body is too large",
    "429": "too many failed logins",
    "500": "something went wrong on our side; the line has a reference for whoever reads the log",
}


class _Schema(GenerateJsonSchema):
    """JSON Schema without a title for every field, which says nothing that its name does not say."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


async def openapi(request: web.Request) -> web.Response:
    """Return the description."""
    description = describe(request.app[TABLE])
    if base := request.config_dict[SERVICES].base:
        description["servers"] = [{"url": base}]
    return web.json_response(description)


def describe(table: Sequence[Route]) -> dict[str, Any]:
    """Return the OpenAPI description of a table of routes."""
    paths: dict[str, dict[str, Any]] = {}
    for line in table:
        paths.setdefault(line.path, {})[line.method.lower()] = _operation(line)
    error = {"$ref": _REFERENCE.format(model="Error")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Courage",
            "version": courage_version(),
            "description": 'Screening, suggestions, cases and the library. Errors are {"error": one line}.',
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(table),
            "responses": {
                code: {"description": about, "content": {"application/json": {"schema": error}}}
                for code, about in _ERRORS.items()
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-Goog-Api-Key"},
                "session": {"type": "apiKey", "in": "cookie", "name": "courage_session"},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def _schemas(table: Sequence[Route]) -> dict[str, Any]:
    """Return the schemas of every model that the table names, and of those within them, by name."""
    read: set[type[BaseModel]] = {line.body for line in table if line.body is not None}
    given: set[type[BaseModel]] = {line.answer for line in table if line.answer is not None} | {Error}
    wanted: list[tuple[type[BaseModel], Literal["validation", "serialization"]]] = [
        *((model, "validation") for model in sorted(read, key=_name)),
        *((model, "serialization") for model in sorted(given, key=_name)),
    ]
    _, found = models_json_schema(wanted, ref_template=_REFERENCE, schema_generator=_Schema)
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _name(model: type[BaseModel]) -> str:
    return model.__name__


def _operation(line: Route) -> dict[str, Any]:
    name = "_".join(re.findall(r"\w+", line.path.removeprefix("/api")))
    found: dict[str, Any] = {
        "summary": line.summary,
        "operationId": f"{line.method.lower()}_{name}",
        "parameters": [*_in_path(line.path), *_in_query(line.query)],
        "responses": {
            str(line.status): {"description": "done", "content": _answer(line)},
            **{code: {"$ref": f"#/components/responses/{code}"} for code in _ERRORS},
        },
    }
    writes = line.method not in ("GET", "HEAD")
    if line.roles is not PUBLIC:
        found["security"] = [{"bearer": []}, {"session": [], **({"csrf": []} if writes else {})}]
        found["description"] = "Roles: " + ", ".join(sorted(line.roles or ()))
        if line.scope:
            found["security"].append({"key": []})
            found["description"] += f"; API keys with the scope {line.scope}"
    if line.raw_body:
        # Binary for whoever writes a client: the bytes of the file as they are, whatever their layout.
        body: dict[str, Any] = {"type": "string", "format": "binary", "description": line.raw_body}
        found["requestBody"] = {"required": True, "content": {"application/octet-stream": {"schema": body}}}
    elif line.body is not None:
        found["requestBody"] = {
            "required": any(field.is_required() for field in line.body.model_fields.values()),
            "content": {"application/json": {"schema": {"$ref": _REFERENCE.format(model=_name(line.body))}}},
        }
    return found


def _answer(line: Route) -> dict[str, Any]:
    if line.files:
        return {kind: {"schema": _FILES.get(kind, {"type": "string"})} for kind in line.files}
    schema: dict[str, Any] = {"type": "object"}
    if line.answer is not None:
        schema = {"$ref": _REFERENCE.format(model=_name(line.answer))}
    return {"application/json": {"schema": {"type": "array", "items": schema} if line.many else schema}}


def _in_path(path: str) -> list[dict[str, Any]]:
    kinds = {"case_id": "integer", "decision_id": "integer", "proposal_id": "integer"}
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": kinds.get(name, "string")}}
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _in_query(model: type[BaseModel] | None) -> list[dict[str, Any]]:
    if model is None:
        return []
    described = model.model_json_schema(schema_generator=_Schema)["properties"]
    return [_parameter(name, field, described[name]) for name, field in model.model_fields.items()]


def _parameter(name: str, field: FieldInfo, schema: dict[str, Any]) -> dict[str, Any]:
    # A key that may be left out is None in Python, but there is no null in a query.
    schema = {**next((kind for kind in schema.get("anyOf", ()) if kind.get("type") != "null"), {}), **schema}
    schema = {key: value for key, value in schema.items() if key not in ("anyOf", "description")}
    if schema.get("default", "") is None:
        del schema["default"]
    found = {"name": name, "in": "query", "required": field.is_required(), "schema": schema}
    return {**found, "description": field.description} if field.description else found
