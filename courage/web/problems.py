"""What went wrong, in the words of who reads it.

An error says in English, in one line, what was wrong and what is allowed. Whoever reads another language gets the
sentence of their language for that kind of error; programs and logs get the line.
"""

from __future__ import annotations

import re
from typing import Any, Final

from courage.academy.disputes import NoSuchDispute
from courage.academy.errors import AcademyError, NoAnswer, NoSuchDrill, NoSuchExercise, ReplyNotRead
from courage.academy.own import ChangedMeanwhile, NoPack, TooMuch, WithFindings
from courage.academy.workshops.errors import Full, NoSuchWorkshop, NotNow, NotTakingPart, WrongLength
from courage.cases.errors import (
    AlreadyClaimed,
    CaseNotFound,
    ChannelNotServed,
    DecisionNotFound,
    DraftChanged,
    NotAllowed,
    NotPossible,
    NotReady,
    NotYourCase,
    ReplyRefused,
)
from courage.cases.wording import not_ready_line
from courage.errors import CourageError
from courage.i18n.catalogue import DEFAULT, Catalogue, Voice
from courage.library.errors import ConflictError, LintError, NotFoundError, StateError, TwoPeopleError
from courage.people.passwords import MIN_PASSWORD, WeakPassword
from courage.web.errors import (
    Busy,
    LoginNeeded,
    NotForRole,
    NotHere,
    Refused,
    TooLarge,
    TooManyTries,
    TooOften,
)

#: The sentence for each kind of error, the more special kinds first.
_SENTENCES: Final[tuple[tuple[type[CourageError], str], ...]] = (
    (NoSuchWorkshop, "problem.no_workshop"),
    (NotTakingPart, "problem.not_taking_part"),
    (NotNow, "problem.workshop_not_now"),
    (Full, "problem.workshop_full"),
    (WrongLength, "problem.wrong_length"),
    (NotYourCase, "problem.not_your_case"),
    (DraftChanged, "problem.draft_changed"),
    (ReplyRefused, "problem.reply_refused"),
    (ChannelNotServed, "problem.not_connected"),
    (NotPossible, "problem.not_possible"),
    (StateError, "problem.not_possible"),
    (NotAllowed, "problem.not_allowed"),
    (TwoPeopleError, "problem.two_people"),
    (ConflictError, "problem.conflict"),
    (LintError, "problem.lint"),
    (CaseNotFound, "problem.404"),
    (DecisionNotFound, "problem.404"),
    (NotFoundError, "problem.404"),
    (NotHere, "problem.404"),
    (NoSuchExercise, "problem.404"),
    (NoSuchDrill, "problem.404"),
    (NoSuchDispute, "problem.404"),
    (ReplyNotRead, "problem.reply_not_read"),
    (NoAnswer, "problem.no_answer"),
    (WithFindings, "problem.findings"),
    (ChangedMeanwhile, "problem.changed_meanwhile"),
    (TooMuch, "problem.too_much_text"),
    (NoPack, "problem.no_pack"),
    (AcademyError, "problem.not_possible"),
    (TooLarge, "problem.413"),
    (Busy, "problem.busy"),
    (LoginNeeded, "problem.401"),
    (Refused, "problem.403"),
)
#: Sentences for what aiohttp itself refuses, by status.
_STATUS: Final = {404: "problem.404", 405: "problem.405", 413: "problem.413", 415: "problem.405"}

#: What of the response an English line quotes.
_QUOTED: Final = re.compile(r"[\"'](\S[^\"']*)[\"']")


def spoken(error: CourageError, words: Catalogue, language: str, *, writes: bool = False) -> str:
    """Return what to show a person for an error; ``writes`` says that they pressed something, not opened a page."""
    if isinstance(error, NotForRole):
        comma = "، " if language == "ar" else ", "
        roles = comma.join(words.named("roles", role, language) for role in error.roles)
        return words.say("problem.role_press" if writes else "problem.role_page", language, roles=roles)
    if isinstance(error, NotReady):
        return not_ready_line(error, Voice(words, language))
    if isinstance(error, AlreadyClaimed):
        return words.say("already_claimed", language, holder=error.holder, case=error.case_id)
    if language == DEFAULT:
        return str(error)
    if isinstance(error, WeakPassword):
        return words.say(f"problem.password.{error.code}", language, least=MIN_PASSWORD)
    if isinstance(error, TooManyTries | TooOften):
        return words.say("problem.too_many", language, seconds=error.wait)
    key = next((key for kind, key in _SENTENCES if isinstance(error, kind)), None)
    return str(error) if key is None else words.say(key, language)


def of_status(status: int, line: str, words: Catalogue, language: str, **values: Any) -> str:
    """Return what to show for an HTTP status that no error of ours stands for."""
    if language == DEFAULT:
        return line
    if status == 500:
        return words.say("problem.500", language, **values)
    return words.say(_STATUS[status], language) if status in _STATUS else line


def lint_sentence(issue: Any, words: Catalogue, language: str) -> str:
    """Return what a check found: its own line in English, else the sentence of its code and what it quotes."""
    key = f"lint.{issue.code}"
    if language == DEFAULT or not words.knows(key):
        return str(issue.message)
    quoted = _QUOTED.search(issue.message)
    return words.say(key, language) + (f": {quoted[1]}" if quoted else "")
