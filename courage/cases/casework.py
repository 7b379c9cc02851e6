"""What people do with cases. All of it is synchronous: in async code use ``asyncio.to_thread``."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from courage.cases.access import CaseAccess, Lacking
from courage.cases.author_history import AuthorHistories
from courage.cases.claims import Claims
from courage.cases.closings import Closings
from courage.cases.decision_records import DecisionRecords
from courage.cases.events import EventBus
from courage.cases.pending_replies import PendingReplies
from courage.cases.ports import Recommending
from courage.cases.queue import CaseQueue
from courage.cases.queue_pages import QueuePages
from courage.cases.replies import Replies
from courage.cases.suggestions import Suggestions
from courage.cases.threads import Threads
from courage.cases.unsent import UnsentTexts
from courage.clock import Clock, utcnow


@dataclass(frozen=True, slots=True)
class CaseworkSettings:
    """How casework works: how long a claim and an undo last, and how long a reply may be (characters).

    ``undo_post`` is how long a confirmed reply waits before it leaves; after that nobody can take it back.
    """

    claim_time: timedelta = timedelta(minutes=30)
    undo_time: timedelta = timedelta(minutes=10)
    undo_post: timedelta = timedelta()
    max_reply: int = 2000


class Casework:
    """The life of a case from the queue to its end: parts, each with its own concept, under one name.

    Web pages, API, assistant and tests hold this one object; every name below is the method of a part. Each method
    checks that the person is active, belongs to the case's organisation, may work on cases (volunteers, moderators and
    admins may), and is marked ready for live ones (:mod:`courage.people.readiness`). Errors are ``CaseError`` subclasses
    whose text is fit for people.
    """

    def __init__(
        self,
        queue: CaseQueue,
        pages: QueuePages,
        claims: Claims,
        suggestions: Suggestions,
        replies: Replies,
        closings: Closings,
        unsent: UnsentTexts,
        histories: AuthorHistories,
        threads: Threads,
    ) -> None:
        self.queue = queue.queue
        self.page = pages.page
        self.waiting = queue.waiting
        self.view = queue.view
        self.current_case = queue.current_case
        self.history = queue.history
        self.author_history = histories.before
        self.thread = threads.thread

        self.claim = claims.claim
        self.release = claims.release
        self.expire_claims = claims.expire_claims
        self.next_expiry = claims.next_expiry

        self.suggest = suggestions.suggest

        self.show_message = replies.show_message
        self.explain = replies.explain
        self.choose = replies.choose
        self.edit = replies.edit
        self.confirm_post = replies.confirm_post
        self.leaves_at = replies.leaves_at

        self.keep_typed = unsent.keep
        self.settle_typed = unsent.settle
        self.unsent = unsent.unsent
        self.bring_back = unsent.bring_back
        self.drop_typed = unsent.drop

        self.dismiss = closings.dismiss
        self.escalate = closings.escalate
        self.close = closings.close
        self.missed = closings.missed
        self.undo = closings.undo


def make_casework(
    sessions: sessionmaker[Session],
    recommender: Recommending | None = None,
    settings: CaseworkSettings | None = None,
    *,
    channels: Collection[str],
    bus: EventBus | None = None,
    decisions: DecisionRecords | None = None,
    clock: Clock = utcnow,
    lacking: Lacking | None = None,
) -> Casework:
    """Put casework together.

    :param channels: the names of the chat systems that this process serves; a live collection may be handed in, such
        as the mapping that the ``Dispatcher`` gets. Replies to cases of others are refused.
    :param decisions: where what people decide about texts is kept; ``None``: screening does not learn from them.
    :param lacking: says to people who are not ready for live cases what they have still to practise.
    """
    settings = settings or CaseworkSettings()
    access = CaseAccess(sessions, bus=bus, clock=clock, lacking=lacking)
    pending = PendingReplies(channels)
    suggestions = Suggestions(access, recommender)
    return Casework(
        CaseQueue(access),
        QueuePages(access),
        Claims(access, pending, settings.claim_time),
        suggestions,
        Replies(
            access,
            suggestions,
            pending,
            claim_time=settings.claim_time,
            max_characters=settings.max_reply,
            undo_post=settings.undo_post,
        ),
        Closings(access, pending, decisions, claim_time=settings.claim_time, undo_time=settings.undo_time),
        UnsentTexts(access, settings.claim_time),
        AuthorHistories(access),
        Threads(access),
    )
