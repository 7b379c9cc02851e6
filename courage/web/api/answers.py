"""Models as JSON responses."""

from __future__ import annotations

import json as jsonlib
from collections.abc import Sequence

from aiohttp import web

from courage.web.schemas.base import Answer


def json(answer: Answer | Sequence[Answer], status: int = 200) -> web.Response:
    """Return an answer, or a list of answers, as a JSON response."""
    # json.dumps rather than pydantic's own: messages may hold lone surrogates, which JSON carries as escapes only.
    if isinstance(answer, Answer):
        return web.Response(text=line(answer), status=status, content_type="application/json")
    body = jsonlib.dumps([one.model_dump(mode="json") for one in answer])
    return web.Response(text=body, status=status, content_type="application/json")


def line(answer: Answer) -> str:
    """Return an answer as one line of JSON in ASCII."""
    return jsonlib.dumps(answer.model_dump(mode="json"))
