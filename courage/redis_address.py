"""The address of a Redis: what is allowed, and the name under which an installation goes there."""

from __future__ import annotations

import hmac
from typing import Annotated, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr
from sqlalchemy.engine import make_url

#: What is let through, in words.
ALLOWED: Final = (
    "redis://USER:PASSWORD@HOST:PORT/NUMBER, rediss:// the same with TLS (?ssl_ca_certs=FILE for an authority of your own), "
    "unix://USER:PASSWORD@/PATH?db=NUMBER, all but HOST or PATH may be left out, or none"
)
#: The rest of what redis-py reads there would change what we promise: timeouts, retries, whose certificate is believed.
_OPTIONS: Final = frozenset({"db", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile"})


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
        host, port = parts.hostname, parts.port
    except ValueError:  # whose words may quote a part of the password
        return False
    number = options.pop("db", None)
    if parts.scheme == "unix":
        placed = not host and port is None and len(parts.path) > 1
        tls = False
    else:
        placed = bool(host) and port != 0
        tls = parts.scheme == "rediss"
        number = number if number is not None else unquote(parts.path).removeprefix("/") or None
    return (
        parts.scheme in ("redis", "rediss", "unix")
        and placed
        and (number is None or (number.isascii() and number.isdigit()))
        and options.keys() <= _OPTIONS
        and (tls or not options)
        and not parts.fragment
        and not any(sign.isspace() for sign in text)
    )


def _checked(address: SecretStr) -> SecretStr:
    text = address.get_secret_value()
    if text and not _is_address(text):  # it is not quoted: a password may stand in it
        raise ValueError(
            "this is no address of a Redis (what is special in a password is written as in %23 for #)"
        )
    return address


#: A setting that is the address of a Redis, or empty.
RedisAddress = Annotated[SecretStr, AfterValidator(_checked), Field(json_schema_extra={"allowed": ALLOWED})]


def installation_name(key: bytes, database: str) -> str:
    """Return the name under which an installation goes on a Redis that others use too: letters and digits that tell nothing.

    Of the database only its name counts: engines on different machines may reach it by different addresses.

    :param key: a key that only the engines of the installation have.
    :param database: SQLAlchemy's address of the database.
    """
    named = make_url(database).database or ""
    return hmac.digest(key, f"installation on Redis: {named}".encode(), "sha256").hex()[:16]
