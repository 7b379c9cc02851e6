"""What actions work with; handed over by whoever puts the rooms together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actions.catalogue import default_catalogue
from courage.i18n.catalogue import DEFAULT, Catalogue

if TYPE_CHECKING:
    from courage.cases.casework import Casework
    from courage.cases.intake import Intake
    from courage.cases.ports import Recommending, Screen
    from courage.people.people import People
    from courage.people.rooms import Rooms


@dataclass
class ActionServices:
    """The services of the engine.

    ``language`` is spoken with people who have none of their own; ``failures`` counts actions that ended in an
    unexpected error.
    """

    casework: Casework
    recommender: Recommending
    people: People
    intake: Intake
    screen: Screen
    rooms: Rooms | None = None
    catalogue: Catalogue = field(default_factory=default_catalogue)
    sensitivity: str = "balanced"
    language: str = DEFAULT
    failures: int = 0
