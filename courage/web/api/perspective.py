"""The Perspective API's addresses, so that its clients work here by changing one address. Nothing is stored.

What a request needs and what its scores mean: ``docs/moving-from-perspective.md``.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from aiohttp import web

from courage.detection.text.sentences import sentences, utf16_offsets
from courage.detection.verdict import Verdict
from courage.taxonomy import LANGUAGES
from courage.web.errors import BadInput
from courage.web.keys import API_KEY, services
from courage.web.reading import decode_json, read_bytes
from courage.web.schemas.discovery import discovery_document
from courage.web.schemas.perspective import (
    MAX_SPANS,
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    AttributeScores,
    Fault,
    Score,
    SpanScore,
    SuggestCommentScoreRequest,
    invalid,
    parse_analyze,
    parse_suggestion,
    primary,
    scored_as,
    unsupported,
)

#: Categories whose score is THREAT's: somebody announces violence or calls for it.
THREATS: Final = frozenset({"threat", "incitement"})
#: What people decided about a text outweighs what the model thinks: its score is at most, or at least, this.
DECIDED_BENIGN: Final = 0.05
DECIDED_HATE: Final = 0.95
_VERSION: Final = "v1alpha1"


async def discovery(request: web.Request) -> web.Response:
    """Return the description from which Google's client libraries make themselves."""
    version = request.query.get("version", _VERSION)
    if version != _VERSION:
        raise Fault(
            f"There is no version {version[:20]!r} of this API; allowed: {_VERSION}", "NOT_FOUND", code=404
        )
    root = services(request).public_url or f"{request.scheme}://{request.host}"
    return web.json_response(discovery_document(root))


async def analyze(request: web.Request) -> web.Response:
    """Return the scores of a comment."""
    desk = services(request)
    asked = parse_analyze(await _body(request))
    text = asked.comment.text
    whole = await _verdict(request, text)
    languages = asked.languages or [whole.language]
    names = _answered(asked, languages, text, lenient=desk.perspective_lenient)
    spans = [(0, len(text))]
    verdicts = [whole]
    if asked.span_annotations and any(scored_as(name) for name in names):
        spans = await asyncio.to_thread(sentences, text, MAX_SPANS)
        if len(spans) > 1:
            verdicts = list(await asyncio.gather(*(_verdict(request, text[a:b]) for a, b in spans)))
    places = utf16_offsets(text, spans)
    scores: dict[str, AttributeScores] = {}
    for name in names:
        least = asked.requested_attributes[name].score_threshold
        value = score_of(name, whole)
        if least is not None and value < least:
            continue
        parts = [
            SpanScore(begin=begin, end=end, score=Score(value=score_of(name, verdict)))
            for (begin, end), verdict in zip(places, verdicts, strict=True)
        ]
        parts = [part for part in parts if least is None or part.score.value >= least]
        scores[name] = AttributeScores(summary_score=Score(value=value), span_scores=parts)
    answer = AnalyzeCommentResponse(
        attribute_scores=scores,
        languages=languages,
        detected_languages=[whole.language],
        client_token=asked.client_token,
    )
    return web.json_response(answer.to_json())


async def suggest_score(request: web.Request) -> web.Response:
    """Accept a suggested score: a proposal for trainers where the operator wants that, else nothing is stored."""
    desk, key = services(request), request[API_KEY]
    asked = parse_suggestion(await _body(request))
    decision = decision_of(asked)
    if desk.perspective_suggestions and desk.proposals is not None and decision is not None:
        await asyncio.to_thread(
            desk.proposals.propose,
            await _verdict(request, asked.comment.text),
            decision,
            api_key_id=key.id,
            organisation_id=key.organisation_id,
        )
    return web.json_response({} if asked.client_token is None else {"clientToken": asked.client_token})


def score_of(name: str, verdict: Verdict) -> float:
    """Return the score from 0 to 1 of an attribute for a verdict; 0 for an attribute that is not scored.

    People's decisions on the same text count. Nothing but the hate score raises IDENTITY_ATTACK: a text that only
    repeats or criticises a narrative keeps its own low score.
    """
    attribute = scored_as(name)
    if attribute is None or (attribute == "THREAT" and verdict.category not in THREATS):
        return 0.0
    value = verdict.score
    decided = next((reason for reason in verdict.reasons if reason.kind == "feedback"), None)
    if decided is not None:
        value = min(value, DECIDED_BENIGN) if decided.weight < 0 else max(value, DECIDED_HATE)
    return round(min(1.0, max(0.0, value)), 6)


def decision_of(asked: SuggestCommentScoreRequest) -> str | None:
    """Return what a suggestion says about the whole text: ``missed``, ``not_hate``, or ``None`` for nothing of ours.

    THREAT and attributes that are not scored say nothing about hate; between 0.3 and 0.7 nobody is sure.
    """
    values = [
        scores.summary_score.value
        for name, scores in asked.attribute_scores.items()
        if scores.summary_score is not None and scored_as(name) not in (None, "THREAT")
    ]
    if not values or min(values) <= 0.3 < 0.7 <= max(values):
        return None
    return "missed" if max(values) >= 0.7 else "not_hate" if min(values) <= 0.3 else None


def _answered(asked: AnalyzeCommentRequest, languages: list[str], text: str, *, lenient: bool) -> list[str]:
    """Return the attributes to answer; the others are dropped, if that was asked for, or refused."""
    # Without a single letter there is no language to be wrong about.
    readable = not any(map(str.isalpha, text)) or all(primary(code) in LANGUAGES for code in languages)
    names: list[str] = []
    for name in asked.requested_attributes:
        if (scored_as(name) or lenient) and readable:
            names.append(name)
        elif not asked.drop_unsupported_attributes:
            raise unsupported(name, languages)
    return names


async def _verdict(request: web.Request, text: str) -> Verdict:
    desk = services(request)
    verdict = await desk.screen(text, desk.sensitivity)
    return await desk.learnt.apply(verdict, request[API_KEY].organisation_id)


async def _body(request: web.Request) -> Any:
    """Return the JSON body, whatever its content type says; no body counts as an empty object."""
    body = await read_bytes(request, services(request).max_body)
    if not body.strip():
        return {}
    try:
        return decode_json(body)
    except BadInput as error:
        raise invalid(f"Invalid JSON payload received. {error}") from None
