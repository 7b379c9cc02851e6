"""The engine: one event loop with screening, cases, the desk, the conversation and the chat gateways."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import secrets
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError

from courage import logs
from courage.academy.paths import load_paths
from courage.academy.progress import Progress
from courage.academy.readiness import Advisor
from courage.academy.workshops.leading import ReadWhenAsked
from courage.academy.workshops.service import Workshops
from courage.background import Background
from courage.cases.access import CaseAccess
from courage.cases.around import Surroundings
from courage.cases.care import Exposure
from courage.cases.casework import CaseworkSettings, make_casework
from courage.cases.decision_records import DecisionRecords
from courage.cases.decisions import Decisions
from courage.cases.events import EventBus
from courage.cases.inbound import IntakeSettings
from courage.cases.intake import Intake
from courage.cases.learnt import Learnt
from courage.cases.narratives import Narratives
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.pace import Pace
from courage.cases.person_data.service import PersonData
from courage.cases.ports import Channel
from courage.cases.positions import Positions
from courage.cases.practising import PractisingRecommender
from courage.cases.proposals import Proposals
from courage.cases.retention import Upkeep
from courage.cases.trial_cards import TrialCards
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.service import Webhooks
from courage.commands.core.conversation import Conversation
from courage.commands.core.services import CommandServices
from courage.db.allowances import Allowances
from courage.db.engine import DEFAULT_ORGANISATION
from courage.db.leases import Leases
from courage.detection.batching import BatchingScreener
from courage.gateways.chosen import ChosenSettings
from courage.gateways.led import Reachable
from courage.gateways.local import LocalGateway
from courage.gateways.rasa import RasaAssistant
from courage.gateways.registry import GatewayContext, Hooked, find_gateways
from courage.gateways.running import RunningGateways
from courage.gateways.webhooks import WebhookSender
from courage.home import hold_home
from courage.i18n.catalogue import default_voice
from courage.insights.metrics import disk_health, metrics, outbox_health
from courage.insights.prometheus import CONTENT_TYPE, Numbers
from courage.insights.shadow import Shadows
from courage.insights.soundness import Soundness
from courage.insights.usage import Usages
from courage.insights.work import WorkFigures
from courage.noticing import Noticing
from courage.people.care import Care
from courage.people.keys import ApiKeys
from courage.people.memberships import Memberships
from courage.people.organisations import Organisations
from courage.people.practice import PracticeSpaces
from courage.people.readiness import Readiness
from courage.people.rooms import Rooms
from courage.people.tries import Tries
from courage.settings import Settings
from courage.shipped import CHECKOUT, courage_version
from courage.web.app import make_desk
from courage.web.health import for_strangers
from courage.web.internal import Internal, Whose
from courage.web.server import Listener, Servers
from courage.web.services import DeskServices, Practice
from courage.web.vectors import SentenceVectors
from courage.wiring import (
    Components,
    make_access,
    make_people,
    make_relay,
    provider_of,
    share_starter_library,
)

if TYPE_CHECKING:
    from actions.webhook import ActionWebhook

log = logging.getLogger(__name__)

#: Largest body the engine reads (bytes): a text of 100,000 characters fits, in any script and as JSON escapes.
MAX_BODY = 2_000_000


class Engine:
    """Everything that runs in the engine's event loop, started and stopped in one order."""

    def __init__(self, settings: Settings, components: Components) -> None:
        self.settings = settings
        self.components = components
        self.bus = EventBus()
        sessions = components.sessions
        access = make_access(settings, sessions)
        self.people = make_people(settings, sessions, access)
        self.keys = ApiKeys(sessions)
        self.rooms = Rooms(sessions, settings.sensitivity)
        self.batching = BatchingScreener(components.screener)
        self.numbers = Numbers(sessions, version=courage_version())
        self.soundness = Soundness(components.engine)
        screen = self.screening = self.numbers.observed(self.batching.screen)
        key = settings.pseudonym_key.get_secret_value().encode()
        self.decisions = Decisions(sessions, key, bus=self.bus)
        self.practice_spaces = PracticeSpaces(sessions)
        self.learnt = Learnt(sessions, key, Narratives(components.repeated.find, self.practice_spaces.home))
        self.proposals = Proposals(sessions, key, retain=timedelta(days=settings.retention_days))
        self.organisations = Organisations(sessions)
        self.academy = components.academy(self.practice_spaces)
        self.recommender = PractisingRecommender(components.recommender, self.practice_spaces)
        self.channels: dict[str, Channel] = {}
        self.readiness = Readiness(sessions)
        self.progress = Progress(sessions, self.academy.shelf)
        self.advisor = Advisor(sessions, self.progress, load_paths())
        self.workshops = Workshops(
            sessions, self.academy.shelf, ReadWhenAsked(lambda: components.reply_reader), bus=self.bus
        )
        self.casework = make_casework(
            sessions,
            self.recommender,
            CaseworkSettings(
                claim_time=timedelta(minutes=settings.claim_minutes),
                undo_post=timedelta(seconds=settings.undo_seconds),
            ),
            channels=self.channels,  # casework asks it anew each time, so it may be filled below
            bus=self.bus,
            decisions=DecisionRecords(key),
            lacking=self.advisor.lacking,
        )
        self.usages = Usages(sessions, self.organisations)
        self.allowances = Allowances(sessions)
        self.pace = Pace(self.allowances)
        self.intake = Intake(
            sessions,
            screen,
            IntakeSettings(
                key=key,
                retain=timedelta(days=settings.retention_days),
                cards_per_minute=settings.cards_per_minute,
                narratives=frozenset(settings.narratives),
            ),
            bus=self.bus,
            rooms=self.rooms,
            learnt=self.learnt,
            organisations=self.organisations,
            pace=self.pace,
        )
        self.commands = CommandServices(
            casework=self.casework,
            recommender=self.recommender,
            people=self.people,
            intake=self.intake,
            rooms=self.rooms,
            screen=screen,
            learnt=self.learnt,
            practice_spaces=self.practice_spaces,
            academy=self.academy,
            sensitivity=settings.sensitivity,
            language=settings.language,
        )
        secret = settings.internal_secret.get_secret_value()
        self.rasa = RasaAssistant(settings.rasa_address, secret) if self._has_rasa() else None
        self.assistant = Conversation(self.commands, self.rasa)
        guard = Guard(settings.webhook_networks)
        self.webhooks = Webhooks(sessions, guard, bus=self.bus)
        self.events_out = WebhookSender(guard)
        #: Everything that the outbox delivers to: chat systems (put here below), programs that hear of events, and people
        #: outside the desk.
        self.noticing = Noticing(settings, sessions, access, self.bus, guard)
        self.receivers: dict[str, Channel] = {
            **self.noticing.receivers,
            self.events_out.name: self.events_out,
        }
        # Only SQLite is certainly ours alone: elsewhere another engine may be reading and delivering.
        shared = not settings.database.startswith("sqlite")
        self.id = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
        self.running = RunningGateways(
            settings,
            self._gateway_context(),
            ChosenSettings(settings.home),
            channels=self.channels,
            receivers=self.receivers,
            leases=Leases(sessions, self.id) if shared else None,
            changed=lambda: self.dispatcher.wake(),
        )
        self.gateways = self.running.gateways
        self.relay = make_relay(settings, self.bus, self.id) if shared else None
        self.background = Background()
        self.dispatcher = Dispatcher(
            sessions,
            Reachable(self.receivers, self.running.led),
            OutboxSettings(shared=shared),
            bus=self.bus,
            recommender=self.recommender,
        )
        self.upkeep = Upkeep(sessions, self.casework, bus=self.bus)
        self.webhook = self._webhook()
        self.sentences = SentenceVectors(lambda: components.sentences) if self._has_rasa() else None
        routes = LocalGateway(self.assistant).routes()
        self.internal = Internal(
            secret,
            screen,
            self.learnt,
            self.intake,
            self.recommender,
            settings.sensitivity,
            Whose(self.people, self.rooms, self.organisations),
            [
                web.get("/health", self._whole_health),
                *routes,
                *(self.webhook.routes() if self.webhook is not None else ()),
                *(self.sentences.routes() if self.sentences is not None else ()),
            ],
        )

    def _has_rasa(self) -> bool:
        return bool(self.settings.rasa_url) or (self.settings.rasa and CHECKOUT is not None)

    def _webhook(self) -> ActionWebhook | None:
        """Return what Rasa calls when it understood a sentence; ``None`` where there is no Rasa, or no rasa-sdk."""
        if not self._has_rasa():
            return None
        if CHECKOUT is not None and str(CHECKOUT) not in sys.path:  # the ``courage`` command starts anywhere
            sys.path.append(str(CHECKOUT))
        try:
            from actions.webhook import ActionWebhook
        except ModuleNotFoundError as error:
            log.warning("free sentences are not answered: %s", error)
            return None
        return ActionWebhook(self.commands)

    def _gateway_context(self) -> GatewayContext:
        organisation_id = DEFAULT_ORGANISATION  # gateways speak for the installation; rooms say whose
        return GatewayContext(
            intake=self.intake,
            people=self.people,
            rooms=self.rooms,
            assistant=self.assistant,
            bus=self.bus,
            language=self.settings.language,
            organisation_id=organisation_id,
            home=self.settings.home,
            positions=lambda channel, account: Positions(
                self.components.sessions, account, channel=channel, organisation_id=organisation_id
            ),
            address=self.settings.address,
        )

    async def _hook(self, name: str, request: web.Request) -> web.StreamResponse:
        """Hand what a chat system sends to its gateway.

        :raises aiohttp.web.HTTPException: if none wants it; 503 where another engine speaks with the chat system.
        """
        gateway = self.gateways.get(name)
        if not isinstance(gateway, Hooked):
            raise web.HTTPNotFound
        if not self.running.leads(name):
            raise web.HTTPServiceUnavailable
        return await gateway.hook(request)

    def application(self) -> web.Application:
        """Return the desk with everything else mounted into it."""
        s, key = self.settings, self.settings.pseudonym_key.get_secret_value().encode()
        app = make_desk(
            DeskServices(
                people=self.people,
                casework=self.casework,
                library=self.components.library,
                linter=self.components.linter,
                meaning=self.components.meaning,
                recommender=self.recommender,
                screen=self.screening,
                learnt=self.learnt,
                decisions=self.decisions,
                intake=self.intake,
                rooms=self.rooms,
                shadows=Shadows(self.components.sessions),
                practice=next((g for g in self.gateways.values() if isinstance(g, Practice)), None),
                practice_spaces=self.practice_spaces,
                assistant=self.assistant,
                bus=self.bus,
                health=self.health,
                counts=self.counts,
                organisations=self.organisations,
                usages=self.usages,
                memberships=Memberships(self.components.sessions, self.people),
                share_library=lambda: share_starter_library(self.components.library),
                organisation=s.organisation,
                language=s.language,
                public_url=s.address,
                sensitivity=s.sensitivity,
                max_body=MAX_BODY,
                trusted_proxies=s.trusted_proxies,
                keys=self.keys,
                webhooks=self.webhooks,
                chat_systems=[kind.name for kind in find_gateways() if kind.name != "practice"],
                perspective_lenient=s.perspective_lenient,
                perspective_suggestions=s.perspective_suggestions,
                proposals=self.proposals,
                care=Care(self.components.sessions),
                exposure=Exposure(self.components.sessions),
                surroundings=Surroundings(
                    CaseAccess(self.components.sessions, bus=self.bus, lacking=self.advisor.lacking),
                    self.channels,
                    self.batching.screen,  # not counted: nobody wrote it to us
                    self.learnt,
                    self.rooms,
                    key,
                ),
                work=WorkFigures(self.components.sessions),
                provider=provider_of(s),
                person_data=PersonData(self.components.sessions, key, bus=self.bus),
                tries=Tries(self.components.sessions, key),
                allowances=self.allowances,
                readiness=self.readiness,
                advisor=self.advisor,
                progress=self.progress,
                workshops=self.workshops,
                academy=self.academy,
                hook=self._hook,
                hearing=self.noticing.hearing,
                chats=self.running,
                trials=TrialCards(self.channels, self.rooms, key, default_voice(s.language)),
            )
        )
        app.cleanup_ctx.append(self._lifetime)
        return app

    def internal_application(self) -> web.Application:
        """Return what Rasa speaks with; it gets a listener of its own, apart from the desk's."""
        app = web.Application(client_max_size=MAX_BODY)
        # For programs of this machine that look after it; nothing here is about a person.
        app.router.add_get("/live", self._live)
        app.router.add_get("/ready", self._ready)
        app.router.add_get("/metrics", self._metrics)
        app.add_subapp("/internal", self.internal.application())
        return app

    async def _lifetime(self, _: web.Application) -> AsyncIterator[None]:
        await self.batching.start()
        await self.intake.start()
        self.background.start("outbox", self.dispatcher.run)
        self.background.start("upkeep", self.upkeep.run)
        self.background.start("digests", self.noticing.run)
        self.running.start()
        if self.relay is not None:
            self.background.start("relay", self.relay.run)
        if self.sentences is not None:
            # Rasa has little patience, so its first question should not wait for this.
            self.background.start("sentences", partial(asyncio.to_thread, self.sentences.warm_up))
        try:
            yield
        finally:
            await self.running.stop()
            await self.background.stop()
            await self.intake.close()
            await self.batching.close()
            await self.events_out.close()
            await self.noticing.close()
            if self.rasa is not None:
                await self.rasa.close()

    async def health(self) -> dict[str, Any]:
        """Return what ``/health`` and the desk show: each part's state and the counts of the day."""
        parts: dict[str, dict[str, Any]] = {
            "engine": {**self.background.health(), "internal": self.settings.internal_place},
            "disk": await asyncio.to_thread(disk_health, self.settings.home),
            "index": self._index_health(),
            "rasa": await self._rasa_health(),
        }
        found: dict[str, Any] = {}
        try:
            found["cases"] = (await asyncio.to_thread(metrics, self.components.sessions)).to_json()
            parts["outbox"] = await asyncio.to_thread(outbox_health, self.components.sessions, self.receivers)
            parts["limits"] = await asyncio.to_thread(self._limits_health)
            trouble = await asyncio.to_thread(self.soundness.trouble)
            parts["database"] = {"status": "down", "note": trouble} if trouble else {"status": "ok"}
        except SQLAlchemyError as error:
            log.error("the database cannot be read: %s", type(error).__name__)
            parts["database"] = {"status": "down", "note": "the database cannot be read; see the log"}
        for kind in find_gateways():
            parts[kind.name] = dict(self.running.health(kind.name))
        parts |= self.noticing.health()
        if self.relay is not None:
            parts["engines"] = self.relay.health()
        if failures := self.commands.failures + (self.webhook.failures if self.webhook is not None else 0):
            parts["actions"] = {
                "status": "degraded",
                "failures": failures,
                "note": "answers failed; see the log",
            }
        bad = [name for name, part in parts.items() if part["status"] not in ("ok", "off")]
        status = "degraded" if bad else "ok"
        if any(parts[name]["status"] == "down" for name in ("database", "disk")):
            status = "down"  # nothing can be taken in or decided
        return {"status": status, "version": courage_version(), "parts": parts, **found}

    async def counts(self, organisation_id: int) -> dict[str, Any]:
        """Return the numbers of ``/health`` that are one organisation's, in the shape that it has for all."""
        sessions = self.components.sessions
        found = await asyncio.to_thread(metrics, sessions, organisation_id)
        outbox = await asyncio.to_thread(
            outbox_health, sessions, self.receivers, organisation_id=organisation_id
        )
        index = {**self._index_health(), "responses": self.components.index.size(organisation_id)}
        limits = await asyncio.to_thread(self._limits_health, organisation_id)
        return {"cases": found.to_json(), "parts": {"outbox": outbox, "index": index, "limits": limits}}

    async def _live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def _ready(self, _: web.Request) -> web.Response:
        found = for_strangers(await self.health())
        return web.json_response(found, status=503 if found["status"] == "down" else 200)

    async def _metrics(self, _: web.Request) -> web.Response:
        health = await self.health()
        text = await asyncio.to_thread(self.numbers.text, health)
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    async def _whole_health(self, _: web.Request) -> web.Response:
        return web.json_response(await self.health())

    def _index_health(self) -> dict[str, Any]:
        ranking = self.components.ranking
        state = {"status": "ok", "responses": len(self.components.index), "ranking": ranking.origin}
        troubles = [trouble for trouble in (ranking.trouble, self.components.reading[1]) if trouble]
        return {**state, "status": "degraded", "note": "; ".join(troubles)} if troubles else state

    def _limits_health(self, organisation_id: int | None = None) -> dict[str, Any]:
        """Return whether limits keep messages from being read or texts are too many: of all, or in words of one alone."""
        limited = self.usages.limited()
        if organisation_id is not None:
            mine = [view for view in limited if view.id == organisation_id]
            troubles = [t for v in mine for t in self.usages.of(v).troubles(self.pace.waiting(v.id))]
            return {"status": "degraded", "note": "; ".join(troubles)} if troubles else {"status": "ok"}
        if not limited:
            return {"status": "off"}
        found = sum(bool(self.usages.of(v).troubles(self.pace.waiting(v.id))) for v in limited)
        if not found:
            return {"status": "ok"}
        return {"status": "degraded", "note": f"{found} organisations are at their limits"}

    async def _rasa_health(self) -> dict[str, str]:
        if self.rasa is None and not self.settings.rasa:
            return {"status": "off"}
        if self.rasa is None:
            return {
                "status": "off",
                "note": "free conversation needs a checkout of the project, which holds Rasa's part",
            }
        return await self.rasa.part()


def serve(settings: Settings) -> None:
    """Run the engine until SIGTERM or SIGINT."""
    logs.set_up(settings.log_level, settings.log_format)
    with (
        hold_home(settings.home, "the engine"),
        Components(settings, say=log.info) as components,
        contextlib.suppress(KeyboardInterrupt),
    ):
        engine = Engine(settings, components)
        internal, path = int(settings.internal_address.rpartition(":")[2]), settings.internal_socket
        listeners = [
            Listener(engine.application(), settings.host, settings.port),
            Listener(engine.internal_application(), "127.0.0.1", internal, path),
        ]
        # What is loaded by now stays; looking through all of it again and again would make a request wait now and then.
        gc.collect()
        gc.freeze()
        asyncio.run(Servers(listeners).run())
