"""What can go wrong in the academy, each with one line for the person who meets it."""

from __future__ import annotations

from courage.errors import CourageError


class AcademyError(CourageError):
    """The academy refused something."""


class NoSuchExercise(AcademyError):
    """There is no scenario or exercise of this id."""


class FormError(AcademyError):
    """A file of the academy breaks a rule of form; the message names the place in it and what is allowed."""


class NoSuchDrill(AcademyError):
    """There is no such run of this person."""


class ReplyNotRead(AcademyError):
    """A reply is empty or too long."""


class NoAnswer(AcademyError):
    """An exercise was answered with nothing, or with something that cannot be chosen."""
