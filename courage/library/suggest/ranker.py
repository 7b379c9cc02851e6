"""From a message's vector to candidates with parts and scores: the ranking that suggestions, evaluation and training share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np
from sqlalchemy.orm import Session, sessionmaker

from courage.db.scope import scope_to_every
from courage.detection.verdict import Verdict
from courage.library.search.index import Hit, LibraryIndex
from courage.library.suggest.advice import Wish, matching, shortness, target_match
from courage.library.suggest.features import Candidate, Candidates, assumed_narrative
from courage.library.suggest.generality import Generality
from courage.library.suggest.learning import Evidence, Learner, use_part
from courage.library.suggest.ranking import PARTS, RankingWeights, score

REACH: Final = 120  # candidates taken by narrative and as many by text
TEXT_HANDICAP: Final = 0.08  # a response's own words share the subject even when they answer something else
NAMED_NARRATIVES_SHARE: Final = (
    0.45  # how much of its generality counts where a response names the narratives that it answers
)
NO_WISH: Final = Wish()


@dataclass(slots=True)
class Ranked:
    """Candidates with their parts and scores, best first, before the cut; evaluation and training read it."""

    candidates: list[Candidate]
    parts: np.ndarray
    scores: np.ndarray
    fit: np.ndarray
    evidence: list[Evidence] = field(default_factory=list)


class Ranker:
    """Ranks candidates of the index. Synchronous and thread-safe.

    :param explore: draw from the belief about each response (Thompson sampling) instead of taking its mean.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        index: LibraryIndex,
        learner: Learner,
        generality: Generality,
        weights: RankingWeights,
        *,
        explore: bool,
    ) -> None:
        self.weights = weights
        self._sessions = sessions
        self._index = index
        self._learner = learner
        self._generality = generality
        self._explore = explore
        self._candidates = Candidates(index)

    def rank(
        self,
        vector: np.ndarray,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Wish = NO_WISH,
        room: str | None = None,
        seed: str = "",
        reach: int = REACH,
        only_matching: bool = True,
        hits: Sequence[Hit] | None = None,
        keep: Callable[[Candidate], bool] | None = None,
    ) -> Ranked:
        """Return all candidates with parts and scores, best first; nothing is cut off for not fitting.

        ``only_matching`` keeps out responses for other target groups and, where there are others, other languages.
        ``hits`` are what the index found for this vector, where somebody asked it already. ``keep`` says which
        candidates may be offered at all.
        """
        if hits is None:
            hits = self._index.search(vector, organisation_id, reach)
        with self._sessions() as session:
            scope_to_every(session, "shared responses are of other organisations")
            found = self._candidates.get(session, [hit.number for hit in hits], organisation_id)
            found = [c for c in found if c.id not in wish.exclude and (keep is None or keep(c))]
            if only_matching:
                found = matching(found, verdict, wish)
            evidence = self._learner.evidence(session, organisation_id, [c.number for c in found])
            stale = self._learner.staleness(session, organisation_id, room)
        if not found:
            return Ranked([], np.zeros((0, len(PARTS))), np.zeros(0), np.zeros(0))
        parts, fit = self._parts(vector, found, verdict, wish, evidence, stale, seed)
        scores = score(parts, self.weights)
        order = np.argsort(-scores, kind="stable")
        return Ranked(
            [found[i] for i in order], parts[order], scores[order], fit[order], [evidence[i] for i in order]
        )

    def _parts(
        self,
        vector: np.ndarray,
        found: list[Candidate],
        verdict: Verdict,
        wish: Wish,
        evidence: list[Evidence],
        stale: dict[int, float],
        seed: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.stack([c.vector for c in found])
        text = vectors @ vector
        general = self._generality.of(vectors, np.array([c.specificity for c in found]))
        # Narratives say better than its words what a response is for.
        told = np.array([len(c.narrative_vectors) > 0 for c in found])
        general = np.where(told, 0.5 + NAMED_NARRATIVES_SHARE * (general - 0.5), general)
        narrative = assumed_narrative(text)
        topic, fit = narrative.copy(), text - TEXT_HANDICAP
        for i, candidate in enumerate(found):
            if len(candidate.narrative_vectors):
                near = candidate.narrative_vectors @ vector
                narrative[i], topic[i] = near.max(), near.mean()
                fit[i] = max(fit[i], narrative[i])
        prior = 0.35 + 0.3 * general
        rng = np.random.default_rng(_seed(seed, evidence)) if self._explore else None
        languages = wish.languages or (verdict.language,)
        columns = {
            "narrative": narrative,
            "text": text,
            "topic": topic,
            "target": [target_match(c.targets, verdict.targets) for c in found],
            "strategy": [float(c.strategy in wish.strategies) for c in found],
            "language": [float(c.language in languages) for c in found],
            "voice": [0.5 if wish.voice is None else float(c.voice == wish.voice) for c in found],
            "tone": [0.5 if wish.tone is None else float(c.tone == wish.tone) for c in found],
            "length": [shortness(c, wish) for c in found],
            "usability": general,
            "use": use_part(prior, evidence, rng),
            "freshness": [1.0 - stale.get(c.number, 0.0) for c in found],
        }
        parts = np.stack([np.asarray(columns[name], dtype=np.float64) for name in PARTS], axis=1)
        return parts, fit


def _seed(text: str, evidence: Sequence[Evidence]) -> int:
    """Return a seed that stays the same for a message until something is learned about its candidates."""
    learned = sum(e.positive + 2 * e.negative for e in evidence)
    return int.from_bytes(blake2b(f"{text}|{learned:.3f}".encode(), digest_size=8).digest(), "big")
