"""How a conversation goes on: the first branch whose conditions all hold, else the way that is always open."""

from __future__ import annotations

from dataclasses import dataclass

from courage.academy.errors import AcademyError
from courage.academy.reply import ReplyReading
from courage.academy.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Step:
    """Where a reply led: the next scene, why (a sentence of the scenario), and whether the conversation ended there."""

    scene: str
    because: str
    ended: bool


def step(scenario: Scenario, scene: str, reading: ReplyReading) -> Step:
    """Return where a reply in a scene leads.

    :raises AcademyError: where there is no such scene, or it is an end.
    """
    here = scenario.scenes.get(scene)
    if here is None:
        raise AcademyError(
            f"scenario {scenario.id} has no scene {scene!r}; it may have been rewritten, begin it anew"
        )
    if here.otherwise is None:
        raise AcademyError(f"scenario {scenario.id} has ended with scene {scene!r}; nothing follows")
    taken = next((branch for branch in here.branches if branch.condition.holds(reading)), here.otherwise)
    return Step(taken.to, taken.because, scenario.scenes[taken.to].end is not None)
