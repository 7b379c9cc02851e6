"""Passkeys open for whom they were made, at the desk's address, once a challenge, and for nobody else."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courage.db.engine import make_sessions
from courage.people.errors import PersonError
from courage.people.passkeys import MOST, Place, place_of
from courage.people.people import People
from courage.people.sealing import Seal
from courage.people.tickets import Tickets
from tests.databases import open_database
from tests.unit.people.authenticator import Authenticator

pytestmark = pytest.mark.slow  # an authenticator, and every answer that it may give

PLACE = place_of("https://desk.example.org/courage")
KEY = b"k" * 32


class Desk:
    """People of one database, as two engines see them."""

    def __init__(self, folder: Path) -> None:
        self.now = datetime(2026, 3, 1, tzinfo=UTC)
        self.engine = open_database(folder / "desk.db")
        sessions = make_sessions(self.engine, strict=True)
        self.people, self.other = (
            People(sessions, tickets=Tickets(sessions, Seal(KEY, "tickets"), clock=lambda: self.now))
            for _ in range(2)
        )
        self.ann = self.people.add("Ann", "volunteer").id
        self.ben = self.people.add("Ben", "volunteer").id

    def key(self, whose: int | None = None, **how: Any) -> Authenticator:
        """Return a key that is among somebody's passkeys."""
        whose = self.ann if whose is None else whose
        key = Authenticator(PLACE.origin, PLACE.rp_id, **how)
        asked = self.people.passkeys.ask_to_make(whose, PLACE, "Test community")
        self.people.passkeys.make(whose, asked.ticket, key.make(asked.options), "a key", PLACE)
        return key

    def come(self, key: Authenticator, /, **wrong: Any) -> int:
        """Log in with a key; return who that is."""
        asked = self.people.passkeys.ask_to_come(PLACE)
        for name, value in wrong.items():
            setattr(key, name, value)
        return self.people.passkeys.come(asked.ticket, key.answer(asked.options), PLACE)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Return a desk."""
    found = Desk(tmp_path)
    yield found
    found.engine.dispose()


def said(error: pytest.ExceptionInfo[PersonError]) -> str:
    """Return the sentence that people get."""
    return str(error.value.say)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("https://desk.example.org", Place("desk.example.org", "https://desk.example.org")),
        ("https://Desk.example.org:8443/folder", Place("desk.example.org", "https://desk.example.org:8443")),
        ("https://desk.example.org:443", Place("desk.example.org", "https://desk.example.org")),
        ("http://localhost:8080", Place("localhost", "http://localhost:8080")),
        ("https://bücher.example", Place("xn--bcher-kva.example", "https://xn--bcher-kva.example")),
    ],
)
def test_where_passkeys_are_good_is_what_the_browser_sees(address: str, place: Place) -> None:
    assert place_of(address) == place


@pytest.mark.parametrize(
    "address",
    ["http://desk.example.org", "http://127.0.0.1:8080", "https://192.168.4.5", "https://[::1]", ""],
)
def test_an_address_at_which_browsers_make_none_is_refused_by_name(address: str) -> None:
    with pytest.raises(PersonError) as error:
        place_of(address)
    assert said(error) == "passkey.address"
    assert "COURAGE_PUBLIC_URL" in str(error.value)


def test_somebody_comes_in_with_any_of_several_passkeys(desk: Desk) -> None:
    first, second = desk.key(), desk.key(synced=True, counts=False)
    other = desk.key(desk.ben)
    assert [desk.come(key) for key in (first, second, other, first)] == [
        desk.ann,
        desk.ann,
        desk.ben,
        desk.ann,
    ]
    assert first.handle == second.handle != other.handle
    views = desk.people.passkeys.of(desk.ann, PLACE)
    assert [(view.name, view.synced, view.here) for view in views] == [
        ("a key", False, True),
        ("a key", True, True),
    ]
    assert [event.kind for event in desk.people.door_events.of(desk.ann)] == ["passkey_added"] * 2


def test_what_one_engine_asked_another_takes_and_only_once(desk: Desk) -> None:
    key = desk.key()
    asked = desk.people.passkeys.ask_to_come(PLACE)
    answer = key.answer(asked.options)
    assert desk.other.passkeys.come(asked.ticket, answer, PLACE) == desk.ann
    for people in (desk.people, desk.other):
        with pytest.raises(PersonError) as error:
            people.passkeys.come(asked.ticket, answer, PLACE)
        assert said(error) == "passkey.too_slow"


def test_a_ticket_written_otherwise_is_the_same_ticket(desk: Desk) -> None:
    tickets = desk.people.tickets
    ticket = tickets.give("login", {"person": 1})
    assert tickets.use("login", ticket) == {"person": 1}
    for written in (ticket, ticket + "=", ticket + "==", ticket[:-1] + chr(ord(ticket[-1]) ^ 1)):
        assert tickets.use("login", written) is None
    assert tickets.read("something else", tickets.give("login", {})) is None


def test_a_challenge_is_for_five_minutes(desk: Desk) -> None:
    key = desk.key()
    asked = desk.people.passkeys.ask_to_come(PLACE)
    desk.now += timedelta(minutes=5, seconds=1)
    with pytest.raises(PersonError) as error:
        desk.people.passkeys.come(asked.ticket, key.answer(asked.options), PLACE)
    assert said(error) == "passkey.too_slow"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"origin": "https://desk.example.org.evil.example"}, "passkey.elsewhere"),
        ({"origin": "http://desk.example.org"}, "passkey.elsewhere"),
        ({"rp_id": "evil.example"}, "passkey.wrong"),
        ({"verified": False}, "passkey.unverified"),
        ({"key": Authenticator("", "").key}, "passkey.wrong"),
        ({"credential": b"another" * 5}, "passkey.wrong"),
        ({"handle": "b3RoZXI"}, "passkey.wrong"),
    ],
)
def test_an_answer_that_is_wrong_in_one_thing_opens_nothing(desk: Desk, wrong: Any, sentence: str) -> None:
    key = desk.key()
    with pytest.raises(PersonError) as error:
        desk.come(key, **wrong)
    assert said(error) == sentence


def test_an_answer_to_another_question_opens_nothing(desk: Desk) -> None:
    key, passkeys = desk.key(), desk.people.passkeys
    first, second = passkeys.ask_to_come(PLACE), passkeys.ask_to_come(PLACE)
    with pytest.raises(PersonError):
        passkeys.come(first.ticket, key.answer(second.options), PLACE)
    asked = passkeys.ask_second(desk.ann, PLACE)
    assert asked
    with pytest.raises(PersonError):  # that a device may be held by anybody is enough only after a password
        passkeys.come(asked.ticket, key.answer(asked.options), PLACE)


def test_after_a_password_the_passkey_has_to_be_the_same_persons(desk: Desk) -> None:
    anns, bens, passkeys = desk.key(verified=False), desk.key(desk.ben), desk.people.passkeys
    asked = passkeys.ask_second(desk.ann, PLACE)
    assert asked
    with pytest.raises(PersonError):
        passkeys.second(desk.ann, asked.ticket, bens.answer(asked.options), PLACE)
    asked, of_ben = passkeys.ask_second(desk.ann, PLACE), passkeys.ask_second(desk.ben, PLACE)
    assert asked
    assert of_ben
    with pytest.raises(PersonError):
        passkeys.second(desk.ann, of_ben.ticket, anns.answer(of_ben.options), PLACE)
    passkeys.second(desk.ann, asked.ticket, anns.answer(asked.options), PLACE)


def test_nobody_adds_a_passkey_to_another(desk: Desk) -> None:
    passkeys = desk.people.passkeys
    asked = passkeys.ask_to_make(desk.ann, PLACE, "x")
    key = Authenticator(PLACE.origin, PLACE.rp_id)
    with pytest.raises(PersonError):
        passkeys.make(desk.ben, asked.ticket, key.make(asked.options), "mine", PLACE)
    taken, asked = desk.key(), passkeys.ask_to_make(desk.ben, PLACE, "x")
    with pytest.raises(PersonError) as error:  # the id of a passkey that is somebody else's
        passkeys.make(desk.ben, asked.ticket, taken.make(asked.options), "mine", PLACE)
    assert said(error) == "passkey.known"
    assert desk.people.passkeys.of(desk.ben) == []


def test_a_copy_that_counts_from_where_it_was_made_is_refused_and_noted(desk: Desk) -> None:
    key = desk.key(count=5)
    copy = Authenticator(
        PLACE.origin, PLACE.rp_id, count=5, handle=key.handle, credential=key.credential, key=key.key
    )
    assert desk.come(key) == desk.come(key) == desk.ann
    with pytest.raises(PersonError) as error:
        desk.come(copy)
    assert said(error) == "passkey.copied"
    assert desk.people.door_events.of(desk.ann)[0].kind == "passkey_copied"
    with pytest.raises(PersonError):  # counting no more is no way around
        desk.come(copy, count=0, counts=False)


def test_of_a_key_and_its_copy_at_the_same_moment_one_comes_in(desk: Desk) -> None:
    key, passkeys = desk.key(), desk.people.passkeys
    asked = [passkeys.ask_to_come(PLACE) for _ in range(6)]
    answers = []
    for one in asked:
        key.count = 7  # each counts to eight
        answers.append(key.answer(one.options))
    won: list[int] = []

    def come(number: int) -> None:
        with contextlib.suppress(PersonError):
            won.append(passkeys.come(asked[number].ticket, answers[number], PLACE))

    threads = [threading.Thread(target=come, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [desk.ann]


@pytest.mark.parametrize("synced", [True, False])
def test_passkeys_that_never_count_and_those_on_several_devices_go_on_working(
    desk: Desk, synced: bool
) -> None:
    """Touch ID and KeePassXC always say 0; the devices of a synced passkey do not count together."""
    never = desk.key(synced=synced, counts=False)
    assert desk.come(never) == desk.come(never) == desk.ann
    if synced:
        moved = desk.key(synced=True, count=9)
        assert desk.come(moved) == desk.ann
        assert desk.come(moved, count=2) == desk.come(moved, count=0, counts=False) == desk.ann


def test_recovery_codes_come_with_the_first_second_factor_and_go_with_the_last(desk: Desk) -> None:
    factor, passkeys = desk.people.second_factor, desk.people.passkeys
    assert not factor.needed(desk.ann)
    factor.check(desk.ann, "anything")  # nothing is asked of who has none
    key, asked = Authenticator(PLACE.origin, PLACE.rp_id), passkeys.ask_to_make(desk.ann, PLACE, "x")
    first, codes = passkeys.make(desk.ann, asked.ticket, key.make(asked.options), "first", PLACE)
    asked = passkeys.ask_to_make(desk.ann, PLACE, "x")
    key = Authenticator(PLACE.origin, PLACE.rp_id)
    second, none = passkeys.make(desk.ann, asked.ticket, key.make(asked.options), "second", PLACE)
    assert (len(codes), none) == (10, ())
    assert factor.needed(desk.ann)
    with pytest.raises(PersonError):
        factor.check(desk.ann, "anything")
    factor.check(desk.ann, codes[0])
    with pytest.raises(PersonError):
        factor.check(desk.ann, codes[0])
    assert factor.left(desk.ann) == 9
    passkeys.remove(desk.ann, first.id)
    assert factor.left(desk.ann) == 9
    with pytest.raises(PersonError):
        passkeys.remove(desk.ben, second.id)
    passkeys.remove(desk.ann, second.id)
    assert factor.left(desk.ann) == 0
    assert not factor.needed(desk.ann)
    kinds = [event.kind for event in desk.people.door_events.of(desk.ann)]
    assert kinds == ["passkey_removed"] * 2 + ["passkey_added"] * 2


def test_whoever_lost_them_all_is_helped_by_a_reset(desk: Desk) -> None:
    key = desk.key()
    assert desk.people.second_factor.reset(desk.ann)
    assert not desk.people.second_factor.needed(desk.ann)
    assert not desk.people.second_factor.reset(desk.ann)
    with pytest.raises(PersonError):
        desk.come(key)
    assert desk.people.door_events.of(desk.ann)[0].kind == "factor_reset"


def test_a_removed_passkey_opens_nothing_and_there_is_an_end_to_how_many(desk: Desk) -> None:
    keys = [desk.key() for _ in range(MOST)]
    with pytest.raises(PersonError) as error:
        desk.people.passkeys.ask_to_make(desk.ann, PLACE, "x")
    assert said(error) == "passkey.many"
    desk.people.passkeys.remove(desk.ann, desk.people.passkeys.of(desk.ann)[0].id)
    with pytest.raises(PersonError):
        desk.come(keys[0])
    assert desk.come(keys[1]) == desk.ann


def test_at_another_address_of_the_desk_an_old_passkey_is_named_and_not_asked_for(desk: Desk) -> None:
    desk.key()
    moved = place_of("https://new.example.org")
    assert [view.here for view in desk.people.passkeys.of(desk.ann, moved)] == [False]
    assert desk.people.passkeys.ask_second(desk.ann, moved) is None
    assert desk.people.second_factor.needed(desk.ann)  # a move must not open accounts


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=20)
    | st.sampled_from(["public-key", "AAAA", "id"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "rawId",
                    "type",
                    "response",
                    "clientDataJSON",
                    "attestationObject",
                    "authenticatorData",
                    "signature",
                    "userHandle",
                    "transports",
                ]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(_JSON.map(json.dumps), st.text(max_size=60)), st.integers(0, 400), st.integers(0, 255))
def test_whatever_a_browser_sends_is_refused_in_a_sentence(
    desk: Desk, junk: str, place: int, byte: int
) -> None:
    passkeys = desk.people.passkeys
    for answer in (junk, None):
        key = Authenticator(PLACE.origin, PLACE.rp_id)
        asked = passkeys.ask_to_make(desk.ben, PLACE, "x")
        if answer is None:  # a true answer with one byte changed
            good = json.loads(key.make(asked.options))
            raw = bytearray(good["response"]["attestationObject"].encode())
            raw[place % len(raw)] = byte % 128
            good["response"]["attestationObject"] = raw.decode("ascii")
            answer = json.dumps(good)
        # Anything but this error fails; the byte that was changed may be one that nothing hangs on.
        with contextlib.suppress(PersonError):
            passkeys.make(desk.ben, asked.ticket, answer, "x", PLACE)
            passkeys.remove(desk.ben, passkeys.of(desk.ben)[0].id)
        come = passkeys.ask_to_come(PLACE)
        with pytest.raises(PersonError) as refused:
            passkeys.come(come.ticket, answer, PLACE)
        assert refused.value.say
