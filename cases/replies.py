"""From a claimed case to a reply that a person confirmed: reading, suggestions, drafts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cases.cards import draft_view, lane_of, reply_view, verdict_of
from cases.case_tables import Case, Draft, OfferedSuggestion, Reply
from cases.casework_base import CaseworkBase
from cases.errors import CaseError, DraftChanged, NotPossible, ReplyRefused
from cases.ledger import latest_draft, note, order, pending_reply
from cases.people_tables import Person
from cases.tables import Outbox
from cases.views import DraftView, ReplyView
from detection.verdict import Reason

if TYPE_CHECKING:
    from responses.recommend import Advice, Wish

_A_DAY = timedelta(days=1)


def edited_ratio(before: str, after: str) -> float:
    """Return how much of a text is new, 0 (nothing) … 1 (everything)."""
    if before == after:
        return 0.0
    return round(1.0 - SequenceMatcher(None, before, after, autojunk=False).ratio(), 4)


class Replies(CaseworkBase):
    """What the person on a case does until the reply is on its way."""

    def show_message(self, case_id: int, person_id: int) -> str:
        """Return the harmful text, because a person asked for it; that is noted in the audit trail.

        :raises NotPossible: if the text is not kept any more.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            if case.text is None:
                raise NotPossible(f"the message of case {case.id} is not kept any more")
            note(session, case, "shown", now, person.id)
            return case.text

    def explain(self, case_id: int, person_id: int) -> tuple[Reason, ...]:
        """Return the reasons of screening in full; they may quote the message, so show them with it only."""
        with self._look(case_id, person_id) as (_, case, _person):
            return verdict_of(case).reasons

    def suggest(
        self, case_id: int, person_id: int, wish: Wish | None = None, *, others: bool = False, limit: int = 3
    ) -> Advice:
        """Return suggestions for a case the person is on; ``others`` leaves out what was offered before.

        Cases in the escalation lane get none: the advice says why.

        :raises AlreadyClaimed: if somebody else is on the case.
        :raises NotPossible: if the text is not kept any more or there is no library.
        """
        if self._recommender is None:
            raise NotPossible("suggestions are not available: the library is not loaded")
        with self._look(case_id, person_id) as (session, case, person):
            escalated = lane_of(case) == "escalate"
            if not escalated:
                self._mine(session, case, person)
            if case.text is None:
                raise NotPossible(f"the message of case {case.id} is not kept any more")
            verdict = verdict_of(case)
            organisation_id, room, text = case.organisation_id, case.room_id, case.text
            offered = self._offered(session, case.id) if others else frozenset[str]()
            answered = self._answered_before(session, case)
        if wish is None:
            # Only here: the library is heavy to load, and a desk without it still has to start.
            from responses.recommend import Wish as MakeWish

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
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine(session, case, person)
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
                        reasons=list(offer.reasons),
                        sources=[dict(source) for source in offer.sources],
                        translated_from=offer.translated_from,
                        offered_at=now,
                    )
                )
            ids = [offer.id for offer in advice.suggestions]
            note(session, case, "suggested", now, person.id, responses=ids, abstained=advice.abstained)
        for response_id in ids:
            self._learn(case, response_id, "shown")

    def choose(self, case_id: int, person_id: int, number: int) -> DraftView:
        """Make suggestion ``number`` (1, 2, 3) of the newest round the draft.

        :raises ReplyRefused: if there is no such suggestion.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine(session, case, person)
            newest = (
                select(func.max(OfferedSuggestion.round))
                .where(OfferedSuggestion.case_id == case.id)
                .scalar_subquery()
            )
            offers = session.scalars(
                select(OfferedSuggestion)
                .where(OfferedSuggestion.case_id == case.id, OfferedSuggestion.round == newest)
                .order_by(OfferedSuggestion.number)
            ).all()
            chosen = next((offer for offer in offers if offer.number == number), None)
            if chosen is None:
                have = ", ".join(str(offer.number) for offer in offers)
                raise ReplyRefused(
                    f"case {case.id} has suggestions {have}; {number} is none of them"
                    if have
                    else f"case {case.id} has no suggestions yet; ask for some first"
                )
            draft = self._draft(session, case, person, chosen.text, chosen.response_id, chosen.text)
            note(session, case, "chosen", now, person.id, response=chosen.response_id, version=draft.version)
            view = draft_view(draft)
        self._learn(case, chosen.response_id, "chosen", person)
        return view

    def edit(self, case_id: int, person_id: int, text: str) -> DraftView:
        """Make ``text`` the new draft; without a chosen suggestion it is the person's own.

        :raises ReplyRefused: if the text is empty or too long.
        """
        text = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
        if not 1 <= len(text) <= self._settings.max_reply:
            raise ReplyRefused(
                f"a reply has 1 to {self._settings.max_reply} characters, this one {len(text)}"
            )
        with self._work(case_id, person_id) as (session, case, person, now):
            self._mine(session, case, person)
            before = latest_draft(session, case.id)
            if before is not None and before.text == text:
                return draft_view(before)
            base, response_id = ("", None) if before is None else (before.base_text, before.response_id)
            draft = self._draft(session, case, person, text, response_id, base)
            note(session, case, "edited", now, person.id, version=draft.version, ratio=draft.edited_ratio)
            view = draft_view(draft)
        if response_id is not None:
            self._learn(case, response_id, "edited", person, view.edited_ratio)
        return view

    def _draft(
        self, session: Session, case: Case, person: Person, text: str, response_id: str | None, base: str
    ) -> Draft:
        if pending_reply(session, case.id) is not None:
            raise NotPossible(f"the reply to case {case.id} is on its way; it cannot be changed any more")
        now = self._clock()
        last = latest_draft(session, case.id)
        draft = Draft(
            organisation_id=case.organisation_id,
            case_id=case.id,
            person_id=person.id,
            version=1 if last is None else last.version + 1,
            response_id=response_id,
            base_text=base,
            text=text,
            edited_ratio=edited_ratio(base, text) if base else (0.0 if response_id else 1.0),
            created_at=now,
        )
        session.add(draft)
        session.flush()
        case.claim_until = now + self._settings.claim_time  # who writes is still there
        return draft

    def confirm_post(self, case_id: int, person_id: int, draft_version: int) -> ReplyView:
        """Send the draft to the group room, because a person confirmed exactly this version.

        The case becomes ``replied`` when the channel has accepted it. Confirming a version twice posts once.

        :raises DraftChanged: if there is a newer draft than the one confirmed.
        :raises ReplyRefused: if there is no draft.
        """
        with self._work(case_id, person_id) as (session, case, person, now):
            done = session.scalar(
                select(Reply).where(Reply.case_id == case.id, Reply.draft_version == draft_version)
            )
            if done is not None and done.person_id == person.id and done.state in ("pending", "posted"):
                return reply_view(done)
            self._mine(session, case, person)
            draft = latest_draft(session, case.id)
            if draft is None:
                raise ReplyRefused(f"case {case.id} has no draft yet; choose a suggestion or write one")
            if draft.version != draft_version:
                raise DraftChanged(
                    f"the draft of case {case.id} is now version {draft.version}, not {draft_version}; "
                    "look at it and confirm that one"
                )
            if pending_reply(session, case.id) is not None:
                raise NotPossible(f"a reply to case {case.id} is on its way already")
            key = f"reply:{case.id}:{draft.version}"
            if done is None:
                done = Reply(
                    organisation_id=case.organisation_id,
                    case_id=case.id,
                    person_id=person.id,
                    draft_version=draft.version,
                    response_id=draft.response_id,
                    text=draft.text,
                    edited_ratio=draft.edited_ratio,
                    confirmed_at=now,
                )
                session.add(done)
            done.state, done.failure, done.person_id = "pending", None, person.id
            session.flush()
            row = order(session, case, "reply", key, now, room_id=case.room_id, reply_id=done.id)
            self._again(row)
            note(session, case, "confirmed", now, person.id, version=draft.version)
            return reply_view(done)

    def _again(self, row: Outbox) -> None:
        # A person who confirms after a failure asks for a new try under the same key.
        row.state, row.attempts, row.next_at, row.last_error = "pending", 0, self._clock(), None

    def _learn(
        self, case: Case, response_id: str, event: str, person: Person | None = None, value: float = 1.0
    ) -> None:
        if self._recommender is None:
            return
        extra: dict[str, Any] = {"room": case.room_id}
        if person is not None:
            extra["person"] = str(person.id)
        self._recommender.feedback(case.organisation_id, response_id, event, value, **extra)
