"""Two organisations, full of data: no route, command, job or stream takes anybody across.

Whatever the second organisation owns says ``Zwei``, whatever the first owns says ``Eins``. Everybody of one tries every
route with the numbers of the other; afterwards no answer may hold the other's word, and no row of the other may have
changed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from sqlalchemy import text

from courage.cases import access, queue
from courage.cases.errors import ChannelRefused
from courage.cases.inbound import InboundMessage
from courage.cases.outbox import Dispatcher
from courage.cases.ports import Card
from courage.cases.positions import Positions
from courage.cases.retention import purge
from courage.commands.core.execution import carry_out
from courage.commands.core.services import CommandServices
from courage.commands.core.turn import Request
from courage.db.engine import make_sessions
from courage.db.models.cases import Case
from courage.gateways.practice import PracticeChannel
from courage.gateways.registry import GatewayContext, GatewayType, find_gateways
from courage.library.drafts import ResponseDraft
from courage.library.views import Actor
from courage.people.errors import PersonError
from courage.web.routes import TABLE
from courage.web.security import COOKIE
from courage.web.table import PUBLIC, Route
from tests.unit.academy.test_own import MINE
from tests.unit.web.conftest import Enter, Visitor
from tests.unit.web.world import PASSWORD, World, until

pytestmark = pytest.mark.slow  # two organisations through every route, command and job

ROLES = ("volunteer", "moderator", "trainer", "admin")
#: They end the session with which the others are tried.
ENDS = {"/logout", "/account/password", "/account/sessions/end"}
#: What forms and bodies may ask for; a route takes what it knows.
FORM = {
    "text": "changed across the wall", "number": "1", "response": "x", "version": "1", "lock": "1", "why": "because",
    "role": "volunteer", "name": "Crossing", "language": "en", "strategy": "facts", "say": "claim 1", "sure": "",
    "person": "1", "password": PASSWORD, "link": "x", "typed": "x",
}  # fmt: skip
BODIES: dict[str, Any] = {
    "choose": {"number": 1}, "draft": {"text": "across"}, "post": {"version": 1}, "suggest": {}, "reject": {"why": "no"},
    "comment": {"text": "across"}, "screen": {"text": "vermin"}, "library": {"text": "A new one.", "language": "en", "strategy": "facts"},
}  # fmt: skip


@dataclass
class Side:
    """One organisation with everything in it; ``word`` is in all that it owns."""

    id: int
    slug: str
    word: str
    people: dict[str, int] = field(default_factory=dict)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    numbers: dict[str, list[Any]] = field(default_factory=dict)
    key: str = ""


async def fill(world: World, side: Side) -> None:
    """Give an organisation people of every role, cases in every state, decisions, proposals, a library, keys and rooms."""
    for role in ROLES:
        name = f"{role} {side.word}"
        side.people[role] = world.people.add(name, role, side.id, password=PASSWORD).id
        world.people.link_identity(side.people[role], "matrix", f"@{role}:{side.word.lower()}")
    world.rooms.ensure("matrix", f"!room:{side.word}", name=f"Room {side.word}", organisation_id=side.id)
    draft = ResponseDraft(
        f"Not so, says {side.word}.", "en", "facts", ("migrants",), narratives=(f"narrative of {side.word}",),
        review_on=date(2030, 1, 1), id=f"en-migrants-{side.word.lower()}-001",
    )  # fmt: skip
    trainer, admin = Actor(side.people["trainer"], "T"), Actor(side.people["admin"], "A")
    world.library.add(draft, by=trainer, organisation_id=side.id)
    world.library.submit(draft.id, by=trainer, organisation_id=side.id)
    world.library.approve(draft.id, by=admin, organisation_id=side.id)
    cases = []
    for number in range(6):
        message = InboundMessage(
            side.id, "matrix", f"!room:{side.word}", f"m{number}", f"@eve{number}:x",
            f"They are vermin {number}, wrote somebody of {side.word}.", datetime.now(UTC),
        )  # fmt: skip
        receipt = await world.intake.receive(message)
        assert receipt.case_id is not None
        cases.append(receipt.case_id)
    work = world.casework
    work.dismiss(cases[0], side.people["moderator"])
    work.escalate(cases[1], side.people["volunteer"])
    for number in (2, 3):
        work.claim(cases[number], side.people["volunteer"])
        work.suggest(cases[number], side.people["volunteer"])
        work.edit(cases[number], side.people["volunteer"], f"Draft of {side.word}.")
    work.confirm_post(cases[3], side.people["volunteer"], 1)
    side.key = world.keys.add(
        f"Program {side.word}", ("screen", "suggest", "cases", "library"), organisation_id=side.id
    )[0]
    key = world.keys.list(side.id)[0]
    harmless = await world.services.screen(f"Good morning from {side.word}", "balanced")
    assert world.services.proposals is not None
    world.services.proposals.propose(harmless, "missed", api_key_id=key.id, organisation_id=side.id)
    (proposal,) = world.services.proposals.list(side.id)
    own = MINE.replace("Our park", f"The park of {side.word}")
    written = world.academy.own.save(side.id, side.people["trainer"], own)
    world.academy.own.offer(side.id, written.id)
    world.people.open_session(side.people["volunteer"])
    side.numbers = {
        "session_id": [one.id for one in world.people.sessions_of(side.people["volunteer"])],
        "case_id": cases, "decision_id": [world.decisions.list(side.id)[0].id], "proposal_id": [proposal.id],
        "person_id": list(side.people.values()), "response_id": [draft.id], "slug": [side.slug], "token": ["x"],
        "number": [written.id],
    }  # fmt: skip


@pytest.fixture
async def sides(world: World, enter: Enter) -> AsyncIterator[tuple[Side, Side]]:
    """Yield two organisations of one desk, everybody of both logged in."""
    eins = Side(world.organisations.create("Eins together", "eins").id, "eins", "Eins")
    zwei = Side(world.organisations.create("Zwei together", "zwei").id, "zwei", "Zwei")
    client = (await enter(None)).client
    for side in (eins, zwei):
        await fill(world, side)
        for role, number in side.people.items():
            login = world.people.open_session(number)
            own = TestClient(client.server)
            own.session.cookie_jar.update_cookies({COOKIE: login.token}, own.make_url("/"))
            side.visitors[role] = Visitor(own, login.csrf_token)
    yield eins, zwei
    for side in (eins, zwei):
        for visitor in side.visitors.values():
            await visitor.client.session.close()


def rows_of(world: World, organisation_id: int) -> dict[str, list[str]]:
    """Return every row that an organisation owns, what changes by itself left out."""
    found: dict[str, list[str]] = {}
    world.intake.counters.flush()
    with world.engine.connect() as connection:
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        for table in sorted(set(tables) - {"web_sessions", "outbox"}):
            columns = [column[1] for column in connection.execute(text(f"PRAGMA table_info({table})"))]
            if "organisation_id" in columns:
                query = text(f"SELECT * FROM {table} WHERE organisation_id = :id")
                found[table] = sorted(map(repr, connection.execute(query, {"id": organisation_id}).all()))
        found["itself"] = [
            repr(
                connection.execute(
                    text("SELECT * FROM organisations WHERE id = :id"), {"id": organisation_id}
                ).one()
            )
        ]
    return found


def addresses(line: Route, other: Side) -> list[str]:
    """Return a route's addresses with every number of the other organisation."""
    blanks = [name for name in other.numbers if f"{{{name}}}" in line.path]
    if not blanks:
        return [line.path]
    return [line.path.replace(f"{{{blanks[0]}}}", str(number)) for number in other.numbers[blanks[0]][-3:]]


async def try_everything(side: Side, other: Side, roles: tuple[str, ...] = ROLES) -> list[str]:
    """Try every route as everybody of one organisation with the other's numbers; return what came across."""
    crossed = []
    for role in roles:
        visitor = side.visitors[role]
        for line in TABLE:
            if line.kind in ("stream", "machine") or line.path in ENDS or line.roles is PUBLIC:
                continue
            for path in addresses(line, other):
                more: dict[str, Any] = {"allow_redirects": False, "headers": {"X-CSRF-Token": visitor.csrf}}
                if line.method != "GET":
                    if line.kind == "form":
                        more["data"] = {**FORM, "csrf": visitor.csrf}
                    elif line.path == "/api/library/import":
                        path, more["data"] = f"{path}?format=jsonl&apply=no", b'{"id":"x"}'
                    else:
                        more["json"] = BODIES.get(path.rsplit("/", 1)[-1], {})
                response = await visitor.client.request(line.method, path, **more)
                body = (await response.read()).decode("utf-8", "replace")
                if other.word in body.replace(str(other.numbers["response_id"][0]), ""):
                    crossed.append(f"{role} of {side.slug} read {other.word} at {line.method} {path}")
                if "{" in line.path and "{slug}" not in line.path and response.status < 400:
                    crossed.append(f"{role} of {side.slug} got {response.status} at {line.method} {path}")
    return crossed


async def test_no_route_leads_across(world: World, sides: tuple[Side, Side]) -> None:
    for side, other in (sides, sides[::-1]):
        before = rows_of(world, other.id)
        assert await try_everything(side, other) == []
        assert rows_of(world, other.id) == before


async def test_keys_of_programs_open_their_own_organisation_only(
    world: World, sides: tuple[Side, Side]
) -> None:
    for side, other in (sides, sides[::-1]):
        client = TestClient(side.visitors["admin"].client.server)
        for line in TABLE:
            if not line.scope or line.kind == "machine":
                continue
            for path in addresses(line, other):
                body = BODIES.get(path.rsplit("/", 1)[-1], {}) if line.method != "GET" else None
                response = await client.request(
                    line.method, path, json=body, headers={"Authorization": f"Bearer {side.key}"}
                )
                said = await response.text()
                assert other.word not in said.replace(str(other.numbers["response_id"][0]), ""), path


@pytest.mark.parametrize(
    ("module", "name"), [(access, "find_case"), (queue, "find_case")], ids=["casework", "the queue"]
)
async def test_with_the_wall_taken_out_in_one_place_it_is_noticed(
    world: World, sides: tuple[Side, Side], monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    def without_wall(session: Any, case_id: int, *_: Any) -> Case:
        from courage.db.scope import every

        with every(session, "a test takes the wall out"):
            return session.get_one(Case, case_id)  # type: ignore[no-any-return]

    monkeypatch.setattr(module, name, without_wall)
    assert await try_everything(*sides, ("moderator",)) != []


async def test_no_command_leads_across(world: World, sides: tuple[Side, Side]) -> None:
    services = CommandServices(
        casework=world.casework, recommender=world.recommender, people=world.people, intake=world.intake,
        screen=world.services.screen, rooms=world.rooms, learnt=world.learnt, practice_spaces=world.practice_spaces,
    )  # fmt: skip
    for side, other in (sides, sides[::-1]):
        before = rows_of(world, other.id)
        said = []
        for role, number in side.people.items():
            for command in services.registry:
                for case_id in other.numbers["case_id"][-2:]:
                    metadata = {
                        "organisation_id": side.id, "channel": "matrix", "room_id": "!desk", "room_kind": "desk",
                        "person_id": number,
                    }  # fmt: skip
                    asked = (
                        ("case", case_id),
                        ("number", 1),
                        ("text", "across"),
                        ("quote", "vermin"),
                        ("version", 1),
                    )
                    request = Request(command.name, f"{role}", metadata, asked, exact=True, message_id="x")
                    said.append(json.dumps(await carry_out(services, request), ensure_ascii=False))
        assert services.failures == 0
        assert not [line for line in said if other.word in line]
        assert rows_of(world, other.id) == before
        # Whoever says to be of the other organisation is nobody there.
        lie = {"organisation_id": other.id, "channel": "matrix", "room_id": "!desk", "room_kind": "desk"}
        answer = await carry_out(
            services, Request("queue", "x", {**lie, "person_id": side.people["admin"]}, exact=True)
        )
        assert not [case for case in other.numbers["case_id"] if f"{case}" in json.dumps(answer)]


async def test_streams_counts_decisions_and_health_stay_apart(world: World, sides: tuple[Side, Side]) -> None:
    eins, zwei = sides
    stream = await eins.visitors["admin"].client.get("/events")
    await asyncio.to_thread(world.casework.claim, zwei.numbers["case_id"][4], zwei.people["volunteer"])
    world.casework.expire_claims()
    await asyncio.to_thread(world.casework.claim, eins.numbers["case_id"][4], eins.people["volunteer"])
    heard = b""
    while f'"case_id": {eins.numbers["case_id"][4]},'.encode() not in heard:
        heard += await stream.content.readany()
    for number in zwei.numbers["case_id"]:
        assert f'"case_id": {number},'.encode() not in heard
    assert world.intake.counters.totals(eins.id)["screened"] == 6
    texts = world.decisions.confirmed_texts(eins.id)
    world.decisions.confirm(zwei.numbers["decision_id"][0], zwei.people["trainer"])
    assert world.decisions.confirmed_texts(eins.id) == texts
    verdict = await world.services.screen(f"They are vermin 0, wrote somebody of {zwei.word}.", "balanced")
    assert not (await world.learnt.apply(verdict, zwei.id)).hateful
    assert (await world.learnt.apply(verdict, eins.id)).hateful


async def test_jobs_stay_within_each_organisation(world: World, sides: tuple[Side, Side]) -> None:
    eins, zwei = sides
    world.organisations.change("zwei", retention_days=1)
    message = InboundMessage(
        zwei.id,
        "matrix",
        f"!room:{zwei.word}",
        "late",
        "@eve:x",
        f"Vermin of {zwei.word}, says one.",
        datetime.now(UTC),
    )
    short = (await world.intake.receive(message)).case_id
    before = rows_of(world, eins.id)
    later = datetime.now(UTC) + timedelta(days=2)
    purge(world.practice_spaces._sessions, later)
    assert rows_of(world, eins.id)["cases"] == before["cases"]
    assert short is not None
    assert not world.casework.view(short, zwei.id).text_kept
    assert world.casework.view(zwei.numbers["case_id"][0], zwei.id).text_kept


async def test_suspending_shuts_one_organisation_and_loses_nothing(
    world: World, sides: tuple[Side, Side]
) -> None:
    eins, zwei = sides
    world.organisations.suspend("zwei")
    with pytest.raises(PersonError):
        world.people.check_password("admin Zwei", PASSWORD, zwei.id)
    assert (await zwei.visitors["admin"].client.get("/api/me")).status == 401
    assert (await eins.visitors["admin"].client.get("/api/me")).status == 200
    headers = {"Authorization": f"Bearer {zwei.key}"}
    assert (await eins.visitors["admin"].client.get("/api/cases", headers=headers)).status in (401, 403)
    message = InboundMessage(zwei.id, "matrix", "!r", "m9", "@eve:x", "vermin again", datetime.now(UTC))
    assert (await world.intake.receive(message)).verdict is None
    rows = rows_of(world, zwei.id)
    world.organisations.resume("zwei")
    assert rows_of(world, zwei.id)["cases"] == rows["cases"]
    assert (await zwei.visitors["admin"].client.get("/api/me")).status == 200


async def test_erasing_takes_all_of_one_and_nothing_of_the_other(
    world: World, sides: tuple[Side, Side], tmp_path: Any
) -> None:
    eins, zwei = sides
    async with until(world.bus, "practice", lambda: True):
        await zwei.visitors["volunteer"].press("/practice/message", {"text": "They are vermin, in practice."})
    kept = rows_of(world, eins.id)
    written = world.organisations.export("zwei", tmp_path / "zwei.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "zwei.jsonl").read_text(encoding="utf-8").splitlines()]
    assert written["cases"] == 6
    assert {line["table"] for line in lines} >= {
        "organisation",
        "people",
        "cases",
        "responses",
        "decisions",
        "api_keys",
    }
    assert all("password_hash" not in line and "token_hash" not in line for line in lines)
    assert "Eins" not in (tmp_path / "zwei.jsonl").read_text(encoding="utf-8")
    space = world.practice_spaces.ensure(zwei.people["volunteer"])
    world.organisations.erase("zwei")
    for number in (zwei.id, space):
        left = {table: rows for table, rows in rows_of(world, number).items() if rows}
        assert set(left) == {"itself", "organisation_settings"}
        assert "Zwei" not in str(left)
    assert rows_of(world, eins.id) == kept
    again = world.organisations.create("Zwei anew", "zwei")
    assert again.id not in (zwei.id, space)  # a number is never given again
    with world.engine.connect() as connection:
        tables = (
            connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        )
        for table in set(tables) - {"organisations"}:
            assert "somebody of Zwei" not in str(connection.execute(text(f"SELECT * FROM {table}")).all())


async def test_who_looks_after_the_installation_sees_no_text(world: World, sides: tuple[Side, Side]) -> None:
    number = world.organisations.add_operator("Olga")
    login = world.people.open_session(number)
    client = TestClient(sides[0].visitors["admin"].client.server)
    client.session.cookie_jar.update_cookies({COOKIE: login.token}, client.make_url("/"))
    olga = Visitor(client, login.csrf_token)
    page = await olga.page("/organisations")
    assert "Eins together" in page
    assert "6 cases" in page
    for line in TABLE:
        if line.method != "GET" or line.kind in ("stream", "machine"):
            continue
        for path in addresses(line, sides[0]):
            said = await (await client.get(path)).text()
            for secret in ("somebody of", "Not so, says", "narrative of", "Draft of"):
                assert secret not in said, path
    made = await (
        await olga.press("/organisations", {"name": "Drei", "slug": "drei", "admin": "Dora"})
    ).text()
    assert "/login/" in made
    assert world.people.find("Dora", world.organisations.find("drei").id) is not None
    await olga.press("/organisations/zwei/suspend")
    assert not world.organisations.find("zwei").active
    await olga.press("/organisations/zwei/erase", {"typed": "wrong"})
    assert world.organisations.find("zwei")
    await olga.press("/organisations/zwei/erase", {"typed": "zwei"})
    assert [view.slug for view in world.organisations.list()].count("zwei") == 0
    assert (await olga.press("/organisations/default/erase", {"typed": "default"})).status == 400
    for role, visitor in sides[0].visitors.items():
        assert (await visitor.client.get("/organisations")).status == 403, role


#: Settings of each chat system, and the desk rooms of the first and of the second side.
CHATS: dict[str, tuple[dict[str, Any], str, str]] = {
    "matrix": ({"homeserver": "https://x.example", "user": "@c:x", "access_token": "t"}, "!one:x", "!two:x"),
    "telegram": ({"token": "7000001:AAExampleOfATokenThatIsOnlyUsedHere"}, "-1001", "-1002"),
    "discord": ({"token": "a.token.for-tests"}, "900000000000000001", "900000000000000002"),
    "slack": ({"bot_token": "xoxb-1", "app_token": "xapp-1"}, "C0ONE1234", "C0TWO1234"),
    "mattermost": ({"url": "https://x.example", "token": "t" * 26}, "o" * 26, "w" * 26),
    "rocketchat": ({"url": "https://x.example", "token": "t" * 43, "user_id": "theBotsId"}, "roomOne1", "roomTwo2"),
}  # fmt: skip


class Trap:
    """Stands in for a chat system: takes everything, remembers with what it was asked."""

    def __init__(self, asked: list[str]) -> None:
        self.asked = asked

    def __getattr__(self, name: str) -> Trap:
        return self

    def __call__(self, *given: Any, **named: Any) -> Trap:
        self.asked += map(str, (*given, *named.values()))
        return self

    def __await__(self) -> Iterator[Any]:
        return self
        yield

    async def __aiter__(self) -> AsyncIterator[Any]:
        return
        yield


async def test_a_card_never_reaches_the_desk_of_another_in_any_chat_system(
    world: World, sides: tuple[Side, Side], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in find_gateways():
        if kind.name != "practice":  # its rooms are each engine's own, and hold nothing
            await keeps_cards_apart(world, sides, kind, tmp_path, monkeypatch)


async def keeps_cards_apart(
    world: World,
    sides: tuple[Side, Side],
    kind: GatewayType,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Send cards of both sides while the one, the other, both and again one have a desk room."""
    name = kind.name
    given, *rooms = CHATS[name]
    options = kind.options.model_validate({f"{name}_{key}": value for key, value in given.items()})
    unused: Any = None
    context = GatewayContext(
        world.intake, world.people, world.rooms, unused, world.bus, "en", 1, folder,
        lambda channel, account: Positions(make_sessions(world.engine), account, channel=channel),
    )  # fmt: skip
    gateway: Any = kind.make(options, context)
    asked: list[str] = []
    trap = Trap(asked)
    several = {"matrix": (trap, trap), "telegram": (trap, trap, trap)}
    monkeypatch.setattr(
        gateway, "_channel" if name == "discord" else "_ready", lambda *room: several.get(name) or trap(*room)
    )
    world.rooms.seen(name, rooms[0], kind="group", name="One", new_for=sides[0].id)
    world.rooms.set_desk(name, rooms[0], "", sides[0].id)
    first, second = (
        Card(1, side.id, "room", "open", "derogation", 2, (), "en", 0.9, (), "counter", "text")
        for side in sides
    )
    await gateway.send_card(first, "key-1")
    assert rooms[0] in asked
    asked.clear()
    with pytest.raises(ChannelRefused, match="no desk room"):
        await gateway.send_card(second, "key-2")
    assert asked == []
    world.rooms.seen(name, rooms[1], kind="group", name="Two", new_for=sides[1].id)
    world.rooms.set_desk(name, rooms[1], "", sides[1].id)
    await gateway.send_card(second, "key-3")
    assert rooms[1] in asked
    assert rooms[0] not in asked
    # Given away, a room is nobody's desk any more: neither its former owner's nor, before they choose it, the new one's.
    world.rooms.give(name, rooms[1], sides[0].id)
    asked.clear()
    with pytest.raises(ChannelRefused, match="no desk room"):
        await gateway.send_card(second, "key-4")
    assert asked == []


async def test_one_person_in_two_organisations_goes_from_one_to_the_other(
    world: World, sides: tuple[Side, Side]
) -> None:
    eins, zwei = sides
    guest = world.people.add("Gast", "trainer", zwei.id)
    link = f"http://desk/login/{world.people.login_link(guest.id)}"
    volunteer = eins.visitors["volunteer"]
    assert (await volunteer.press("/account/memberships", {"link": link, "password": "wrong"})).status == 403
    joined = await volunteer.press("/account/memberships", {"link": link, "password": PASSWORD})
    assert "part of your account" in await joined.text()
    assert "Zwei together" in await volunteer.page("/account")
    refused = await volunteer.press(
        "/account/organisation", {"person": str(guest.id), "password": "wrong wrong"}
    )
    assert refused.status == 403
    stranger = zwei.people["admin"]
    assert (
        await volunteer.press("/account/organisation", {"person": str(stranger), "password": PASSWORD})
    ).status == 403
    await volunteer.press("/account/organisation", {"person": str(guest.id), "password": PASSWORD})
    me = await (await volunteer.get("/api/me")).json()
    assert me["person"]["name"] == "Gast" if "person" in me else "Gast" in json.dumps(me)
    page = await volunteer.page("/library")
    assert "says Zwei" in page
    assert "says Eins" not in page
    assert (await volunteer.get("/cases")).status == 403  # the role is that of this organisation


async def test_a_room_of_a_shared_chat_system_is_its_organisations(
    world: World, sides: tuple[Side, Side]
) -> None:
    _, zwei = sides
    world.rooms.ensure("matrix", "!shared:x", name="Shared")
    assert world.rooms.owner("matrix", "!nobody:x") == 1
    world.rooms.give("matrix", "!shared:x", zwei.id)
    # The gateway speaks for the installation and knows of no organisations.
    message = InboundMessage(
        1, "matrix", "!shared:x", "s1", "@eve:x", "They are vermin here too.", datetime.now(UTC)
    )
    number = (await world.intake.receive(message)).case_id
    assert number is not None
    assert number in [case.id for case in world.casework.queue(zwei.id)]
    assert number not in [case.id for case in world.casework.queue(1)]
    assert await world.intake.redacted(1, "matrix", "!shared:x", "s1") == number
    assert world.casework.view(number, zwei.id).status == "withdrawn"


async def test_no_card_of_another_organisation_goes_to_a_chat_system_with_one_desk_room(
    world: World, sides: tuple[Side, Side]
) -> None:
    class OneDesk(PracticeChannel):
        knows_organisations = False

    one = OneDesk(world.bus)
    dispatcher = Dispatcher(world.practice_spaces._sessions, {"matrix": one})
    await dispatcher.drain()
    assert one.lines(one.desk_room) == []
    assert all(one.lines(one.desk_of(side.id)) == [] for side in sides)
    with world.engine.connect() as connection:
        states = connection.execute(
            text("SELECT DISTINCT state FROM outbox WHERE channel = 'matrix' AND kind = 'card'")
        )
        assert states.scalars().all() == ["dead"]
