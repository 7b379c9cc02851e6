"""What can go wrong with people and rooms, in one line."""

from __future__ import annotations

from courage.errors import CourageError


class PersonError(CourageError):
    """A person, an identity, a login link or a web session is missing, used up or not allowed."""


class OrganisationError(CourageError):
    """An organisation is unknown, suspended, or cannot be set up as asked."""


class RoomError(CourageError):
    """A room is unknown or cannot be set up as asked."""


class ApiKeyError(CourageError):
    """An API key cannot be made or revoked as asked."""


class ApiKeyInvalid(CourageError):
    """A program sent no API key, or one that does not work (any more)."""

    def __init__(self, *, missing: bool = False) -> None:
        self.missing = missing
        super().__init__("an API key is needed" if missing else "the API key is unknown or revoked")


class ApiKeyScopeMissing(CourageError):
    """An API key works, but not for this address."""


class CannotUnseal(CourageError):
    """A secret in the database was encrypted with another key than this installation has."""

    def __init__(self) -> None:
        super().__init__(
            "second factors were encrypted with another key than this installation has: put the `secrets.json` (or "
            "COURAGE_PSEUDONYM_KEY) back that belongs to this database, or use a recovery code, or let "
            "`courage users reset-second-factor` take the second factor away"
        )


class QuotaExceeded(CourageError):
    """An API key was used more often than it may be; ``wait`` in seconds, ``unit`` is ``minute`` or ``day``."""

    def __init__(self, name: str, limit: int, unit: str, wait: int) -> None:
        self.limit, self.unit, self.wait = limit, unit, wait
        super().__init__(
            f"the quota of API key {name!r} is used up: {limit} requests a {unit}; try again in {wait} seconds"
        )
