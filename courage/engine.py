"""The engine: one event loop with screening, cases, the desk, Rasa's actions and the chat gateways."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from aiohttp import web

import actions
from actions.services import ActionServices
from courage.cases.casework import Casework, CaseworkSettings
from courage.cases.decisions import Decisions
from courage.cases.events import EventBus
from courage.cases.inbound import IntakeSettings
from courage.cases.intake import Intake
from courage.cases.learnt import Learnt
from courage.cases.outbox import Dispatcher
from courage.cases.positions import Positions
from courage.cases.retention import Upkeep
from courage.detection.batching import BatchingScreener
from courage.gateways.rasa import RasaAssistant
from courage.gateways.registry import GatewayContext, find_gateways, open_gateways
from courage.insights.metrics import metrics
from courage.people.people import People
from courage.people.rooms import Rooms
from courage.settings import Settings
from courage.web.app import make_desk
from courage.web.internal import Internal
from courage.web.services import DeskServices, Practice
from courage.wiring import Workshop

log = logging.getLogger(__name__)

#: Largest body the engine reads (bytes): a text of 100,000 characters fits, in any script and as JSON escapes.
MAX_BODY = 2_000_000


class Engine:
    """Everything that runs in the engine's event loop, started and stopped in one order."""

    def __init__(self, settings: Settings, workshop: Workshop) -> None:
        self.settings = settings
        self.workshop = workshop
        self.bus = EventBus()
        sessions = workshop.sessions
        self.people = People(sessions, session_time=timedelta(hours=settings.session_hours))
        self.rooms = Rooms(sessions, settings.sensitivity)
        self.batching = BatchingScreener(workshop.screener)
        key = settings.pseudonym_key.get_secret_value().encode()
        self.decisions = Decisions(sessions, key)
        self.learnt = Learnt(sessions, key)
        # What every caller but intake screens with; intake knows each message's own organisation.
        self.screen = self.learnt.screen(self.batching.screen, workshop.organisation_id)
        self.recommender = workshop.recommender
        self.casework = Casework(
            sessions,
            self.recommender,
            CaseworkSettings(claim_time=timedelta(minutes=settings.claim_minutes)),
            bus=self.bus,
            decisions=self.decisions,
        )
        self.intake = Intake(
            sessions,
            self.batching.screen,
            IntakeSettings(
                key=key,
                retain=timedelta(days=settings.retention_days),
                cards_per_minute=settings.cards_per_minute,
            ),
            bus=self.bus,
            rooms=self.rooms,
            learnt=self.learnt,
        )
        self.assistant = RasaAssistant(settings.rasa_address, settings.internal_secret.get_secret_value())
        self.gateways = open_gateways(settings, self._gateway_context())
        self.dispatcher = Dispatcher(sessions, self.gateways, bus=self.bus, recommender=self.recommender)
        self.upkeep = Upkeep(sessions, self.casework, bus=self.bus)
        self.actions = ActionServices(
            casework=self.casework,
            recommender=self.recommender,
            people=self.people,
            intake=self.intake,
            rooms=self.rooms,
            screen=self.screen,
            sensitivity=settings.sensitivity,
            language=settings.language,
        )
        self.internal = Internal(
            settings.internal_secret.get_secret_value(),
            self.screen,
            self.intake,
            self.recommender,
            actions.build(self.actions),
            settings.sensitivity,
        )

    def _gateway_context(self) -> GatewayContext:
        organisation_id = self.workshop.organisation_id
        return GatewayContext(
            intake=self.intake,
            people=self.people,
            rooms=self.rooms,
            assistant=self.assistant,
            bus=self.bus,
            language=self.settings.language,
            organisation_id=organisation_id,
            positions=lambda channel, account: Positions(
                self.workshop.sessions, account, channel=channel, organisation_id=organisation_id
            ),
        )

    def application(self) -> web.Application:
        """Return the desk with everything else mounted into it."""
        s = self.settings
        app = make_desk(
            DeskServices(
                people=self.people,
                casework=self.casework,
                library=self.workshop.library,
                linter=self.workshop.linter,
                recommender=self.recommender,
                screen=self.batching.screen,
                learnt=self.learnt,
                decisions=self.decisions,
                intake=self.intake,
                rooms=self.rooms,
                practice=next((g for g in self.gateways.values() if isinstance(g, Practice)), None),
                assistant=self.assistant,
                bus=self.bus,
                health=self.health,
                organisation=s.organisation,
                language=s.language,
                public_url=s.address,
                sensitivity=s.sensitivity,
                max_body=MAX_BODY,
            )
        )
        app.add_subapp("/internal", self.internal.application())
        app.cleanup_ctx.append(self._lifetime)
        return app

    async def _lifetime(self, _: web.Application) -> AsyncIterator[None]:
        await self.batching.start()
        await self.intake.start()
        running = [
            asyncio.create_task(self.dispatcher.run(), name="outbox"),
            asyncio.create_task(self.upkeep.run(), name="upkeep"),
        ]
        running += [asyncio.create_task(gateway.run(), name=name) for name, gateway in self.gateways.items()]
        for task in running:
            task.add_done_callback(_report)
        try:
            yield
        finally:
            for task in reversed(running):
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self.intake.close()
            await self.batching.close()
            await self.assistant.close()

    async def health(self) -> dict[str, Any]:
        """Return what ``/health`` and the desk show: each part's state and the counts of the day."""
        figures = await asyncio.to_thread(metrics, self.workshop.sessions)
        parts: dict[str, dict[str, Any]] = {
            "engine": {"status": "ok"},
            "index": self._index_health(),
            "rasa": await self._rasa_health(),
        }
        for kind in find_gateways():
            gateway = self.gateways.get(kind.name)
            parts[kind.name] = {"status": "off"} if gateway is None else gateway.health()
        if failures := self.actions.failures + self.internal.failures:
            parts["actions"] = {
                "status": "degraded",
                "failures": failures,
                "note": "answers failed; see the log",
            }
        bad = [name for name, part in parts.items() if part["status"] not in ("ok", "off")]
        return {"status": "degraded" if bad else "ok", "parts": parts, "cases": figures.to_json()}

    def _index_health(self) -> dict[str, Any]:
        ranking = self.workshop.ranking
        state = {"status": "ok", "responses": len(self.workshop.index), "ranking": ranking.origin}
        return {**state, "status": "degraded", "note": ranking.trouble} if ranking.trouble else state

    async def _rasa_health(self) -> dict[str, Any]:
        if not self.settings.rasa and not self.settings.rasa_url:
            return {"status": "off"}
        if await self.assistant.healthy():
            return {"status": "ok"}
        return {
            "status": "down",
            "note": "the conversation is away; the desk, screening and suggestions work",
        }


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended: %s", task.get_name(), type(error).__name__, exc_info=error)


def serve(settings: Settings) -> None:
    """Run the engine until SIGTERM or SIGINT."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # aiohttp's access log would write query strings, and those may carry what people searched for.
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    with Workshop(settings, say=log.info) as workshop, contextlib.suppress(KeyboardInterrupt):
        application = Engine(settings, workshop).application()
        # What is loaded by now stays; looking through all of it again and again would make a request wait now and then.
        gc.collect()
        gc.freeze()
        web.run_app(
            application,
            host=settings.host,
            port=settings.port,
            print=None,
            access_log=None,
            shutdown_timeout=5,
        )
