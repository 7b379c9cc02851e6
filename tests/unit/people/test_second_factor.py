"""Codes of an authenticator and recovery codes, each good for once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest

from courage.db.engine import make_sessions
from courage.people.errors import PersonError
from courage.people.people import People
from courage.people.second_factor import CODES, SecondFactor
from tests.databases import open_database


class Phone:
    """Somebody with an authenticator, and time that passes when told."""

    def __init__(self, folder: Path) -> None:
        sessions = make_sessions(open_database(folder / "courage.db"), strict=True)
        self.now = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
        self.factor = SecondFactor(sessions, clock=lambda: self.now)
        self.person = People(sessions).add("Ann", "volunteer").id
        self.secret, self.address = self.factor.propose("Ann", "Ours & theirs")

    def code(self, steps: int = 0) -> str:
        return pyotp.TOTP(self.secret).at(int(self.now.timestamp()) + 30 * steps)

    def turn_on(self) -> tuple[str, ...]:
        return self.factor.turn_on(self.person, self.secret, self.code())


@pytest.fixture
def phone(tmp_path: Path) -> Phone:
    return Phone(tmp_path)


def test_it_is_on_only_once_the_authenticator_showed_a_code(phone: Phone) -> None:
    assert pyotp.parse_uri(phone.address).secret == phone.secret  # type: ignore[union-attr]
    for wrong in ("000000", "", "x" * 50, phone.code(-5)):
        with pytest.raises(PersonError):
            phone.factor.turn_on(phone.person, phone.secret, wrong)
    with pytest.raises(PersonError):
        phone.factor.turn_on(phone.person, "no secret!", "123456")
    assert not phone.factor.needed(phone.person)
    assert len(set(phone.turn_on())) == CODES
    assert phone.factor.needed(phone.person)
    with pytest.raises(PersonError, match="already"):
        phone.turn_on()


def test_a_code_is_good_once_and_around_its_time(phone: Phone) -> None:
    phone.turn_on()
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, phone.code())  # the one that turned it on
    phone.now += timedelta(seconds=60)
    phone.factor.check(phone.person, f" {phone.code()[:3]} {phone.code()[3:]} ")
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, phone.code())
    phone.now += timedelta(seconds=90)
    phone.factor.check(phone.person, phone.code(-1))  # a clock that is slow
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, phone.code(-2))
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, phone.code(3))


def test_a_recovery_code_is_good_once(phone: Phone) -> None:
    first, second, *_ = phone.turn_on()
    phone.factor.check(phone.person, first.upper())
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, first)
    phone.factor.check(phone.person, second.replace("-", " "))
    assert phone.factor.left(phone.person) == CODES - 2


def test_of_two_uses_at_the_same_moment_one_wins(phone: Phone) -> None:
    phone.turn_on()
    phone.now += timedelta(seconds=60)
    code = phone.code()

    def use(_: int) -> bool:
        try:
            phone.factor.check(phone.person, code)
        except PersonError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(use, range(6))) == 1


def test_it_can_be_taken_away_with_all_its_codes(phone: Phone) -> None:
    code, *_ = phone.turn_on()
    assert phone.factor.turn_off(phone.person)
    assert not phone.factor.turn_off(phone.person)
    assert phone.factor.left(phone.person) == 0
    phone.factor.check(phone.person, "whatever")  # nothing is asked for any more
    phone.now += timedelta(seconds=60)
    phone.turn_on()
    with pytest.raises(PersonError):
        phone.factor.check(phone.person, code)
