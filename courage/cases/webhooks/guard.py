"""Which addresses may be called: none inside this machine's networks, unless the operator allows them.

Whoever may add a webhook could else let the engine speak with what only the engine can reach. The address is looked at
when the connection is made, so that a name that points elsewhere by then is no way around.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any, Final
from urllib.parse import urlsplit

from courage.cases.errors import CaseError

Network = IPv4Network | IPv6Network
_LONGEST: Final = 500
#: All public IPv6 addresses of single machines.
_UNICAST: Final = ip_network("2000::/3")
#: Writes IPv4 addresses into IPv6 ones (RFC 6052), so what lies behind counts.
_NAT64: Final = ip_network("64:ff9b::/96")


class AddressRefused(OSError):
    """The address that a name stands for may not be called."""


def networks_of(entries: Sequence[str]) -> tuple[Network, ...]:
    """Return networks.

    :raises ValueError: naming the entry that is no address or network.
    """
    found = []
    for entry in entries:
        try:
            found.append(ip_network(entry, strict=False))
        except ValueError:
            raise ValueError(
                f"{entry[:60]!r} is no address or network, such as 10.0.0.5 or 10.0.0.0/8"
            ) from None
    return tuple(found)


class Guard:
    """Knows which addresses may be called: public ones, and those in ``networks``; without TLS the latter only."""

    def __init__(self, networks: Sequence[str] = ()) -> None:
        self._networks = networks_of(networks)

    def allows(self, address: str, *, encrypted: bool) -> bool:
        """Say whether an address (no name) may be called."""
        found = _real(ip_address(address.partition("%")[0]))
        if any(found in network for network in self._networks):
            return True
        return encrypted and _public(found)

    def socket_factory(self, *, encrypted: bool) -> Any:
        """Return what makes the connection's socket, and refuses where it would lead to.

        :raises AddressRefused: by what is returned.
        """

        def make(info: tuple[Any, ...]) -> socket.socket:
            family, kind, protocol, _, where = info
            if not self.allows(str(where[0]), encrypted=encrypted):
                raise AddressRefused("the address lies in a network that webhooks may not reach")
            return socket.socket(family=family, type=kind, proto=protocol)

        return make

    def check_url(self, url: str) -> str:
        """Return an address in the form that it is kept in.

        :raises CaseError: naming what is wrong with it. What a name stands for is looked at when it is called.
        """
        url = url.strip()
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise CaseError(
                "this is no address; write it as https://example.org/hook", say="webhooks.no_address"
            ) from None
        if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url:
            raise CaseError(
                f"an address has at most {_LONGEST} plain characters and no blanks", say="webhooks.no_address"
            )
        if parts.scheme not in ("https", "http") or not host:
            raise CaseError(
                "this is no address; write it as https://example.org/hook", say="webhooks.no_address"
            )
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise CaseError(
                "an address has no name, password or #; events are signed instead", say="webhooks.no_secret"
            )
        if parts.scheme == "http" and not self._networks:
            raise CaseError(
                "events travel encrypted: write https (http only within COURAGE_WEBHOOK_NETWORKS)",
                say="webhooks.https",
            )
        try:
            literal = str(ip_address(host))
        except ValueError:
            return url
        if not self.allows(literal, encrypted=parts.scheme == "https"):
            raise CaseError(
                f"{host} lies in a network that webhooks may not reach; the operator can allow it by "
                "COURAGE_WEBHOOK_NETWORKS",
                say="webhooks.out_of_bounds", host=host,
            )  # fmt: skip
        return url


def _public(address: IPv4Address | IPv6Address) -> bool:
    """Say whether an address is on the public internet, and not one inside which another stands.

    Python calls ``::127.0.0.1`` global, and tunnels lead to whatever address stands in theirs.
    """
    if isinstance(address, IPv6Address) and (
        address not in _UNICAST or address.sixtofour is not None or address.teredo is not None
    ):
        return False
    return address.is_global and not address.is_multicast


def _real(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, if it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address
