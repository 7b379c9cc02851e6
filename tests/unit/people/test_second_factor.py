"""Codes of an authenticator and recovery codes, each good for once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, update

from courage.db.engine import make_sessions
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.people.errors import CannotUnseal, PersonError
from courage.people.people import People
from courage.people.sealing import Seal
from courage.people.second_factor import CODES, SecondFactor
from tests.databases import open_database


class Phone:
    """Somebody with an authenticator, and time that passes when told."""

    def __init__(self, folder: Path) -> None:
        sessions = make_sessions(open_database(folder / "courage.db"), strict=True)
        self.now = datetime(2026, 3, 1, 12, 0, 5, tzinfo=UTC)
        self.sessions = sessions
        self.factor = self.factors()
        self.person = People(sessions).add("Ann", "volunteer").id
        self.secret, self.address = self.factor.propose("Ann", "Ours & theirs")

    def factors(self, secret: bytes = b"the installation's secret") -> SecondFactor:
        return SecondFactor(self.sessions, Seal(secret, "second factor"), clock=lambda: self.now)

    def kept(self) -> str:
        with self.sessions() as session:
            scope_to_every(session, "a test looks into the database")
            found = session.scalar(select(Person.second_factor).where(Person.id == self.person))
            assert found is not None
            return found

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


def test_the_database_and_its_files_hold_no_secret(phone: Phone, tmp_path: Path) -> None:
    phone.turn_on()
    assert phone.secret not in phone.kept()
    for file in tmp_path.iterdir():
        assert phone.secret.encode() not in file.read_bytes(), file.name


def test_what_earlier_versions_kept_as_it_was_is_encrypted_and_still_works(
    phone: Phone, tmp_path: Path
) -> None:
    phone.turn_on()
    assert (
        phone.factor.unseal_all() == 1
    )  # as the version before had it, and as `courage update --back` leaves it
    assert phone.kept() == phone.secret
    phone.now += timedelta(seconds=60)
    phone.factor.check(phone.person, phone.code())
    assert (phone.factor.seal_all(), phone.factor.seal_all()) == (1, 0)
    for file in tmp_path.iterdir():
        assert phone.secret.encode() not in file.read_bytes(), file.name
    phone.now += timedelta(seconds=60)
    phone.factor.check(phone.person, phone.code())


def test_with_another_key_people_hear_what_to_do_and_recovery_codes_still_open(phone: Phone) -> None:
    codes = phone.turn_on()
    elsewhere = phone.factors(b"of another machine")
    phone.now += timedelta(seconds=60)
    assert (phone.factor.lost(), elsewhere.lost()) == (0, 1)
    with pytest.raises(CannotUnseal, match=r"secrets\.json.*reset-second-factor"):
        elsewhere.check(phone.person, phone.code())
    with pytest.raises(CannotUnseal):
        elsewhere.unseal_all()
    elsewhere.check(phone.person, codes[0])
    assert elsewhere.turn_off(phone.person)


def test_a_secret_moved_to_another_person_opens_nothing(phone: Phone) -> None:
    phone.turn_on()
    thief = People(phone.sessions).add("Eve", "volunteer").id
    with phone.sessions.begin() as session:
        scope_to_every(session, "somebody writes into the database")
        session.execute(update(Person).where(Person.id == thief).values(second_factor=phone.kept()))
    phone.now += timedelta(seconds=60)
    with pytest.raises(CannotUnseal):
        phone.factor.check(thief, phone.code())
