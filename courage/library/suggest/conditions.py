"""Who reads counts: what must be so before a response may be offered, whatever its rank.

A response for moderators goes to moderators, one in the voice of a member, or that tells of its writer's own life, to who
ticked, for this one reply, that they are one, one that needs a situation to where it is so. No humour where the message is
very serious or touches what nobody jokes about. What somebody ticks is never stored.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Protocol

from courage.library.errors import LibraryError
from courage.library.themes import grave_theme
from courage.taxonomy import RESPONSE_KINDS, ROLES, SITUATIONS

GRAVE_SEVERITY: Final = 3
#: Roles that may say what moderators say.
LEADING: Final = ("moderator", "admin")
#: Kinds of responses offered where a message is to be answered; the others are asked for by name.
ANSWERS: Final = ("counter_narrative", "check_before_sharing")


class Offerable(Protocol):
    """What the conditions look at in a response."""

    @property
    def strategy(self) -> str: ...
    @property
    def tone(self) -> str: ...
    @property
    def voice(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def for_role(self) -> str: ...
    @property
    def needs(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is so for this one reply: the role of who will post it, whether they belong to the group, the situation.

    ``kinds`` are those asked for; empty: what answers the message.
    """

    role: str = "volunteer"
    member: bool = False
    situations: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()

    def check(self) -> None:
        """Refuse what does not exist.

        :raises LibraryError: naming what is allowed.
        """
        for name, values, allowed in (
            ("role", (self.role,), ROLES),
            ("situation", self.situations, SITUATIONS),
            ("kind", self.kinds, RESPONSE_KINDS),
        ):
            for value in values:
                if value not in allowed:
                    raise LibraryError(
                        f"{name} {value[:40]!r} is not known; allowed are {', '.join(allowed)}"
                    )


VOLUNTEER: Final = Conditions()


def grave(text: str, language: str, severity: int) -> bool:
    """Say whether nobody jokes about a message: a very serious one, or one with a theme of editorial rule 6."""
    return severity >= GRAVE_SEVERITY or grave_theme(text, language) is not None


def allowed(response: Offerable, conditions: Conditions, *, in_earnest: bool) -> bool:
    """Say whether a response may be offered at all; ``in_earnest`` where nobody jokes (:func:`grave`)."""
    leading = conditions.role in LEADING
    if (response.for_role == "moderator" or response.voice == "moderator") and not leading:
        return False
    if response.voice == "member" and not conditions.member:
        return False
    if not set(response.needs) <= set(conditions.situations):
        return False
    if in_earnest and (response.strategy == "humor" or response.tone == "light"):
        return False
    return response.kind in _kinds(conditions)


def _kinds(conditions: Conditions) -> Collection[str]:
    return conditions.kinds or ANSWERS
