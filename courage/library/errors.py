"""What can go wrong in the library, each with one line for the person who meets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from courage.errors import CourageError

if TYPE_CHECKING:
    from courage.library.lint import Issue


class LibraryError(CourageError):
    """The library refused something."""


class NotFoundError(LibraryError):
    """There is no such response, version or comment in this organisation."""


class DraftError(LibraryError):
    """The content of a response breaks a rule of form."""


class StateError(LibraryError):
    """The step is not possible from the state in which the response is."""


class TwoPeopleError(LibraryError):
    """Somebody tried to approve a version that they wrote or edited."""


class ConflictError(LibraryError):
    """Somebody else changed the response in the meantime.

    ``mine`` holds what was about to be saved and ``theirs`` the response as it is now, so nothing is lost.
    """

    def __init__(self, message: str, *, mine: dict[str, Any] | None = None, theirs: Any = None) -> None:
        super().__init__(message)
        self.mine = mine or {}
        self.theirs = theirs


class LintError(LibraryError):
    """Checks found errors that stand in the way of approval; ``issues`` lists all of them."""

    def __init__(self, message: str, issues: tuple[Issue, ...] = ()) -> None:
        super().__init__(message)
        self.issues = issues


class ExchangeError(LibraryError):
    """A file cannot be imported; nothing was changed. ``line`` is the line at fault, or ``None``."""

    def __init__(
        self, message: str, line: int | None = None, *, say: str = "exchange.unreadable", **values: object
    ) -> None:
        super().__init__(message, say=say, **values)
        self.line = line
