"""What can go wrong in the life of a case, said kindly and in one line."""

from __future__ import annotations

from collections.abc import Sequence

from courage.errors import CourageError, Unavailable
from courage.people.readiness import Lack


class CaseError(CourageError):
    """A case, a person or a reply does not allow what was asked."""


class CaseNotFound(CaseError):
    """There is no such case in this organisation."""


class DecisionNotFound(CaseError):
    """There is no such decision in this organisation, or it was taken back."""


class DeliveryNotFound(CaseError):
    """There is no such delivery in this organisation, or it is done."""


class AlreadyClaimed(CaseError):
    """Another person is on this case; ``holder`` is that person's name."""

    def __init__(self, case_id: int, holder: str) -> None:
        self.case_id = case_id
        self.holder = holder
        super().__init__(f"{holder} is already on case {case_id}; thank you, the queue may have another one")


class TooManyMessages(Unavailable):
    """An organisation's messages come faster than its limit lets them through; this one is to be brought again."""

    def __init__(self) -> None:
        super().__init__("more messages come than this organisation's limit lets through in a minute")


class NotYourCase(CaseError):
    """The person has not claimed this case."""


class NotPossible(CaseError):
    """The case is in a state that does not allow this step."""


class CannotLookAround(NotPossible):
    """What was said around a message cannot be shown; the sentence says why."""


class ChannelNotServed(NotPossible):
    """No running gateway serves the channel, so nothing can be sent there; ``channel`` is its name."""

    def __init__(self, channel: str, what: str, served: Sequence[str]) -> None:
        self.channel = channel
        super().__init__(
            f"{what} was not sent: no chat system named {channel!r} is connected here "
            f"(connected: {', '.join(served) or 'none'})"
        )


class NotAllowed(CaseError):
    """The person's role does not allow this step."""


class NotReady(NotAllowed):
    """The person is not marked ready for live cases; ``lacks`` is what they have still to practise."""

    def __init__(self, name: str, lacks: Sequence[Lack] = ()) -> None:
        self.name = name
        self.lacks = tuple(lacks)
        left = ", ".join(_lack(lack) for lack in self.lacks)
        more = f"still to practise: {left}" if left else "what can be practised is done"
        super().__init__(
            f"{name} is not marked ready for live cases yet ({more}); practise in the academy (/academy), "
            "then a trainer decides"
        )


class Enough(NotAllowed):
    """The person takes a break, or has read as many messages today as they or their trainers want; ``why`` is ``break``
    or ``cap``, of which ``cap`` is how many."""

    def __init__(self, why: str, cap: int = 0) -> None:
        self.why = why
        self.cap = cap
        super().__init__(
            "you are on a break; nothing new is shown until you end it (/care)"
            if why == "break"
            else f"that is enough for today: {cap} messages are read; what you have begun can be finished or handed back"
        )


def _lack(lack: Lack) -> str:
    level = "" if lack.level is None else f" of level {lack.level}"
    return f"{lack.kind.replace('_', ' ')}{level} {lack.have} of {lack.need}"


class DraftChanged(CaseError):
    """What the person confirmed is not the newest draft."""


class ReplyRefused(CaseError):
    """The text cannot be a reply: empty, too long or not a draft yet."""


class ChannelError(CourageError):
    """A channel could not do what it was asked; trying again later may help.

    ``retry_after`` is in seconds; ``None`` leaves the wait to the outbox.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChannelRefused(ChannelError):
    """The channel will never accept this; trying again is no use."""


class AssistantUnavailable(CourageError):
    """The conversation server does not answer."""
