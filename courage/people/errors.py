"""What can go wrong with people and rooms, in one line."""

from __future__ import annotations

from courage.errors import CourageError


class PersonError(CourageError):
    """A person, an identity, a login link or a web session is missing, used up or not allowed."""


class RoomError(CourageError):
    """A room is unknown or cannot be set up as asked."""
