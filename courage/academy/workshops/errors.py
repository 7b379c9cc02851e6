"""What can go wrong in workshops, each in one line for the person who meets it."""

from __future__ import annotations

from courage.academy.errors import AcademyError


class NoSuchWorkshop(AcademyError):
    """There is no workshop of this number or code."""


class NotNow(AcademyError):
    """The workshop does not stand where this can be done; ``phase`` is where it stands."""

    def __init__(self, line: str, phase: str) -> None:
        self.phase = phase
        super().__init__(line)


class Full(AcademyError):
    """As many people take part as can."""

    def __init__(self, most: int) -> None:
        self.most = most
        super().__init__(f"{most} people take part already; no more can")


class NotTakingPart(AcademyError):
    """The browser does not hold what a participant of this workshop holds."""


class WrongLength(AcademyError):
    """A name, an answer, a title or a note is empty or too long."""
