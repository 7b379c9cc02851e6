"""One engine of a chaos round, in a process of its own, until it is killed.

It reads a chat system that is files (what members say, what it accepted, once for each key), works on every case as a
volunteer would, and delivers. Its clock is off by what a file says, in seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import random
import signal
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from courage.cases.casework import CaseworkSettings, make_casework
from courage.cases.errors import CaseError
from courage.cases.events import EventBus
from courage.cases.inbound import InboundMessage, IntakeSettings
from courage.cases.intake import Intake
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.ports import Button, Card
from courage.cases.positions import Positions
from courage.cases.relay.postgres import PostgresTransport
from courage.cases.relay.redis import RedisTransport
from courage.cases.relay.relay import Relay
from courage.cases.retention import Upkeep
from courage.clock import utcnow
from courage.db.away import is_away
from courage.db.engine import make_engine, make_sessions
from courage.db.leases import Leases
from courage.gateways.led import Led, Reachable
from courage.people.people import People
from courage.people.rooms import Rooms
from tests.unit.cases.kit import KEY, Recommender, screen

CHANNEL: Final = "test"
ROOM: Final = "!room"
_PR_SET_PDEATHSIG: Final = 1
#: Shorter than in earnest, so that a round need not wait for it.
LEASE: Final = timedelta(seconds=4)


def append(path: Path, line: dict[str, Any], *, once: str = "") -> bool:
    """Add a line to a file that several processes write; not if one with the key ``once`` is there. Say whether it was added."""
    with path.open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if once and any(json.loads(known)["key"] == once for known in file if known.endswith("\n")):
            return False
        file.write(json.dumps(line) + "\n")
        file.flush()
        os.fsync(file.fileno())
        return True


class Chat:
    """The chat system, as a gateway of the program: it gives again what comes after a position, and knows keys."""

    def __init__(self, folder: Path, name: str, intake: Intake, positions: Positions) -> None:
        self._folder = folder
        self._name = name
        self._intake = intake
        self._positions = positions

    async def run(self) -> None:
        """Read from where reading stopped; what fails is tried again."""
        position: int | None = None
        while True:
            try:
                if position is None:
                    position = int(await asyncio.to_thread(self._positions.load) or 0)
                with (self._folder / "inbound.jsonl").open("rb") as file:
                    file.seek(position)
                    lines = [line for line in file.readlines() if line.endswith(b"\n")]
                for line in lines[:5]:
                    said = json.loads(line)
                    await self._intake.receive(
                        InboundMessage(
                            1, CHANNEL, ROOM, said["id"], said["author"], said["text"],
                            datetime.fromisoformat(said["at"]),
                        )
                    )  # fmt: skip
                    position += len(line)
                if lines:
                    await asyncio.to_thread(self._positions.save, str(position))
                    continue
            except Exception as error:
                if not is_away(error) and not isinstance(error, OSError):
                    raise
                position = None
            await asyncio.sleep(0.05)

    def health(self) -> dict[str, Any]:
        """Return that all is well."""
        return {"status": "ok"}

    def _accept(self, key: str, **more: Any) -> str:
        append(self._folder / "channel.jsonl", {"key": key, "by": self._name, **more}, once=key)
        return f"ref-{key}"

    async def send_card(self, card: Card, key: str) -> str:
        """Take a card."""
        return await asyncio.to_thread(self._accept, key, case=card.case_id)

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Take a new version of a card."""
        await asyncio.to_thread(self._accept, key)

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Take a reply."""
        return await asyncio.to_thread(self._accept, key, reply=text, to=in_reply_to)

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Take what is said."""
        return await asyncio.to_thread(self._accept, key)


async def _live(folder: Path, name: str, url: str, shared: bool, redis: str) -> None:
    off = folder / f"clock-{name}"

    def clock() -> datetime:
        try:
            return utcnow() + timedelta(seconds=float(off.read_text()))
        except (OSError, ValueError):
            return utcnow()

    sessions, bus = make_sessions(make_engine(url), strict=True), EventBus()
    rooms = Rooms(sessions)
    intake = Intake(
        sessions, screen, IntakeSettings(KEY, cards_per_minute=10_000), bus=bus, rooms=rooms, clock=clock
    )
    channels: dict[str, Any] = {}
    work = make_casework(
        sessions, Recommender(), CaseworkSettings(undo_post=timedelta()), channels=channels, bus=bus, clock=clock
    )  # fmt: skip
    positions = Positions(sessions, "chat", channel=CHANNEL)

    def chat() -> Chat:
        return Chat(folder, name, intake, positions)

    led: dict[str, Led] = {}
    channels[CHANNEL] = chat()
    if shared:
        leases = Leases(sessions, name, lasts=LEASE)
        led[CHANNEL] = Led(
            CHANNEL,
            channels[CHANNEL],
            make=chat,
            leases=leases,
            changed=lambda _: dispatcher.wake(),
            every=0.3,
        )
    dispatcher = Dispatcher(
        sessions, Reachable(channels, led),
        OutboxSettings(first_wait=0.1, longest_wait=1.0, tries=10_000, call_timeout=5.0, lease=6.0, shared=shared),
        bus=bus, clock=clock,
    )  # fmt: skip
    await intake.start()
    relays = []
    if shared:
        transport = RedisTransport(redis, KEY, url) if redis else PostgresTransport(url)
        relays.append(Relay(bus, transport, name))
    await asyncio.gather(
        *(one.run() for one in relays),
        dispatcher.run(),
        Upkeep(sessions, work, bus=bus, clock=clock).run(),
        *(one.run() for one in led.values()),
        *([] if shared else [channels[CHANNEL].run()]),
        _volunteer(folder, name, sessions, work),
    )


async def _volunteer(folder: Path, name: str, sessions: Any, work: Any) -> None:
    """Answer every case that may be answered, one after the other; note each confirmation before it is made."""
    choose = random.Random(name)
    who = -1
    while True:
        await asyncio.sleep(0.02)
        try:
            if who < 0:
                found = await asyncio.to_thread(People(sessions).find, name)
                who = found.id if found is not None else -1
                continue
            case_id = await asyncio.to_thread(work.current_case, who)
            if case_id is None:
                open_ = await asyncio.to_thread(lambda: work.queue(statuses=("open",), limit=20))
                if not open_:
                    await asyncio.sleep(0.1)
                    continue
                case_id = choose.choice(open_).id
                await asyncio.to_thread(work.claim, case_id, who)
            view = await asyncio.to_thread(work.view, case_id)
            if view.status != "claimed":
                continue
            draft = view.draft or await asyncio.to_thread(
                work.edit, case_id, who, f"Not so, says {name} of {case_id}."
            )
            append(folder / "confirmed.jsonl", {"key": f"{case_id}", "text": draft.text})
            await asyncio.to_thread(work.confirm_post, case_id, who, draft.version)
        except CaseError:
            continue  # the other one was faster
        except Exception as error:
            if not is_away(error) and not isinstance(error, OSError):
                raise
            await asyncio.sleep(0.2)


def _end_with_parent() -> None:
    """Let the kernel kill this engine when the process is gone that it was forked off: a run that is stopped leaves none."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def live(folder: Path, name: str, url: str, shared: bool, redis: str, log: Path) -> None:
    """Live until killed; what is said goes to ``log``. Others are heard by ``redis`` where it is an address."""
    _end_with_parent()
    with log.open("ab") as file:
        os.dup2(file.fileno(), sys.stdout.fileno())
        os.dup2(file.fileno(), sys.stderr.fileno())
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_live(folder, name, url, shared, redis))
