"""From a message and its verdict to three suggestions, or to honest advice not to reply."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from sqlalchemy import or_, select

from courage.db.models.library import Response
from courage.detection.verdict import Verdict
from courage.library.search.index import Hit, LibraryIndex
from courage.library.service import Library
from courage.library.suggest.advice import Advice, Suggestion, Wish, check_wish, contentless
from courage.library.suggest.anybody import Anybody
from courage.library.suggest.conditions import ANSWERS, VOLUNTEER, Conditions, allowed, grave
from courage.library.suggest.dialects import dialects_of
from courage.library.suggest.explain import reasons
from courage.library.suggest.features import Candidate
from courage.library.suggest.generality import Generality
from courage.library.suggest.learning import Learner
from courage.library.suggest.nearness import Nearness
from courage.library.suggest.pair_reader import Reader
from courage.library.suggest.ranker import MOST_READ, NO_WISH, REACH, Ranked, Ranker
from courage.library.suggest.ranking import PARTS, RankingWeights, varied
from courage.library.suggest.sayings import Saying, saying
from courage.library.suggest.subgroups import narrow, suits
from courage.library.suggest.subjects import disputed, named_in, with_subject

__all__ = ["Advice", "Conditions", "Ranked", "Recommender", "Suggestion", "Wish"]

KNOWN_GROUP: Final = 0.11
MATCHED_GROUP_MARGIN: Final = 0.22  # how far below the floor an answer for the right group may lie
#: Likeness from which a response for the group attacked is offered. Of judged ones from here on half were right; below
#: a quarter were, of those for anybody four in ten.
CLOSE: Final = 0.30
#: The same where nobody said which group is attacked: from here on seven in ten were right.
UNTOLD: Final = 0.45
#: Score of screening from which a message that somebody took for hateful may be answered with what suits any. Of allusions
#: 8 to 10 in 10 have more, of everyday talk a third.
DOUBT: Final = 0.01
OTHER_GROUP: Final = (
    0.09  # how much better a narrative of another group must fit to doubt the verdict's group
)
CONTENTLESS_MARGIN: Final = 0.15
REPEATS: Final = 3


class Recommender:
    """Ranks approved responses for a message. Synchronous and thread-safe.

    :param weights: how much each part of the ranking counts.
    :param frozen: never learn from feedback (it is stored all the same).
    :param reader: the cross-encoder that reads the best candidates; without it likeness alone ranks them.
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
        reader: Reader | None = None,
    ) -> None:
        self.library = library
        self.index = index
        self.learner = learner or Learner(library.sessions, library.clock, frozen=frozen)
        self.nearness = Nearness(index)
        self._generality = Generality(index.vectors)
        self._anybody = Anybody(library.sessions, index, self._generality)
        self._ranker = Ranker(
            library.sessions,
            index,
            self.learner,
            self._generality,
            self.nearness,
            weights or RankingWeights(),
            explore=explore and not self.learner.frozen,
            reader=reader,
        )
        self.rank = self._ranker.rank

    def warm_up(self) -> None:
        """Do now what the first suggestion would have to wait for."""
        self._generality.learn()
        self.nearness.likeness(np.zeros(0))

    # asking

    def suggest(
        self,
        text: str,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Wish = NO_WISH,
        room: str | None = None,
        limit: int = 3,
        repeats: int = 0,
        conditions: Conditions = VOLUNTEER,
    ) -> Advice:
        """Return up to ``limit`` suggestions of different strategies, or why there are none.

        :param repeats: how often the same author was already answered in this room today.
        :param conditions: who will post the reply and what is so; nothing that they rule out is offered.
        :raises LibraryError: if wish or conditions name something that does not exist.
        """
        check_wish(wish)
        conditions.check()
        if repeats:
            conditions = replace(conditions, situations=(*conditions.situations, "repeated"))
        in_earnest = grave(text, verdict.language, verdict.severity)
        named = named_in(text, verdict.language)
        unsure = named.unsure or disputed(verdict, named)
        dialects = dialects_of(text, verdict.language)

        def keep(candidate: Candidate) -> bool:
            # Whoever posts a life story that is not theirs tells a lie.
            mine = conditions.member or not candidate.own_life
            aimed = suits(candidate, named.subgroups, verdict.targets) and not (unsure and candidate.targets)
            sounds = not candidate.dialect or candidate.dialect in dialects
            return mine and aimed and sounds and allowed(candidate, conditions, in_earnest=in_earnest)

        if conditions.kinds and not set(conditions.kinds) & set(ANSWERS):
            return self._of_kind(text, verdict, organisation_id, wish, room, limit, conditions, keep)
        if verdict.route == "escalate":
            return Advice(True, saying("escalation"))
        if not verdict.wants_people:
            return Advice(True, saying("harmless"))
        if repeats >= REPEATS and not wish.strategies:
            return Advice(True, saying("repeats", count=repeats))
        told = bool(verdict.targets)
        verdict = replace(with_subject(verdict, named.groups, named.spared), subgroups=named.subgroups)
        self.index.refresh()
        vector = self.index.vectors.query(text, verdict.language)
        hits = self.index.search(vector, organisation_id, REACH, text)
        spoken = wish.languages or (verdict.language,)
        besides = [
            number for language in spoken for number in self._anybody.numbers(organisation_id, language)
        ]

        def ranking(judged: Verdict, read: int = MOST_READ) -> Ranked:
            return self.rank(
                vector,
                judged,
                organisation_id=organisation_id,
                wish=wish,
                room=room,
                seed=text,
                hits=hits,
                besides=besides,
                keep=keep,
                text=text,
                read=read,
            )

        if verdict.targets and not set(verdict.targets) & set(named.groups):
            # Nothing in the text bears out whom the verdict takes for attacked; what it narratives may say it better.
            unbound = replace(verdict, targets=())
            if _elsewhere(ranking(unbound, read=0), ranking(verdict, read=0)):
                verdict, told = unbound, False
        ranked = ranking(verdict)
        # "Other" is many groups: an answer for one of them is none for the next.
        sure = told and verdict.targets != ("other",)
        floor = self.nearness.floor(organisation_id)
        named_too = sure and bool(set(verdict.targets) & set(named.groups))
        near, fitting = _fitting(
            ranked, floor, limit, sure=sure, named=named_too, doubt=sure or verdict.score >= DOUBT,
            narrower=np.array([narrow(c, named.subgroups) for c in ranked.candidates], dtype=bool),
        )  # fmt: skip
        if "humor" not in wish.strategies:  # a joke beside the point falls flat
            joking = np.array([ranked.candidates[i].strategy == "humor" for i in fitting], dtype=bool)
            fitting = fitting[~joking | (ranked.fit[fitting] >= floor)]
        if not wish.strategies and contentless(text, verdict):
            best = float(ranked.fit[near].max()) if near.any() else -1.0
            if best < floor + CONTENTLESS_MARGIN:
                return Advice(True, saying("bare_insult"))
        if not len(fitting):
            return Advice(True, saying("nothing_fits"))
        if len(verdict.targets) != 1:
            fitting = _one_subject(ranked, fitting)
        chosen = varied(
            ranked.scores[fitting],
            np.stack([ranked.candidates[i].vector for i in fitting]),
            [ranked.candidates[i].strategy for i in fitting],
            limit,
        )
        first = () if near.any() else (saying("general"),)
        return Advice(
            False, None, self._offer(ranked, [int(fitting[i]) for i in chosen], verdict, wish, first)
        )

    def _of_kind(
        self,
        text: str,
        verdict: Verdict,
        organisation_id: int,
        wish: Wish,
        room: str | None,
        limit: int,
        conditions: Conditions,
        keep: Callable[[Candidate], bool],
    ) -> Advice:
        """Offer what was asked for by its kind: it answers no narrative, so nothing has to be alike."""
        self.index.refresh()
        vector = self.index.vectors.query(text, verdict.language)
        with self.library.sessions() as session:
            numbers = session.scalars(
                select(Response.number).where(
                    or_(Response.organisation_id == organisation_id, Response.scope == "shared"),
                    Response.state == "approved",
                    Response.kind.in_(conditions.kinds),
                )
            ).all()
        ranked = self.rank(
            vector,
            verdict,
            organisation_id=organisation_id,
            wish=wish,
            room=room,
            seed=text,
            hits=[Hit(number, -1.0, -1.0) for number in numbers],
            keep=keep,
            text=text,
        )
        if not ranked.candidates:
            return Advice(True, saying("nothing_fits"))
        # Those for the very group before those for anybody, each in the order of the ranking.
        own = ranked.parts[:, PARTS.index("target")] == 1.0
        order = [*np.flatnonzero(own), *np.flatnonzero(~own)]
        chosen = [int(i) for i in order[:limit]]
        return Advice(False, None, self._offer(ranked, chosen, verdict, wish))

    def _offer(
        self,
        ranked: Ranked,
        chosen: Sequence[int],
        verdict: Verdict,
        wish: Wish,
        first: tuple[Saying, ...] = (),
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
                    reasons=first
                    + reasons(
                        c,
                        ranked.parts[i],
                        ranked.evidence[i],
                        targets=verdict.targets,
                        languages=languages,
                        asked=wish.strategies,
                        read=ranked.read,
                    ),
                    sources=c.sources,
                    rank=rank,
                    translated_from=origin if origin != c.language else None,
                    kind=c.kind,
                    longer=c.longer,
                    parts=dict(zip(PARTS, ranked.parts[i].round(5).tolist(), strict=True)),
                )
            )
        return tuple(offered)

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
        """Note what happened with a suggestion; the next ranking knows it. See :func:`courage.library.suggest.learning.weigh`.

        :raises LibraryError: if event or value is not allowed or there is no such response.
        """
        self.learner.record(organisation_id, response_id, event, value, person or "", room or "")


def _elsewhere(everybody: Ranked, ranked: Ranked) -> bool:
    """Say whether responses for other groups answer the message clearly better than those for the verdict's groups."""
    if not len(everybody.fit):
        return False
    return not len(ranked.fit) or float(everybody.fit.max()) >= float(ranked.fit.max()) + OTHER_GROUP


def _fitting(
    ranked: Ranked, floor: float, limit: int, *, sure: bool, named: bool, doubt: bool, narrower: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return which candidates are near the message, and the places of those that may be offered, by their order.

    What is for anybody may always be offered. What is for a certain group has to be alike, and very much so where
    nobody said which group is attacked: the wrong group defended is worse than none.

    :param limit: where fewer fit, those for the group attacked come in that are less alike.
    :param sure: the verdict says which group is attacked.
    :param named: and the text names it.
    :param doubt: screening does not take the message for everyday talk.
    :param narrower: which candidates stand up for a part of a group that the message does not name: they have to be very
        much alike.
    """
    candidates = ranked.candidates
    general = np.array([c.general for c in candidates], dtype=bool)
    anybody = np.array([not c.targets for c in candidates], dtype=bool)
    matched = ranked.parts[:, PARTS.index("target")] == 1.0
    close = min(CLOSE, floor - KNOWN_GROUP)
    least = np.where(anybody, floor, np.where(matched & ~narrower, close, max(floor, UNTOLD)))
    near = ranked.fit >= least
    fits = near | (general & ~narrower & ((anybody & doubt) | (matched & named)))
    own = matched & sure & ~narrower
    if fits.sum() < limit:
        fits |= own & (ranked.fit >= floor - MATCHED_GROUP_MARGIN)
    if not fits.any():
        fits = own & np.array([not c.sources and c.strategy != "facts" for c in candidates], dtype=bool)
    return near, np.flatnonzero(fits)


def _one_subject(ranked: Ranked, fitting: np.ndarray) -> np.ndarray:
    """Keep to the groups of the best response that stands up for any, where the verdict named none or several."""
    certain = [i for i in fitting if ranked.candidates[i].targets]
    if not certain:
        return fitting
    leader = set(ranked.candidates[int(max(certain, key=lambda i: ranked.scores[i]))].targets)
    same = [i for i in fitting if not (own := ranked.candidates[i].targets) or leader & set(own)]
    return np.array(same, dtype=np.int64)
