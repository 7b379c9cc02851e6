"""Why a response is suggested, as codes that a volunteer reads in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from courage.library.suggest.features import Candidate
from courage.library.suggest.learning import Evidence
from courage.library.suggest.ranking import PARTS
from courage.library.suggest.sayings import Saying, saying

# What the cross-encoder has to say of a response before it is worth a line.
ANSWERS_LEVEL: Final = 0.4
POST_LEVEL: Final = 0.4
SHARP_LEVEL: Final = 0.6
MANY_MESSAGES_LEVEL: Final = 0.7
#: Likeness from which a narrative is the same as what the message says, and from which it is similar.
SAME_LEVEL: Final = 0.52
SIMILAR_LEVEL: Final = 0.34


def reasons(
    candidate: Candidate,
    parts: np.ndarray,
    evidence: Evidence,
    *,
    targets: tuple[str, ...],
    languages: tuple[str, ...],
    asked: tuple[str, ...],
    read: bool = False,
) -> tuple[Saying, ...]:
    """Return short reasons, the most telling first; ``read`` says whether the cross-encoder read the candidate."""
    value = dict(zip(PARTS, parts.tolist(), strict=True))
    lines = []
    if value["narrative"] >= SAME_LEVEL:
        lines.append(saying("narrative_same"))
    elif value["narrative"] >= SIMILAR_LEVEL:
        lines.append(saying("narrative_similar"))
    elif read and value["relevance"] >= ANSWERS_LEVEL:
        lines.append(saying("answers_message"))
    elif value["text"] >= SIMILAR_LEVEL:
        lines.append(saying("same_subject"))
    if read and value["calm"] < SHARP_LEVEL:
        lines.append(saying("rather_sharp"))
    shared = tuple(target for target in candidate.targets if target in targets)
    if shared:
        lines.append(saying("stands_up", groups=list(shared)))
    elif not candidate.targets:
        lines.append(saying("any_group"))
    if candidate.strategy in asked:
        lines.append(saying("as_asked", strategy=candidate.strategy))
    if candidate.sources:
        lines.append(saying("sources" if len(candidate.sources) > 1 else "source"))
    if evidence.people >= 2 and value["use"] > 0.05:
        lines.append(saying("useful", count=evidence.people))
    if read and value["suitability"] >= POST_LEVEL:
        lines.append(saying("post_as_is"))
    if value["usability"] > MANY_MESSAGES_LEVEL:
        lines.append(saying("many_messages"))
    if value["freshness"] < 0.5:
        lines.append(saying("used_lately"))
    if candidate.language not in languages:
        lines.append(saying("other_language", language=candidate.language))
    return tuple(lines[:4]) or (saying("nearest"),)
