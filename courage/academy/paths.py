"""What each role practises before it gets live cases: ``seeds/academy/paths.yml``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from courage import safe_yaml
from courage.academy.errors import AcademyError
from courage.academy.form import Form, Level, Listed, problems
from courage.people.readiness import Lack
from courage.shipped import SEEDS

FILE: Final = SEEDS / "academy" / "paths.yml"
SCENARIOS: Final = "scenarios"
Drill = Literal["scenarios", "cards", "spot_the_hate", "sources", "limits"]


class PathsError(AcademyError):
    """The file of paths breaks its form; the message names the place in it and what is allowed."""


class Requirement(Form):
    """So many different drills of a kind; scenarios of at least a level."""

    drill: Drill
    count: Annotated[int, Field(ge=1, le=100)]
    level: Level | None = None

    @model_validator(mode="after")
    def _levels_of_scenarios(self) -> Self:
        if self.level is not None and self.drill != SCENARIOS:
            raise PydanticCustomError("level", "level is for scenarios only")
        return self


class Refresher(Form):
    """When practising again is suggested: after months, or after so many grave cases within so many days."""

    months: Annotated[int, Field(ge=1, le=120)]
    hard_cases: Annotated[int, Field(ge=1, le=1000)]
    days: Annotated[int, Field(ge=1, le=365)]


_Path = Annotated[tuple[Requirement, ...], Listed]


class Roles(Form):
    """The path of each role that has one."""

    volunteer: _Path = Field(min_length=1)
    moderator: _Path = Field(min_length=1)
    trainer: _Path = Field(min_length=1)


class Paths(Form):
    """What roles practise, and when again."""

    paths: Roles
    refresher: Refresher

    def of(self, role: str) -> tuple[Requirement, ...]:
        """Return what a role practises; admins, who settle escalated cases too, what moderators do."""
        found: tuple[Requirement, ...] = getattr(self.paths, "moderator" if role == "admin" else role, ())
        return found

    def walked(self, role: str, done: Mapping[str, Sequence[int]]) -> tuple[Lack, ...]:
        """Return how far somebody is on the path of a role, a line for each requirement in the order of the file.

        A scenario counts once, for the hardest requirement that it fulfils: who began with hard ones need not do easy
        ones, too.

        :param done: the levels of the different drills done, by kind; the level of what has none does not matter.
        """
        left = {kind: sorted(levels) for kind, levels in done.items()}
        have: dict[int, int] = {}
        wanted = list(enumerate(self.of(role)))
        for place, one in sorted(wanted, key=lambda pair: -(pair[1].level or 0)):
            rest = left.setdefault(one.drill, [])
            taken = 0
            while rest and taken < one.count and rest[-1] >= (one.level or 0):
                rest.pop()
                taken += 1
            have[place] = taken
        return tuple(Lack(one.drill, have[place], one.count, one.level) for place, one in wanted)


def load_paths(file: Path = FILE) -> Paths:
    """Read the paths.

    :raises PathsError: naming what is wrong and what is allowed.
    """
    try:
        data = safe_yaml.load(file.read_text(encoding="utf-8-sig"))
        return Paths.model_validate(data)
    except ValidationError as error:
        raise PathsError(f"{file.name}: {'; '.join(problems(error))}") from None
    except (OSError, UnicodeDecodeError, safe_yaml.UnsafeYaml) as error:
        raise PathsError(f"{file.name} cannot be read: {error}") from None
