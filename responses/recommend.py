"""From a message and its verdict to three suggestions, or to honest advice not to reply."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final

import numpy as np

from detection.verdict import Verdict
from responses.advice import (
    Advice,
    Suggestion,
    Wish,
    check_wish,
    contentless,
    matching,
    shortness,
    target_match,
)
from responses.explain import reasons
from responses.features import Candidate, Candidates, assumed_claim, usability
from responses.index import LibraryIndex
from responses.learning import Evidence, Learner, use_part
from responses.library import Library
from responses.offtopic import SENTENCES
from responses.ranking import PARTS, RankingWeights, score, varied

__all__ = ["Advice", "Ranked", "Recommender", "Suggestion", "Wish"]

REACH: Final = 120  # candidates taken by claim and as many by text
TEXT_HANDICAP: Final = 0.08  # a response's own words share the subject even when they answer something else
FLOOR_MARGIN: Final = 0.04
FLOOR_RANGE: Final = (0.22, 0.60)
KNOWN_GROUP: Final = 0.15
BESIDE: Final = 0.30
WITHIN: Final = 0.35  # how much less likeness than the best an alternative may have
CONTENTLESS_MARGIN: Final = 0.2
REPEATS: Final = 3
SAMPLE: Final = 2_000
_NO_WISH: Final = Wish()


@dataclass(slots=True)
class _Yardstick:
    """What the recommender measures against, computed from the library when it has changed."""

    size: int
    floor: float
    answers: np.ndarray
    spread: tuple[float, float]


@dataclass(slots=True)
class Ranked:
    """Candidates with their parts and scores, best first, before the cut; evaluation and training read it."""

    candidates: list[Candidate]
    parts: np.ndarray
    scores: np.ndarray
    fit: np.ndarray
    evidence: list[Evidence] = field(default_factory=list)


class Recommender:
    """Ranks approved responses for a message. Synchronous and thread-safe.

    :param weights: how much each part of the ranking counts.
    :param frozen: never learn from feedback (it is stored all the same).
    :param reference: vectors of answers that stand for answers in general; by default the library's own.
    :param explore: draw from the belief about each response (Thompson sampling) instead of taking its mean.
    """

    def __init__(
        self,
        library: Library,
        index: LibraryIndex,
        *,
        weights: RankingWeights | None = None,
        frozen: bool = False,
        explore: bool = True,
        learner: Learner | None = None,
        reference: np.ndarray | None = None,
    ) -> None:
        self.library = library
        self.index = index
        self.weights = weights or RankingWeights()
        self.learner = learner or Learner(library.sessions, library.clock, frozen=frozen)
        self._explore = explore and not self.learner.frozen
        self._candidates = Candidates(index)
        self._reference = reference
        self._offtopic: np.ndarray | None = None
        self._yardsticks: dict[int, _Yardstick] = {}
        self._lock = threading.Lock()

    # asking

    def suggest(
        self,
        text: str,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Wish = _NO_WISH,
        room: str | None = None,
        limit: int = 3,
        repeats: int = 0,
    ) -> Advice:
        """Return up to ``limit`` suggestions of different strategies, or why there are none.

        :param repeats: how often the same author was already answered in this room today.
        :raises LibraryError: if the wish names something that does not exist.
        """
        check_wish(wish)
        if verdict.route == "escalate":
            return Advice(
                True, "this is for the escalation lane: threats and incitement get no reply from us"
            )
        if not verdict.hateful or verdict.route == "none":
            return Advice(True, "the message is not hateful; there is nothing to counter")
        if repeats >= REPEATS and not wish.strategies:
            return Advice(
                True,
                f"the same author was answered {repeats} times today and goes on; another reply would feed it",
            )
        self.index.refresh()
        vector = self.index.vectors.query(text, verdict.language)
        ranked = self.rank(vector, verdict, organisation_id=organisation_id, wish=wish, room=room, seed=text)
        floor = self._yardstick(organisation_id).floor
        # That a response stands up for the very group attacked is evidence too: less likeness will do.
        matched = ranked.parts[:, PARTS.index("target")] == 1.0
        fitting = np.flatnonzero(ranked.fit >= np.where(matched, floor - KNOWN_GROUP, floor))
        if not len(fitting):
            return Advice(True, "nothing in the library fits this message well enough")
        best = float(ranked.fit[fitting].max())
        if not wish.strategies and contentless(text, verdict) and best < floor + CONTENTLESS_MARGIN:
            return Advice(
                True, "an insult without a claim: a reply would only feed it; remove it or leave it"
            )
        # Where one answers the claim, others for the same group may stand beside it with less likeness.
        least = np.where(matched, floor - BESIDE, floor)
        fitting = np.flatnonzero((ranked.fit >= least) & (matched | (ranked.fit >= best - WITHIN)))
        if not verdict.targets:
            fitting = _one_subject(ranked, fitting)
        chosen = varied(
            ranked.scores[fitting],
            np.stack([ranked.candidates[i].vector for i in fitting]),
            [ranked.candidates[i].strategy for i in fitting],
            limit,
        )
        return Advice(False, "", self._offer(ranked, [int(fitting[i]) for i in chosen], verdict, wish))

    def _offer(
        self, ranked: Ranked, chosen: Sequence[int], verdict: Verdict, wish: Wish
    ) -> tuple[Suggestion, ...]:
        languages = wish.languages or (verdict.language,)
        offered = []
        for rank, i in enumerate(chosen, start=1):
            c = ranked.candidates[i]
            origin = c.translation_of.split("-", 1)[0] if c.translation_of else None
            offered.append(
                Suggestion(
                    id=c.id,
                    text=c.text,
                    strategy=c.strategy,
                    language=c.language,
                    score=float(np.clip(ranked.scores[i], 0.0, 1.0)),
                    reasons=reasons(
                        c,
                        ranked.parts[i],
                        ranked.evidence[i],
                        targets=verdict.targets,
                        languages=languages,
                        asked=wish.strategies,
                    ),
                    sources=c.sources,
                    rank=rank,
                    translated_from=origin if origin != c.language else None,
                    parts=dict(zip(PARTS, ranked.parts[i].round(5).tolist(), strict=True)),
                )
            )
        return tuple(offered)

    def rank(
        self,
        vector: np.ndarray,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Wish = _NO_WISH,
        room: str | None = None,
        seed: str = "",
        reach: int = REACH,
        only_matching: bool = True,
    ) -> Ranked:
        """Return all candidates with parts and scores, best first; nothing is cut off for not fitting.

        ``only_matching`` keeps out responses for other target groups and, where there are others, other languages.
        """
        hits = self.index.search(vector, organisation_id, reach)
        with self.library.sessions() as session:
            found = self._candidates.get(session, [hit.number for hit in hits], organisation_id)
            found = [c for c in found if c.id not in wish.exclude]
            if only_matching:
                found = matching(found, verdict, wish)
            evidence = self.learner.evidence(session, organisation_id, [c.number for c in found])
            stale = self.learner.staleness(session, organisation_id, room)
        if not found:
            return Ranked([], np.zeros((0, len(PARTS))), np.zeros(0), np.zeros(0))
        parts, fit = self._parts(vector, found, verdict, wish, organisation_id, evidence, stale, seed)
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
        organisation_id: int,
        evidence: list[Evidence],
        stale: dict[int, float],
        seed: str,
    ) -> tuple[np.ndarray, np.ndarray]:
        vectors = np.stack([c.vector for c in found])
        text = vectors @ vector
        yardstick = self._yardstick(organisation_id)
        specific = np.array([c.specificity for c in found])
        general = usability(vectors, specific, yardstick.answers, yardstick.spread)
        claim = assumed_claim(text)
        topic, fit = claim.copy(), text - TEXT_HANDICAP
        for i, candidate in enumerate(found):
            if len(candidate.claim_vectors):
                near = candidate.claim_vectors @ vector
                claim[i], topic[i] = near.max(), near.mean()
                fit[i] = max(fit[i], claim[i])
        prior = 0.35 + 0.3 * general
        rng = np.random.default_rng(_seed(seed, evidence)) if self._explore else None
        languages = wish.languages or (verdict.language,)
        columns = {
            "claim": claim,
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

    # learning

    def feedback(
        self,
        organisation_id: int,
        response_id: str,
        event: str,
        value: float = 1.0,
        person: str | None = None,
        room: str | None = None,
    ) -> None:
        """Note what happened with a suggestion; the next ranking knows it. See :func:`responses.learning.weigh`.

        :raises LibraryError: if event or value is not allowed or there is no such response.
        """
        self.learner.record(organisation_id, response_id, event, value, person or "", room or "")

    # measuring

    def _yardstick(self, organisation_id: int) -> _Yardstick:
        size = self.index.size(organisation_id)
        with self._lock:
            known = self._yardsticks.get(organisation_id)
            if known is None or abs(size - known.size) > max(5, known.size // 50):
                known = self._yardsticks[organisation_id] = self._measure(organisation_id, size)
            return known

    def _measure(self, organisation_id: int, size: int) -> _Yardstick:
        if self._offtopic is None:
            self._offtopic = np.asarray(self.index.vectors.encoder.encode(list(SENTENCES)))
        nearest = self.index.nearest_scores(self._offtopic, organisation_id)
        floor = float(np.quantile(nearest, 0.95)) + FLOOR_MARGIN if len(nearest) else FLOOR_RANGE[0]
        texts = self.index.sample_texts(organisation_id, SAMPLE)
        answers = texts if self._reference is None else self._reference
        mean = answers.mean(axis=0) if len(answers) else np.zeros(self.index.vectors.dimensions, np.float32)
        central = texts @ mean if len(texts) else np.zeros(1)
        spread = (float(central.mean()), float(central.std()))
        return _Yardstick(size, float(np.clip(floor, *FLOOR_RANGE)), mean, spread)


def _one_subject(ranked: Ranked, fitting: np.ndarray) -> np.ndarray:
    """Keep to the groups that the best fitting response stands up for, when the verdict named none."""
    leader = ranked.candidates[int(fitting[np.argmax(ranked.fit[fitting])])]
    same = [
        i
        for i in fitting
        if not (theirs := ranked.candidates[i].targets)
        or set(theirs) & set(leader.targets)
        or not leader.targets
    ]
    return np.array(same, dtype=np.int64)


def _seed(text: str, evidence: Sequence[Evidence]) -> int:
    """Return a seed that stays the same for a message until something is learned about its candidates."""
    learned = sum(e.positive + 2 * e.negative for e in evidence)
    return int.from_bytes(blake2b(f"{text}|{learned:.3f}".encode(), digest_size=8).digest(), "big")
