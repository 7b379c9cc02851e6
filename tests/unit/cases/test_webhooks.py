"""Webhooks: a real receiver, whose library checks what it gets; addresses that may not be called; failures."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from sqlalchemy import select
from standardwebhooks import Webhook as Receiver
from standardwebhooks import WebhookVerificationError

from courage.cases.errors import CaseError, ChannelError, ChannelRefused, NotAllowed
from courage.cases.failed_deliveries import FailedDeliveries
from courage.cases.outbox import Dispatcher, OutboxSettings
from courage.cases.webhooks.events import EVENTS
from courage.cases.webhooks.guard import Guard
from courage.cases.webhooks.service import WebhookNotFound, Webhooks
from courage.cases.webhooks.signing import new_secret
from courage.db.engine import writing
from courage.db.models.cases import Case
from courage.db.models.delivery import Organisation, Outbox
from courage.db.models.webhooks import Webhook
from courage.gateways.webhooks import WebhookSender
from courage.people.organisations import Organisations
from tests.unit.cases.kit import World

HERE = "127.0.0.0/8"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Program:
    """Another program: takes events, and answers as it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[Answer] = []
        self.url = ""

    async def take(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if self.answers:
            return await self.answers.pop(0)(request)
        self.got.append((dict(request.headers), body))
        return web.Response(status=204)

    def events(self, secret: str) -> list[dict[str, Any]]:
        """Return what came, each checked as a receiver's library checks it."""
        verifier = Receiver(secret)
        return [verifier.verify(body, headers) for headers, body in self.got]

    def kinds(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
async def program() -> AsyncIterator[Program]:
    found = Program()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", found.take)
    async with TestServer(app) as server:
        found.url = str(server.make_url("/hook"))
        yield found


@pytest.fixture
def admin(world: World) -> int:
    return world.people.add("Ada", "admin").id


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    found = WebhookSender(Guard([HERE]), patience=5)
    yield found
    await found.close()


@pytest.fixture
def hooks(world: World) -> Webhooks:
    return Webhooks(world.sessions, Guard([HERE]), bus=world.bus, clock=world.clock)


@pytest.fixture
def dispatcher(world: World, sender: WebhookSender) -> Dispatcher:
    world.dispatcher = Dispatcher(
        world.sessions,
        {**world.channels, sender.name: sender},
        OutboxSettings(tries=3),
        bus=world.bus,
        recommender=world.recommender,  # type: ignore[arg-type]
        clock=world.clock,
        chance=lambda: 1.0,
    )
    return world.dispatcher


async def test_a_case_is_told_from_its_opening_to_its_end(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    _, secret = hooks.add(admin, program.url)
    case_id = await world.case()
    await world.posted(case_id)
    world.casework.close(case_id, world.ann)
    await dispatcher.drain()
    told = program.events(secret)
    assert [event["type"] for event in told] == ["case.opened", "case.answered", "case.closed"]
    opened, answered, closed = (event["data"] for event in told)
    assert opened["case_id"] == case_id
    assert (opened["status"], opened["lane"], opened["category"]) == ("open", "counter", "dehumanisation")
    assert opened["room"] == {"channel": "test", "name": opened["room"]["name"]}
    assert answered["status"] == "replied"
    assert (closed["status"], closed["outcome"]) == ("closed", "closed")
    assert told[0]["timestamp"].endswith("Z")


async def test_no_text_and_nobody_is_in_an_event_unless_texts_were_chosen(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hooks.add(admin, program.url)
    await world.posted(await world.case("they are vermin", author="@eve:x"))
    everything = b"".join(body for _, body in program.got).decode()
    assert program.kinds() == ["case.opened", "case.answered"]
    for hidden in ("vermin", "@eve", "Response number", "Ann"):
        assert hidden not in everything
    (hook,) = hooks.list(admin)
    hooks.remove(admin, hook.id)
    program.got.clear()
    hooks.add(admin, program.url, with_text=True)
    await world.posted(await world.case("they are vermin, again", "$2"))
    first, last = (json.loads(body)["data"] for _, body in program.got)
    assert first["text"] == "they are vermin, again"
    assert last["reply"].startswith("Response number")
    assert "@eve" not in b"".join(body for _, body in program.got).decode()


@pytest.mark.parametrize(
    ("text", "act", "wanted"),
    [
        ("I will kill you", None, ["case.opened", "case.escalated"]),
        ("they are vermin", "escalate", ["case.opened", "case.escalated"]),
        ("they are vermin", "dismiss", ["case.opened", "case.closed"]),
    ],
)
async def test_other_ways_of_a_case_are_told_too(
    world: World,
    hooks: Webhooks,
    program: Program,
    admin: int,
    dispatcher: Dispatcher,
    text: str,
    act: str | None,
    wanted: list[str],
) -> None:
    hooks.add(admin, program.url)
    case_id = await world.case(text)
    if act is not None:
        getattr(world.casework, act)(case_id, world.ann)
    await dispatcher.drain()
    assert program.kinds() == wanted
    if act == "dismiss":
        assert json.loads(program.got[-1][1])["data"]["outcome"] == "dismissed"


async def test_an_edit_that_escalates_is_told_once(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hooks.add(admin, program.url)
    await world.case("they are vermin")
    for minutes, text in enumerate(
        ("I will kill you", "I will kill you, all of you", "I will kill you"), start=1
    ):
        at = world.clock() + timedelta(minutes=minutes)
        await world.intake.receive(world.message(text, edited=True, sent_at=at))
    await dispatcher.drain()
    assert program.kinds() == ["case.opened", "case.escalated"]
    assert json.loads(program.got[-1][1])["data"]["status"] == "escalated"


async def test_only_events_that_were_asked_for_are_told(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hooks.add(admin, program.url, ["case.escalated"])
    await world.case()
    await world.case("I will kill you", "$2")
    await dispatcher.drain()
    assert program.kinds() == ["case.escalated"]


async def test_a_changed_event_is_noticed_by_the_receivers_library(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    _, secret = hooks.add(admin, program.url)
    await world.case()
    await dispatcher.drain()
    headers, body = program.got[0]
    Receiver(secret).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(secret).verify(body.replace(b"opened", b"closed"), headers)
    with pytest.raises(WebhookVerificationError):
        Receiver(new_secret()).verify(body, headers)


async def test_a_receiver_that_fails_hears_it_again_under_the_same_id(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    _, secret = hooks.add(admin, program.url, ["case.opened"])
    seen: list[str] = []

    async def fails(request: web.Request) -> web.Response:
        seen.append(request.headers["webhook-id"])
        return web.Response(status=500)

    async def not_now(request: web.Request) -> web.Response:
        seen.append(request.headers["webhook-id"])
        return web.Response(status=503, headers={"Retry-After": "60"})

    program.answers = [fails, not_now]
    await world.case()
    await dispatcher.drain()
    assert program.got == []
    world.clock.pass_(seconds=1)
    await dispatcher.drain()
    world.clock.pass_(seconds=59)  # as long as the receiver asked for
    await dispatcher.drain()
    assert program.got == []
    world.clock.pass_(seconds=2)
    await dispatcher.drain()
    assert len(program.events(secret)) == 1
    assert {*seen, program.got[0][0]["webhook-id"]} == {seen[0]}


async def test_what_was_never_taken_is_among_the_failed_deliveries_and_can_be_retried(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    _, secret = hooks.add(admin, program.url, ["case.opened"])

    async def fails(_: web.Request) -> web.Response:
        return web.Response(status=500)

    program.answers = [fails, fails, fails]
    case_id = await world.case()
    for _ in range(4):
        await dispatcher.drain()
        world.clock.pass_(minutes=10)
    failed = FailedDeliveries(world.sessions, bus=world.bus, clock=world.clock)
    (lost,) = failed.list(world.mia)
    assert (lost.kind, lost.channel, lost.case_id) == ("webhook", "webhook", case_id)
    assert lost.reason == "answered 500 (tried 3 times)"
    (seen,) = hooks.list(admin)
    assert (seen.failed, seen.waiting, seen.trouble) == (1, 0, lost.reason)
    failed.retry(lost.id, world.mia)
    await dispatcher.drain()
    assert [event["type"] for event in program.events(secret)] == ["case.opened"]
    assert failed.list(world.mia) == []


async def test_one_receiver_that_is_away_holds_up_nobody_else(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hooks.add(admin, "http://127.0.0.1:9/closed", ["case.opened"])
    hooks.add(admin, program.url, ["case.opened"])
    await world.case()
    await world.case("more vermin", "$2")
    await dispatcher.drain()
    assert program.kinds() == ["case.opened", "case.opened"]
    assert len(world.channel.cards) == 2


async def test_a_redirect_is_not_followed(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hooks.add(admin, program.url, ["case.opened"])

    async def elsewhere(_: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": program.url})

    program.answers = [elsewhere]
    await world.case()
    await dispatcher.drain()
    assert program.got == []
    (lost,) = FailedDeliveries(world.sessions).list(world.mia)
    assert "redirects are not followed" in lost.reason


async def test_a_receiver_that_never_answers_is_left_alone(program: Program) -> None:
    asked = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    sender = WebhookSender(Guard([HERE]), patience=0.3)
    program.answers = [silent]
    with pytest.raises(ChannelError, match="no answer within"):
        await sender.post_event(program.url, new_secret(), "evt_1", b"{}")
    assert asked.is_set()
    await sender.close()


async def test_an_endless_answer_is_not_read(sender: WebhookSender, program: Program) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            while True:
                await response.write(b"x" * 65_536)
        return response

    program.answers = [endless]
    async with asyncio.timeout(4):
        assert await sender.post_event(program.url, new_secret(), "evt_1", b"{}") == "evt_1"


async def test_a_webhook_that_was_switched_off_or_removed_hears_nothing_more(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    off, _ = hooks.add(admin, program.url)
    gone, _ = hooks.add(admin, program.url)
    await world.case()
    hooks.switch(admin, off.id, on=False)
    hooks.remove(admin, gone.id)
    await dispatcher.drain()
    await world.case("more vermin", "$2")
    await dispatcher.drain()
    assert program.got == []
    hooks.switch(admin, off.id, on=True)
    await world.case("yet more vermin", "$3")
    await dispatcher.drain()
    assert program.kinds() == ["case.opened"]


async def test_a_new_secret_ends_the_old_one(
    world: World, hooks: Webhooks, program: Program, admin: int, dispatcher: Dispatcher
) -> None:
    hook, old = hooks.add(admin, program.url)
    new = hooks.renew_secret(admin, hook.id)
    hooks.test(admin, hook.id)
    await dispatcher.drain()
    assert [event["type"] for event in program.events(new)] == ["webhook.test"]
    with pytest.raises(WebhookVerificationError):
        program.events(old)


@pytest.mark.parametrize(
    ("address", "encrypted", "fine"),
    [
        ("93.184.216.34", True, True),
        ("93.184.216.34", False, False),
        ("2606:2800:220:1:248:1893:25c8:1946", True, True),
        ("127.0.0.1", True, False),
        ("0.0.0.0", True, False),
        ("10.1.2.3", True, False),
        ("172.17.0.1", True, False),
        ("192.168.1.1", True, False),
        ("100.64.0.1", True, False),
        ("169.254.169.254", True, False),
        ("224.0.0.1", True, False),
        ("255.255.255.255", True, False),
        ("::1", True, False),
        ("::", True, False),
        ("fe80::1", True, False),
        ("fe80::1%eth0", True, False),
        ("fd00::1", True, False),
        ("::ffff:127.0.0.1", True, False),
        ("::ffff:10.0.0.1", True, False),
        ("64:ff9b::7f00:1", True, False),
        ("64:ff9b::a9fe:a9fe", True, False),
        ("64:ff9b::5db8:d822", True, True),  # a public one, behind a translator
        ("64:ff9b:1::7f00:1", True, False),
        ("::127.0.0.1", True, False),
        ("::7f00:1", True, False),
        ("::ffff:0:127.0.0.1", True, False),
        ("2002:7f00:1::", True, False),
        ("2002:5db8:d822::1", True, False),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", True, False),
        ("fec0::1", True, False),
        ("ff02::1", True, False),
    ],
)
def test_private_addresses_are_not_called_however_they_are_written(
    address: str, encrypted: bool, fine: bool
) -> None:
    assert Guard().allows(address, encrypted=encrypted) is fine


def test_what_the_operator_allows_may_be_called() -> None:
    guard = Guard(["10.0.0.0/24", "::1"])
    assert guard.allows("10.0.0.7", encrypted=False)
    assert guard.allows("::ffff:10.0.0.7", encrypted=False)
    assert guard.allows("::1", encrypted=False)
    assert not guard.allows("10.0.1.7", encrypted=True)


class Pointing(AbstractResolver):
    """A name server under somebody's control: every name is this machine, but not when it is looked at first."""

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        import socket

        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None:
        return None


async def test_a_name_that_points_into_this_machine_is_not_called(program: Program) -> None:
    sender = WebhookSender(Guard())
    url = Guard().check_url(program.url.replace("http://127.0.0.1", "https://hook.example.org"))
    session = sender._calls.session(encrypted=True)
    session.connector._resolver = Pointing()  # type: ignore[union-attr]
    with pytest.raises(ChannelRefused, match="may not reach"):
        await sender.post_event(url, new_secret(), "evt_1", b"{}")
    assert program.got == []
    await sender.close()


async def test_a_literal_address_of_this_machine_is_not_called_either(program: Program) -> None:
    sender = WebhookSender(Guard())
    for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f.1"):
        url = program.url.replace("http://127.0.0.1", f"https://{host}")
        with pytest.raises(ChannelError):
            await sender.post_event(url, new_secret(), "evt_1", b"{}")
    assert program.got == []
    await sender.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://example.org/x", "write it as https://"),
        ("example.org/hook", "write it as https://"),
        ("https://", "write it as https://"),
        ("https://[::1", "this is no address"),
        ("https://example.org:99999/", "this is no address"),
        ("https://ann:secret@example.org/", "no name, password"),
        ("https://example.org/#x", "no name, password or #"),
        ("http://example.org/hook", "write https"),
        ("https://127.0.0.1/hook", "may not reach"),
        ("https://[::1]/hook", "may not reach"),
        ("https://169.254.169.254/latest/meta-data", "may not reach"),
        ("https://exam ple.org/", "no blanks"),
        ("https://example.org/" + "x" * 500, "at most 500"),
    ],
)
def test_an_address_that_cannot_be_is_named(world: World, admin: int, url: str, said: str) -> None:
    with pytest.raises(CaseError, match=said):
        Webhooks(world.sessions).add(admin, url)


def test_events_that_do_not_exist_are_named(hooks: Webhooks, admin: int) -> None:
    with pytest.raises(CaseError, match=r"case\.vanished.*case\.opened"):
        hooks.add(admin, "https://example.org/", ["case.vanished"])
    with pytest.raises(CaseError, match="at least one"):
        hooks.add(admin, "https://example.org/", [])
    assert hooks.add(admin, "https://example.org/", EVENTS[::-1])[0].events == EVENTS


def test_only_admins_and_only_of_the_own_organisation(world: World, hooks: Webhooks, admin: int) -> None:
    with writing(world.sessions) as session:
        session.add(Organisation(id=2, name="Others"))
    stranger = world.people.add("Zoe", "admin", 2).id
    hook, _ = hooks.add(admin, "https://example.org/")
    assert hooks.list(stranger) == []
    with pytest.raises(WebhookNotFound):
        hooks.remove(stranger, hook.id)
    with pytest.raises(WebhookNotFound):
        hooks.renew_secret(stranger, hook.id)
    for person in (world.ann, world.mia, world.tom):
        with pytest.raises(NotAllowed):
            hooks.list(person)


async def test_another_organisations_cases_are_not_told(
    world: World, hooks: Webhooks, program: Program, dispatcher: Dispatcher
) -> None:
    with writing(world.sessions) as session:
        session.add(Organisation(id=2, name="Others"))
    hooks.add(world.people.add("Zoe", "admin", 2).id, program.url)
    await world.case()
    await dispatcher.drain()
    assert program.got == []


async def test_an_export_has_the_webhook_and_not_its_secret(
    world: World, hooks: Webhooks, admin: int
) -> None:
    _, secret = hooks.add(admin, "https://example.org/hook")
    organisations = Organisations(world.sessions)
    found = organisations.get(1)
    assert found is not None
    lines = [line for table, line in organisations.lines(found) if table == "webhooks"]
    assert len(lines) == 1
    assert "example.org/hook" in lines[0]
    assert secret not in lines[0]


async def test_events_of_a_killed_process_are_told_once_it_is_back(
    world: World, hooks: Webhooks, program: Program, admin: int, sender: WebhookSender
) -> None:
    hooks.add(admin, program.url, ["case.opened"])
    case_id = await world.case()
    # The event is in the same transaction as the case: nothing was sent yet, and nothing is lost.
    with world.sessions() as session:
        query = select(Outbox.case_id).where(Outbox.organisation_id == 1, Outbox.kind == "webhook")
        assert session.scalars(query).all() == [case_id]
        assert session.scalar(select(Case.id).where(Case.organisation_id == 1)) == case_id
        assert session.scalar(select(Webhook.active).where(Webhook.organisation_id == 1))
    world.clock.now += timedelta(hours=1)
    later = Dispatcher(
        world.sessions, {**world.channels, sender.name: sender}, bus=world.bus, clock=world.clock
    )
    await later.drain()
    assert program.kinds() == ["case.opened"]
