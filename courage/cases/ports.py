"""What this room asks of others: a channel to speak through, a recommender, a clock."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from courage.cases.reasons import CaseReason
from courage.detection.verdict import Verdict

if TYPE_CHECKING:
    from courage.library.suggest.conditions import Conditions
    from courage.library.suggest.recommend import Advice, Wish

Screen = Callable[[str, str], Awaitable[Verdict]]


@dataclass(frozen=True, slots=True)
class Button:
    """A short command that a person may press or type, such as ``claim 12``.

    What the assistant says comes with its ``title``. Buttons of cards have a ``key`` instead, for which whoever
    shows them has the title in the reader's language.
    """

    title: str
    payload: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """What the desk room sees of a case.

    ``text`` is the harmful text: a channel hides it until somebody asks for it; ``None`` means that it may
    not be shown any more. ``reasons`` never quote the message; the channel puts them, codes and buttons into
    words. ``note`` is what the channel said when a reply could not be posted, else empty. ``lane`` is ``counter``,
    ``escalate`` or ``summary``; a summary stands for many cases and has ``case_id`` 0.
    """

    case_id: int
    organisation_id: int
    room_name: str
    status: str
    category: str
    severity: int
    targets: tuple[str, ...]
    language: str
    score: float
    reasons: tuple[CaseReason, ...]
    lane: str
    text: str | None
    repeats: int = 1
    reported: int = 0
    holder: str | None = None
    note: str = ""
    buttons: tuple[Button, ...] = ()


class Channel(Protocol):
    """A chat system; ``key`` is an idempotency key: the same key must never post twice.

    Methods raise ``ChannelError`` when another try may help and ``ChannelRefused`` when it will not. One that puts each
    card in the desk room of the card's organisation says so with ``knows_organisations = True``; without it, cards of
    other organisations than the first are not handed over.
    """

    name: str

    async def send_card(self, card: Card, key: str) -> str:
        """Post a card in the desk room and return the channel's id of it."""
        ...

    async def update_card(self, card: Card, ref: str, key: str) -> None:
        """Bring the card that ``send_card`` named ``ref`` up to date."""
        ...

    async def post_reply(self, room_id: str, text: str, in_reply_to: str, key: str) -> str:
        """Post a reply that a person confirmed under a message and return the channel's id of it."""
        ...

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something of our own in a desk or direct room and return the channel's id of it."""
        ...


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Something that stands in a room near a message, as the chat system has it at this moment; it is kept nowhere.

    ``author`` is the chat system's own id, empty where it does not say. ``kind`` is ``message`` (a member wrote it),
    ``own`` (the assistant's account did), ``unreadable`` (encrypted, and we have no key), ``removed`` (by whom it was
    says ``by_author``; ``None``: the chat system does not say) or ``sent_away`` (somebody sent the author away).
    """

    message_id: str
    author: str
    sent_at: datetime
    text: str = field(default="", repr=False)
    kind: str = "message"
    by_author: bool | None = None


@runtime_checkable
class LooksAround(Protocol):
    """A channel whose chat system shows what was said around a message; where it does not, a channel has no such method."""

    async def around(self, room_id: str, message_id: str, before: int, after: int) -> Sequence[Neighbour]:
        """Return what stands around a message, itself too where it is still there, in the order of time.

        Of a message in a thread that is the thread. The text goes back to whoever asked, and nowhere else: not into a
        log, not into memory that outlives the call.

        :raises ChannelError: if the chat system does not answer, or does not show it to us.
        """
        ...


class Recommending(Protocol):
    """What casework needs of ``courage.library.suggest.recommend.Recommender``; safe to call from any thread."""

    def suggest(
        self,
        text: str,
        verdict: Verdict,
        *,
        organisation_id: int,
        wish: Wish = ...,
        room: str | None = None,
        limit: int = 3,
        repeats: int = 0,
        conditions: Conditions = ...,
    ) -> Advice:
        """Return suggestions, or why there are none; ``repeats`` says how often the author was answered today.

        ``conditions`` say who will post the reply and what is so: nothing that they rule out is offered.
        """
        ...

    def feedback(
        self,
        organisation_id: int,
        response_id: str,
        event: str,
        value: float = 1.0,
        person: str | None = None,
        room: str | None = None,
    ) -> Any:
        """Learn that a response was shown, chosen, edited or posted."""
        ...
