"""The shapes of answers that other tools rely on."""

from __future__ import annotations

from typing import Any

from courage.detection.verdict import Verdict
from courage.library.suggest.recommend import Advice


def advice_json(verdict: Verdict, advice: Advice) -> dict[str, Any]:
    """Return verdict and advice in the shape that ``courage suggest --json`` promises."""
    return {
        "verdict": verdict.to_json(),
        "abstained": advice.abstained,
        "reason": "" if advice.reason is None else advice.reason.text,
        "why": None if advice.reason is None else advice.reason.to_json(),
        "suggestions": [
            {
                "id": s.id,
                "text": s.text,
                "strategy": s.strategy,
                "language": s.language,
                "score": round(s.score, 4),
                "reasons": [reason.text for reason in s.reasons],
                "why": [reason.to_json() for reason in s.reasons],
                "sources": list(s.sources),
            }
            for s in advice.suggestions
        ],
    }
