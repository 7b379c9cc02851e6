"""A provider of logins that can be told to lie, for tests: what a desk must not believe comes from it."""

from __future__ import annotations

import base64
import json
import secrets
import time
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "the desk", "a secret: with % and ü"


class LyingProvider:
    """Speaks OpenID Connect over real HTTP. ``claims`` and the like say how the next ID token is wrong."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
        self.published = [self.key]
        self.subject = "1234"
        self.issuer = ""
        self.slash = ""
        self.says_iss = False
        self.about: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.without: tuple[str, ...] = ()
        self.sign: Any = None
        self.userinfo: dict[str, Any] = {}
        self.auth_methods = ["client_secret_basic"]
        self.codes: dict[str, dict[str, str]] = {}
        self.asked_keys = 0
        self.server: TestServer | None = None

    async def start(self) -> None:
        """Listen."""
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._about)
        app.router.add_get("/keys", self._keys)
        app.router.add_post("/token", self._token)
        app.router.add_get("/userinfo", self._userinfo)
        self.server = TestServer(app)
        await self.server.start_server()
        self.issuer = str(self.server.make_url("/")).rstrip("/")

    async def stop(self) -> None:
        """Listen no more."""
        if self.server is not None:
            await self.server.close()

    async def _about(self, _: web.Request) -> web.Response:
        found = {
            "issuer": self.issuer + self.slash, "authorization_endpoint": f"{self.issuer}/authorize?theme=plain",
            "token_endpoint": f"{self.issuer}/token", "jwks_uri": f"{self.issuer}/keys", "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end", "token_endpoint_auth_methods_supported": self.auth_methods,
            "authorization_response_iss_parameter_supported": self.says_iss,
        }  # fmt: skip
        return web.json_response(found | self.about)

    async def _keys(self, _: web.Request) -> web.Response:
        self.asked_keys += 1
        strange = {"kty": "strange", "kid": "x"}
        return web.json_response({"keys": [strange, *(key.as_dict(private=False) for key in self.published)]})

    async def _userinfo(self, _: web.Request) -> web.Response:
        return web.json_response(self.userinfo)

    def authorize(self, address: str) -> str:
        """Let the person through whom a desk sent to this address; return the query with which they come back."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["theme"] == "plain"
        assert (asked["client_id"], asked["response_type"]) == (CLIENT, "code")
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        iss = f"&iss={self.issuer}{self.slash}" if self.says_iss else ""
        return f"code={code}&state={asked['state']}{iss}"

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        asked = self.codes.pop(str(form.get("code")), None)
        if asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        verifier = str(form["code_verifier"])
        challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if "client_secret_basic" in self.auth_methods:
            pair = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
            given = tuple(unquote(part) for part in pair.split(":"))
        else:
            given = (str(form["client_id"]), str(form["client_secret"]))
        if given != (CLIENT, SECRET):
            return web.json_response({"error": "invalid_client"}, status=401)
        now = int(time.time())
        claims = {
            "iss": self.issuer + self.slash, "sub": self.subject, "aud": CLIENT, "exp": now + 60, "iat": now, "nonce": asked["nonce"],
        } | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if name not in self.without}
        token = (self.sign or self.signed)(claims)
        return web.json_response({"access_token": "a token", "token_type": "Bearer", "id_token": token})

    def signed(self, claims: dict[str, Any], key: RSAKey | None = None, **header: Any) -> str:
        """Return a token that is signed as it should be, or with another key."""
        key = key or self.key
        key.ensure_kid()
        return jwt.encode({"alg": "RS256", "kid": self.key.kid, **header}, claims, key)

    def unsigned(self, claims: dict[str, Any]) -> str:
        """Return a token that says of itself that it needs no signature."""
        return f"{_part({'alg': 'none', 'typ': 'JWT'})}.{_part(claims)}."

    def shared(self, claims: dict[str, Any]) -> str:
        """Return a token that is signed with the public key, as if it were a shared secret."""
        public = self.key.as_pem(private=False)
        head = f"{_part({'alg': 'HS256', 'typ': 'JWT', 'kid': self.key.kid})}.{_part(claims)}"
        import hmac

        mac = hmac.digest(public, head.encode(), "sha256")
        return f"{head}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

    def secret_signed(self, claims: dict[str, Any]) -> str:
        """Return a token that is signed with the desk's own secret, which more than the provider know."""
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET * 2), algorithms=["HS256"])


def _part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
