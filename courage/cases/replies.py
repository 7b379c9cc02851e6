"""From a claimed case to a reply that a person confirmed: reading, suggestions, drafts."""

from __future__ import annotations

from datetime import datetime, timedelta
from difflib import SequenceMatcher

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from courage.cases.access import CaseAccess, require_holder
from courage.cases.cards import draft_view, reply_view, verdict_of
from courage.cases.care import require_rested
from courage.cases.errors import DraftChanged, NotPossible, ReplyRefused
from courage.cases.ledger import latest_draft, note, order, unsent_of, waiting_reply
from courage.cases.pending_replies import PendingReplies
from courage.cases.suggestions import Suggestions
from courage.cases.unsent import replace_text, set_text
from courage.cases.views import DraftView, ReplyView
from courage.db.models.cases import Case, Draft, OfferedSuggestion, Reply
from courage.db.models.people import Person
from courage.detection.verdict import Reason
from courage.library.placeholders import gaps_in


def edited_ratio(before: str, after: str) -> float:
    """Return how much of a text is new, 0 (nothing) … 1 (everything)."""
    if before == after:
        return 0.0
    return round(1.0 - SequenceMatcher(None, before, after, autojunk=False).ratio(), 4)


class Replies:
    """What the person on a case does until the reply is on its way.

    :param claim_time: how much longer the claim of a person lasts who writes.
    :param max_characters: how long a reply may be.
    :param undo_post: how long a confirmed reply waits before it leaves.
    """

    def __init__(
        self,
        access: CaseAccess,
        suggestions: Suggestions,
        pending: PendingReplies,
        *,
        claim_time: timedelta,
        max_characters: int,
        undo_post: timedelta,
    ) -> None:
        self._access = access
        self._suggestions = suggestions
        self._pending = pending
        self._claim_time = claim_time
        self._max_characters = max_characters
        self._undo_post = undo_post

    def show_message(self, case_id: int, person_id: int) -> str:
        """Return the harmful text, because a person asked for it; that is noted in the audit trail.

        :raises Enough: if they take a break, or have read enough for today.
        :raises NotPossible: if the text is not kept any more.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_rested(session, person, case, now)
            if case.text is None:
                raise NotPossible(f"the message of case {case.id} is not kept any more")
            note(session, case, "shown", now, person.id)
            return case.text

    def explain(self, case_id: int, person_id: int) -> tuple[Reason, ...]:
        """Return the reasons of screening in full; they may quote the message, so show them with it only."""
        with self._access.read(case_id, person_id) as (_, case, _person):
            return verdict_of(case).reasons

    def choose(self, case_id: int, person_id: int, number: int) -> DraftView:
        """Make suggestion ``number`` (1, 2, 3) of the newest round the draft.

        :raises ReplyRefused: if there is no such suggestion.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_holder(session, case, person)
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
            replace_text(session, case, person, chosen.text, now)
            draft = self._draft(session, case, person, now, chosen.text, chosen.response_id, chosen.text)
            note(
                session,
                case,
                "chosen",
                now,
                person.id,
                response=chosen.response_id,
                round=chosen.round,
                version=draft.version,
            )
            view = draft_view(draft)
        self._suggestions.learn(case, chosen.response_id, "chosen", person)
        return view

    def edit(self, case_id: int, person_id: int, text: str) -> DraftView:
        """Make ``text`` the new draft; without a chosen suggestion it is the person's own.

        :raises ReplyRefused: if the text is empty or too long.
        """
        text = text.replace("\0", "").encode("utf-8", "replace").decode().strip()
        if not 1 <= len(text) <= self._max_characters:
            raise ReplyRefused(f"a reply has 1 to {self._max_characters} characters, this one {len(text)}")
        with self._access.change(case_id, person_id) as (session, case, person, now):
            require_holder(session, case, person)
            before = latest_draft(session, case.id)
            if before is not None and before.text == text:
                return draft_view(before)
            base, response_id = ("", None) if before is None else (before.base_text, before.response_id)
            # Whoever edits in a chat has typed it there: their open page on the desk is told, not overtaken.
            set_text(session, case, person, text, now)
            draft = self._draft(session, case, person, now, text, response_id, base)
            note(session, case, "edited", now, person.id, version=draft.version, ratio=draft.edited_ratio)
            view = draft_view(draft)
        if response_id is not None:
            self._suggestions.learn(case, response_id, "edited", person, view.edited_ratio)
        return view

    def _draft(
        self,
        session: Session,
        case: Case,
        person: Person,
        now: datetime,
        text: str,
        response_id: str | None,
        base: str,
    ) -> Draft:
        if self._pending.on_its_way(session, case, now) is not None:
            raise NotPossible(f"the reply to case {case.id} is on its way; it cannot be changed any more")
        # Drafts go when their message does, replies stay: a number that was confirmed once never means another text.
        last = latest_draft(session, case.id)
        confirmed = session.scalar(select(func.max(Reply.draft_version)).where(Reply.case_id == case.id)) or 0
        draft = Draft(
            organisation_id=case.organisation_id,
            case_id=case.id,
            person_id=person.id,
            version=1 + max(confirmed, 0 if last is None else last.version),
            response_id=response_id,
            base_text=base,
            text=text,
            edited_ratio=edited_ratio(base, text) if base else (0.0 if response_id else 1.0),
            created_at=now,
        )
        session.add(draft)
        session.flush()
        case.claim_until = now + self._claim_time  # who writes is still there
        return draft

    def confirm_post(self, case_id: int, person_id: int, draft_version: int) -> ReplyView:
        """Send the draft to the group room, because a person confirmed exactly this version.

        It leaves after ``undo_post``, until which ``Closings.undo`` takes it back. The case becomes ``replied`` when the
        channel has accepted it. Confirming a version twice posts once.

        :raises ChannelNotServed: if nobody is there who could post in the case's channel; the draft is kept.
        :raises DraftChanged: if there is a newer draft than the one confirmed.
        :raises ReplyRefused: if there is no draft, or a gap of the response that it was made from is left in it.
        """
        with self._access.change(case_id, person_id) as (session, case, person, now):
            done = session.scalar(
                select(Reply).where(Reply.case_id == case.id, Reply.draft_version == draft_version)
            )
            mine = done is not None and done.person_id == person.id
            if done is not None and mine and done.state == "posted":
                return reply_view(done)
            self._pending.require_served(case.channel, f"the reply to case {case.id}")
            if done is not None and mine and done.state == "pending":
                return reply_view(done)
            require_holder(session, case, person)
            draft = latest_draft(session, case.id)
            if draft is None:
                raise ReplyRefused(f"case {case.id} has no draft yet; choose a suggestion or write one")
            if draft.version != draft_version:
                raise DraftChanged(
                    f"the draft of case {case.id} is now version {draft.version}, not {draft_version}; "
                    "look at it and confirm that one"
                )
            if left := [gap for gap in gaps_in(draft.base_text) if gap in draft.text]:
                raise ReplyRefused(
                    f"the reply to case {case.id} still has a gap, {left[0]}; fill it with your own words or take it out"
                )
            if self._pending.on_its_way(session, case, now) is not None:
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
            done.state, done.failure, done.person_id, done.text = "pending", None, person.id, draft.text
            session.flush()
            row = order(session, case, "reply", key, now, room_id=case.room_id, reply_id=done.id)
            # A person who confirms after a failure asks for a new try under the same key.
            row.state, row.attempts, row.next_at, row.last_error = "pending", 0, now + self._undo_post, None
            row.held_at = None  # whoever confirms now has decided that it may go
            note(session, case, "confirmed", now, person.id, version=draft.version)
            if (unsent := unsent_of(session, case.id, person.id)) is not None:
                session.delete(unsent)
            return reply_view(done)

    def leaves_at(self, case_id: int, person_id: int) -> datetime | None:
        """Return when the confirmed reply of a case leaves, as long as it can be taken back; else ``None``."""
        with self._access.read(case_id, person_id) as (session, case, _):
            row = waiting_reply(session, case, self._access.clock(), held=False)
            return None if row is None else row.next_at
