"""Players who do anything: every game has to end, whatever they do. A seed makes them the same again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from courage.academy.play import step
from courage.academy.reply import REPORT, SILENCE, ReplyReading
from courage.academy.scenario import MAX_TURNS, Scenario
from courage.taxonomy import REPLY_KINDS, REPLY_MARKS, REPLY_TONES, STRATEGIES


@dataclass(slots=True)
class Played:
    """What became of the games: how many, turns of the longest, ends by outcome, and those that did not end."""

    games: int = 0
    longest: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    endless: list[str] = field(default_factory=list)
    never: list[str] = field(default_factory=list)


def anything(chance: random.Random) -> ReplyReading:
    """Return a reading of a reply that anybody might write; most have few marks or none."""
    if chance.random() < 0.1:
        return SILENCE
    if chance.random() < 0.1:
        return REPORT
    kind = chance.choice([kind for kind in REPLY_KINDS if kind not in ("silence", "report")])
    marks: dict[str, Any] = {mark: chance.random() < 0.12 for mark in REPLY_MARKS}
    return ReplyReading(
        kind=kind,
        strategy=chance.choice(STRATEGIES) if kind in ("counter", "ask") else None,
        tone="harsh" if marks["insults"] or marks["threatens"] else chance.choice(REPLY_TONES),
        length=chance.choice(("short", "short", "long")),
        **marks,
    )


def play_many(scenarios: Iterable[Scenario], players: int, seed: int) -> Played:
    """Let players play scenarios, one after the other, and return what became of it.

    ``endless`` names games that went on after ``MAX_TURNS``; ``never`` the scenes that nobody ever saw.
    """
    chance = random.Random(seed)
    there = list(scenarios)
    played = Played()
    seen: set[tuple[str, str]] = set()
    for number in range(players if there else 0):
        scenario = there[number % len(there)]
        scene, turns, ended = scenario.start, 0, scenario.scenes[scenario.start].end is not None
        seen.add((scenario.id, scene))
        while not ended and turns <= MAX_TURNS:
            taken = step(scenario, scene, anything(chance))
            scene, ended, turns = taken.scene, taken.ended, turns + 1
            seen.add((scenario.id, scene))
        played.games += 1
        played.longest = max(played.longest, turns)
        end = scenario.scenes[scene].end
        if end is None or turns > MAX_TURNS:
            played.endless.append(
                f"{scenario.id}, player {number}: still in scene {scene} after {turns} turns"
            )
        else:
            played.outcomes[end.outcome] += 1
    played.never = [
        f"{scenario.id}: scenes.{name}"
        for scenario in there
        for name in scenario.scenes
        if (scenario.id, name) not in seen
    ]
    return played
