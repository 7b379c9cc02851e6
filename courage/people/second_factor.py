"""A second factor of logins: time-based codes (RFC 6238) of an authenticator, and recovery codes for when it is lost.

Passkeys (:mod:`courage.people.passkeys`) are a second factor too: whoever has one is asked for it, or for a code.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Final

import pyotp
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import Clock, utcnow
from courage.db.engine import empty_log, writing
from courage.db.erasures import remember
from courage.db.models.doors import Passkey
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.people.doors import record
from courage.people.errors import CannotUnseal, PersonError
from courage.people.recovery import CODES, codes_left, forget_codes, fresh_codes, has_passkey, use_code
from courage.people.sealing import MARK, Seal, is_sealed

__all__ = ["CODES", "SecondFactor"]

_STEP: Final = 30
_WHOSE: Final = "a number says whose second factor it is"
_WHOSE_ALL: Final = "the key is the installation's"
_WRONG: Final = "this code is wrong, used or too old; take the newest one, or a recovery code"


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").casefold()


class SecondFactor:
    """Sets up, checks and takes away second factors. Everything is synchronous.

    :param seal: encrypts what the database keeps; without it second factors can be looked for and taken away only.
    :param make: makes secrets, for tests.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        seal: Seal | None = None,
        *,
        clock: Clock = utcnow,
        make: Callable[[], str] = pyotp.random_base32,
    ) -> None:
        self._sessions = sessions
        self._seal = seal
        self._clock = clock
        self._make = make

    def needed(self, person_id: int) -> bool:
        """Return whether somebody logs in with a code or a passkey too."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return self._has_authenticator(session, person_id) or has_passkey(session, person_id)

    def has_authenticator(self, person_id: int) -> bool:
        """Return whether somebody has an authenticator that makes codes."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return self._has_authenticator(session, person_id)

    @staticmethod
    def _has_authenticator(session: Session, person_id: int) -> bool:
        return session.scalar(select(Person.second_factor).where(Person.id == person_id)) is not None

    def left(self, person_id: int) -> int:
        """Return how many recovery codes somebody has not used yet."""
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return codes_left(session, person_id)

    def propose(self, name: str, organisation: str) -> tuple[str, str]:
        """Return a fresh secret and its address for an authenticator; nothing is kept before :meth:`turn_on`."""
        secret = self._make()
        return secret, self.address(secret, name, organisation)

    @staticmethod
    def address(secret: str, name: str, organisation: str) -> str:
        """Return the address by which an authenticator takes a secret over."""
        label = f"{name} ({organisation})".replace(":", " ")  # a colon parts issuer and name there
        return pyotp.TOTP(secret).provisioning_uri(name=label, issuer_name="Courage")

    def turn_on(self, person_id: int, secret: str, code: str) -> tuple[str, ...]:
        """Keep a secret, once a code shows that the authenticator has it; return the recovery codes, shown this once.

        :raises PersonError: if the code is not of this secret, or there is a second factor already.
        """
        try:
            step = self._step_of(secret, _plain(code), 0)
        except (ValueError, TypeError):
            step = None
        if step is None or len(secret) > 64:
            raise PersonError(
                "this code is not of the secret that was shown; look whether the clock is right",
                say="factor.not_shown",
            )
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = session.get(Person, person_id)
            if person is None or person.second_factor is not None:
                raise PersonError("there is a second factor already; take it away first", say="factor.there")
            person.second_factor, person.second_factor_step = self._key.close(secret, person_id), step
            record(session, person, "factor_on", at=self._clock())
            return fresh_codes(session, person)

    def check(self, person_id: int, code: str) -> None:
        """Let pass a code of the authenticator, or a recovery code, each once; whoever has no second factor passes.

        Whoever has passkeys and no authenticator passes with a recovery code alone.

        :raises PersonError: if it is wrong, was used or is too old.
        :raises CannotUnseal: if it is no recovery code, and the secret was encrypted with another key.
        """
        plain = _plain(code)
        lost: CannotUnseal | None = None
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = session.get(Person, person_id)
            if person is None:
                raise PersonError(_WRONG, say="factor.wrong")
            if person.second_factor is None and not has_passkey(session, person_id):
                return
            step = None
            try:
                if person.second_factor is not None:
                    secret = self._opened(person_id, person.second_factor)
                    step = self._step_of(secret, plain, person.second_factor_step)
            except CannotUnseal as error:
                lost = error
            if step is not None:
                # One statement decides, so that two uses of a code at the same moment cannot both win.
                won = session.execute(
                    update(Person)
                    .where(Person.id == person_id, Person.second_factor_step < step)
                    .values(second_factor_step=step)
                    .returning(Person.id)
                ).first()
                right = won is not None
            else:
                right = use_code(session, person_id, plain)
            if not right:
                raise lost or PersonError(_WRONG, say="factor.wrong")

    def turn_off(self, person_id: int) -> bool:
        """Take the authenticator away; recovery codes stay where there is a passkey. Return whether there was one."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = session.get(Person, person_id)
            if person is None or person.second_factor is None:
                return False
            person.second_factor, person.second_factor_step = None, 0
            record(session, person, "factor_off", at=self._clock())
            forget_codes(session, person)
            return True

    def reset(self, person_id: int) -> bool:
        """Take every second factor away from somebody who lost them, passkeys too; return whether there was one."""
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = session.get(Person, person_id)
            if person is None or (person.second_factor is None and not has_passkey(session, person_id)):
                return False
            for passkey in session.scalars(select(Passkey).where(Passkey.person_id == person_id)).all():
                remember(session, "passkey", passkey.credential_hash)
                session.delete(passkey)
            person.second_factor, person.second_factor_step = None, 0
            record(session, person, "factor_reset", at=self._clock())
            forget_codes(session, person)
            return True

    def seal_all(self) -> int:
        """Encrypt what earlier versions kept as it was; return how many. Safe to call at every start."""
        return self._rewrite(
            ~Person.second_factor.startswith(MARK), lambda person, kept: self._key.close(kept, person)
        )

    def unseal_all(self) -> int:
        """Write all secrets as the versions before encryption read them; return how many.

        :raises CannotUnseal: if one was encrypted with another key; nothing is changed then.
        """
        return self._rewrite(
            Person.second_factor.startswith(MARK), lambda person, kept: self._key.open(kept, person)
        )

    def lost(self) -> int:
        """Return how many second factors were encrypted with another key."""
        found = 0
        with self._sessions() as session:
            scope_to_every(session, _WHOSE_ALL)
            rows = session.execute(
                select(Person.id, Person.second_factor).where(Person.second_factor.is_not(None))
            )
            for person, kept in rows:
                try:
                    self._opened(person, kept or "")
                except CannotUnseal:
                    found += 1
        return found

    def _rewrite(self, which: ColumnElement[bool], new: Callable[[int, str], str]) -> int:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE_ALL)
            rows = session.execute(
                select(Person.id, Person.second_factor).where(Person.second_factor.is_not(None), which)
            ).all()
        if not rows:
            return 0
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE_ALL)
            for person, kept in rows:
                session.execute(
                    update(Person)
                    .where(Person.id == person, Person.second_factor == kept)  # as it was read, or not at all
                    .values(second_factor=new(person, kept or ""))
                )
        empty_log(self._sessions)
        return len(rows)

    @property
    def _key(self) -> Seal:
        if self._seal is None:
            raise CannotUnseal
        return self._seal

    def _opened(self, person_id: int, kept: str) -> str:
        return self._key.open(kept, person_id) if is_sealed(kept) else kept

    def _step_of(self, secret: str, code: str, after: int) -> int | None:
        """Return the step of time that a code is of, if it is later than ``after``; clocks may differ by one step."""
        now = int(self._clock().timestamp()) // _STEP
        made = pyotp.TOTP(secret)
        for step in (now, now - 1, now + 1):
            if step > after and secrets.compare_digest(made.generate_otp(step).encode(), code.encode()):
                return step
        return None
