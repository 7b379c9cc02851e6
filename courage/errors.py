"""The one family of errors that people may see."""

from __future__ import annotations


class CourageError(Exception):
    """Something a person can mend; the message is one line that says what was wrong and what is allowed."""


class DatabaseError(CourageError):
    """The database cannot be opened, is newer than this program, or lacks the organisation that was named."""


class Unavailable(CourageError):
    """A part that is needed is away for now; the same again later may succeed."""
