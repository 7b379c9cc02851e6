"""A real mail server for tests: aiosmtpd, with STARTTLS and a login, whose mails are read by Python's own parser."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

USER, PASSWORD = "desk", "a password of the mail server"


def certificate(folder: Path) -> Path:
    """Write a certificate for this machine with its key, and return the file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    path = folder / "mail.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + made.public_bytes(Encoding.PEM)
    )
    return path


class PostOffice:
    """Keeps what came; answers as it is told.

    ``refuses`` are answers to recipients by address, ``answers`` to whole mails, one after the other; ``taking`` is set
    while a mail is being taken, which then waits for ``go_on``.
    """

    def __init__(self, pem: Path) -> None:
        self.pem = pem
        self.port = 0
        self.raw: list[bytes] = []
        self.to: list[str] = []
        self.encrypted: list[bool] = []
        self.refuses: dict[str, str] = {}
        self.answers: list[str] = []
        self.slow = False
        self.taking = asyncio.Event()
        self.loop = asyncio.get_event_loop()

    @property
    def trust(self) -> ssl.SSLContext:
        """What a client believes that believes this server."""
        return ssl.create_default_context(cafile=str(self.pem))

    @property
    def mails(self) -> list[EmailMessage]:
        """What came, read by Python's parser with its default policy."""
        found = [message_from_bytes(raw, policy=default) for raw in self.raw]
        for mail in found:
            for part in mail.walk():
                assert part.defects == [], part.defects
        return found  # type: ignore[return-value]

    async def handle_RCPT(  # aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.refuses.get(address):
            return said
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.slow:
            self.loop.call_soon_threadsafe(self.taking.set)
            await asyncio.sleep(0.5)  # the mail is here, and its sender does not know yet
        if self.answers and not (said := self.answers.pop(0)).startswith("250"):
            return said
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.to += envelope.rcpt_tos
        self.encrypted.append(session.ssl is not None)
        return "250 taken"


def _knows(server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
    fine = isinstance(given, LoginPassword) and (given.login, given.password) == (
        USER.encode(),
        PASSWORD.encode(),
    )
    return AuthResult(success=fine, handled=False)  # the server itself says no


@contextmanager
def post_office(
    folder: Path, *, encrypts: bool = True, asks: bool = True, port: int = 0
) -> Iterator[PostOffice]:
    """Run a mail server on this machine.

    :param encrypts: whether it offers STARTTLS, and then takes nothing without; ``asks``: whether it asks for a login.
    """
    pem = folder / "mail.pem"
    found = PostOffice(pem if pem.exists() else certificate(folder))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(found.pem)
    more: dict[str, Any] = {"authenticator": _knows, "auth_required": True} if asks else {}
    if encrypts:
        more |= {"tls_context": context, "require_starttls": True}
    server = Controller(found, hostname="127.0.0.1", port=port or free_port(), **more)
    server.start()
    found.port = server.port
    try:
        yield found
    finally:
        server.stop()


def free_port() -> int:
    """Return a port that nobody listens on."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
