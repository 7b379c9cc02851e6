"""The database half of intake: what one message, edit, redaction or report does, each in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.cases.flood import lane_full, order_summary
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.ledger import (
    cancel_pending,
    change,
    forget_text,
    move,
    note,
    order_card,
    order_returned_card,
    order_update,
    verdict_columns,
)
from courage.cases.machine import ACTIVE
from courage.cases.webhooks.events import order_events
from courage.db.erasures import digest, remember
from courage.db.models.cases import Case, CaseMessage
from courage.db.models.organisations import OrganisationSettings
from courage.detection.verdict import Verdict
from courage.people.pseudonym import pseudonym, text_digest

# A text that is said again belongs to the case that people are on, or have decided on, already.
_COLLAPSES = ("open", "claimed", "escalated", "dismissed")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened to a case: ``kind`` names the audit event, or is empty when nothing did."""

    case_id: int | None
    created: bool = False
    kind: str = ""


class IntakeStore:
    """Writes cases; every method works inside the caller's transaction."""

    def __init__(self, settings: IntakeSettings) -> None:
        self._settings = settings

    def find(self, session: Session, m: InboundMessage) -> tuple[Case, CaseMessage] | None:
        """Return the case that a message belongs to, or ``None``."""
        row = session.execute(
            select(Case, CaseMessage)
            .join(CaseMessage, CaseMessage.case_id == Case.id)
            .where(
                CaseMessage.organisation_id == m.organisation_id,
                CaseMessage.channel == m.channel,
                CaseMessage.room_id == m.room_id,
                CaseMessage.message_id == m.message_id,
            )
        ).first()
        return None if row is None else (row[0], row[1])

    def open(self, session: Session, m: InboundMessage, verdict: Verdict, now: datetime) -> Outcome:
        """Open a case for a hateful message, or count it on the case of the same words by the same author."""
        known = self.find(session, m)
        if known is not None:
            return Outcome(known[0].id)
        author = pseudonym(self._settings.key, m.channel, m.author)
        digest = text_digest(self._settings.key, m.text)
        same = session.scalar(
            select(Case)
            .where(
                Case.organisation_id == m.organisation_id,
                Case.channel == m.channel,
                Case.room_id == m.room_id,
                Case.author == author,
                Case.text_digest == digest,
                Case.status.in_(_COLLAPSES),
                Case.opened_at > now - self._settings.repeat_window,
            )
            .order_by(Case.id.desc())
            .limit(1)
        )
        if same is not None:
            self._belongs(session, same, m)
            change(session, same, repeats=same.repeats + 1)
            note(session, same, "repeated", now, repeats=same.repeats)
            # Brought up to date at 2, 4, 8 … repeats: a flood must not become a flood of card updates.
            if same.repeats & (same.repeats - 1) == 0:
                order_update(session, same, now)
            return Outcome(same.id, kind="repeated")
        return self._new(session, m, verdict, author, digest, now)

    def _new(
        self, session: Session, m: InboundMessage, verdict: Verdict, author: str, digest: str, now: datetime
    ) -> Outcome:
        full = lane_full(session, m, verdict, now, self._settings.cards_per_minute)
        case = Case(
            organisation_id=m.organisation_id,
            channel=m.channel,
            room_id=m.room_id,
            message_id=m.message_id,
            reply_to=m.reply_to,
            author=author,
            text_digest=digest,
            status="escalated" if verdict.route == "escalate" else "open",
            version=1,
            repeats=1,
            reporters=[],
            carded=not full,
            sent_at=m.sent_at,
            received_at=m.received_at or now,
            opened_at=now,
            retain_until=now + self._kept(session, m.organisation_id),
            text=m.text,
            **verdict_columns(verdict),
        )
        session.add(case)
        session.flush()
        self._belongs(session, case, m)
        note(
            session,
            case,
            "opened",
            now,
            category=case.category,
            severity=case.severity,
            score=round(case.score, 4),
        )
        if full:
            order_summary(session, case, now, self._settings.desk_channel)
        else:
            order_card(session, case, now, self._settings.desk_channel)
        return Outcome(case.id, created=True, kind="opened")

    def edited(self, session: Session, m: InboundMessage, verdict: Verdict, now: datetime) -> Outcome:
        """Bring the case of an edited message in line with the new verdict; open one if it needs one.

        A withdrawn case whose message is hateful again comes back under its old number, with a new card (see
        ``order_returned_card``).
        """
        known = self.find(session, m)
        if known is None:
            return self.open(session, m, verdict, now) if verdict.wants_people else Outcome(None)
        case, message = known
        if case.author != pseudonym(self._settings.key, m.channel, m.author):
            return Outcome(case.id)  # only the author's own edits count
        if message.removed or m.sent_at <= message.text_at:
            return Outcome(case.id)  # seen already, or older than what we have
        message.text_at = m.sent_at
        digest = text_digest(self._settings.key, m.text)
        if case.repeats > 1 or case.message_id != m.message_id:
            # The others that said the same still stand: this one leaves and is judged by itself.
            return self._split(session, case, message, m, verdict, now)
        if m.taken_back and case.status not in ("open", "claimed", "escalated", "withdrawn"):
            # People are done with the case, and what it was about was removed: the case stays, the text goes.
            if case.text is not None and digest != case.text_digest:
                change(session, case)
                note(session, case, "message_removed", now)
                _remember(session, message)
                forget_text(session, case)
                order_update(session, case, now)
            return Outcome(case.id, kind="withdrawn")
        if not verdict.wants_people and not case.reporters:
            if case.status not in ("open", "claimed", "escalated"):
                return Outcome(case.id)
            cancel_pending(session, case)
            move(session, case, "withdraw", claimed_by=None, claim_until=None, closed_at=now)
            _remember(session, message)
            forget_text(session, case)
            note(session, case, "withdrawn", now, why="edited")
            order_update(session, case, now)
            return Outcome(case.id, kind="withdrawn")
        was_withdrawn = case.status == "withdrawn"
        if case.status in ("dismissed", "withdrawn"):
            if digest == case.text_digest:
                return Outcome(case.id)
            move(session, case, "reopen", claimed_by=None, claim_until=None, closed_at=None)
            note(session, case, "reopened", now, why="edited", to=case.status)
        elif case.status not in ACTIVE:
            return Outcome(case.id)
        change(session, case, text=m.text, text_digest=digest, **verdict_columns(verdict))
        if verdict.route == "escalate" and case.status != "escalated":
            move(session, case, "escalate", claimed_by=None, claim_until=None)
            # Nobody escalated it, so the audit trail has no line for that; other programs hear of it all the same.
            order_events(session, case, "escalate", now)
        note(session, case, "rescreened", now, category=case.category, severity=case.severity)
        if was_withdrawn and case.carded:
            order_returned_card(session, case, now, self._settings.desk_channel)
        else:
            order_update(session, case, now)
        return Outcome(case.id, kind="rescreened")

    def _split(
        self,
        session: Session,
        case: Case,
        message: CaseMessage,
        m: InboundMessage,
        verdict: Verdict,
        now: datetime,
    ) -> Outcome:
        if text_digest(self._settings.key, m.text) == case.text_digest:
            return Outcome(case.id)
        session.delete(message)
        session.flush()
        self._one_less(session, case, m, now)
        return (
            self.open(session, m, verdict, now) if verdict.wants_people else Outcome(case.id, kind="repeated")
        )

    def redacted(self, session: Session, m: InboundMessage, now: datetime, by: str | None = None) -> Outcome:
        """Withdraw the case of a message that its author or a moderator removed, and forget the text.

        :param by: the account that removed it, where the chat system says so.
        """
        known = self.find(session, m)
        if known is None or known[1].removed:
            return Outcome(None if known is None else known[0].id)
        case, message = known
        message.removed = True
        _remember(session, message)
        if case.repeats > 1:
            self._one_less(session, case, m, now)
            return Outcome(case.id, kind="repeated")
        cancel_pending(session, case)
        who: dict[str, Any] = {} if by is None else {"by": self._who(case, m.channel, by)}
        if case.status in ACTIVE:
            move(session, case, "withdraw", claimed_by=None, claim_until=None, closed_at=now)
            note(session, case, "withdrawn", now, why="removed", **who)
        else:
            change(session, case)
            note(session, case, "message_removed", now, **who)
        forget_text(session, case)
        order_update(session, case, now)
        return Outcome(case.id, kind="withdrawn")

    def _who(self, case: Case, channel: str, account: str) -> str:
        """Return whether an account is the author's own or a moderator's; nobody else may remove a message."""
        return "author" if pseudonym(self._settings.key, channel, account) == case.author else "moderator"

    def _one_less(self, session: Session, case: Case, m: InboundMessage, now: datetime) -> None:
        values: dict[str, object] = {"repeats": case.repeats - 1}
        if case.message_id == m.message_id:
            # The reply must hang under a message that still exists.
            other = session.scalar(
                select(CaseMessage.message_id)
                .where(
                    CaseMessage.case_id == case.id,
                    CaseMessage.message_id != m.message_id,
                    CaseMessage.removed.is_(False),
                )
                .order_by(CaseMessage.id)
                .limit(1)
            )
            values["message_id"] = other or case.message_id
        change(session, case, **values)
        note(session, case, "repeat_removed", now, repeats=case.repeats)

    def reported(
        self, session: Session, m: InboundMessage, verdict: Verdict, reporter: str, now: datetime
    ) -> Outcome:
        """Open a case for a reported message whatever screening says, or add the reporter to its case."""
        who = pseudonym(self._settings.key, m.channel, reporter)
        outcome = self.open(session, m, verdict, now)
        case = session.get(Case, outcome.case_id)
        if case is None or who in case.reporters:
            return outcome
        change(session, case, reporters=[*case.reporters, who])
        note(session, case, "reported", now, reporters=len(case.reporters))
        if not outcome.created:
            order_update(session, case, now)
        return Outcome(case.id, outcome.created, outcome.kind or "reported")

    def _kept(self, session: Session, organisation_id: int) -> timedelta:
        """Return how long texts are kept: as the organisation says, else as the installation does."""
        query = select(OrganisationSettings.retention_days)
        days = session.scalar(query.where(OrganisationSettings.organisation_id == organisation_id))
        return self._settings.retain if days is None else timedelta(days=days)

    @staticmethod
    def _belongs(session: Session, case: Case, m: InboundMessage) -> None:
        session.add(
            CaseMessage(
                organisation_id=m.organisation_id,
                case_id=case.id,
                channel=m.channel,
                room_id=m.room_id,
                message_id=m.message_id,
                text_at=m.sent_at,
            )
        )


def _remember(session: Session, message: CaseMessage) -> None:
    what = digest(message.organisation_id, message.channel, message.room_id, message.message_id)
    remember(session, "message", what)
