"""The one family of errors that people may see."""

from __future__ import annotations


class CourageError(Exception):
    """Something a person can mend; the message is one line that says what was wrong and what is allowed.

    The line is English, for programs and logs. What people read is the sentence ``say`` of the catalogues, filled in with
    ``values``: the name of a field in ``field`` is said in their language too. An error without one gets the sentence of
    its kind.
    """

    def __init__(self, line: str = "", /, *, say: str = "", **values: object) -> None:
        super().__init__(line)
        self.say = say
        self.values = values


class DatabaseError(CourageError):
    """The database cannot be opened, is newer than this program, or lacks the organisation that was named."""


class Unavailable(CourageError):
    """A part that is needed is away for now; the same again later may succeed."""
