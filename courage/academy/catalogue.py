"""Every scenario and exercise there is, by id, language, groups and level.

A file that breaks a rule of form is left out and named in ``problems``; the rest is there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from courage import safe_yaml
from courage.academy.errors import NoSuchExercise
from courage.academy.exercises import FORMS, Card, Exercise, LimitsCase, SourceCheck, SpotTheHate
from courage.academy.findings import Finding
from courage.academy.form import problems
from courage.academy.scenario import Scenario
from courage.shipped import SEEDS
from courage.taxonomy import EXERCISES, LANGUAGES

SCENARIOS: Final = "scenarios"
MAX_BYTES: Final = 1_000_000
Entry = TypeVar("Entry", bound=BaseModel)
Kept = TypeVar("Kept", Scenario, Card, SpotTheHate, SourceCheck, LimitsCase)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a file: where (file, and entry or place in it), and what is allowed."""

    file: Path
    place: str
    says: str

    def __str__(self) -> str:
        return f"{self.file}: {self.place}: {self.says}" if self.place else f"{self.file}: {self.says}"


@dataclass(frozen=True, slots=True)
class Written:
    """What one file holds, as far as its form is right."""

    file: Path
    kind: str
    scenarios: tuple[Scenario, ...] = ()
    exercises: tuple[Exercise, ...] = ()
    problems: tuple[Problem, ...] = ()


def kind_of(file: Path) -> str | None:
    """Return of which kind a file's content is, by its folder: ``seeds/cards/en.yml``, ``seeds/scenarios/en/ID.yml``."""
    return next((parent.name for parent in file.absolute().parents if parent.name in EXERCISES), None)


def read_file(file: Path) -> Written:
    """Read a file of scenarios or exercises; what is wrong is in ``problems``, nothing is raised."""
    kind = kind_of(file)
    if kind is None:
        allowed = ", ".join(f"{name}/" for name in EXERCISES)
        return Written(file, "", problems=(Problem(file, "", f"is in none of the folders {allowed}"),))
    try:
        if file.stat().st_size > MAX_BYTES:
            return Written(file, kind, problems=(Problem(file, "", f"is larger than {MAX_BYTES} bytes"),))
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        return Written(file, kind, problems=(Problem(file, "", f"is not UTF-8 at byte {error.start}"),))
    except OSError as error:
        return Written(file, kind, problems=(Problem(file, "", f"cannot be read: {error.strerror}"),))
    try:
        data = safe_yaml.load(text)
    except safe_yaml.UnsafeYaml as error:
        return Written(file, kind, problems=(Problem(file, f"line {error.line}", str(error)),))
    return _scenario(file, data) if kind == SCENARIOS else _exercises(file, kind, data)


def read_text(text: str) -> tuple[Scenario | None, list[Finding]]:
    """Read one scenario that somebody wrote as YAML: ``None`` where its form is wrong, and what is wrong with it."""
    if (size := len(text.encode("utf-8", "replace"))) > MAX_BYTES:
        return None, [
            Finding(f"has {size} bytes; at most {MAX_BYTES} are allowed", "too_large", most=MAX_BYTES)
        ]
    try:
        data = safe_yaml.load(text.removeprefix("\ufeff"))
    except safe_yaml.UnsafeYaml as error:
        return None, [Finding(f"line {error.line}: {error}", "yaml", line=error.line)]
    return _of_form(Scenario, data)


def _scenario(file: Path, data: Any) -> Written:
    found, wrong = _formed(Scenario, data, file, "")
    if found is not None:
        if found.id != file.stem:
            wrong.append(Problem(file, "id", f"is {found.id}, but must be the file's name, {file.stem}"))
        if file.parent.name not in (found.language, SCENARIOS):
            wrong.append(
                Problem(file, "language", f"is {found.language}, but the folder is {file.parent.name}/")
            )
    return Written(file, SCENARIOS, (found,) if found and not wrong else (), (), tuple(wrong))


def _exercises(file: Path, kind: str, data: Any) -> Written:
    if not isinstance(data, list):
        says = "must be a list of entries; begin each with '- ' in the first column"
        return Written(file, kind, problems=(Problem(file, "", says),))
    kept: list[Exercise] = []
    wrong: list[Problem] = []
    for number, entry in enumerate(data, start=1):
        named = entry.get("id") if isinstance(entry, Mapping) else None
        place = f"entry {number} ({str(named)[:60] if named else 'no id'})"
        found, mine = _formed(FORMS[kind], entry, file, place)
        if found is not None and found.language != file.stem:
            mine.append(Problem(file, place, f"id: must begin with {file.stem}-, as the file's name says"))
        if found is not None and not mine:
            kept.append(found)
        wrong += mine
    return Written(file, kind, (), tuple(kept), tuple(wrong))


def _formed(form: type[Entry], data: Any, file: Path, place: str) -> tuple[Entry | None, list[Problem]]:
    found, wrong = _of_form(form, data)
    return found, [Problem(file, place, one) for one in wrong]


def _of_form(form: type[Entry], data: Any) -> tuple[Entry | None, list[Finding]]:
    if not isinstance(data, Mapping):
        needed = ", ".join(field.alias or name for name, field in form.model_fields.items())
        return None, [Finding(f"must be a mapping with {needed}", "no_mapping", needed=needed)]
    try:
        return form.model_validate(data), []
    except ValidationError as error:
        return None, problems(error)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What there is to practise with; every mapping goes by id, in the order of files.

    ``retired`` are ids of scenarios that are not offered any more; who plays one goes on.
    """

    scenarios: Mapping[str, Scenario] = field(default_factory=dict)
    cards: Mapping[str, Card] = field(default_factory=dict)
    spot_the_hate: Mapping[str, SpotTheHate] = field(default_factory=dict)
    sources: Mapping[str, SourceCheck] = field(default_factory=dict)
    limits: Mapping[str, LimitsCase] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    retired: frozenset[str] = frozenset()

    def with_scenarios(self, more: Mapping[str, Scenario], retired: Collection[str] = ()) -> Catalogue:
        """Return all this and more scenarios; those of this stay what they are."""
        return replace(self, scenarios={**more, **self.scenarios}, retired=frozenset(retired))

    @classmethod
    def load(cls, folder: Path = SEEDS) -> Catalogue:
        """Read ``scenarios/``, ``cards/``, ``spot_the_hate/``, ``sources/`` and ``limits/`` below a folder."""
        kept: dict[str, Any] = {kind: {} for kind in EXERCISES}
        wrong: list[Problem] = []
        first: dict[str, Path] = {}
        for file in files(folder):
            written = read_file(file)
            wrong += written.problems
            for one in (*written.scenarios, *written.exercises):
                if one.id in first:
                    wrong.append(Problem(file, one.id, f"the id is already in {first[one.id]}"))
                    continue
                first[one.id] = file
                kept[written.kind][one.id] = one
        return cls(**kept, problems=tuple(wrong))

    def of(self, kind: str) -> Mapping[str, Scenario | Exercise]:
        """Return everything of a kind of exercises (``EXERCISES``) by id.

        :raises NoSuchExercise: if there is no such kind.
        """
        if kind not in EXERCISES:
            raise NoSuchExercise(f"there is no kind of exercise {kind!r}; there are: {', '.join(EXERCISES)}")
        found: Mapping[str, Scenario | Exercise] = getattr(self, kind)
        return found

    def scenario(self, id: str) -> Scenario:
        """Return a scenario.

        :raises NoSuchExercise: if there is none of this id.
        """
        return _known(self.scenarios, id)

    def card(self, id: str) -> Card:
        """Return a 60-second card.

        :raises NoSuchExercise: if there is none of this id.
        """
        return _known(self.cards, id)

    def spot(self, id: str) -> SpotTheHate:
        """Return a message of "spot the hate".

        :raises NoSuchExercise: if there is none of this id.
        """
        return _known(self.spot_the_hate, id)

    def source(self, id: str) -> SourceCheck:
        """Return an exercise of "check the source".

        :raises NoSuchExercise: if there is none of this id.
        """
        return _known(self.sources, id)

    def limit(self, id: str) -> LimitsCase:
        """Return a case of "your limits".

        :raises NoSuchExercise: if there is none of this id.
        """
        return _known(self.limits, id)

    def choose(
        self,
        kind: str,
        *,
        language: str | None = None,
        groups: Collection[str] = (),
        level: int | None = None,
    ) -> list[Scenario | Exercise]:
        """Return what there is of a kind, by level and then as written.

        :param groups: at least one of them must be meant; where an exercise has no groups it is for all.
        :raises NoSuchExercise: if there is no such kind.
        """
        found = [
            one
            for one in self.of(kind).values()
            if language in (None, one.language)
            and one.id not in self.retired
            and level in (None, getattr(one, "level", level))
            and (not groups or not _groups(one) or set(groups) & set(_groups(one)))
        ]
        return sorted(found, key=lambda one: getattr(one, "level", 0))

    def languages(self) -> tuple[str, ...]:
        """Return the languages in which there is anything."""
        there = {one.language for kind in EXERCISES for one in self.of(kind).values()}
        return tuple(code for code in LANGUAGES if code in there)


def files(folder: Path) -> Iterator[Path]:
    """Yield every file of the academy below a folder of seeds."""
    for kind in EXERCISES:
        yield from sorted((folder / kind).rglob("*.yml"))


def _groups(one: Scenario | Exercise) -> tuple[str, ...]:
    return tuple(getattr(one, "groups", ()))


def _known(there: Mapping[str, Kept], id: str) -> Kept:
    if id not in there:
        raise NoSuchExercise(f"there is no exercise {str(id)[:80]!r}; /academy lists what there is")
    return there[id]
