"""A scenario: a written conversation with branches, as ``seeds/scenarios/<language>/<id>.yml`` holds it.

What the form alone can tell is checked here (references, closed lists); whether the conversation comes to an end on
every way is told by :mod:`courage.academy.check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Self

import yaml
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from courage.academy.form import (
    Form,
    Groups,
    Id,
    Key,
    Kind,
    Language,
    Length,
    Level,
    Listed,
    Outcome,
    Part,
    Said,
    Strategy,
    Tone,
    Words,
)
from courage.academy.reply import ReplyReading
from courage.taxonomy import REPLY_MARKS

MAX_TURNS: Final = 8
"""Turns after which every way through a scenario has come to its end."""


MAX_SCENES: Final = 100
"""More than four times the most that any has; whoever checks a scenario follows every way through it."""
MAX_BRANCHES: Final = 50


class CastMember(Form):
    """Somebody in the conversation."""

    name: Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S")]
    part: Part


class Line(Form):
    """A message of the conversation; a harmful one is hidden until the volunteer asks to read it."""

    speaker: Key = Field(alias="from")
    text: Said
    harmful: bool = False


class Condition(Form):
    """What a reply must be for a branch to be taken; all that is given holds, a list means one of them."""

    kind: Annotated[tuple[Kind, ...], Listed] | None = None
    strategy: Annotated[tuple[Strategy, ...], Listed] | None = None
    tone: Annotated[tuple[Tone, ...], Listed] | None = None
    length: Annotated[tuple[Length, ...], Listed] | None = None
    insults: bool | None = None
    exposes: bool | None = None
    repeats: bool | None = None
    preaches: bool | None = None
    off_topic: bool | None = None
    threatens: bool | None = None
    names_person_hit: bool | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if all(value is None for value in self.__dict__.values()):
            raise PydanticCustomError("empty", "is empty: what always holds belongs into otherwise")
        for name in ("kind", "strategy", "tone", "length"):
            if getattr(self, name) == ():
                raise PydanticCustomError(
                    "empty", "{name} is an empty list: nothing is in it", {"name": name}
                )
        return self

    def holds(self, reading: ReplyReading) -> bool:
        """Say whether a reply fulfils everything that is given."""
        if self.kind is not None and not set(self.kind) & set(reading.kinds):
            return False
        for name in ("strategy", "tone", "length"):
            wanted = getattr(self, name)
            if wanted is not None and getattr(reading, name) not in wanted:
                return False
        return all(getattr(self, mark) in (None, getattr(reading, mark)) for mark in REPLY_MARKS)


class Way(Form):
    """Where the conversation goes, and why, in one sentence to the volunteer."""

    to: Key
    because: Words


class Branch(Way):
    """A way that is taken where its condition holds."""

    condition: Condition = Field(alias="if")


class Ending(Form):
    """How it came out, and what to take along."""

    outcome: Outcome
    text: Words


class Scene(Form):
    """Messages, and then either ways on or the end."""

    messages: Annotated[tuple[Line, ...], Listed] = Field(min_length=1)
    task: Words | None = None
    branches: Annotated[tuple[Branch, ...], Listed] = Field(default=(), max_length=MAX_BRANCHES)
    otherwise: Way | None = None
    end: Ending | None = None

    @model_validator(mode="after")
    def _goes_on_or_ends(self) -> Self:
        if self.end is None and not (self.branches and self.otherwise):
            raise PydanticCustomError("no_way_on", "needs branches and otherwise, or an end")
        if self.end is not None and (self.branches or self.otherwise):
            raise PydanticCustomError("two_ways", "has an end and goes on; only one of both is possible")
        return self

    @property
    def ways(self) -> Iterator[Way]:
        """Every way on, in the order in which they are tried."""
        yield from self.branches
        if self.otherwise is not None:
            yield self.otherwise


class Scenario(Form):
    """A written conversation with branches."""

    id: Id
    language: Language
    title: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    level: Level
    groups: Groups = Field(min_length=1)
    minutes: Annotated[int, Field(ge=1, le=60)]
    setting: Words
    learn: Annotated[tuple[Words, ...], Listed] = Field(min_length=1, max_length=3)
    cast: dict[Key, CastMember] = Field(min_length=1)
    start: Key
    scenes: dict[Key, Scene] = Field(min_length=1, max_length=MAX_SCENES)

    @model_validator(mode="after")
    def _names_what_there_is(self) -> Self:
        scenes, cast = ", ".join(self.scenes), ", ".join(self.cast)
        if not self.id.startswith(self.language + "-"):
            raise PydanticCustomError("id", "id must begin with {begins}-", {"begins": self.language})
        if self.start not in self.scenes:
            raise PydanticCustomError(
                "no_scene",
                "start: there is no scene {given}; there are: {scenes}",
                {"given": self.start, "scenes": scenes},
            )
        for name, scene in self.scenes.items():
            for way in scene.ways:
                if way.to not in self.scenes:
                    raise PydanticCustomError(
                        "no_scene",
                        "scenes.{scene}: a way leads to {given}; there are: {scenes}",
                        {"scene": name, "given": way.to, "scenes": scenes},
                    )
            for line in scene.messages:
                if line.speaker not in self.cast:
                    raise PydanticCustomError(
                        "no_cast",
                        "scenes.{scene}: a message is from {given}; the cast has: {cast}",
                        {"scene": name, "given": line.speaker, "cast": cast},
                    )
        return self

    def person_hit(self) -> str | None:
        """Return the name of the person hit, where the cast has one."""
        return next((one.name for one in self.cast.values() if one.part == "person_hit"), None)

    def names(self) -> tuple[str, ...]:
        """Return the names of the cast."""
        return tuple(one.name for one in self.cast.values())

    def said_in(self, scene: str) -> str:
        """Return what in a scene an answer is to: its harmful messages, or else what attackers say, one a line."""
        messages = self.scenes[scene].messages
        harmful = [line.text for line in messages if line.harmful]
        attacking = [line.text for line in messages if self.cast[line.speaker].part == "attacker"]
        return "\n".join(harmful or attacking)


def as_yaml(scenario: Scenario) -> str:
    """Return a scenario as somebody would write it; reading it gives the same scenario."""
    data = scenario.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=110)
