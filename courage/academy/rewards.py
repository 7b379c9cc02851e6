"""Scenarios that reward what volunteers must not do: a reply that hurts somebody, or hands on the lie, may not end well."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from courage.academy.findings import Finding
from courage.academy.play import step
from courage.academy.reply import ReplyReading
from courage.academy.scenario import Scenario
from courage.taxonomy import REPLY_KINDS, REPLY_TONES, STRATEGIES

#: What may not be rewarded, whatever else the reply does. Who reports may quote.
HURTS: Final = ("insults", "exposes", "threatens", "repeats")
_EXCUSED: Final = ("report", "silence")
_QUIET: Final = dict.fromkeys((*HURTS, "preaches", "off_topic"), False)


def rewarded(scenario: Scenario) -> Iterator[Finding]:
    """Yield the scenes in which a reply with a mark of ``HURTS`` leads to a good end at once."""
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
