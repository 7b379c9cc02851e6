"""Asking the library for a case, and keeping what it offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, require_holder
from courage.cases.cards import lane_of, verdict_of
from courage.cases.errors import CaseError, NotPossible
from courage.cases.ledger import note
from courage.cases.ports import Recommending
from courage.db.models.cases import Case, OfferedSuggestion
from courage.db.models.people import Person
from courage.library.suggest.conditions import Conditions

if TYPE_CHECKING:
    from courage.library.suggest.recommend import Advice, Wish

_A_DAY = timedelta(days=1)


class Suggestions:
    """Suggestions for a case, and what the library learns from what becomes of them."""

    def __init__(self, access: CaseAccess, recommender: Recommending | None) -> None:
        self._access = access
        self._recommender = recommender

    def suggest(
        self,
        case_id: int,
        person_id: int,
        wish: Wish | None = None,
        *,
        others: bool = False,
        limit: int = 3,
        member: bool = False,
        situations: Sequence[str] = (),
        kind: str = "",
    ) -> Advice:
        """Return suggestions for a case the person is on; ``others`` leaves out what was offered before.

        ``member`` says that the person belongs to the group attacked and wants to say so in this reply; it is used for
        this request and kept nowhere. ``situations`` are what is so, ``kind`` what to offer instead of an answer.

        Cases in the escalation lane get none: the advice says why.

        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotPossible: if the text is not kept any more or there is no library.
        """
        if self._recommender is None:
            raise NotPossible("suggestions are not available: the library is not loaded")
        with self._access.read(case_id, person_id) as (session, case, person):
            escalated = lane_of(case) == "escalate"
            if not escalated:
                require_holder(session, case, person)
            if case.text is None:
                raise NotPossible(f"the message of case {case.id} is not kept any more")
            verdict = verdict_of(case)
            if case.reporters and not verdict.hateful:
                # A person says that it is hateful, and another one, who took the case, wants to answer it.
                verdict = replace(verdict, hateful=True, route="counter")
            organisation_id, room, text = case.organisation_id, case.room_id, case.text
            conditions = Conditions(person.role, member, tuple(situations), (kind,) if kind else ())
            offered = self._offered(session, case.id) if others else frozenset[str]()
            answered = self._answered_before(session, case)
        if wish is None:
            # Only here: the library is heavy to load, and a desk without it still has to start.
            from courage.library.suggest.recommend import Wish as MakeWish

            wish = MakeWish()
        if offered:
            wish = replace(wish, exclude=wish.exclude | offered)
        # The library is asked outside of any transaction: it may take a while, writers must not wait for it.
        advice = self._recommender.suggest(
            text,
            verdict,
            organisation_id=organisation_id,
            wish=wish,
            room=room,
            limit=limit,
            repeats=answered,
            conditions=conditions,
        )
        if escalated and advice.suggestions:
            raise CaseError(f"case {case_id} is in the escalation lane; it gets no suggestions")
        if not escalated:
            self._keep_offer(case_id, person_id, advice)
        return advice

    @staticmethod
    def _answered_before(session: Session, case: Case) -> int:
        """Return how many other messages of this author in this room were answered in the day before."""
        query = select(func.count(Case.id)).where(
            Case.organisation_id == case.organisation_id,
            Case.channel == case.channel,
            Case.room_id == case.room_id,
            Case.author == case.author,
            Case.id != case.id,
            Case.status == "replied",
            Case.opened_at > case.opened_at - _A_DAY,
        )
        return session.scalar(query) or 0

    @staticmethod
    def _offered(session: Session, case_id: int) -> frozenset[str]:
        query = select(OfferedSuggestion.response_id).where(OfferedSuggestion.case_id == case_id)
        return frozenset(session.scalars(query))

    def _keep_offer(self, case_id: int, person_id: int, advice: Advice) -> None:
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_holder(session, case, person)
            last = session.scalar(
                select(func.max(OfferedSuggestion.round)).where(OfferedSuggestion.case_id == case.id)
            )
            for number, offer in enumerate(advice.suggestions, start=1):
                session.add(
                    OfferedSuggestion(
                        organisation_id=case.organisation_id,
                        case_id=case.id,
                        person_id=person.id,
                        round=(last or 0) + 1,
                        number=number,
                        response_id=offer.id,
                        strategy=offer.strategy,
                        language=offer.language,
                        text=offer.text,
                        score=offer.score,
                        parts=dict(offer.parts) or None,
                        reasons=[reason.stored() for reason in offer.reasons],
                        sources=[dict(source) for source in offer.sources],
                        translated_from=offer.translated_from,
                        offered_at=now,
                    )
                )
            ids = [offer.id for offer in advice.suggestions]
            note(session, case, "suggested", now, person.id, responses=ids, abstained=advice.abstained)
        for response_id in ids:
            self.learn(case, response_id, "shown")

    def learn(
        self, case: Case, response_id: str, event: str, person: Person | None = None, value: float = 1.0
    ) -> None:
        """Tell the library what became of a response; nothing happens where there is none."""
        if self._recommender is None:
            return
        extra: dict[str, Any] = {"room": case.room_id}
        if person is not None:
            extra["person"] = str(person.id)
        self._recommender.feedback(case.organisation_id, response_id, event, value, **extra)
