"""The Matrix gateway speaks the language that it was given to the room, and a person's own to the person."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from courage.cases.errors import AssistantUnavailable
from courage.cases.events import EventBus
from courage.cases.ports import Button, Card
from courage.cases.positions import Positions
from courage.cases.reasons import CaseReason
from courage.clock import utcnow
from courage.db.engine import create_all, make_engine, make_sessions
from courage.gateways.matrix.cards import card_content, say_content
from courage.gateways.matrix.desk import DeskTalk
from courage.gateways.matrix.gateway import MatrixGateway
from courage.gateways.matrix.rooms import RoomBook
from courage.gateways.matrix.settings import MatrixSettings
from courage.i18n.catalogue import default_voice
from courage.people.people import People
from courage.people.rooms import Rooms

CARD = Card(
    7, 1, "Jardin", "open", "dehumanisation", 2, ("people_of_colour", "jews"), "de", 0.931,
    (
        CaseReason("reported", count=2),
        CaseReason("category", ("dehumanisation",)),
        CaseReason("targets", ("people_of_colour", "jews")),
        CaseReason("word"),
    ),
    "counter", "something hateful", 3, 2,
    buttons=(Button("", "claim 7", "claim"), Button("", "not hate 7", "not_hate")),
)  # fmt: skip


class Homeserver:
    """Stands in for ``MatrixApi``: keeps what is sent."""

    user_id = "@courage:x"

    def __init__(self) -> None:
        self.client = SimpleNamespace(rooms={"!open:x": SimpleNamespace(display_name="Jardin secret")})
        self.sent: list[dict[str, Any]] = []
        self.reasons: list[str] = []
        self.events = asyncio.Event()

    async def send(self, room_id: str, content: dict[str, Any], txn: str) -> str:
        self.sent.append(content)
        self.events.set()
        return f"${len(self.sent)}"

    async def edits_of(self, room_id: str, event_id: str) -> list[str]:
        return []

    async def redact(self, room_id: str, event_id: str, reason: str, txn: str) -> None:
        self.reasons.append(reason)

    async def leave(self, room_id: str, reason: str) -> None:
        self.reasons.append(reason)


class Away:
    """A conversation server that does not answer."""

    def __init__(self) -> None:
        self.languages: list[str] = []

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Any]:
        self.languages.append(metadata["language"])
        raise AssistantUnavailable("the assistant does not answer just now")


class Desk:
    """A gateway as it is once connected, on a homeserver that keeps what is sent."""

    def __init__(self, folder: Path, language: str) -> None:
        engine = make_engine(f"sqlite:///{folder / 'matrix.db'}")
        create_all(engine)
        sessions = make_sessions(engine)
        settings = MatrixSettings(
            "https://x", "@courage:x", "token", desk_room="!desk:x", admit_volunteers=True
        )
        self.people, self.assistant, self.server = People(sessions), Away(), Homeserver()
        voice, api, rooms = default_voice(language), self.server, Rooms(sessions)
        self.gateway = MatrixGateway(
            settings, intake=None, people=self.people, rooms=rooms, assistant=self.assistant,  # type: ignore[arg-type]
            positions=Positions(sessions, settings.user_id), voice=voice,
        )  # fmt: skip
        self.book = RoomBook(settings, api, rooms, self.people, EventBus(), voice, self.gateway._desks)  # type: ignore[arg-type]
        self.book._kinds["!desk:x"] = "desk"
        self.gateway._api, self.gateway._book, self.gateway._salt = api, self.book, "salt"  # type: ignore[assignment]
        self.talk = DeskTalk(settings, api, self.people, self.assistant, "salt", voice, self.gateway._desks)  # type: ignore[arg-type]
        self.number = 0

    async def says(self, sender: str, kind: str = "desk") -> str:
        """Let somebody say something and return the answer."""
        self.number += 1
        self.server.events.clear()
        self.talk.hear("!desk:x", kind, f"$said-{self.number}", sender, "queue", None, at=utcnow())
        async with asyncio.timeout(10):
            await self.server.events.wait()
        return str(self.server.sent[-1]["body"])


@pytest.fixture
def desk(tmp_path: Path) -> Callable[[str], Desk]:
    """Return a function that makes a desk in a language."""
    return lambda language: Desk(tmp_path, language)


async def test_a_french_desk_gets_french_cards(desk: Callable[[str], Desk]) -> None:
    french = desk("fr")
    await french.gateway.send_card(CARD, "card:7")
    (content,) = french.server.sent
    assert content["body"].splitlines() == [
        "Cas 7 · Jardin · déshumanisation",
        "grave · vise : personnes racisées, Juifs · 93 % · allemand · dit 3 fois",
        "Pourquoi : signalé par 2 membres ; déshumanisation ; vise : personnes racisées, Juifs ; mot dégradant",
        "Où on en est : attend quelqu'un",
        "À écrire : claim 7 · not hate 7",
    ]
    formatted = content["formatted_body"]
    assert "<summary>Le message (texte blessant)</summary>" in formatted
    assert "<p>À écrire : <code>claim 7</code> · <code>not hate 7</code></p>" in formatted


async def test_a_card_is_brought_up_to_date_and_taken_away_in_the_same_language(
    desk: Callable[[str], Desk],
) -> None:
    french = desk("fr")
    await french.gateway.update_card(replace(CARD, status="claimed", holder="Ann"), "$card", "u1")
    assert "Où on en est : Ann s'en occupe" in french.server.sent[-1]["m.new_content"]["body"]
    await french.gateway.update_card(replace(CARD, status="withdrawn", text=None), "$card", "u2")
    assert french.server.sent[-1]["body"] == "Cas 7 · Jardin : retiré, le message n'est plus là"
    assert french.server.reasons == ["le message n'est plus là"]


async def test_what_is_said_to_the_room_or_a_stranger_is_in_the_rooms_language(
    desk: Callable[[str], Desk],
) -> None:
    german = desk("de")
    await german.gateway._tell("encrypted", "encrypted", room=german.book.name("!open:x"))
    assert german.server.sent[-1]["body"].startswith("Der Raum „Jardin secret“ ist verschlüsselt.")
    assert (await german.says("@eve:x", "direct")).startswith("Hallo! Ich kenne dich noch nicht")
    await german.book.invited("!elsewhere:x", [])
    assert german.server.reasons[-1].startswith("Ich komme nur in Räume")


async def test_a_person_is_spoken_to_in_their_own_language_and_else_in_the_rooms(
    desk: Callable[[str], Desk],
) -> None:
    german = desk("de")
    for name, languages in (("Ann", ("fr", "en")), ("Bob", ())):
        person = german.people.add(name, "volunteer", languages=languages)
        german.people.link_identity(person.id, "matrix", f"@{name}:x")
    assert (await german.says("@Ann:x")).startswith("l'assistant ne répond pas")
    assert (await german.says("@Bob:x")).startswith("der Assistent antwortet gerade nicht")
    assert (await german.says("@newcomer:x")).startswith("der Assistent antwortet gerade nicht")
    assert german.assistant.languages == ["fr", "de", "de"]
    newcomer = german.people.by_identity("matrix", "@newcomer:x")
    assert newcomer is not None
    assert newcomer.languages == ("de",)


@pytest.mark.parametrize("language", ["en", "fr", "de", "ar"])
@pytest.mark.parametrize("status", ["open", "claimed", "replied", "dismissed", "escalated", "closed"])
def test_a_card_in_any_language_names_case_room_and_commands_and_hides_the_text(
    language: str, status: str
) -> None:
    voice = default_voice(language)
    content = card_content(replace(CARD, status=status, holder="Ann", note="no such room"), voice)
    for wanted in ("7", "Jardin", "Ann", "93", "no such room", "claim 7 · not hate 7"):
        assert wanted in content["body"], wanted
    assert "something hateful" not in content["body"]
    assert "something hateful" not in content["formatted_body"].partition("<details>")[0]
    others = ("Now", "Why", "against", "grave", "people") if language == "ar" else ()
    assert not [word for word in others if word in content["body"]]


def test_a_summary_and_buttons_with_a_key_are_said_in_the_rooms_language() -> None:
    many = (CaseReason("more_cases", count=9),)
    summary = replace(CARD, case_id=0, lane="summary", text=None, reasons=many, buttons=())
    assert card_content(summary, default_voice("de"))["body"] == (
        "Jardin: 9 weitere Fälle in einer Minute; alle stehen in der Liste"
    )
    said = say_content("Guten Morgen", default_voice("de"), (CARD.buttons[0], Button("Andere", "more")))
    assert "<code>claim 7</code> – Übernehmen" in said["formatted_body"]
    assert "<code>more</code> – Andere" in said["formatted_body"]
