"""Where a request really comes from, behind proxies that the operator trusts and no others."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from aiohttp import web

from courage.errors import CourageError
from courage.web.keys import SERVICES


@lru_cache(maxsize=16)
def networks(trusted: Sequence[str]) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of trusted proxies.

    :raises CourageError: naming the entry that is no address or network.
    """
    found = []
    for entry in trusted:
        try:
            found.append(ip_network(entry, strict=False))
        except ValueError:
            raise CourageError(
                f"trusted_proxies: {entry[:60]!r} is no address or network, such as 127.0.0.1 or 10.0.0.0/8"
            ) from None
    return tuple(found)


def client_address(request: web.Request) -> str:
    """Return the address of the client: the last one in ``X-Forwarded-For`` that is no trusted proxy's.

    The header counts only if the connection itself comes from a trusted proxy, since anybody can write it. IPv6
    addresses are cut to their network of 64 bits, which one household or server has to itself.
    """
    trusted = networks(tuple(request.config_dict[SERVICES].trusted_proxies))
    hops = [hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]
    address = _plain(request.remote or "")
    while hops and address is not None and any(address in network for network in trusted):
        nearer = _plain(hops.pop())
        if nearer is None:
            break
        address = nearer
    if address is None:
        return request.remote or "?"
    return str(address) if address.version == 4 else str(ip_network(f"{address}/64", strict=False))


def _plain(text: str) -> IPv4Address | IPv6Address | None:
    """Return an address without port and brackets, IPv4 written as IPv6 as IPv4; ``None`` if it is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
