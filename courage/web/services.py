"""What the desk is given: the seam between the web pages and everything that does the work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from aiohttp import web

from courage.academy.academy import Academy
from courage.academy.progress import Progress
from courage.academy.readiness import Advisor
from courage.academy.workshops.service import Workshops
from courage.cases.around import Surroundings
from courage.cases.care import Exposure
from courage.cases.casework import Casework
from courage.cases.chat_setup import ChatSetup
from courage.cases.conversation import Assistant
from courage.cases.decisions import Decisions
from courage.cases.events import EventBus
from courage.cases.intake import Intake
from courage.cases.learnt import Learnt
from courage.cases.notices.invitations import Invitations
from courage.cases.person_data.service import PersonData
from courage.cases.ports import Button, Card, Recommending, Screen
from courage.cases.proposals import Proposals
from courage.cases.trial_cards import TrialCards
from courage.cases.webhooks.service import Webhooks
from courage.db.allowances import Allowances
from courage.insights.shadow import Shadows
from courage.insights.usage import Usages
from courage.insights.work import WorkFigures
from courage.library.drafts import ResponseDraft
from courage.library.search.meaning import MeaningSearch
from courage.library.service import Library
from courage.people.care import Care
from courage.people.keys import ApiKeys
from courage.people.memberships import Memberships
from courage.people.notices import Notices
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.practice import PracticeSpaces
from courage.people.readiness import Readiness
from courage.people.rooms import Rooms
from courage.people.tries import Tries
from courage.web.provider import Provider

Health = Callable[[], Awaitable[Mapping[str, Any]]]
#: What one organisation may hear of ``/health`` about numbers: its own. ``None``: those of all.
Counts = Callable[[int], Awaitable[Mapping[str, Any]]]
#: Hands what a chat system sends to the gateway of its name.
Hook = Callable[[str, web.Request], Awaitable[web.StreamResponse]]


class Linting(Protocol):
    """Checks of a response; each issue has ``level`` (error, warning …), ``code`` and ``message``."""

    def check(
        self, draft: ResponseDraft, *, organisation_id: int, number: int | None = None
    ) -> Sequence[Any]:
        """Return what is to be mended or thought about."""
        ...


class PracticeLine(Protocol):
    """One line of a practice room.

    ``kind`` is ``message`` (a pretend member), ``reply`` (posted by a volunteer), ``card``, ``say`` (the
    assistant) or ``person`` (somebody who talks with the assistant). ``card`` is set for cards only.
    """

    @property
    def id(self) -> str:
        """The line's id, unique in the channel."""
        ...

    @property
    def kind(self) -> str:
        """What kind of line it is."""
        ...

    @property
    def author(self) -> str:
        """The name to show."""
        ...

    @property
    def text(self) -> str:
        """What was written; empty for cards."""
        ...

    @property
    def in_reply_to(self) -> str | None:
        """The id of the line that it answers."""
        ...

    @property
    def buttons(self) -> Sequence[Button]:
        """Short commands under the line."""
        ...

    @property
    def card(self) -> Card | None:
        """The card, on lines that are one."""
        ...


@runtime_checkable
class Practice(Protocol):
    """The practice rooms: a channel in memory. Every change publishes ``practice`` with ``{"room": room_id}``."""

    name: str
    desk_room: str

    def group_of(self, organisation_id: int) -> str:
        """Return the group room of a practice space."""
        ...

    def desk_of(self, organisation_id: int) -> str:
        """Return the desk room of a practice space."""
        ...

    def clear(self, room_id: str) -> None:
        """Take every line of a room away."""
        ...

    def lines(self, room_id: str) -> Sequence[PracticeLine]:
        """Return the lines of a room, oldest first."""
        ...

    def message(
        self, room_id: str, author: str, text: str, *, message_id: str, in_reply_to: str | None = None
    ) -> PracticeLine:
        """Keep what a pretend member wrote."""
        ...

    def person(self, room_id: str, author: str, text: str) -> PracticeLine:
        """Keep what somebody said to the assistant."""
        ...

    def remove(self, room_id: str, line_id: str) -> None:
        """Take a line away."""
        ...

    async def say(self, room_id: str, text: str, buttons: tuple[Button, ...], key: str) -> str:
        """Say something as the assistant; the same key says it once."""
        ...


class TellsBrowsers(Protocol):
    """What lets browsers be told (Web Push)."""

    @property
    def public_key(self) -> str:
        """The key that browsers bind their subscription to."""
        ...

    def check(self, endpoint: str, public_key: str, auth_secret: str) -> None:
        """Look at what a browser gives before it is kept."""
        ...


@dataclass(frozen=True, slots=True)
class Hearing:
    """How people hear of the desk when it is closed.

    Without ``invitations`` no mail server is set up, and nobody gets mail; without ``push`` browsers are told nothing.
    """

    notices: Notices
    invitations: Invitations | None = None
    push: TellsBrowsers | None = None


@dataclass(frozen=True, slots=True)
class DeskServices:
    """Everything the desk works with.

    ``health`` returns ``{"status": "ok|degraded|down", "parts": {name: {"status": …, "note": …}}}``;
    ``language`` is that of practice rooms, and of people who chose none and whose browser names none that we have;
    ``public_url`` decides whether cookies are secure and which Origin may write; ``max_body`` is in bytes; without
    ``keys`` no program gets in by API key; ``perspective_lenient`` answers 0 for attributes that are not scored,
    ``perspective_suggestions`` keeps suggested scores as ``proposals``. Practice needs ``practice`` and
    ``practice_spaces``. ``share_library`` loads the starter library that further
    organisations share. ``chat_systems`` are the names of those in which people have accounts. ``shadows`` says what each
    sensitivity would have flagged. ``counts`` returns what replaces the parts of ``health`` that hold numbers, for one
    organisation. ``readiness`` and ``advisor`` say who is ready for live cases and what the program would suggest, ``progress`` what was
    practised. ``hook`` hands what a chat system sends to the gateway of that name.
    """

    people: People
    casework: Casework
    library: Library
    recommender: Recommending
    screen: Screen
    intake: Intake
    rooms: Rooms
    assistant: Assistant
    bus: EventBus
    health: Health
    decisions: Decisions
    learnt: Learnt
    shadows: Shadows | None = None
    practice: Practice | None = None
    practice_spaces: PracticeSpaces | None = None
    counts: Counts | None = None
    organisations: Organisations | None = None
    usages: Usages | None = None
    memberships: Memberships | None = None
    share_library: Callable[[], Any] | None = None
    linter: Linting | None = None
    meaning: MeaningSearch | None = None
    organisation: str = "Our organisation"
    organisation_id: int = 1
    language: str = "en"
    public_url: str = ""
    sensitivity: str = "balanced"
    max_body: int = 2_000_000
    trusted_proxies: Sequence[str] = ("127.0.0.1", "::1")
    keys: ApiKeys | None = None
    webhooks: Webhooks | None = None
    chat_systems: Sequence[str] = ()
    perspective_lenient: bool = False
    perspective_suggestions: bool = False
    proposals: Proposals | None = None
    #: Counts tries to log in for all engines; ``None``: each counts in memory alone.
    tries: Tries | None = None
    #: Limits in a stretch of time that hold for all engines; ``None``: each counts in memory alone.
    allowances: Allowances | None = None
    readiness: Readiness | None = None
    advisor: Advisor | None = None
    progress: Progress | None = None
    workshops: Workshops | None = None
    academy: Academy | None = None
    hook: Hook | None = None
    person_data: PersonData | None = None
    work: WorkFigures | None = None
    #: With which people may log in; ``None``: there is none.
    provider: Provider | None = None
    care: Care | None = None
    exposure: Exposure | None = None
    #: Looks up what was said around a case's message; ``None``: nobody can here.
    surroundings: Surroundings | None = None
    #: Connects chat systems; ``None``: settings alone do.
    chats: ChatSetup | None = None
    trials: TrialCards | None = None
    hearing: Hearing | None = None

    @property
    def base(self) -> str:
        """Where the desk lies on its host: ``""``, or ``/courage`` where ``public_url`` names a folder.

        Addresses inside the program never have it (the proxy takes it off); what leaves for a browser does.
        """
        return urlsplit(self.public_url).path.rstrip("/")
