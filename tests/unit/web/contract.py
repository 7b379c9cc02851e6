"""What the desk's API promises, held against what it really answers."""

from __future__ import annotations

import re
from copy import deepcopy
from functools import cache
from typing import Any

from aiohttp import ClientResponse
from jsonschema import Draft202012Validator

from courage.web.api.openapi import describe
from courage.web.routes import API


@cache
def document() -> dict[str, Any]:
    """Return the description as a client would get it."""
    return describe(API)


@cache
def closed() -> dict[str, Any]:
    """Return the description with every object closed, so that a field that it does not name is a fault."""
    found = deepcopy(document())

    def close(part: Any) -> None:
        if isinstance(part, dict):
            if "properties" in part and isinstance(part["properties"], dict):
                part.setdefault("additionalProperties", False)
            for value in part.values():
                close(value)
        elif isinstance(part, list):
            for value in part:
                close(value)

    close(found["components"]["schemas"])
    return found


def operation_of(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """Return the address as the description writes it, and the operation; the most literal one wins."""
    path = path.split("?")[0]
    for known in sorted(document()["paths"], key=lambda name: name.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path):
            found = document()["paths"][known].get(method.lower())
            return (known, found) if found else None
    return None


async def check(method: str, path: str, response: ClientResponse) -> None:
    """Fail if an answer of the API is none that the description allows."""
    found = operation_of(method, path)
    if found is None or method == "HEAD":
        return
    promised = found[1]["responses"].get(str(response.status))
    assert promised is not None, f"{method} {path}: status {response.status} is not described"
    if "$ref" in promised:
        promised = closed()["components"]["responses"][promised["$ref"].rsplit("/", 1)[-1]]
    assert response.content_type in promised["content"], f"{method} {path}: {response.content_type}"
    if response.content_type != "application/json":
        return
    schema = {
        **promised["content"]["application/json"]["schema"],
        "components": closed()["components"],
    }
    problem = next(iter(Draft202012Validator(schema).iter_errors(await response.json())), None)
    assert problem is None, f"{method} {path}: {problem.json_path} {problem.message}"
