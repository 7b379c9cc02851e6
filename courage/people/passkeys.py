"""Passkeys (WebAuthn): a way in by itself where the device makes sure who holds it, else a second factor.

What is kept is the public key and the name that the person gave it. Challenges are tickets
(:mod:`courage.people.tickets`), so any engine takes the answer to a challenge that another gave, and takes it once.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from courage.clock import Clock, utcnow
from courage.db.engine import writing
from courage.db.erasures import remember
from courage.db.models.doors import Passkey
from courage.db.models.people import Person
from courage.db.scope import scope_to_every
from courage.people.access import find_person
from courage.people.doors import record
from courage.people.errors import PersonError
from courage.people.recovery import codes_left, forget_codes, fresh_codes
from courage.people.tickets import Tickets

#: Most passkeys of one person, and how long a name is.
MOST: Final = 20
LONGEST_NAME: Final = 80
#: Longest answer of a browser, as JSON.
LONGEST_ANSWER: Final = 30_000
_WHOSE: Final = "a passkey or a number says whose it is"
_MAKE, _COME, _SECOND = "passkey", "passkey login", "passkey as second factor"
_WRONG: Final = "this passkey does not fit; it may have been removed here"


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys are good: the host they are bound to, and the address that the browser must be at."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class PasskeyView:
    """A passkey as its person sees it; ``here`` says whether it works at the desk's address of today."""

    id: int
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None
    here: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """What a browser is asked: ``options`` for it as JSON, ``ticket`` comes back with the answer."""

    ticket: str
    options: dict[str, Any]


def place_of(address: str) -> Place:
    """Return the place of the address under which people open the desk.

    :raises PersonError: if browsers make no passkeys there: it has to be https with a name, or localhost.
    """
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
        numbered = ip_address(host) is not None
    except (ValueError, UnicodeError):
        numbered = False
    local = host == "localhost" or host.endswith(".localhost")
    if not host or numbered or not (parts.scheme == "https" or (parts.scheme == "http" and local)):
        raise PersonError(
            f"passkeys need an address with https and a name, or localhost; this desk is at {address or '?'} "
            "(COURAGE_PUBLIC_URL)",
            say="passkey.address", address=address or "?",
        )  # fmt: skip
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return Place(host, f"{parts.scheme}://{host}{port}")


class Passkeys:
    """Makes, checks and takes away passkeys. Everything is synchronous."""

    def __init__(self, sessions: sessionmaker[Session], tickets: Tickets, *, clock: Clock = utcnow) -> None:
        self._sessions = sessions
        self._tickets = tickets
        self._clock = clock

    def of(self, person_id: int, place: Place | None = None) -> list[PasskeyView]:
        """Return somebody's passkeys, the oldest first."""
        return [
            PasskeyView(
                row.id, row.name, row.synced, row.created_at, row.last_used_at,
                place is not None and row.rp_id == place.rp_id,
            )
            for row in self._rows(person_id)
        ]  # fmt: skip

    def _rows(self, person_id: int) -> list[Passkey]:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            query = select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.id)
            return list(session.scalars(query))

    def ask_to_make(self, person_id: int, place: Place, organisation: str) -> Asked:
        """Return what a browser is asked to make a passkey for somebody.

        :raises PersonError: if they have too many.
        """
        rows = self._rows(person_id)
        if len(rows) >= MOST:
            raise PersonError(
                f"more than {MOST} passkeys are too many; remove one first", say="passkey.many", most=MOST
            )
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            name = find_person(session, person_id).name
        handle = rows[0].user_handle if rows else bytes_to_base64url(secrets.token_bytes(32))
        challenge = secrets.token_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=place.rp_id,
            rp_name=f"Courage ({organisation})",
            user_id=base64url_to_bytes(handle),
            user_name=name,
            challenge=challenge,
            # A security key without room for more, or without a PIN, is still good as a second factor.
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.PREFERRED,
            ),
            exclude_credentials=_descriptors(rows, place),
        )
        says = {"challenge": bytes_to_base64url(challenge), "person": person_id, "handle": handle}
        return Asked(self._tickets.give(_MAKE, says), _plain(options))

    def make(
        self, person_id: int, ticket: str, answer: str, name: str, place: Place
    ) -> tuple[PasskeyView, tuple[str, ...]]:
        """Keep the passkey that a browser made; return it, and recovery codes if there were none before.

        :raises PersonError: if the answer is not to the question that was asked, or the passkey is known already.
        """
        says = self._asked(_MAKE, ticket)
        if says["person"] != person_id:
            raise PersonError(_WRONG, say="passkey.wrong")
        try:
            found = webauthn.verify_registration_response(
                credential=_answer(answer),
                expected_challenge=base64url_to_bytes(says["challenge"]),
                expected_rp_id=place.rp_id,
                expected_origin=place.origin,
            )
        except Exception as error:  # whatever the library makes of what somebody sent: it is no passkey
            raise _refused(error) from None
        name = " ".join(name.split())[:LONGEST_NAME] or "Passkey"
        try:
            with writing(self._sessions) as session:
                scope_to_every(session, _WHOSE)
                person = find_person(session, person_id)
                row = Passkey(
                    organisation_id=person.organisation_id,
                    person_id=person_id,
                    name=name,
                    credential=bytes_to_base64url(found.credential_id),
                    credential_hash=_hash(found.credential_id),
                    public_key=bytes_to_base64url(found.credential_public_key),
                    user_handle=says["handle"],
                    rp_id=place.rp_id,
                    sign_count=found.sign_count,
                    synced=found.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
                    created_at=self._clock(),
                )
                session.add(row)
                session.flush()
                record(session, person, "passkey_added", name, at=self._clock())
                codes = () if codes_left(session, person_id) else fresh_codes(session, person)
                view = PasskeyView(row.id, row.name, row.synced, row.created_at, None, True)
        except IntegrityError:
            raise PersonError("this passkey is known already", say="passkey.known") from None
        return view, codes

    def ask_to_come(self, place: Place) -> Asked:
        """Return what the browser of a stranger is asked: any passkey of this place, whose device made sure who holds it."""
        return self._ask(_COME, place, [], UserVerificationRequirement.REQUIRED, 0)

    def ask_second(self, person_id: int, place: Place) -> Asked | None:
        """Return what the browser of somebody whose password was right is asked; ``None`` where they have no passkey here."""
        known = _descriptors(self._rows(person_id), place)
        if not known:
            return None
        return self._ask(_SECOND, place, known, UserVerificationRequirement.DISCOURAGED, person_id)

    def _ask(
        self,
        purpose: str,
        place: Place,
        known: list[PublicKeyCredentialDescriptor],
        verification: UserVerificationRequirement,
        person_id: int,
    ) -> Asked:
        challenge = secrets.token_bytes(32)
        options = webauthn.generate_authentication_options(
            rp_id=place.rp_id, challenge=challenge, allow_credentials=known, user_verification=verification
        )
        says = {"challenge": bytes_to_base64url(challenge), "person": person_id}
        return Asked(self._tickets.give(purpose, says), _plain(options))

    def come(self, ticket: str, answer: str, place: Place) -> int:
        """Return whose passkey answered; it stands for password and second factor together.

        :raises PersonError: if none did, or the device did not make sure who holds it.
        """
        return self._check(_COME, ticket, answer, place, None)

    def second(self, person_id: int, ticket: str, answer: str, place: Place) -> None:
        """Let pass a passkey of somebody whose password was right.

        :raises PersonError: if it is not theirs or does not fit.
        """
        self._check(_SECOND, ticket, answer, place, person_id)

    def _check(self, purpose: str, ticket: str, answer: str, place: Place, person_id: int | None) -> int:
        says = self._asked(purpose, ticket)
        if person_id is not None and says["person"] != person_id:
            raise PersonError(_WRONG, say="passkey.wrong")
        given = _answer(answer)
        try:
            known = self._known(base64url_to_bytes(given["rawId"]))
        except (KeyError, TypeError, ValueError):
            raise PersonError(_WRONG, say="passkey.wrong") from None
        if known is None or known.rp_id != place.rp_id or person_id not in (None, known.person_id):
            raise PersonError(_WRONG, say="passkey.wrong")
        try:
            found = webauthn.verify_authentication_response(
                credential=given,
                expected_challenge=base64url_to_bytes(says["challenge"]),
                expected_rp_id=place.rp_id,
                expected_origin=place.origin,
                credential_public_key=base64url_to_bytes(known.public_key),
                credential_current_sign_count=0,  # how it counts is looked at below
                require_user_verification=person_id is None,
            )
        except Exception as error:  # as when it is made
            raise _refused(error) from None
        handle = (given.get("response") or {}).get("userHandle")
        if handle and handle != known.user_handle:
            raise PersonError(_WRONG, say="passkey.wrong")
        if not self._counted(known, found.new_sign_count):
            self._note_copy(known)
            raise PersonError(
                "this passkey counts fewer uses than are known here, as a copy would; log in another way, remove it "
                "and add it anew",
                say="passkey.copied",
            )
        return known.person_id

    def _counted(self, known: Passkey, count: int) -> bool:
        """Take a use into account; ``False``: it was counted before, so there is a copy.

        Passkeys that are on several devices do not count together, and many never count: theirs says nothing.
        """
        counts = not known.synced and (count or known.sign_count)
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            used = update(Passkey).where(Passkey.id == known.id)
            if counts:  # in one statement, so that of a key and its copy at the same moment one is refused
                used = used.where(Passkey.sign_count < count)
            won = session.execute(
                used.values(sign_count=count, last_used_at=self._clock()).returning(Passkey.id)
            ).first()
            return won is not None

    def _note_copy(self, known: Passkey) -> None:
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            person = session.get_one(Person, known.person_id)
            record(session, person, "passkey_copied", known.name, at=self._clock())

    def _known(self, credential: bytes) -> Passkey | None:
        with self._sessions() as session:
            scope_to_every(session, _WHOSE)
            return session.scalar(select(Passkey).where(Passkey.credential_hash == _hash(credential)))

    def _asked(self, purpose: str, ticket: str) -> dict[str, Any]:
        says = self._tickets.use(purpose, ticket)
        if says is None:
            raise PersonError(
                "the passkey was asked for too long ago, or this answer was sent before; try once more",
                say="passkey.too_slow",
            )
        return says

    def remove(self, person_id: int, passkey_id: int) -> str:
        """Take a passkey away and return its name; with the last second factor the recovery codes go.

        :raises PersonError: if somebody has none of this number.
        """
        with writing(self._sessions) as session:
            scope_to_every(session, _WHOSE)
            row = session.get(Passkey, passkey_id)
            if row is None or row.person_id != person_id:
                raise PersonError("there is no such passkey of yours", say="problem.404")
            name = row.name
            remember(session, "passkey", row.credential_hash)
            session.delete(row)
            person = session.get_one(Person, person_id)
            record(session, person, "passkey_removed", name, at=self._clock())
            forget_codes(session, person)
            return name


def _plain(options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return found


def _descriptors(rows: list[Passkey], place: Place) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(row.credential))
        for row in rows
        if row.rp_id == place.rp_id
    ]


def _answer(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise PersonError(_WRONG, say="passkey.wrong")
    return found


def _refused(error: Exception) -> PersonError:
    """Return what to say for an answer that does not fit; where the browser was elsewhere, that is said."""
    if "origin" in str(error):
        return PersonError(
            "the browser was at another address than this desk's; open it under the address in COURAGE_PUBLIC_URL",
            say="passkey.elsewhere",
        )
    if "verification is required" in str(error):
        return PersonError(
            "the device did not make sure who holds it (PIN, fingerprint); log in with the password, then with this passkey",
            say="passkey.unverified",
        )
    return PersonError(_WRONG, say="passkey.wrong")


def _hash(credential: bytes) -> str:
    return sha256(credential).hexdigest()
