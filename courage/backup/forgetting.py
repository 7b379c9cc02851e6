"""What happens to a database that was restored, before anybody sees it: nothing that was erased comes back, nothing goes out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.ledger import cancel_pending, change, forget_text, move, note
from courage.cases.machine import ACTIVE
from courage.cases.person_data.authors import author_digest, erase_author
from courage.cases.person_data.staff import erase_staff, staff_digest, staff_of
from courage.cases.retention import purge
from courage.db.engine import Organisation, writing
from courage.db.erasures import Erased, digest
from courage.db.models.academy import Drill, DrillTurn
from courage.db.models.access import ApiKey
from courage.db.models.cases import Case, CaseMessage
from courage.db.models.delivery import Outbox, Restore
from courage.db.models.doors import Passkey, ProviderAccount
from courage.db.models.notices import NoticeChoice
from courage.db.models.people import LinkCode, LoginLink, Person, WebSession
from courage.db.models.workshops import WorkshopParticipant
from courage.db.scope import scope_to, scope_to_every
from courage.people.erasing import OF_DRILLS, erase_organisation, erase_rows
from courage.people.provider_accounts import account_digest

#: A line of the list may be older than the backup that lacks it: it is written before its transaction ends.
_OVERLAP: Final = timedelta(minutes=5)
_WHOSE: Final = "a restore is of the whole installation"


@dataclass(frozen=True, slots=True)
class Settled:
    """What was taken away from a restored database, and how many deliveries wait for an admin."""

    erased: int
    purged: int
    held: int


def settle(
    sessions: sessionmaker[Session], erasures: Sequence[Erased], taken_at: datetime, now: datetime
) -> Settled:
    """Bring a restored database in line with what happened since: erasures, retention, access, deliveries.

    :param erasures: the list of what was erased; what is older than the backup is in it already.
    :param taken_at: when the backup was made.
    """
    since = [entry for entry in erasures if entry.at >= taken_at - _OVERLAP]
    with writing(sessions) as session:
        scope_to_every(session, _WHOSE)
        erased = _erase(session, since, now)
    purged = purge(sessions, now).texts
    with writing(sessions) as session:
        scope_to_every(session, _WHOSE)
        # Who was logged in then is not logged in now.
        session.execute(delete(WebSession))
        session.execute(delete(LoginLink).where(LoginLink.used_at.is_(None)))
        session.execute(delete(LinkCode))
        held = session.execute(
            update(Outbox).where(Outbox.state == "pending").values(held_at=now, leased_until=None)
        )
        assert isinstance(held, CursorResult)
        session.add(Restore(taken_at=taken_at, restored_at=now))
    return Settled(erased, purged, held.rowcount)


def _erase(session: Session, entries: Sequence[Erased], now: datetime) -> int:
    listed: dict[str, set[str]] = {}
    access: dict[str, bool] = {}
    for entry in entries:  # oldest first: the last word on somebody's access counts
        if entry.kind in ("person_off", "person_on"):
            access[entry.what] = entry.kind == "person_on"
        else:
            listed.setdefault(entry.kind, set()).add(entry.what)
    done = 0
    for organisation in session.scalars(select(Organisation)).all():
        what = digest(organisation.id, organisation.created_at)
        if what in listed.get("organisation", ()):
            erase_organisation(session, organisation.id)
            done += 1
        elif what in listed.get("practice", ()):
            erase_rows(session, organisation.id, without=OF_DRILLS)
            done += 1
    session.flush()
    session.expire_all()
    if messages := listed.get("message"):
        done += _forget_messages(session, messages, now)
    for drill in session.scalars(select(Drill)).all() if listed.get("drill") else ():
        if digest(drill.id, drill.started_at) in listed["drill"]:
            session.execute(delete(DrillTurn).where(DrillTurn.drill_id == drill.id))
            session.delete(drill)
            done += 1
    for person in session.scalars(select(Person)).all() if access else ():
        if (allowed := access.get(digest(person.id, person.created_at), person.active)) != person.active:
            person.active = allowed
            done += 1
    if silent := listed.get("mail_off"):
        for choice, person in session.execute(
            select(NoticeChoice, Person).join(Person, Person.id == NoticeChoice.person_id)
        ).all():
            if digest("mail", person.id, person.created_at) in silent:
                # Who asked for mails again since does so once more: better than mails that nobody wants.
                choice.mail_digest = choice.mail_alarm = False
                done += 1
    for key in session.scalars(select(ApiKey).where(ApiKey.revoked_at.is_(None))).all():
        if key.token_hash in listed.get("key", ()):
            key.revoked_at = now
            done += 1
    gone = listed.get("passkey", set())
    for passkey in session.scalars(select(Passkey)).all() if gone else ():
        if passkey.credential_hash in gone:
            session.delete(passkey)
            done += 1
    unlinked = listed.get("account", set())
    for account in session.scalars(select(ProviderAccount)).all() if unlinked else ():
        if account_digest(account.issuer, account.subject) in unlinked:
            session.delete(account)
            done += 1
    left = listed.get("participant", set())
    for participant in session.scalars(select(WorkshopParticipant)).all() if left else ():
        if digest(participant.token_hash) in left:
            # What they wrote and voted for hangs on them.
            session.delete(participant)
            done += 1
    return done + _forget_people(session, listed, now)


def _forget_people(session: Session, listed: dict[str, set[str]], now: datetime) -> int:
    """Erase again who was erased since the backup: authors by what their pseudonyms are listed under, and people of the desk."""
    done = 0
    if authors := listed.get("author"):
        names: set[tuple[int, str]] = set()
        for number, author, reporters in session.execute(
            select(Case.organisation_id, Case.author, Case.reporters)
        ):
            names |= {(number, name) for name in (author, *(reporters or ()))}
        for number, author in sorted(names):
            if author_digest(number, author) in authors:
                scope_to(session, number)
                erase_author(session, number, author, now)
                done += 1
        scope_to_every(session, _WHOSE)
    if people := listed.get("person"):
        for person in session.scalars(select(Person).where(Person.erased_at.is_(None))).all():
            if staff_digest(person) in people:
                erase_staff(session, staff_of(session, person.organisation_id, person.id), now)
                scope_to_every(session, _WHOSE)
                done += 1
    return done


def _forget_messages(session: Session, listed: set[str], now: datetime) -> int:
    """Forget removed messages; a case whose last message is gone loses its text, as when it was removed first."""
    done = 0
    query = select(CaseMessage).where(CaseMessage.removed.is_(False)).order_by(CaseMessage.id)
    for message in session.scalars(query).all():
        what = digest(message.organisation_id, message.channel, message.room_id, message.message_id)
        if what not in listed:
            continue
        message.removed = True
        session.flush()
        done += 1
        case = session.get_one(Case, message.case_id)
        left = select(CaseMessage.id).where(CaseMessage.case_id == case.id, CaseMessage.removed.is_(False))
        if session.scalar(left.limit(1)) is not None:
            continue
        cancel_pending(session, case)
        if case.status in ACTIVE:
            move(session, case, "withdraw", claimed_by=None, claim_until=None, closed_at=now)
            note(session, case, "withdrawn", now, why="removed")
        else:
            change(session, case)
            note(session, case, "message_removed", now)
        forget_text(session, case)
    return done
