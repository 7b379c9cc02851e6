"""The life of cases: the table of steps, and a state machine that lives thousands of steps of people and channels."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from courage.cases.errors import CaseError, ChannelError, ChannelRefused, NotPossible
from courage.cases.failed_deliveries import FailedDeliveries
from courage.cases.ledger import RETURNED_CARD_EVERY
from courage.cases.machine import ACTIONS, STATUSES, STEPS, allowed, next_status
from courage.db.models.delivery import Case, CaseEvent, CaseMessage, OfferedSuggestion, Outbox, Reply
from tests.unit.cases.kit import FakeChannel, Wish, make_world


@given(st.sampled_from(STATUSES), st.sampled_from(ACTIONS))
def test_a_step_leads_to_a_known_status_or_is_refused_in_one_line(status: str, action: str) -> None:
    if action in allowed(status):
        assert next_status(7, status, action) in STATUSES
    else:
        with pytest.raises(NotPossible, match=r"^cannot \w+ case 7: it is .+$"):
            next_status(7, status, action)


def test_nothing_leaves_a_closed_case_and_everything_else_can_be_reached() -> None:
    assert allowed("closed") == ()
    reached, before = {"open", "escalated"}, set[str]()
    while reached != before:
        before = set(reached)
        reached |= {after for (status, _), after in STEPS.items() if status in reached}
    assert reached == set(STATUSES)


@dataclass
class Peer(FakeChannel):
    """A chat system as real ones are: the same key posts once, and a line may drop after it was accepted."""

    accepted: dict[str, str] = field(default_factory=dict)
    trouble: list[str] = field(default_factory=list)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        trouble = self.trouble.pop() if self.trouble else ""
        if trouble == "refuses":
            raise ChannelRefused("muted")
        if trouble == "busy":
            raise ChannelError("busy")
        assert self.accepted.setdefault(key, text) == text, "one key stood for two texts"
        if trouble == "drops":
            raise ChannelError("connection lost")
        return await super().post_reply(room_id, text, in_reply_to, key)


PEOPLE = st.sampled_from(["ann", "bob", "mia"])
PLACE = st.integers(0, 5)  # which of the messages or cases there are, modulo their number
WORDS = st.sampled_from(["hello", "they are vermin", "they are vermin, all", "i will kill them"])


class Life(RuleBasedStateMachine):
    """Some messages, three people, a trainer, a channel that fails; whatever they do, in whatever order.

    Each life ends in order: the channel is back, and every case that is open by then is answered. So a step that left a
    case stuck shows too.
    """

    #: Replies posted in each life: before its orderly end, and in all.
    posted: ClassVar[list[tuple[int, int]]] = []

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner()
        self.world = make_world(Path(self.folder.name))
        self.peer = Peer()
        self.world.channels["test"] = self.peer
        self.messages: list[str] = []
        self.hateful = 0  # texts that needed a case, edits among them
        self.confirmed: dict[str, str] = {}

    # what members do

    @initialize(answered=st.sampled_from([True, True, True, False]))
    def somebody_posts_hate(self, answered: bool) -> None:
        self.say("they are vermin")
        if answered:
            self.answer(0, "ann", True)
            self.say("they are vermin, all")

    @rule(words=WORDS)
    def say(self, words: str) -> None:
        if len(self.messages) < 4:
            self.messages.append(f"$m{len(self.messages)}")
            self.deliver_message(len(self.messages) - 1, words)

    def deliver_message(self, place: int, words: str) -> None:
        self.later(1)
        self.hateful += words != "hello"
        message = self.world.message(words, self.messages[place])
        first = self.loop.run(self.world.intake.receive(message))
        again = self.loop.run(self.world.intake.receive(message))  # channels deliver twice
        assert (again.case_id, again.created) == (first.case_id, False)

    @rule(place=PLACE, words=WORDS)
    def edit_message(self, place: int, words: str) -> None:
        self.later(1)
        self.hateful += words != "hello"
        message = self.world.message(words, self.messages[place % len(self.messages)])
        self.loop.run(self.world.intake.edited(message))

    @rule(place=PLACE)
    def edit_message_away_and_back(self, place: int) -> None:
        self.edit_message(place, "hello")
        self.edit_message(place, "they are vermin")

    @rule(place=PLACE)
    def remove_message(self, place: int) -> None:
        self.later(1)
        name = self.messages[place % len(self.messages)]
        self.loop.run(self.world.intake.redacted(1, "test", "!room", name))

    # what people do

    @rule(place=PLACE, who=PEOPLE, step=st.sampled_from(
        ["claim", "claim", "release", "dismiss", "escalate", "undo", "missed", "close", "show_message"]
    ))  # fmt: skip
    def step(self, place: int, who: str, step: str) -> None:
        self.take(
            place, lambda case_id: getattr(self.world.casework, step)(case_id, getattr(self.world, who))
        )

    @rule(place=PLACE, who=PEOPLE)
    def suggest(self, place: int, who: str) -> None:
        self.take(place, lambda case_id: self.ask(case_id, getattr(self.world, who)))

    def ask(self, case_id: int, person: int) -> None:
        before = self.world.casework.view(case_id)
        advice = self.world.casework.suggest(case_id, person, Wish())  # type: ignore[arg-type]
        if before.lane == "escalate":
            assert advice.suggestions == ()

    @rule(place=PLACE, who=PEOPLE, own=st.booleans())
    def write(self, place: int, who: str, own: bool) -> None:
        person = getattr(self.world, who)
        if own:
            self.take(place, lambda c: self.world.casework.edit(c, person, f"Text {self.world.clock()}."))
        else:
            self.take(place, lambda c: self.world.casework.choose(c, person, 1))

    @rule(place=PLACE, who=PEOPLE, back=st.integers(0, 1))
    def confirm(self, place: int, who: str, back: int) -> None:
        self.take(place, lambda case_id: self.post(case_id, getattr(self.world, who), back))

    def post(self, case_id: int, person: int, back: int = 0) -> None:
        draft = self.world.casework.view(case_id).draft
        version = draft.version - back if draft else 1
        reply = self.world.casework.confirm_post(case_id, person, version)
        if back == 0 and draft is not None:
            assert reply.text == draft.text
        assert self.confirmed.setdefault(f"reply:{case_id}:{version}", reply.text) == reply.text
        assert self.world.channels, "nobody may be told that it is on its way"

    @rule(place=PLACE, who=PEOPLE, delivered=st.booleans())
    def answer(self, place: int, who: str, delivered: bool) -> None:
        def whole_way(case_id: int) -> None:
            person = getattr(self.world, who)
            self.world.casework.claim(case_id, person)
            self.ask(case_id, person)
            self.world.casework.choose(case_id, person, 2)
            self.post(case_id, person)

        self.take(place, whole_way, single=False)
        if delivered:
            self.drain()

    @rule(reject=st.booleans())
    def trainer_reviews(self, reject: bool) -> None:
        for decision in self.world.decisions.list(limit=1):
            with contextlib.suppress(NotPossible):
                (self.world.decisions.reject if reject else self.world.decisions.confirm)(
                    decision.id, self.world.tom
                )

    @rule(give_up=st.booleans())
    def moderator_looks_after_deliveries(self, give_up: bool) -> None:
        deliveries = FailedDeliveries(self.world.sessions, bus=self.world.bus, clock=self.world.clock)
        for failed in deliveries.list(self.world.mia, limit=1):
            with contextlib.suppress(NotPossible):
                (deliveries.give_up if give_up else deliveries.retry)(failed.id, self.world.mia)

    def take(self, place: int, step: object, *, single: bool = True) -> None:
        """Take a step on a case; a refusal is one line and leaves the case as it was."""
        self.later(1)
        cases = self.case_ids()
        if not cases:
            return
        case_id = cases[place % len(cases)]
        before = self.world.casework.view(case_id)
        try:
            step(case_id)  # type: ignore[operator]
        except CaseError as error:
            assert "\n" not in str(error)  # noqa: PT017
            if single:
                after = self.world.casework.view(case_id)
                assert (after.status, after.holder_id) == (before.status, before.holder_id)

    # what the channel and time do

    @rule()
    def drain(self) -> None:
        self.loop.run(self.world.dispatcher.drain())

    @rule(trouble=st.sampled_from(["refuses", "busy", "drops"]))
    def fail_soon(self, trouble: str) -> None:
        self.peer.trouble = [trouble]

    @rule()
    def connect_or_disconnect(self) -> None:
        if not self.world.channels.pop("test", None):
            self.world.channels["test"] = self.peer

    @rule(minutes=st.sampled_from([1, 11, 31, 61]))
    def wait(self, minutes: int) -> None:
        self.later(minutes * 60)
        self.world.casework.expire_claims()
        self.drain()

    def later(self, seconds: int) -> None:
        self.world.clock.pass_(seconds=seconds)

    # what always holds

    def case_ids(self) -> list[int]:
        with self.world.sessions() as session:
            return list(session.scalars(select(Case.id).order_by(Case.id)))

    @invariant()
    def each_case_is_in_one_piece(self) -> None:
        for case_id in self.case_ids():
            view = self.world.casework.view(case_id)
            assert view.status in STATUSES
            assert (view.status == "claimed") <= (view.holder_id is not None)
            assert (view.status in ("open", "escalated", "dismissed", "withdrawn")) <= (
                view.holder_id is None
            )
            assert (view.status == "replied") <= (view.reply is not None and view.reply.state == "posted")
            assert (view.status == "withdrawn") <= (not view.text_kept)
            assert (view.route == "escalate" and view.status in ("open", "claimed")) is False

    @invariant()
    def there_is_at_most_one_case_for_a_message(self) -> None:
        with self.world.sessions() as session:
            belonging = list(session.scalars(select(CaseMessage.message_id)))
            cases = list(session.scalars(select(Case)))
        assert len(belonging) == len(set(belonging))
        assert set(belonging) <= set(self.messages)
        assert len(cases) <= self.hateful
        active = [case.message_id for case in cases if case.status in ("open", "claimed", "escalated")]
        assert len(active) == len(set(active))

    @invariant()
    def cards_are_as_decided(self) -> None:
        with self.world.sessions() as session:
            rows = list(session.scalars(select(Outbox).where(Outbox.kind == "card").order_by(Outbox.id)))
        for case_id in self.case_ids():
            mine = [row for row in rows if row.case_id == case_id]
            returned = [r for r in mine if r.key != f"card:{case_id}" and r.state != "cancelled"]
            assert len(mine) - len([r for r in mine if r.key != f"card:{case_id}"]) == 1
            for earlier, later in pairwise(returned):
                assert later.created_at - earlier.created_at >= RETURNED_CARD_EVERY
            comebacks = [
                e for e in self.trail(case_id) if e.kind == "reopened" and e.data.get("why") == "edited"
            ]
            assert len(returned) <= len(comebacks)

    @invariant()
    def nothing_is_posted_that_nobody_confirmed(self) -> None:
        assert self.peer.accepted.items() <= self.confirmed.items()
        with self.world.sessions() as session:
            for reply in session.scalars(select(Reply).where(Reply.state == "posted")):
                assert f"reply:{reply.case_id}:{reply.draft_version}" in self.peer.accepted

    @invariant()
    def what_is_escalated_is_never_offered_an_answer(self) -> None:
        with self.world.sessions() as session:
            offers = list(session.scalars(select(OfferedSuggestion)))
        for case_id in self.case_ids():
            status, kinds_at = "", []
            for event in self.trail(case_id):
                kinds_at.append((status, event.kind, event.at))
                status = after(status, event)
            for offer in offers:
                if offer.case_id == case_id:
                    assert ("claimed", "suggested", offer.offered_at) in kinds_at

    @invariant()
    def the_audit_trail_tells_the_same_story(self) -> None:
        with self.world.sessions() as session:
            cases = {case.id: (case.status, case.claimed_by) for case in session.scalars(select(Case))}
        for case_id, (status, holder) in cases.items():
            trail = self.trail(case_id)
            assert [event.at for event in trail] == sorted(event.at for event in trail)
            assert [event.kind for event in trail].count("opened") == 1
            told = ""
            for event in trail:
                told = after(told, event)
            assert told == status
            if status == "claimed":
                last = next(e for e in reversed(trail) if e.kind == "claimed")
                assert last.person_id == holder
            posted = [event.data["version"] for event in trail if event.kind == "posted"]
            assert len(posted) == len(set(posted))

    def trail(self, case_id: int) -> list[CaseEvent]:
        with self.world.sessions() as session:
            query = select(CaseEvent).where(CaseEvent.case_id == case_id).order_by(CaseEvent.id)
            return list(session.scalars(query))

    def teardown(self) -> None:
        try:
            self._end_in_order()
        finally:
            self.loop.close()
            self.world.sessions.kw["bind"].dispose()
            self.folder.cleanup()

    def _end_in_order(self) -> None:
        before = len(self.peer.accepted)
        self.world.channels["test"] = self.peer
        self.peer.trouble = []
        for _ in range(4):  # more than a row is tried
            self.drain()
            self.later(31 * 60)
        self.world.casework.expire_claims()
        self.messages.append("$last")  # whatever went before, hate still opens a case, and it can be answered
        self.deliver_message(len(self.messages) - 1, "vermin, is the last word of this life")
        casework, ann = self.world.casework, self.world.ann
        for case in casework.queue(statuses=("open",)):
            casework.claim(case.id, ann)
            casework.edit(case.id, ann, f"The end of {case.id}.")
            self.post(case.id, ann)
            self.drain()
            assert casework.view(case.id).status == "replied"
        assert not casework.queue(statuses=("open", "claimed"))
        self.nothing_is_posted_that_nobody_confirmed()
        self.the_audit_trail_tells_the_same_story()
        Life.posted.append((before, len(self.peer.accepted)))


def after(status: str, event: CaseEvent) -> str:
    """Return the status that the audit trail tells after one more event."""
    grave = event.data.get("category") == "threat"
    match event.kind:
        case "opened":
            return "escalated" if grave else "open"
        case "claimed" | "withdrawn" | "closed":
            return event.kind
        case "release" | "claim_expired":
            return "open"
        case "dismiss":
            return "dismissed"
        case "escalate":
            return "escalated"
        case "rescreened":
            return "escalated" if grave else status
        case "reopened" | "missed" | "undo":
            return str(event.data.get("to", status))
        case "posted":
            return "replied" if status in ("open", "claimed") else status
    return status


@pytest.mark.slow  # ten whole lives of cases
def test_whatever_people_and_channels_do_cases_stay_in_one_piece() -> None:
    Life.posted.clear()
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Life,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,  # or the shares below would fail by bad luck now and then
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    lives = len(Life.posted)
    assert sum(posted > 0 for _, posted in Life.posted) > lives / 2
    assert sum(before > 0 for before, _ in Life.posted) > lives / 4, (
        "too few lives posted before their orderly end"
    )
