"""A whole desk for tests: real database, people, casework, library, intake, outbox and practice rooms.

Only the parts that need models or another process are stood in for: a screener that knows a few words, a
recommender that takes what the library has, and an assistant that understands four commands.
"""

from __future__ import annotations

import asyncio
import atexit
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from argon2 import PasswordHasher

from courage.academy.paths import load_paths
from courage.academy.progress import Progress
from courage.academy.readiness import Advisor
from courage.academy.shelf import Shelf
from courage.cases.access import CaseAccess
from courage.cases.around import Surroundings
from courage.cases.care import Exposure
from courage.cases.casework import Casework, CaseworkSettings, make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.decisions import Decisions
from courage.cases.errors import AssistantUnavailable
from courage.cases.events import EventBus
from courage.cases.intake import Intake, IntakeSettings
from courage.cases.learnt import Learnt
from courage.cases.notices.invitations import Invitations
from courage.cases.outbox import Dispatcher
from courage.cases.person_data.service import PersonData
from courage.cases.practising import PractisingRecommender
from courage.cases.proposals import Proposals
from courage.cases.trial_cards import TrialCards
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.service import Webhooks
from courage.db.engine import make_sessions
from courage.detection.verdict import Reason, Verdict
from courage.errors import CourageError
from courage.gateways.practice import PracticeChannel
from courage.gateways.push.sender import PushSender
from courage.gateways.push.vapid import Vapid
from courage.i18n.catalogue import default_catalogue, default_voice
from courage.insights.shadow import Shadows
from courage.insights.usage import Usages
from courage.insights.work import WorkFigures
from courage.library.drafts import ResponseDraft, SourceDraft
from courage.library.service import Library
from courage.library.suggest.conditions import VOLUNTEER, Conditions, allowed
from courage.library.suggest.recommend import Advice, Suggestion, Wish
from courage.library.suggest.sayings import Saying
from courage.library.views import SEED_AUTHORS, Actor
from courage.people.access import Access
from courage.people.care import Care
from courage.people.keys import ApiKeys
from courage.people.memberships import Memberships
from courage.people.notice_tokens import NoticeTokens
from courage.people.notices import Notices
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from courage.people.readiness import Readiness
from courage.people.rooms import Rooms
from courage.people.sealing import Seal
from courage.people.second_factor import SecondFactor
from courage.people.tries import Tries
from courage.people.views import PersonView
from courage.web.app import make_desk
from courage.web.limits import LoginLimit
from courage.web.services import DeskServices, Hearing
from tests.databases import open_database
from tests.staff import ready_at_once
from tests.unit.academy.workshop_kit import SEEDS, make_workshops
from tests.unit.academy.world import catalogue_of, make_academy
from tests.unit.web.chats import Setup

PASSWORD = "a long enough password"
STAFF = ("volunteer", "moderator", "trainer", "admin")
HATE = "Migrants are all criminals, they should be thrown out of our country."


async def screen(text: str, sensitivity: str = "balanced") -> Verdict:
    """Flag a few words, refuse what cannot be screened."""
    if not text.strip():
        raise CourageError("the text is empty; there is nothing to screen")
    low = text.casefold()
    threat, hate = "beat them up" in low, "criminals" in low or "vermin" in low
    return Verdict(
        text, threat or hate, 0.96 if threat or hate else 0.02,
        "threat" if threat else "derogation" if hate else "none", 3 if threat else 2 if hate else 0,
        ("migrants",) if "migrant" in low else (), "en",
        "escalate" if threat else "counter" if hate else "none",
        (Reason("word", "word", 0.8, None, None, {"word": "criminals"}), Reason("target", "mention", 0.4, None, None, {"word": "Migrants"})) if hate else (),
        subgroups=("syrians",) if "syrian" in low else (),
    )  # fmt: skip


class FakeRecommender:
    """Offers what is approved in the library, first come first served."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.learnt: list[tuple[str, str]] = []

    def suggest(
        self, text: str, verdict: Verdict, *, organisation_id: int, wish: Wish | None = None,
        room: str | None = None, limit: int = 3, repeats: int = 0,
        conditions: Conditions = VOLUNTEER,
    ) -> Advice:  # fmt: skip
        wish = wish or Wish()
        if verdict.route == "escalate":
            return Advice(
                True, Saying("as_written", {"text": "this is not answered: it goes to the moderators"}), ()
            )
        found = [
            r
            for r in self.library.list(organisation_id=organisation_id, state="approved", limit=50)
            if allowed(r, conditions, in_earnest=False)
            and r.id not in wish.exclude
            and (not wish.strategies or r.strategy in wish.strategies)
        ][:limit]
        if not found:
            return Advice(
                True, Saying("as_written", {"text": "there is no other fitting response in the library"}), ()
            )
        return Advice(False, None, tuple(
            Suggestion(
                r.id, r.text, r.strategy, r.language, 0.9 - rank / 10,
                (Saying("as_written", {"text": "answers the claim that migrants are criminals"}),),
                tuple({"title": s.title, "publisher": s.publisher, "year": s.year} for s in r.sources), rank,
                kind=r.kind, longer=r.longer,
            )
            for rank, r in enumerate(found, start=1)
        ))  # fmt: skip

    def feedback(self, organisation_id: int, response_id: str, event: str, *_: Any, **__: Any) -> None:
        self.learnt.append((response_id, event))


class FakeAssistant:
    """Understands ``claim 3`` and ``suggest 3``; can be away, and can be silent."""

    def __init__(self, casework: Casework) -> None:
        self.casework = casework
        self.away = False
        self.silent = False
        self.heard: list[tuple[str, str, dict[str, Any]]] = []

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Any]:
        self.heard.append((sender, text, metadata))
        if self.away:
            raise AssistantUnavailable("the assistant does not answer just now")
        if self.silent:
            return []
        word, _, number = text.partition(" ")
        who = metadata["person_id"]
        try:
            if word == "claim":
                await asyncio.to_thread(self.casework.claim, int(number), who)
                button = {"title": "Suggestions", "payload": f"suggest {number}"}
                return [{"text": f"Case {number} is yours.", "buttons": [button]}]
            if word == "suggest":
                advice = await asyncio.to_thread(self.casework.suggest, int(number), who)
                return [{"text": s.text, "buttons": [{"title": f"Use {s.rank}", "payload": f"use {s.rank}"}]}
                        for s in advice.suggestions]  # fmt: skip
            if word == "use":
                case_id = await asyncio.to_thread(self.casework.current_case, who)
                assert case_id is not None
                draft = await asyncio.to_thread(self.casework.choose, case_id, who, int(number))
                post = {"title": "Post", "payload": f"post {case_id} v{draft.version}"}
                return [{"text": f"Your draft: {draft.text}", "buttons": [post]}]
            if word == "post":
                case_id, _, version = number.partition(" v")
                await asyncio.to_thread(self.casework.confirm_post, int(case_id), who, int(version))
                return [{"text": "It is on its way."}]
        except CourageError as error:
            return [{"text": str(error)}]
        return [{"text": "I understand claim, suggest, use and post."}]


class Checks:
    """One check: a response without sources should be looked at."""

    def check(
        self, draft: ResponseDraft, *, organisation_id: int, number: int | None = None
    ) -> tuple[Any, ...]:
        class Issue:
            level, code, message = "warning", "no_source", "there is no source"

        return () if draft.sources else (Issue(),)


@cache
def _stocked(ready: bool) -> Path:
    """Make a desk's database with its people and responses once a process; each test gets a copy of the file.

    :param ready: whether they are ready for live cases at once (:mod:`tests.staff`); one file for each.
    """
    folder = Path(tempfile.mkdtemp(prefix="courage-desk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    world = World(folder, stocked=False)
    with world.engine.connect() as connection:  # what is still in the write-ahead log would not be copied
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    world.engine.dispose()
    return folder / "desk.db"


class World:
    """Everything that a test may want to look at."""

    def __init__(
        self, folder: Path, undo_post: timedelta = timedelta(), stocked: bool = True, exercises: Path = SEEDS,
        **settings: Any,
    ) -> None:  # fmt: skip
        if stocked and not (folder / "desk.db").exists():
            shutil.copyfile(_stocked(ready_at_once()), folder / "desk.db")
        self.engine = open_database(folder / "desk.db")
        sessions = make_sessions(self.engine, strict=True)
        self.practice_spaces = PracticeSpaces(sessions)
        self.organisations = Organisations(sessions)
        self.bus = EventBus()
        access = Access(sessions, hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        self.tokens, seal = NoticeTokens(b"k" * 32), Seal(b"k" * 32, "invitation")
        self.notices = Notices(sessions, self.tokens)
        self.invitations = Invitations(sessions, access, seal, bus=self.bus)
        self.push = PushSender(
            Vapid(b"k" * 32, "mailto:desk@example.org"), Guard(["127.0.0.0/8"]), default_catalogue(), self.notices.gone,
            address="http://desk.example.org", organisation="Test community",
        )  # fmt: skip
        self.people = People(
            sessions,
            access,
            second_factor=SecondFactor(sessions, Seal(b"k" * 32, "second factor")),
        )
        self.folder = folder
        self.keys = ApiKeys(sessions)
        self.tries = Tries(sessions, b"k" * 32)
        self.library = Library(sessions, checks=Checks())
        self.shelf = FakeRecommender(self.library)
        self.recommender = PractisingRecommender(self.shelf, self.practice_spaces)
        self.decisions = Decisions(sessions, b"k" * 32, bus=self.bus)
        self.learnt = Learnt(sessions, b"k" * 32)
        self.progress = Progress(sessions, Shelf(catalogue_of(exercises), sessions))
        self.advisor = Advisor(sessions, self.progress, load_paths())
        self.casework = make_casework(
            sessions,
            self.recommender,
            CaseworkSettings(undo_post=undo_post),
            channels=("practice", "matrix"),
            bus=self.bus,
            decisions=DecisionRecords(b"k" * 32),
            lacking=self.advisor.lacking,
        )
        self.rooms = Rooms(sessions)
        self.intake = Intake(
            sessions,
            screen,
            IntakeSettings(key=b"k" * 32, cards_per_minute=600),
            bus=self.bus,
            rooms=self.rooms,
            learnt=self.learnt,
            organisations=self.organisations,
        )
        self.practice = PracticeChannel(self.bus)
        self.surroundings = Surroundings(
            CaseAccess(sessions, bus=self.bus, lacking=self.advisor.lacking),
            {"practice": self.practice}, screen, self.learnt, self.rooms, b"k" * 32,
        )  # fmt: skip
        self.assistant = FakeAssistant(self.casework)
        self.dispatcher = Dispatcher(sessions, {"practice": self.practice}, bus=self.bus)
        self.health: dict[str, Any] = {
            "status": "ok",
            "parts": {"engine": {"status": "ok"}, "rasa": {"status": "ok"}, "index": {"status": "ok"}},
        }
        self.academy = make_academy(sessions, self.shelf, self.practice_spaces, exercises)
        if not stocked:
            self._stock()
        self.person = {role: self.people.find(f"{role} one") for role in STAFF}
        self.services = DeskServices(
            people=self.people, casework=self.casework, library=self.library, recommender=self.recommender,
            screen=screen, learnt=self.learnt, decisions=self.decisions, intake=self.intake, rooms=self.rooms, shadows=Shadows(sessions), assistant=self.assistant, bus=self.bus,
            health=self._health, practice=self.practice, practice_spaces=self.practice_spaces,
            organisations=self.organisations, usages=Usages(sessions, self.organisations), memberships=Memberships(sessions, self.people), linter=Checks(), organisation="Test community",
            webhooks=Webhooks(sessions, Guard(["127.0.0.0/8"]), bus=self.bus), chat_systems=("matrix", "telegram"),
            readiness=Readiness(sessions), advisor=self.advisor, progress=self.progress, workshops=make_workshops(sessions, self.bus),
            keys=self.keys, academy=self.academy, proposals=Proposals(sessions, b"k" * 32), person_data=PersonData(sessions, b"k" * 32, bus=self.bus), work=WorkFigures(sessions), care=Care(sessions), exposure=Exposure(sessions), surroundings=self.surroundings,
            chats=settings.pop("chats", Setup()), trials=TrialCards({"practice": self.practice}, self.rooms, b"k" * 32, default_voice()),
            **{"hearing": Hearing(self.notices, self.invitations, self.push), **settings},
        )  # fmt: skip

    async def _health(self) -> dict[str, Any]:
        return self.health

    def _stock(self) -> None:
        """Put one person of each role and three approved responses in."""
        for role in STAFF:
            self.people.add(f"{role} one", role, password=PASSWORD)
        texts = {
            "facts": "Crime depends on age, money and chances in life, not on where somebody was born.",
            "question": "Do you know anybody who came here from elsewhere? What are they like?",
            "affiliation": "We are all neighbours here. Let us talk about people, not about labels.",
        }
        for strategy, text in texts.items():
            sources = (
                (SourceDraft("Crime and migration", "Statistics office", 2023),)
                if strategy == "facts"
                else ()
            )
            draft = ResponseDraft(
                text, "en", strategy, ("migrants",), narratives=("migrants are criminals",), sources=sources,
                review_on=date(2030, 1, 1), id=f"en-migrants-{strategy}-001",
            )  # fmt: skip
            self.library.add(draft, by=SEED_AUTHORS)
            self.library.submit(draft.id, by=SEED_AUTHORS)
            self.library.approve(draft.id, by=Actor(999, "A reviewer"))

    def app(self, limit: LoginLimit | None = None) -> web.Application:
        """Return the desk with an outbox that delivers."""
        app = make_desk(self.services, login_limit=limit)
        app.cleanup_ctx.append(self._running)
        return app

    async def _running(self, _: web.Application) -> AsyncIterator[None]:
        await self.intake.start()
        task = asyncio.create_task(self.dispatcher.run())
        yield
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.intake.close()
        self.engine.dispose()

    def link(self, role: str) -> str:
        """Return a login link's token for the person of a role."""
        return self.people.login_link(self.person[role].id)

    def view(self, role: str) -> PersonView:
        """Return the person of a role."""
        return self.person[role]


@asynccontextmanager
async def until(bus: EventBus, topic: str, condition: Any, seconds: float = 10.0) -> AsyncIterator[None]:
    """Wait, after the block, until ``condition()`` holds, looking at each event of a topic."""
    async with bus.subscribe(topic) as events:
        yield
        async with asyncio.timeout(seconds):
            while not condition():
                await anext(events)
