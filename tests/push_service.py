"""Stands in for a browser and its push service: takes what is sent, and reads it with a library that is not ours."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def text(value: bytes) -> str:
    """Return bytes as the standards write them."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def raw(value: str) -> bytes:
    """Return what such a text stands for."""
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))


@dataclass
class PushService:
    """Keeps what came for its one browser; ``answers`` are what it says next, then it takes everything."""

    origin: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """Where the browser is told."""
        return f"{self.origin}/push/of-this-browser"

    @property
    def public_key(self) -> str:
        """The browser's key, ``p256dh``."""
        return text(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    @property
    def auth_secret(self) -> str:
        """The browser's secret, ``auth``."""
        return text(self.secret)

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the browser reads of what came, by http_ece."""
        return [
            json.loads(
                http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
            )
            for _, body in self.got
        ]

    def sender(self, headers: dict[str, str]) -> tuple[str, dict[str, Any]]:
        """Return the key that signed a request and what it claims; the signature is checked."""
        scheme, _, rest = headers["Authorization"].partition(" ")
        assert scheme == "vapid"
        given = dict(part.strip().split("=", 1) for part in rest.split(","))
        head, claims, sign = given["t"].split(".")
        assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
        both = raw(sign)
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw(given["k"]))
        found = encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
        public.verify(found, f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        return given["k"], json.loads(raw(claims))

    async def take(self, request: web.Request) -> web.Response:
        """Take a notice."""
        body = await request.read()
        if self.answers:
            status = self.answers.pop(0)
            return web.Response(status=status, headers={"Location": self.origin} if status < 400 else {})
        self.got.append((dict(request.headers), body))
        return web.Response(status=201)


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Run the stand-in on this machine."""
    found = PushService()
    app = web.Application()
    app.router.add_post("/push/{browser}", found.take)
    async with TestServer(app) as server:
        found.origin = str(server.make_url("")).rstrip("/")
        yield found
