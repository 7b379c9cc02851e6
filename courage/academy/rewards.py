"""Scenarios that reward what volunteers must not do: a reply that hurts somebody, hands on the lie, or is none at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from courage.academy.findings import Finding
from courage.academy.play import step
from courage.academy.reply import SILENCE, ReplyReading
from courage.academy.scenario import MAX_TURNS, Scenario
from courage.taxonomy import REPLY_KINDS, REPLY_TONES, STRATEGIES

#: What may not be rewarded, whatever else the reply does. Who reports may quote.
HURTS: Final = ("insults", "exposes", "threatens", "repeats")
_EXCUSED: Final = ("report", "silence")
_QUIET: Final = dict.fromkeys((*HURTS, "preaches", "off_topic"), False)


def rewarded(scenario: Scenario) -> Iterator[Finding]:
    """Yield the scenes in which a reply with a mark of ``HURTS`` leads to a good end at once, and those that spare who never speaks up."""
    yield from _spared(scenario)
    good = {name for name, scene in scenario.scenes.items() if scene.end and scene.end.outcome == "good"}
    for name, scene in scenario.scenes.items():
        if scene.end is None and good & {way.to for way in scene.ways}:
            for mark in HURTS:
                ends = {step(scenario, name, reading).scene for reading in _replies(mark)} & good
                if ends:
                    yield Finding(
                        f"a reply with {mark}: true can lead to the good end {min(ends)}; put a branch for it before"
                        f" the others",
                        "rewarded",
                        f"scenes.{name}",
                        mark=mark,
                        end=min(ends),
                    )


def _spared(scenario: Scenario) -> Iterator[Finding]:
    """Yield the end that is not hard although the player says nothing all along, or repeats the narrative all along."""
    hard = {name for name, scene in scenario.scenes.items() if scene.end and scene.end.outcome == "hard"}
    for does, players in (("silence", [SILENCE]), ("repeats", _replies("repeats"))):
        for reading in players:
            end = _end_of(scenario, reading)
            if end is not None and end not in hard:
                yield Finding(
                    f"who does nothing but {does} comes to {end}, which is not hard; let it end hard",
                    "spared",
                    mark=does,
                    end=end,
                )
                break


def _end_of(scenario: Scenario, reading: ReplyReading) -> str | None:
    """Return where somebody comes who does the same in every scene; ``None`` where the game does not end."""
    scene = scenario.start
    for _ in range(MAX_TURNS):
        if scenario.scenes[scene].end is not None:
            return scene
        scene = step(scenario, scene, reading).scene
    return scene if scenario.scenes[scene].end is not None else None


def _replies(mark: str) -> Iterator[ReplyReading]:
    kinds = [kind for kind in REPLY_KINDS if kind not in _EXCUSED]
    for kind, tone, named, length in product(kinds, REPLY_TONES, (False, True), ("short", "long")):
        for strategy in STRATEGIES if kind in ("counter", "ask") else (None,):
            yield ReplyReading(
                kind=kind,
                strategy=strategy,
                tone=tone,
                **{**_QUIET, mark: True},
                names_person_hit=named,
                personal_data=False,
                length=length,
                reasons=(),
            )
