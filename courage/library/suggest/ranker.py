"""From a message's vector to candidates with parts and scores: the ranking that suggestions, evaluation and training share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from courage.library.suggest.nearness import Nearness
from courage.library.suggest.pair_reader import Reader
from courage.library.suggest.ranking import NOT_READ, PARTS, READ, RankingWeights, score

REACH: Final = 120  # candidates taken by narrative and as many by text
TEXT_HANDICAP: Final = 0.06  # a response's own words share the subject even when they answer something else
NO_WISH: Final = Wish()
MOST_READ: Final = 20  # candidates that the cross-encoder reads
_READ_COLUMNS: Final = [PARTS.index(part) for part in READ]


@dataclass(slots=True)
class Ranked:
    """Candidates with their parts and scores, best first, before the cut; evaluation and training read it.

    ``read`` says whether the cross-encoder read them.
    """

    candidates: list[Candidate]
    parts: np.ndarray
    scores: np.ndarray
    fit: np.ndarray
    evidence: list[Evidence] = field(default_factory=list)
    read: bool = False


class Ranker:
    """Ranks candidates of the index in two steps. Synchronous and thread-safe.

    Likeness and words find candidates; of those the cross-encoder reads the best, and only these are ranked.

    :param reader: the cross-encoder; without it the first step ranks all.
    :param explore: draw from the belief about each response (Thompson sampling) instead of taking its mean.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        index: LibraryIndex,
        learner: Learner,
        generality: Generality,
        nearness: Nearness,
        weights: RankingWeights,
        *,
        explore: bool,
        reader: Reader | None = None,
    ) -> None:
        self.weights = weights
        self._first = weights.first()
        self._reader = reader
        self._sessions = sessions
        self._index = index
        self._learner = learner
        self._generality = generality
        self._nearness = nearness
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
        besides: Sequence[int] = (),
        keep: Callable[[Candidate], bool] | None = None,
        text: str = "",
        read: int = MOST_READ,
    ) -> Ranked:
        """Return all candidates with parts and scores, best first; nothing is cut off for not fitting.

        ``only_matching`` keeps out responses for other target groups and, where there are others, other languages.
        ``hits`` are what the index found for this vector, where somebody asked it already, and ``besides`` the numbers of
        responses that are candidates whatever it finds. ``keep`` says which
        candidates may be offered at all. ``text`` is the message, where the verdict does not have it. ``read`` is how
        many candidates the cross-encoder reads at most; with none, all are ranked by the first step.
        """
        text = text or verdict.text
        if hits is None:
            hits = self._index.search(vector, organisation_id, reach, text)
        with self._sessions() as session:
            scope_to_every(session, "shared responses are of other organisations")
            numbers = dict.fromkeys([*(hit.number for hit in hits), *besides])
            found = self._candidates.get(session, list(numbers), organisation_id)
            found = [c for c in found if c.id not in wish.exclude and (keep is None or keep(c))]
            if only_matching:
                found = matching(found, verdict, wish)
            evidence = self._learner.evidence(session, organisation_id, [c.number for c in found])
            stale = self._learner.staleness(session, organisation_id, room)
        if not found:
            return Ranked([], np.zeros((0, len(PARTS))), np.zeros(0), np.zeros(0))
        common = {hit.number: hit.words for hit in hits}
        parts, fit = self._parts(vector, found, verdict, wish, evidence, stale, seed, common)
        scores = score(parts, self._first)
        order = np.argsort(-scores, kind="stable")
        reading = self._reader is not None and read > 0 and bool(text.strip())
        if self._reader is not None and reading:
            order = order[:read]
            parts[order[:, None], _READ_COLUMNS] = self._reader.read(text, [found[i].text for i in order])
            scores = score(parts, self.weights)
            order = order[np.argsort(-scores[order], kind="stable")]
        return Ranked(
            [found[i] for i in order],
            parts[order],
            scores[order],
            fit[order],
            [evidence[i] for i in order],
            reading,
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
        common: Mapping[int, float],
    ) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.stack([c.vector for c in found])
        text = self._nearness.likeness(vectors @ vector)
        general = self._generality.of(vectors, np.array([c.specificity for c in found]))
        narrative = assumed_narrative(text)
        topic, fit = narrative.copy(), text - TEXT_HANDICAP
        # All narratives in one product: a request has hundreds of candidates.
        told = [i for i, candidate in enumerate(found) if len(candidate.narrative_vectors)]
        if told:
            lengths = np.array([len(found[i].narrative_vectors) for i in told])
            begins = np.concatenate([[0], np.cumsum(lengths)[:-1]])
            alike = np.concatenate([found[i].narrative_vectors for i in told]) @ vector
            near = self._nearness.likeness(alike)
            narrative[told] = np.maximum.reduceat(near, begins)
            topic[told] = np.add.reduceat(near, begins) / lengths
            fit[told] = np.maximum(fit[told], narrative[told])
        prior = 0.35 + 0.3 * general
        rng = np.random.default_rng(_seed(seed, evidence)) if self._explore else None
        languages = wish.languages or (verdict.language,)
        columns = {
            "narrative": narrative,
            "text": text,
            "topic": topic,
            "target": [target_match(c, verdict) for c in found],
            "strategy": [float(c.strategy in wish.strategies) for c in found],
            "language": [float(c.language in languages) for c in found],
            "voice": [0.5 if wish.voice is None else float(c.voice == wish.voice) for c in found],
            "tone": [0.5 if wish.tone is None else float(c.tone == wish.tone) for c in found],
            "length": [shortness(c, wish) for c in found],
            "usability": general,
            "use": use_part(prior, evidence, rng),
            "freshness": [1.0 - stale.get(c.number, 0.0) for c in found],
            "words": [common.get(c.number, 0.0) for c in found],
            **{name: np.full(len(found), NOT_READ) for name in READ},
        }
        parts = np.stack([np.asarray(columns[name], dtype=np.float64) for name in PARTS], axis=1)
        return parts, fit


def _seed(text: str, evidence: Sequence[Evidence]) -> int:
    """Return a seed that stays the same for a message until something is learned about its candidates."""
    learned = sum(e.positive + 2 * e.negative for e in evidence)
    return int.from_bytes(blake2b(f"{text}|{learned:.3f}".encode(), digest_size=8).digest(), "big")
