"""What screening has learnt from people's decisions: in memory, and as fresh as the database at every message."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from courage.cases.narratives import Narratives
from courage.cases.ports import Screen
from courage.db.engine import Organisation, reading
from courage.db.models.decisions import DecisionRow
from courage.db.models.proposals import Proposal
from courage.detection.feedback import FeedbackMemory, Override
from courage.detection.verdict import Verdict

# What trainers have not rejected works.
_IN_FORCE = ("waiting", "confirmed")
_log = logging.getLogger(__name__)


class Learnt:
    """Applies the decisions of an organisation to verdicts; ``key`` is the secret behind their hashes.

    ``narratives`` names which narrative of the organisation's library a message repeats; without it none is named.

    Before every verdict the database is asked for one number, which says whether anybody decided something since, in
    this process or another; then only what is new is read. Verdicts that wait at the same time share the question.
    """

    def __init__(
        self, sessions: sessionmaker[Session], key: bytes, narratives: Narratives | None = None
    ) -> None:
        self._sessions = sessions
        self._narratives = narratives
        self._key = key
        self._lock = threading.Lock()
        self._memories: dict[int, tuple[int, FeedbackMemory]] = {}
        self._waiting: dict[int, asyncio.Future[FeedbackMemory]] = {}
        self._reading: dict[int, asyncio.Future[FeedbackMemory]] = {}

    async def apply(self, verdict: Verdict, organisation_id: int) -> Verdict:
        """Return the verdict as the organisation's people decided it, and with the narrative that it repeats.

        Without a database it comes as it is.
        """
        try:
            memory = await self._fresh(organisation_id)
        except Exception as error:  # screening goes on with what is known
            _log.error("decisions could not be read: %s", type(error).__name__)
            memory = self._memories.get(organisation_id, (0, FeedbackMemory(self._key)))[1]
        verdict = memory.apply(verdict)
        if self._narratives is None:
            return verdict
        return await self._narratives.name(verdict, organisation_id)

    def screen(self, screen: Screen, organisation_id: int) -> Screen:
        """Return a screening callable whose verdicts are as the organisation's people decided."""

        async def learnt(text: str, sensitivity: str) -> Verdict:
            return await self.apply(await screen(text, sensitivity), organisation_id)

        return learnt

    def read(self, organisation_id: int) -> FeedbackMemory:
        """Return the memory of an organisation, up to date; synchronous."""
        with self._lock, reading(self._sessions, organisation_id) as session:
            seen, memory = self._memories.get(organisation_id, (0, FeedbackMemory(self._key)))
            query = select(Organisation.decisions_revision).where(Organisation.id == organisation_id)
            revision = session.scalar(query) or 0
            if revision == seen:
                return memory
            if revision < seen:  # another database, a backup perhaps
                seen, memory = 0, FeedbackMemory(self._key)
            rows = session.scalars(
                select(DecisionRow)
                .where(DecisionRow.organisation_id == organisation_id, DecisionRow.revision > seen)
                .order_by(DecisionRow.revision, DecisionRow.id)
            )
            for row in rows:
                revision = max(revision, row.revision)
                if row.state in _IN_FORCE:
                    memory.remember(_override(row))
                else:
                    memory.forget(row.id)
            # What a trainer confirmed of other programs' proposals works like a trainer's own decision; negative
            # numbers tell the two apart.
            proposed = session.scalars(
                select(Proposal)
                .where(Proposal.organisation_id == organisation_id, Proposal.revision > seen)
                .order_by(Proposal.revision)
            )
            for proposal in proposed:
                revision = max(revision, proposal.revision)
                if proposal.state == "confirmed":
                    memory.remember(replace(_override(proposal), number=-proposal.id))
                else:
                    memory.forget(-proposal.id)
            self._memories[organisation_id] = (revision, memory)
            return memory

    async def _fresh(self, organisation_id: int) -> FeedbackMemory:
        # A reading that has begun may have missed what was decided since; the next one cannot have.
        waiting = self._waiting.get(organisation_id)
        if waiting is None:
            before = self._reading.get(organisation_id)
            waiting = asyncio.ensure_future(self._next(organisation_id, before))
            self._waiting[organisation_id] = waiting
        return await asyncio.shield(waiting)

    async def _next(
        self, organisation_id: int, before: asyncio.Future[FeedbackMemory] | None
    ) -> FeedbackMemory:
        if before is not None:
            await asyncio.wait((before,))
        self._reading[organisation_id] = self._waiting.pop(organisation_id)
        try:
            return await asyncio.to_thread(self.read, organisation_id)
        finally:
            del self._reading[organisation_id]  # mine: the next one waits for its end


def _override(row: DecisionRow | Proposal) -> Override:
    return Override(
        row.id,
        row.exact,
        int(row.simhash, 16),
        row.words,
        "missed" if row.decision == "missed" else "not_hate",
        row.severity,
        row.state == "confirmed",
    )
