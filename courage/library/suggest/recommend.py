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
from courage.library.suggest.answering import answering
from courage.library.suggest.conditions import ANSWERS, VOLUNTEER, Conditions, allowed, grave
from courage.library.suggest.explain import reasons
from courage.library.suggest.features import Candidate
from courage.library.suggest.generality import Generality
from courage.library.suggest.learning import Learner
from courage.library.suggest.offtopic_floor import OfftopicFloors
from courage.library.suggest.pair_reader import Reader
from courage.library.suggest.ranker import MOST_READ, NO_WISH, REACH, Ranked, Ranker
from courage.library.suggest.ranking import PARTS, RankingWeights, varied
from courage.library.suggest.sayings import Saying, saying
from courage.library.suggest.subjects import named_groups, with_subject

__all__ = ["Advice", "Conditions", "Ranked", "Recommender", "Suggestion", "Wish"]

KNOWN_GROUP: Final = 0.15
MATCHED_GROUP_MARGIN: Final = 0.30  # how far below the floor an answer for the right group may lie
LARGEST_GAP: Final = 0.35  # how much less likeness than the best an alternative may have
OTHER_GROUP: Final = (
    0.12  # how much better a narrative of another group must fit to doubt the verdict's group
)
GENERAL: Final = 0.9  # weight of usability where only the group is known, chosen on suitability-en.csv
CONTENTLESS_MARGIN: Final = 0.2
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
        self.floors = OfftopicFloors(index)
        self._generality = Generality(index.vectors)
        self._ranker = Ranker(
            library.sessions,
            index,
            self.learner,
            self._generality,
            weights or RankingWeights(),
            explore=explore and not self.learner.frozen,
            reader=reader,
        )
        self.rank = self._ranker.rank

    def warm_up(self) -> None:
        """Do now what the first suggestion would have to wait for."""
        self._generality.learn()

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

        def keep(candidate: Candidate) -> bool:
            return allowed(candidate, conditions, in_earnest=in_earnest)

        if conditions.kinds and not set(conditions.kinds) & set(ANSWERS):
            return self._of_kind(text, verdict, organisation_id, wish, room, limit, conditions, keep)
        if verdict.route == "escalate":
            return Advice(True, saying("escalation"))
        if not verdict.wants_people:
            return Advice(True, saying("harmless"))
        if repeats >= REPEATS and not wish.strategies:
            return Advice(True, saying("repeats", count=repeats))
        told = bool(verdict.targets)
        named = named_groups(text, verdict.language)
        verdict = with_subject(verdict, named)
        self.index.refresh()
        vector = self.index.vectors.query(text, verdict.language)
        hits = self.index.search(vector, organisation_id, REACH, text)

        def ranking(judged: Verdict, read: int = MOST_READ) -> Ranked:
            return self.rank(
                vector,
                judged,
                organisation_id=organisation_id,
                wish=wish,
                room=room,
                seed=text,
                hits=hits,
                keep=keep,
                text=text,
                read=read,
            )

        if verdict.targets and not set(verdict.targets) & set(named):
            # Nothing in the text bears out whom the verdict takes for attacked; what it narratives may say it better.
            unbound = replace(verdict, targets=())
            if _elsewhere(ranking(unbound, read=0), ranking(verdict, read=0)):
                verdict, told = unbound, False
        ranked = ranking(verdict)
        floor = self.floors.floor(organisation_id)
        # That a response stands up for the very group attacked is evidence too: less likeness will do.
        matched = ranked.parts[:, PARTS.index("target")] == 1.0
        near = ranked.fit >= np.where(matched, floor - KNOWN_GROUP, floor)
        worth = ranked.worth()
        # "Other" is many groups: an answer for one of them is none for the next.
        sure = told and verdict.targets != ("other",)
        fitting = np.flatnonzero(answering(near, worth, ranked, sure) if ranked.read else near)
        if not len(fitting):
            # Where only a name in the text says whom it is about, something has to be alike besides.
            return (
                self._general(ranked, matched, text, verdict, wish, limit)
                if told
                else Advice(True, saying("nothing_fits"))
            )
        best = float(ranked.fit[fitting].max())
        if not wish.strategies and contentless(text, verdict) and best < floor + CONTENTLESS_MARGIN:
            return Advice(True, saying("bare_insult"))
        if not ranked.read:
            # Where one answers the narrative, others for the same group may stand beside it with less likeness.
            least = np.where(matched, floor - MATCHED_GROUP_MARGIN, floor)
            fitting = np.flatnonzero((ranked.fit >= least) & (matched | (ranked.fit >= best - LARGEST_GAP)))
        if len(verdict.targets) != 1:
            fitting = _one_subject(ranked, fitting, ranked.scores if ranked.read else ranked.fit)
        chosen = varied(
            ranked.scores[fitting],
            np.stack([ranked.candidates[i].vector for i in fitting]),
            [ranked.candidates[i].strategy for i in fitting],
            limit,
        )
        return Advice(False, None, self._offer(ranked, [int(fitting[i]) for i in chosen], verdict, wish))

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

    def _general(
        self, ranked: Ranked, matched: np.ndarray, text: str, verdict: Verdict, wish: Wish, limit: int
    ) -> Advice:
        """Offer what can be said for the group attacked whatever the narrative, where no response answers the narrative."""
        usable = ranked.parts[:, PARTS.index("usability")]
        open_to_any = [
            c.general or (not c.sources and (c.strategy != "facts" or bool(wish.strategies)))
            for c in ranked.candidates
        ]
        fitting = np.flatnonzero(matched & np.array(open_to_any, dtype=bool))
        if not len(fitting) or verdict.targets == ("other",):
            return Advice(True, saying("nothing_fits"))
        if not wish.strategies and contentless(text, verdict):
            return Advice(True, saying("bare_insult"))
        chosen = varied(
            ranked.scores[fitting] if ranked.read else ranked.fit[fitting] + GENERAL * usable[fitting],
            np.stack([ranked.candidates[i].vector for i in fitting]),
            [ranked.candidates[i].strategy for i in fitting],
            limit,
        )
        return Advice(
            False,
            None,
            self._offer(ranked, [int(fitting[i]) for i in chosen], verdict, wish, (saying("general"),)),
        )

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


def _one_subject(ranked: Ranked, fitting: np.ndarray, by: np.ndarray) -> np.ndarray:
    """Keep to the groups that the best response stands up for, where the verdict named none or several.

    ``by`` says how good each is.
    """
    leader = ranked.candidates[int(fitting[np.argmax(by[fitting])])]
    same = [
        i
        for i in fitting
        if not (theirs := ranked.candidates[i].targets)
        or set(theirs) & set(leader.targets)
        or not leader.targets
    ]
    return np.array(same, dtype=np.int64)
