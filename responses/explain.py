"""Why a response is suggested, in a line that a volunteer understands."""

from __future__ import annotations

from typing import Final

import numpy as np

from responses.features import Candidate
from responses.learning import Evidence
from responses.ranking import PARTS

_GROUPS: Final = {
    "women": "women",
    "lgbt": "LGBT+ people",
    "muslims": "Muslims",
    "jews": "Jews",
    "migrants": "migrants",
    "people_of_colour": "people of colour",
    "roma": "Roma",
    "disabled": "disabled people",
    "other": "other groups",
}
_LANGUAGES: Final = {"en": "English", "fr": "French", "de": "German", "ar": "Arabic"}


def reasons(
    candidate: Candidate,
    parts: np.ndarray,
    evidence: Evidence,
    *,
    targets: tuple[str, ...],
    languages: tuple[str, ...],
    asked: tuple[str, ...],
) -> tuple[str, ...]:
    """Return short reasons, the most telling first."""
    value = dict(zip(PARTS, parts.tolist(), strict=True))
    lines = []
    if value["claim"] >= 0.7:
        lines.append("answers this very claim")
    elif value["claim"] >= 0.45:
        lines.append("answers a similar claim")
    elif value["text"] >= 0.45:
        lines.append("speaks about the same thing")
    shared = [target for target in candidate.targets if target in targets]
    if shared:
        lines.append("stands up for " + " and ".join(_GROUPS.get(t, t) for t in shared))
    elif not candidate.targets:
        lines.append("fits any group")
    if candidate.strategy in asked:
        lines.append(f"{candidate.strategy}, as asked for")
    if candidate.sources:
        lines.append("has sources" if len(candidate.sources) > 1 else "has a source")
    if evidence.people >= 2 and value["use"] > 0.05:
        lines.append(f"was useful to {evidence.people} people")
    if value["usability"] > 0.7:
        lines.append("fits many messages")
    if value["freshness"] < 0.5:
        lines.append("was used here lately")
    if candidate.language not in languages:
        lines.append(
            f"in {_LANGUAGES.get(candidate.language, candidate.language)}: nothing in the message's language fits"
        )
    return tuple(lines[:4]) or ("nearest in the library",)
