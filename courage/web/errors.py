"""What can go wrong between a browser and the desk, and which HTTP status each error gets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar

from courage.academy.disputes import NoSuchDispute
from courage.academy.errors import NoSuchDrill, NoSuchExercise
from courage.academy.workshops.errors import Full, NoSuchWorkshop, NotNow, NotTakingPart
from courage.cases.errors import (
    AlreadyClaimed,
    AssistantUnavailable,
    CaseNotFound,
    DecisionNotFound,
    DraftChanged,
    NotAllowed,
    NotPossible,
    NotYourCase,
)
from courage.errors import CourageError
from courage.library.errors import ConflictError, LintError, NotFoundError, StateError, TwoPeopleError
from courage.people.errors import ApiKeyInvalid, ApiKeyScopeMissing, CannotUnseal, QuotaExceeded

T = TypeVar("T")


class BadInput(CourageError):
    """A field is missing, unknown or malformed; the message names it and what is allowed."""


class TooLarge(CourageError):
    """The body is larger than the route reads."""


class CompressedBody(CourageError):
    """A request body is compressed; a few bytes of it could unpack to gigabytes, so none is read."""


class TooManyTries(CourageError):
    """Too many failed logins; ``wait`` is in seconds."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"too many failed logins; try again in {wait} seconds")


class TooOften(CourageError):
    """Something was tried more often than it may be; ``wait`` is in seconds."""

    def __init__(self, wait: int) -> None:
        self.wait = wait
        super().__init__(f"that was too often; try again in {wait} seconds")


class TooManyStreams(CourageError):
    """One person has as many pages open that listen as are served; pages look again by themselves."""

    def __init__(self, most: int) -> None:
        super().__init__(f"you have {most} open pages that listen already; close one, or wait a moment")


class Busy(CourageError):
    """The desk has as much of this work as it can take at once; trying again in a moment helps."""


class NotHere(CourageError):
    """There is nothing at this address."""


def there(found: T | None, otherwise: str) -> T:
    """Return a part that not every desk has.

    :raises NotHere: with the line ``otherwise``, if this one has it not.
    """
    if found is None:
        raise NotHere(otherwise)
    return found


class LoginNeeded(CourageError):
    """Nobody is logged in."""


class Refused(CourageError):
    """The role, the origin or the CSRF token does not allow the request."""


class NotForRole(Refused):
    """A route is for other roles; ``roles`` are those that may use it."""

    def __init__(self, role: str, roles: Iterable[str]) -> None:
        self.roles = tuple(sorted(roles))
        super().__init__(f"your role is {role}; this needs one of: {', '.join(self.roles)}")


_STATUS: Final[tuple[tuple[type[CourageError], int], ...]] = (
    (BadInput, 400),
    (LoginNeeded, 401),
    (ApiKeyInvalid, 401),
    (ApiKeyScopeMissing, 403),
    (Refused, 403),
    (NotAllowed, 403),
    (TwoPeopleError, 403),
    (CannotUnseal, 503),
    (NotHere, 404),
    (NotTakingPart, 403),
    (NoSuchWorkshop, 404),
    (NotNow, 409),
    (Full, 409),
    (CaseNotFound, 404),
    (DecisionNotFound, 404),
    (NotFoundError, 404),
    (NoSuchExercise, 404),
    (NoSuchDrill, 404),
    (NoSuchDispute, 404),
    (AlreadyClaimed, 409),
    (NotYourCase, 409),
    (NotPossible, 409),
    (DraftChanged, 409),
    (ConflictError, 409),
    (StateError, 409),
    (LintError, 409),
    (TooLarge, 413),
    (CompressedBody, 415),
    (TooManyTries, 429),
    (TooManyStreams, 429),
    (TooOften, 429),
    (QuotaExceeded, 429),
    (AssistantUnavailable, 503),
    (Busy, 503),
)


def status_of(error: CourageError) -> int:
    """Return the HTTP status for an error; what is not listed is the sender's mistake (400)."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 400)
