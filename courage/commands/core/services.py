"""What commands work with; handed over by whoever puts the parts together."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from courage.commands.core.memory import ConversationMemory
from courage.commands.core.registry import Registry, default_registry
from courage.i18n.catalogue import DEFAULT, Catalogue, default_catalogue

if TYPE_CHECKING:
    from courage.academy.academy import Academy
    from courage.cases.casework import Casework
    from courage.cases.intake import Intake
    from courage.cases.learnt import Learnt
    from courage.cases.ports import Recommending, Screen
    from courage.people.people import People
    from courage.people.practice import PracticeSpaces
    from courage.people.rooms import Rooms


@dataclass
class CommandServices:
    """The services of the engine.

    ``screen`` knows no decisions of people; ``learnt`` applies those of one organisation.
    ``language`` is spoken with people who have none of their own; ``failures`` counts commands that ended in an
    unexpected error.
    """

    casework: Casework
    recommender: Recommending
    people: People
    intake: Intake
    screen: Screen
    rooms: Rooms | None = None
    learnt: Learnt | None = None
    practice_spaces: PracticeSpaces | None = None
    academy: Academy | None = None
    catalogue: Catalogue = field(default_factory=default_catalogue)
    registry: Registry = field(default_factory=default_registry)
    memory: ConversationMemory = field(default_factory=ConversationMemory)
    sensitivity: str = "balanced"
    language: str = DEFAULT
    failures: int = 0

    def say(self, key: str, language: str, **values: object) -> str:
        """Return a text: a command's own, else the catalogue's.

        :raises CatalogueError: if there is none, or a placeholder got no value.
        """
        own = self.registry.texts.get(key)
        if own is None:
            return self.catalogue.say(key, language, **values)
        return (own.get(language) or own[DEFAULT]).format(**values)
