"""What has to be known of the mail server."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final

from courage.errors import CourageError
from courage.people.errors import PersonError
from courage.people.notices import check_address

#: How the connection is encrypted: after a greeting in the clear, from the start, or (on this machine only) not at all.
TLS: Final = ("starttls", "tls", "none")


@dataclass(frozen=True, slots=True)
class MailSettings:
    """Where mails go and whom they are from."""

    host: str
    sender: str
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        try:
            check_address(self.sender)
        except PersonError:
            raise CourageError(
                f"COURAGE_MAIL_FROM is {self.sender!r}; with COURAGE_MAIL_HOST it has to be an e-mail address, "
                "such as courage@example.org"
            ) from None
        if self.tls not in TLS:
            raise CourageError(f"COURAGE_MAIL_TLS is {self.tls!r}; allowed: {', '.join(TLS)}")
        if bool(self.user) != bool(self.password):
            raise CourageError(
                "COURAGE_MAIL_USER and COURAGE_MAIL_PASSWORD go together; give both or neither"
            )
        if self.tls == "none" and not _is_here(self.host):
            raise CourageError(
                f"COURAGE_MAIL_TLS=none is for a mail server on this machine; {self.host} is elsewhere, and mails "
                "carry links that let people in: choose starttls or tls"
            )


def _is_here(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.casefold() == "localhost"
