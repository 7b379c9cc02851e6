"""What is wrong with a scenario or exercise beyond its form: ways, turns, texts, language.

A finding names the place and what is allowed, as those of form do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

from courage.academy.catalogue import Problem, Written, read_file, read_text
from courage.academy.exercises import Exercise
from courage.academy.findings import Finding
from courage.academy.rewards import rewarded
from courage.academy.scenario import MAX_TURNS, Condition, Scenario
from courage.detection.text.language import identify
from courage.detection.text.lexicons import fold, load_lexicon
from courage.detection.verdict import Verdict
from courage.library.lint.words import WORD
from courage.taxonomy import ESCALATED, REPLY_MARKS

LEAST_BRANCHES: Final = 6
LEAST_SCENES: Final = 4
LEAST_ENDS: Final = 3
#: Characters that tell a language for sure.
TELLING: Final = 60

Screen = Callable[[str], Verdict]


def check(paths: Iterable[Path], screen: Screen | None = None) -> list[Problem]:
    """Return all that is wrong with files, or with those below folders; ids have to be unique over all of them.

    :param screen: asked about every text for grave categories, where given.
    """
    found: list[Problem] = []
    first: dict[str, Path] = {}
    for file in _files(paths):
        written = read_file(file)
        found += written.problems
        for one in (*written.scenarios, *written.exercises):
            if one.id in first:
                found.append(Problem(file, one.id, f"the id is already in {first[one.id]}"))
            first.setdefault(one.id, file)
        found += _of(written, screen)
    return found


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        yield from sorted(path.rglob("*.yml")) if path.is_dir() else (path,)


def _of(written: Written, screen: Screen | None) -> Iterator[Problem]:
    for scenario in written.scenarios:
        for says in findings(scenario, screen):
            yield Problem(written.file, "", says)
    for exercise in written.exercises:
        for says in _texts(exercise.language, _exercise_texts(exercise), screen):
            yield Problem(written.file, exercise.id, says)


def findings(scenario: Scenario, screen: Screen | None = None) -> Iterator[Finding]:
    """Yield all that is wrong with a scenario whose form is right."""
    yield from ways(scenario)
    yield from reactions(scenario)
    yield from rewarded(scenario)
    yield from _texts(scenario.language, _scenario_texts(scenario), screen)


def check_text(text: str, screen: Screen | None = None) -> tuple[Scenario | None, list[Finding]]:
    """Return the scenario that somebody wrote as YAML, as far as its form is right, and all that is wrong with it."""
    scenario, wrong = read_text(text)
    return scenario, wrong if scenario is None else [*wrong, *findings(scenario, screen)]


# ways


def ways(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is wrong with the ways: what nobody reaches, where one never ends, branches that never are taken."""
    reached = _reached(scenario, scenario.start)
    for name in scenario.scenes:
        if name not in reached:
            yield Finding("no way leads here from the start", "not_reached", f"scenes.{name}")
    ends = {name for name, scene in scenario.scenes.items() if scene.end is not None}
    for name in reached:
        if not _reached(scenario, name) & ends:
            yield Finding("no way leads to an end from here", "no_end", f"scenes.{name}")
    turns = longest(scenario)
    if turns is None:
        yield Finding(
            "a player can go in a circle for ever; a way back may be taken by one loop at most", "circle"
        )
    elif turns > MAX_TURNS:
        yield Finding(
            f"the longest way has {turns} turns; at most {MAX_TURNS} are allowed",
            "too_many_turns",
            turns=turns,
            most=MAX_TURNS,
        )
    for name, scene in scenario.scenes.items():
        for number, branch in enumerate(scene.branches, start=1):
            earlier = [one.condition for one in scene.branches[: number - 1]]
            if any(_covers(one, branch.condition) for one in earlier):
                yield Finding(
                    "never taken, an earlier branch holds whenever it does",
                    "never_taken",
                    f"scenes.{name}.branches[{number}].if",
                )
            for code, says in _untestable(branch.condition):
                yield Finding(says, code, f"scenes.{name}.branches[{number}].if")


def longest(scenario: Scenario) -> int | None:
    """Return the turns of the longest way to an end; ``None`` where a player may go in a circle for ever."""
    done: dict[str, int | None] = {}
    under_way: set[str] = set()

    def visit(name: str) -> int | None:
        if name in done:
            return done[name]
        if name in under_way:
            return None
        under_way.add(name)
        most = 0
        for way in scenario.scenes[name].ways:
            after = visit(way.to)
            if after is None:
                return None
            most = max(most, after + 1)
        under_way.discard(name)
        done[name] = most
        return most

    return visit(scenario.start)


def _reached(scenario: Scenario, start: str) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += [way.to for way in scenario.scenes[name].ways]
    return seen


def _covers(earlier: Condition, later: Condition) -> bool:
    """Say whether a condition holds for every reply for which a later one does."""
    for name in ("kind", "strategy", "tone", "length"):
        wide, narrow = getattr(earlier, name), getattr(later, name)
        if wide is not None and (narrow is None or not set(narrow) <= set(wide)):
            return False
    return all(getattr(earlier, mark) in (None, getattr(later, mark)) for mark in REPLY_MARKS)


def _untestable(condition: Condition) -> Iterator[tuple[str, str]]:
    """Yield by code why no reply could ever fulfil a condition."""
    kinds = set(condition.kind or ())
    if condition.strategy is not None and kinds and not kinds & {"counter", "ask"}:
        yield "no_strategy", "strategy is read in counter and ask only; the kinds given have none"
    said = kinds - {"silence", "report"}
    marks = [mark for mark in REPLY_MARKS if getattr(condition, mark)]
    if kinds and not said and "report" not in kinds and (marks or condition.tone not in (None, ("calm",))):
        yield "silent", "silence has no tone and no marks"
    if (
        (condition.insults or condition.threatens)
        and condition.tone is not None
        and "harsh" not in condition.tone
    ):
        yield "harsh", "a reply that insults or threatens has the tone harsh"


def reactions(scenario: Scenario) -> Iterator[Finding]:
    """Yield what a scenario lacks: scenes, ends, branches, and reactions to what volunteers do."""
    branches = [branch for scene in scenario.scenes.values() for branch in scene.branches]
    ends = [scene.end.outcome for scene in scenario.scenes.values() if scene.end is not None]
    if len(branches) < LEAST_BRANCHES:
        yield _too_few("branches (if)", "few_branches", len(branches), LEAST_BRANCHES)
    if len(scenario.scenes) < LEAST_SCENES:
        yield _too_few("scenes", "few_scenes", len(scenario.scenes), LEAST_SCENES)
    if len(ends) < LEAST_ENDS:
        yield _too_few("ends", "few_ends", len(ends), LEAST_ENDS)
    if "good" not in ends or not {"mixed", "hard"} & set(ends):
        yield Finding("needs a good end, and one that is mixed or hard", "both_ends")
    kinds = {kind for branch in branches for kind in branch.condition.kind or ()}
    hurts = any(one.condition.insults or one.condition.exposes for one in branches)
    for what, codes, there in (
        ("insults or exposes", "insults / exposes", hurts),
        ("a counter", "counter / ask", bool(kinds & {"counter", "ask"})),
        ("support or bystander", "support / bystander", bool(kinds & {"support", "bystander"})),
        ("silence", "silence", "silence" in kinds),
    ):
        if not there:
            yield Finding(f"no branch reacts to {what}", "no_reaction", codes=codes)
    if not any(line.harmful for scene in scenario.scenes.values() for line in scene.messages):
        yield Finding("no message is harmful: true; what is answered has to be marked", "nothing_harmful")


def _too_few(what: str, code: str, there: int, least: int) -> Finding:
    return Finding(f"has {there} {what}; at least {least} are needed", code, there=there, least=least)


# texts


def _scenario_texts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield "title", scenario.title
    yield "setting", scenario.setting
    for number, text in enumerate(scenario.learn, start=1):
        yield f"learn[{number}]", text
    for name, scene in scenario.scenes.items():
        for number, line in enumerate(scene.messages, start=1):
            yield f"scenes.{name}.messages[{number}].text", line.text
        if scene.task:
            yield f"scenes.{name}.task", scene.task
        for number, branch in enumerate(scene.branches, start=1):
            yield f"scenes.{name}.branches[{number}].because", branch.because
        if scene.otherwise is not None:
            yield f"scenes.{name}.otherwise.because", scene.otherwise.because
        if scene.end is not None:
            yield f"scenes.{name}.end.text", scene.end.text


def _exercise_texts(exercise: Exercise) -> Iterator[tuple[str, str]]:
    def texts(value: object, place: str) -> Iterator[tuple[str, str]]:
        if isinstance(value, dict):
            for key, one in value.items():
                yield from texts(one, f"{place}.{key}" if place else str(key))
        elif isinstance(value, list | tuple):
            for number, one in enumerate(value, start=1):
                yield from texts(one, f"{place}[{number}]")
        elif isinstance(value, str):
            yield place, value

    codes = {"id", "groups", "answer", "kind", "look_at"}
    yield from texts(exercise.model_dump(exclude=codes), "")


def _texts(language: str, texts: Iterable[tuple[str, str]], screen: Screen | None) -> Iterator[Finding]:
    together: dict[str, list[str]] = defaultdict(list)
    for place, text in texts:
        slur = slur_in(text, language)
        if slur is not None:
            yield Finding(
                f"holds a slur ({slur[0]}…); no slurs, the narrative is ugly enough",
                "slur",
                place,
                begins=slur[0],
            )
        if screen is not None and (verdict := screen(text)).category in ESCALATED and verdict.hateful:
            yield Finding(
                f"our own detector reads it as {verdict.category.replace('_', ' ')}; make it milder",
                "too_harsh",
                place,
            )
        if not place.endswith(".text") or ".messages[" not in place:
            together[language].append(text)
    # Chat may be in dialect; what is said to the volunteer is in the standard language.
    whole = " ".join(together[language])
    told = identify(whole) if len(whole) >= TELLING else language
    if told not in (language, "und"):
        yield Finding(
            f"reads as {told}; the file is for {language}", "other_language", told=told, language=language
        )


def slur_in(text: str, language: str) -> str | None:
    """Return the first slur of a language's lexicon in a text that has no innocent sense.

    Those of other languages are no slurs here: many are everyday words.
    """
    slurs = load_lexicon(language).slurs
    for word in WORD.findall(text):
        known = slurs.get(fold(word))
        if known is not None and not known.ambiguous:
            return str(word)
    return None
