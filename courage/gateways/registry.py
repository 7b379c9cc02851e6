"""Finds the gateways: every module or folder here declares one chat system under the name ``GATEWAY``.

A new chat system is one file in ``courage/gateways/``: a class with the methods of :class:`Gateway`, a pydantic model
of its settings, and ``GATEWAY = GatewayType(…)``. Settings, engine and ``/health`` know it from then on.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Protocol, runtime_checkable

from pydantic import BaseModel, BeforeValidator
from pydantic_settings import NoDecode

from courage import gateways
from courage.cases.ports import Channel
from courage.errors import CourageError

if TYPE_CHECKING:  # the settings are read by every command; what a gateway works with, by the engine alone
    from aiohttp import web

    from courage.cases.conversation import Assistant
    from courage.cases.events import EventBus
    from courage.cases.intake import Intake
    from courage.cases.positions import Positions
    from courage.people.people import People
    from courage.people.rooms import Rooms

#: What gateways share and is none itself.
HELPERS: Final = frozenset(
    {
        "answers",
        "base",
        "card_lines",
        "chosen",
        "condition",
        "desks",
        "drafts",
        "guarded",
        "in_turn",
        "led",
        "local",
        "look_back",
        "mail",
        "markdown",
        "named",
        "near",
        "patience",
        "pieces",
        "push",
        "rasa",
        "read_marks",
        "registry",
        "running",
        "said",
        "steps",
        "talk",
        "telling",
        "values",
        "webhooks",
    }
)


def _texts(value: Any) -> Any:
    """Read a list as the environment gives it: JSON."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise ValueError("input should be a JSON list of texts") from None


#: The type of a setting that stands as a JSON list in the environment and as a list in the file.
Texts = Annotated[list[str], NoDecode, BeforeValidator(_texts)]


class Gateway(Channel, Protocol):
    """A chat system: ``run`` reads, the methods of :class:`courage.cases.ports.Channel` write."""

    async def run(self) -> None:
        """Hand every message to the intake until cancelled; return at once where others hand them in."""
        ...

    def health(self) -> dict[str, Any]:
        """Return ``status`` (ok, degraded: trying again, down: needs a person) and whatever explains it."""
        ...


@runtime_checkable
class Hooked(Protocol):
    """A gateway to which its chat system sends what happens, at ``POST /hooks/NAME`` of the desk."""

    async def hook(self, request: web.Request) -> web.StreamResponse:
        """Take what was sent; who sends has to prove that it is the chat system."""
        ...


@dataclass(frozen=True, slots=True)
class GatewayContext:
    """What a gateway may work with. ``language`` is the one it speaks to whole rooms; ``home`` is where files may be kept;
    ``address`` is where the desk is reached from outside, without a slash at its end.

    ``positions(channel, account)`` returns where reading stopped and is remembered across restarts.
    """

    intake: Intake
    people: People
    rooms: Rooms
    assistant: Assistant
    bus: EventBus
    language: str
    organisation_id: int
    home: Path
    positions: Callable[[str, str], Positions]
    address: str = ""


class NoOptions(BaseModel):
    """The settings of a gateway that has none."""


@dataclass(frozen=True, slots=True)
class GatewayType:
    """A chat system that Courage can speak to.

    ``name`` is that of the channel in the database and of the module. ``options`` are its settings: every field has
    a default, a description, and a name that begins with that of the gateway. It is off while one of ``needs`` is
    empty. ``make`` gets the options filled in. ``asked`` are the options that the page asks for that connects a chat
    system, all of them wanted; without any it is connected by settings alone.
    """

    name: str
    make: Callable[[Any, GatewayContext], Gateway]
    options: type[BaseModel] = NoOptions
    needs: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    def options_from(self, settings: object) -> BaseModel:
        """Return this gateway's own part of the settings of the process."""
        return self.options(**{name: getattr(settings, name) for name in self.options.model_fields})


def _check(module: str, found: object) -> GatewayType:
    if not isinstance(found, GatewayType):
        raise CourageError(f"gateway {module} has no GATEWAY; it is a courage.gateways.registry.GatewayType")
    if found.name != module:
        raise CourageError(f"gateway {module} calls itself {found.name!r}; both are the same")
    for name, field in found.options.model_fields.items():
        if not name.startswith(f"{module}_"):
            raise CourageError(f"gateway {module}: its setting {name} must begin with {module}_")
        if field.is_required():
            raise CourageError(
                f"gateway {module}: its setting {name} needs a default; an empty one means off"
            )
    if strange := sorted(set(found.needs) - set(found.options.model_fields)):
        raise CourageError(f"gateway {module} needs {strange[0]}, which is none of its settings")
    if strange := sorted(set(found.asked) - set(found.options.model_fields)):
        raise CourageError(f"gateway {module} asks for {strange[0]}, which is none of its settings")
    return found


@cache
def find_gateways() -> tuple[GatewayType, ...]:
    """Return all chat systems, in the order of their names.

    :raises CourageError: naming a module that declares none, or declares it badly.
    """

    def found() -> Iterator[GatewayType]:
        for module in sorted(pkgutil.iter_modules(gateways.__path__), key=lambda m: m.name):
            if module.name not in HELPERS:
                loaded = importlib.import_module(f"{gateways.__name__}.{module.name}")
                yield _check(module.name, getattr(loaded, "GATEWAY", None))

    return tuple(found())


def open_gateways(settings: object, context: GatewayContext) -> dict[str, Gateway]:
    """Return the gateways whose settings are given, by name.

    :raises CourageError: if what is given cannot be right.
    """
    opened: dict[str, Gateway] = {}
    for kind in find_gateways():
        options = kind.options_from(settings)
        if all(getattr(options, name) for name in kind.needs):
            opened[kind.name] = kind.make(options, context)
    return opened
