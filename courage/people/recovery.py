"""Recovery codes: ten for whoever has a second factor, of whatever kind; each opens once when it is lost."""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from courage.db.models.doors import Passkey
from courage.db.models.people import Person, RecoveryCode

#: How many recovery codes somebody gets, each good for once.
CODES: Final = 10
_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"


def has_passkey(session: Session, person_id: int) -> bool:
    """Say whether somebody has a passkey, which is a second factor too."""
    return session.scalar(select(Passkey.id).where(Passkey.person_id == person_id).limit(1)) is not None


def codes_left(session: Session, person_id: int) -> int:
    """Return how many recovery codes somebody has not used yet."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.person_id == person_id)
    return int(session.scalar(query) or 0)


def fresh_codes(session: Session, person: Person) -> tuple[str, ...]:
    """Give somebody new recovery codes in place of what they have, and return them: they are shown this once."""
    codes = tuple("".join(secrets.choice(_ALPHABET) for _ in range(10)) for _ in range(CODES))
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))
    session.add_all(
        RecoveryCode(
            organisation_id=person.organisation_id, person_id=person.id, code_hash=_hash(person.id, code)
        )
        for code in codes
    )
    return tuple(f"{code[:5]}-{code[5:]}" for code in codes)


def use_code(session: Session, person_id: int, code: str) -> bool:
    """Use a recovery code up; return whether it was one. One statement decides, so that no code is good twice."""
    won = session.execute(
        delete(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == _hash(person_id, code))
        .returning(RecoveryCode.id)
    ).first()
    return won is not None


def forget_codes(session: Session, person: Person) -> None:
    """Take somebody's recovery codes away once there is no second factor that they could stand in for."""
    session.flush()
    if person.second_factor is None and not has_passkey(session, person.id):
        session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person.id))


def _hash(person_id: int, code: str) -> str:
    # Recovery codes have 49 random bits and are tried at the pace of logins, so a plain hash with the person will do.
    return sha256(f"{person_id}\0{code}".encode("utf-8", "surrogatepass")).hexdigest()
