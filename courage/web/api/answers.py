"""The shapes that the API returns."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any

from aiohttp import web

from courage.cases.views import CaseView
from courage.detection.verdict import Verdict
from courage.library.suggest.recommend import Advice
from courage.library.views import ResponseView
from courage.web.keys import LANGUAGE, WORDS
from courage.web.reasons import reasons_line


def plain(value: Any) -> Any:
    """Return dataclasses, dates and tuples as JSON values."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(entry) for entry in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value


def json(value: Any, status: int = 200) -> web.Response:
    """Return a JSON response."""
    return web.json_response(plain(value), status=status)


def case_json(request: web.Request, case: CaseView) -> dict[str, Any]:
    """Return a case, its reasons in the reader's language; the message is never part of it."""
    found: dict[str, Any] = plain(case)
    return {**found, "reasons": reasons_line(case.reasons, request.config_dict[WORDS], request[LANGUAGE])}


def response_json(response: ResponseView) -> dict[str, Any]:
    """Return a response of the library; hand ``lock`` back when editing."""
    found: dict[str, Any] = plain(response)
    return {name: value for name, value in found.items() if name not in ("number", "content_hash")}


def advice_json(advice: Advice, verdict: Verdict | None = None) -> dict[str, Any]:
    """Return suggestions, or the reason why there are none."""
    found: dict[str, Any] = {} if verdict is None else {"verdict": verdict.to_json()}
    return {
        **found,
        "abstained": advice.abstained,
        "reason": "" if advice.reason is None else advice.reason.text,
        "why": None if advice.reason is None else advice.reason.to_json(),
        "suggestions": [
            {
                "id": s.id,
                "number": number,
                "text": s.text,
                "strategy": s.strategy,
                "language": s.language,
                "translated_from": s.translated_from,
                "score": round(s.score, 4),
                "reasons": [reason.text for reason in s.reasons],
                "why": [reason.to_json() for reason in s.reasons],
                "sources": [dict(source) for source in s.sources],
            }
            for number, s in enumerate(advice.suggestions, start=1)
        ],
    }
