"""Whether a response stands up for the very people whom a message names: trans people are not all of ``lgbt``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, Protocol

_WIDE: Final = "other"  # many groups in one: an answer for one of them is none for the next
#: Groups whose responses miss a message that names these people, though one could count them among the group.
_NOT_MEANT: Final[dict[str, frozenset[str]]] = {
    "trans": frozenset({"women"}),
    "travellers": frozenset({"roma"}),
    "israelis": frozenset({"jews", "migrants"}),
    "palestinians": frozenset({"muslims", "migrants"}),
    "kurds": frozenset({"migrants"}),
    "yazidis": frozenset({"migrants", "muslims"}),
    "alawites": frozenset({"muslims"}),
    "druze": frozenset({"muslims"}),
    "amazigh": frozenset({"people_of_colour"}),
}
#: Beside these, a people is meant as one of migrants.
_ON_THE_WAY: Final = frozenset({"refugees", "unaccompanied_minors"})

#: A subgroup that most of its group's stories are about, named or not.
_BROAD: Final = frozenset({"refugees"})


class Aimed(Protocol):
    """What is looked at in a response."""

    @property
    def targets(self) -> tuple[str, ...]: ...
    @property
    def subgroups(self) -> tuple[str, ...]: ...


def suits(response: Aimed, named: Collection[str], attacked: Collection[str]) -> bool:
    """Say whether a response may answer a message as far as subgroups go.

    :param named: subgroups that the message names; one that the response stands up for has to be among them.
    :param attacked: groups of the verdict; empty where nobody knows.
    """
    arrived = bool(_ON_THE_WAY & set(named))
    for code, groups in _NOT_MEANT.items():
        missed = set(response.targets) & groups - ({"migrants"} if arrived else set())
        if code in named and missed and code not in response.subgroups:
            return False
    if not response.subgroups:
        return True
    if set(response.subgroups) & set(named):
        return True
    if named:
        return False
    shared = set(response.targets) & set(attacked) if attacked else set(response.targets)
    return shared != {_WIDE}


def narrow(response: Aimed, named: Collection[str]) -> bool:
    """Say whether a response stands up for a part of its group only, and the message names none (see ``suits``)."""
    return not named and bool(set(response.subgroups) - _BROAD)
