"""The chat systems that this process speaks with: started with it, and connected or disconnected while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from pydantic import BaseModel, SecretStr, ValidationError

from courage.background import Background
from courage.cases.chat_setup import AskedField, CannotConnect, ChatSystem
from courage.cases.ports import Channel
from courage.db.leases import Leases
from courage.errors import CourageError
from courage.gateways.chosen import ChosenSettings
from courage.gateways.led import Led
from courage.gateways.registry import Gateway, GatewayContext, GatewayType, find_gateways, open_gateways

#: How long, in seconds, a chat system may take until it lets us read, and how much longer after a first failure.
PATIENCE: Final = 30.0
AGAIN: Final = 5.0
#: The rooms in memory need nothing, and each engine has its own.
PRACTICE: Final = "practice"
#: Seconds until a gateway that ended by an error begins anew, at first.
PAUSE: Final = 5.0


class RunningGateways:
    """Runs gateways, and is what the page that connects chat systems works with (:class:`~courage.cases.chat_setup.ChatSetup`).

    :attr:`gateways` are those that there are, by name; ``channels`` and ``receivers`` (the outbox delivers to those) are kept
    in line with them. Where several engines share a database, ``leases`` says which of them speaks with a chat system.
    A gateway that ends by an error that nobody foresaw is made anew and begins again after ``pause`` seconds, more each time.

    :param changed: hears when there is another gateway of a name, or none any more.
    """

    def __init__(
        self,
        settings: object,
        context: GatewayContext,
        chosen: ChosenSettings,
        *,
        channels: dict[str, Channel],
        receivers: dict[str, Channel],
        leases: Leases | None = None,
        changed: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
        pause: float = PAUSE,
    ) -> None:
        self._context = context
        self._chosen = chosen
        self._channels = channels
        self._receivers = receivers
        self._leases = leases
        self._changed = changed
        self._patience = patience
        self._pause = pause
        self._kinds = {kind.name: kind for kind in find_gateways()}
        self._options = {kind.name: kind.options_from(settings) for kind in find_gateways()}
        self._kept: dict[str, Background] = {}
        self._used: set[str] = set()
        self._one_at_a_time = asyncio.Lock()
        self.gateways: dict[str, Gateway] = {}
        self.led: dict[str, Led] = {}
        for name, gateway in open_gateways(settings, context).items():
            self._put(name, gateway)

    # Running

    def start(self) -> None:
        """Run every gateway that there is, in the event loop."""
        for name in self.gateways:
            self._begin(name)

    async def stop(self) -> None:
        """Stop them all."""
        await asyncio.gather(*(kept.stop() for kept in self._kept.values()))
        self._kept.clear()
        self._used.clear()

    def health(self, name: str) -> Mapping[str, Any]:
        """Return the part of ``/health`` of a gateway; ``off`` where there is none, ``degraded`` where it began anew."""
        gateway = self.gateways.get(name)
        if gateway is None:
            return {"status": "off"}
        said = self.led.get(name, gateway).health()
        kept = self._kept[name].health() if name in self._kept else {"status": "ok"}
        if kept["status"] == "ok" or said["status"] == "down":
            return said
        notes = [str(kept["note"]), *([str(said["note"])] if said.get("note") else [])]
        return {**said, "status": kept["status"], "note": "; ".join(notes)}

    def leads(self, name: str) -> bool:
        """Return whether this engine is the one that speaks with a chat system."""
        return name not in self.led or self.led[name].leading

    def _put(self, name: str, gateway: Gateway) -> None:
        self.gateways[name] = self._channels[name] = self._receivers[name] = gateway
        if self._leases is not None and name != PRACTICE:
            self.led[name] = Led(
                name,
                gateway,
                make=partial(self._made, name),
                leases=self._leases,
                changed=self._lead_changed,
            )

    def _made(self, name: str) -> Gateway:
        return self._kinds[name].make(self._options[name], self._context)

    def _lead_changed(self, led: Led) -> None:
        if led.name in self.led:
            self.gateways[led.name] = self._channels[led.name] = self._receivers[led.name] = led.gateway
            self._changed()

    def _begin(self, name: str) -> None:
        kept = self._kept[name] = Background(wait=self._pause)
        kept.start(name, partial(self._run, name))

    async def _run(self, name: str) -> None:
        if name in self._used:  # one that an error cut off in the middle is not used again
            self._put(name, self._made(name))
            self._changed()
        self._used.add(name)
        await self.led.get(name, self.gateways[name]).run()

    async def _end(self, name: str) -> None:
        kept = self._kept.pop(name, None)
        self.led.pop(name, None)
        for found in (self.gateways, self._channels, self._receivers):
            found.pop(name, None)
        if kept is not None:
            await kept.stop()
        self._used.discard(name)

    # Connecting

    def systems(self) -> Sequence[ChatSystem]:
        """Return every chat system that there is, connected or not."""
        kept = self._chosen.read()
        return [
            ChatSystem(name, self._asked(kind), self._origin(kind, kept), self.health(name))
            for name, kind in self._kinds.items()
            if kind.asked
        ]

    def _origin(self, kind: GatewayType, kept: Mapping[str, Mapping[str, Any]]) -> str:
        if kind.name not in self.gateways:
            return "off"
        mine, now = kept.get(kind.name), self._options[kind.name]
        same = mine is not None and all(_plain(getattr(now, n)) == mine.get(n) for n in kind.needs)
        return "page" if same else "settings"

    def _asked(self, kind: GatewayType) -> list[AskedField]:
        now = self._options[kind.name]
        found = []
        for name in kind.asked:
            value = getattr(now, name)
            secret, many = isinstance(value, SecretStr), isinstance(value, list)
            shown = "" if secret else " ".join(value) if many else str(value)
            found.append(AskedField(name, secret, many, shown))
        return found

    async def connect(self, name: str, given: Mapping[str, str]) -> None:
        """Connect a chat system and keep what it needs, where it answers; else everything stays as it was.

        :raises CannotConnect: as :class:`~courage.cases.chat_setup.ChatSetup` says.
        """
        async with self._one_at_a_time:
            kind = self._kind(name)
            self._require_ours(kind)
            before = self._options[name]
            options = self._filled(kind, given)
            try:
                gateway = kind.make(options, self._context)
            except CourageError as error:
                raise CannotConnect(str(error), say="connect.wrong", why=str(error)) from None
            was_on = name in self.gateways
            await self._end(name)
            self._options[name] = options
            try:
                await self._prove(name, gateway)
                await asyncio.to_thread(
                    self._chosen.keep, name, {n: _plain(getattr(options, n)) for n in kind.asked}
                )
            except BaseException as error:
                await asyncio.shield(self._back(name, before, was_on=was_on))
                if isinstance(error, CourageError) and not isinstance(error, CannotConnect):
                    raise CannotConnect(str(error), say="connect.not_kept", why=str(error)) from None
                raise
            self._changed()

    async def disconnect(self, name: str) -> None:
        """Stop speaking with a chat system and forget what it needed.

        :raises CannotConnect: if its settings are the operator's.
        """
        async with self._one_at_a_time:
            kind = self._kind(name)
            self._require_ours(kind)
            await asyncio.to_thread(self._chosen.forget, name)
            await self._end(name)
            self._options[name] = kind.options.model_construct(**_defaults(kind, self._options[name]))
            self._changed()

    def _kind(self, name: str) -> GatewayType:
        kind = self._kinds.get(name)
        if kind is None or not kind.asked:
            raise CannotConnect(
                f"there is no chat system {name[:40]!r} that a page connects", say="problem.404"
            )
        return kind

    def _require_ours(self, kind: GatewayType) -> None:
        if self._origin(kind, self._chosen.read()) == "settings":
            raise CannotConnect(
                f"the settings of {kind.name} are the operator's (the environment or courage.toml); change them there",
                say="connect.by_settings",
            )

    def _filled(self, kind: GatewayType, given: Mapping[str, str]) -> BaseModel:
        """Return options with what was given; a secret left empty stays the kept one.

        :raises CannotConnect: naming what is missing.
        """
        now = self._options[kind.name]
        values: dict[str, Any] = {n: getattr(now, n) for n in kind.options.model_fields}
        for one in self._asked(kind):
            text = given.get(one.name, "").strip()
            if one.secret and not text:
                text = _plain(values[one.name])
            value = text.replace(",", " ").split() if one.many else text
            if not value:
                raise CannotConnect(f"{one.name} is missing", say="wrong.empty", field=one.name)
            values[one.name] = value
        try:
            return kind.options(**values)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]  # a secret must not show
            line = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
            raise CannotConnect(line, say="connect.wrong", why=line) from None

    async def _prove(self, name: str, gateway: Gateway) -> None:
        """Run a gateway and wait until it reads.

        :raises CannotConnect: if it is not let in, or does not come so far in time.
        """
        loop = asyncio.get_running_loop()
        with self._context.bus.subscribe("channel") as events:
            self._put(name, gateway)
            self._begin(name)
            last = loop.time() + self._patience
            try:
                async with asyncio.timeout_at(last) as limit:
                    while True:
                        told = (await anext(events)).data
                        if told.get("channel") != name or not self.leads(name):
                            continue
                        if told.get("state") == "ready":
                            return
                        if told.get("state") == "refused":
                            why = self._why(name)
                            raise CannotConnect(f"{name}: {why}", say="connect.refused", why=why)
                        if told.get("state") == "waiting":
                            limit.reschedule(min(last, loop.time() + AGAIN))
            except TimeoutError:
                elsewhere = not self.leads(name)
                say = "connect.elsewhere" if elsewhere else "connect.silent"
                raise CannotConnect(f"{name}: {self._why(name)}", say=say, why=self._why(name)) from None

    def _why(self, name: str) -> str:
        return str(self.health(name).get("note", ""))

    async def _back(self, name: str, options: BaseModel, *, was_on: bool) -> None:
        """Be as before: with the options that a gateway had, or without it."""
        await self._end(name)
        self._options[name] = options
        if was_on:
            self._put(name, self._made(name))
            self._begin(name)
        self._changed()


def _plain(value: Any) -> Any:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _defaults(kind: GatewayType, now: BaseModel) -> dict[str, Any]:
    """Return the options of a gateway without those that the page asks for."""
    return {
        name: field.get_default(call_default_factory=True) if name in kind.asked else getattr(now, name)
        for name, field in kind.options.model_fields.items()
    }
