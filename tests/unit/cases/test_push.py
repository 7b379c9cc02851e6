"""Notices to browsers: a stand-in for the push service, and http_ece, a library that is not ours, as the browser."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from courage.cases.errors import CaseError
from courage.cases.webhooks.guard import Guard
from courage.db.models.delivery import Outbox
from courage.db.models.notices import PushSubscription
from courage.gateways.push.encryption import BadKeys, encrypt
from courage.gateways.push.sender import PushSender
from courage.gateways.push.vapid import Vapid
from courage.i18n.catalogue import default_catalogue
from courage.people.errors import PersonError
from courage.people.notices import MOST_BROWSERS, NoticeWish
from tests.push_service import PushService, push_service
from tests.unit.cases.kit import KEY, World
from tests.unit.cases.notice_kit import ADDRESS, Desk, make_desk

HATE, THREAT = "they are vermin", "I will kill these vermin"


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with push_service() as found:
        yield found


@pytest.fixture
def desk(world: World) -> Desk:
    return make_desk(world)


@pytest.fixture
async def push(desk: Desk) -> AsyncIterator[PushSender]:
    found = PushSender(
        Vapid(KEY, "mailto:desk@example.org"), Guard(["127.0.0.0/8"]), default_catalogue(), desk.notices.gone,
        address=ADDRESS, organisation="Garden, against hate", clock=desk.world.clock,
    )  # fmt: skip
    yield found
    await found.close()


def allow(desk: Desk, service: PushService, person_id: int, **wish: bool) -> None:
    """Let somebody's browser be told, as the page does."""
    desk.notices.subscribe(person_id, 1, service.endpoint, service.public_key, service.auth_secret)
    desk.notices.choose(person_id, 1, NoticeWish(**(wish or {"push_digest": True})))  # type: ignore[arg-type]


def browsers(desk: Desk) -> list[int]:
    with desk.world.sessions() as session:
        return list(session.scalars(select(PushSubscription.person_id)))


def test_encryption_is_that_of_the_standards_own_example() -> None:
    """RFC 8291, section 5 and appendix A."""

    def raw(value: str) -> bytes:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))

    ours = ec.derive_private_key(
        int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
    )
    body = encrypt(
        b"When I grow up, I want to be a watermelon",
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "BTBZMqHH6r4Tts7J_aSIgg",
        ours=ours,
        salt=raw("DGv6ra1nlYgDCS1FRnbzlw"),
    )
    assert body == raw(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6Tlz"
        "AC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


async def test_a_browser_is_told_how_many_cases_wait_and_nobody_on_the_way_reads_it(
    desk: Desk, service: PushService, push: PushSender, world: World
) -> None:
    allow(desk, service, world.ann)
    world.people.change(world.ann, languages=["de"])
    await world.case(HATE)
    desk.digests.look()
    await desk.dispatcher(push).drain()
    ((headers, body),) = service.got
    assert service.told == [
        {
            "title": "Garden, against hate", "body": "1 Fall wartet auf eine Antwort.", "lang": "de", "dir": "ltr",
            "tag": "courage-digest", "url": f"{ADDRESS}/cases",
        }
    ]  # fmt: skip
    assert b"Fall" not in body
    assert (headers["Content-Encoding"], headers["TTL"], headers["Topic"]) == (
        "aes128gcm",
        "3600",
        "courage-digest",
    )
    key, claims = service.sender(headers)
    assert key == push.public_key
    assert claims["aud"] == service.origin
    assert claims["sub"] == "mailto:desk@example.org"
    assert 0 < claims["exp"] - world.clock().timestamp() <= 24 * 3600


async def test_an_alarm_is_urgent_and_says_no_more_than_that(
    desk: Desk, service: PushService, push: PushSender, world: World
) -> None:
    allow(desk, service, world.mia, push_alarm=True)
    await world.case(THREAT)
    await desk.dispatcher(push).drain()
    (told,) = service.told
    assert told["body"] == "1 escalated case waits for the moderators."
    assert service.got[0][0]["Urgency"] == "high"


@pytest.mark.parametrize("status", [404, 410])
async def test_a_browser_that_is_gone_is_forgotten(
    desk: Desk, service: PushService, push: PushSender, world: World, status: int
) -> None:
    allow(desk, service, world.ann)
    await world.case(HATE)
    desk.digests.look()
    service.answers = [status]
    await desk.dispatcher(push).drain()
    assert browsers(desk) == []
    world.clock.pass_(days=2)
    assert desk.digests.look() == 0


async def test_a_service_that_is_busy_is_asked_again_and_one_that_sends_elsewhere_is_not_followed(
    desk: Desk, service: PushService, push: PushSender, world: World
) -> None:
    allow(desk, service, world.ann)
    await world.case(HATE)
    desk.digests.look()
    service.answers = [503, 429]
    dispatcher = desk.dispatcher(push)
    for _ in range(3):
        await dispatcher.drain()
        world.clock.pass_(minutes=6)
    assert len(service.got) == 1
    assert browsers(desk) == [world.ann]
    service.answers = [302]
    world.clock.pass_(days=1)
    desk.digests.look()
    await dispatcher.drain()
    assert len(service.got) == 1
    with world.sessions() as session:
        last = session.scalar(select(Outbox).where(Outbox.channel == "push").order_by(Outbox.id.desc()))
    assert last is not None
    assert (last.state, last.last_error) == ("dead", "answered 302")


async def test_a_browser_that_somebody_else_uses_now_is_theirs_alone(
    desk: Desk, service: PushService, push: PushSender, world: World
) -> None:
    allow(desk, service, world.ann)
    allow(desk, service, world.bob)
    assert browsers(desk) == [world.bob]
    desk.notices.unsubscribe(world.ann, 1, service.endpoint)  # not hers any more
    assert browsers(desk) == [world.bob]
    desk.notices.unsubscribe(world.bob, 1, service.endpoint)
    assert browsers(desk) == []


async def test_nobody_has_browsers_without_end(desk: Desk, service: PushService, world: World) -> None:
    for number in range(MOST_BROWSERS):
        desk.notices.subscribe(
            world.ann, 1, f"https://push.example.org/{number}", service.public_key, "A" * 22
        )
    with pytest.raises(PersonError):
        desk.notices.subscribe(
            world.ann, 1, "https://push.example.org/one-more", service.public_key, "A" * 22
        )


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://127.0.0.1/x", "http://push.example.org/x", "https://10.0.0.1/x", "https://[::1]/x", "file:///etc/passwd",
        "https://169.254.169.254/latest", "https://user:password@push.example.org/x", "no address",
    ],
)  # fmt: skip
def test_addresses_inside_are_no_push_services(service: PushService, endpoint: str) -> None:
    guarded = PushSender(
        Vapid(KEY, "https://desk.example.org"), Guard(), default_catalogue(), lambda _: None, address=ADDRESS
    )
    guarded.check("https://push.example.org/x", service.public_key, service.auth_secret)
    with pytest.raises(CaseError):
        guarded.check(endpoint, service.public_key, service.auth_secret)


@pytest.mark.parametrize(
    ("public_key", "auth_secret"),
    [("", "A" * 22), ("A" * 87, "A" * 22), ("BA", "A" * 22), ("é" * 87, "A" * 22)],
)
def test_keys_that_are_none_are_refused(push: PushSender, public_key: str, auth_secret: str) -> None:
    with pytest.raises(CaseError):
        push.check("https://push.example.org/x", public_key, auth_secret)
    with pytest.raises(BadKeys):
        encrypt(b"x", public_key, auth_secret)


def test_the_key_of_the_installation_stays_and_is_its_own() -> None:
    assert Vapid(KEY, "x").public_key == Vapid(KEY, "x").public_key
    assert Vapid(KEY, "x").public_key != Vapid(KEY + b"2", "x").public_key
    assert (
        Vapid(KEY, "x").header("https://a.example", datetime(2026, 3, 1, tzinfo=UTC)).startswith("vapid t=")
    )
