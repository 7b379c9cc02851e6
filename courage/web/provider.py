"""Speaks OpenID Connect with the one provider of logins that the operator chose: who is it that comes from there?

Authorization code with PKCE, state and nonce; what was begun travels sealed in the browser (:mod:`courage.people.tickets`).
Tokens are believed only if the provider signed them, with a key of its own, for us and for this very login. Authlib says
what a token must hold, joserfc what a signature is.
"""

from __future__ import annotations

import hmac
import json
import logging
import secrets
import time
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode, urlsplit

import aiohttp
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import ClaimError, JoseError
from joserfc.jwk import JWKRegistry

from courage.errors import CourageError

log = logging.getLogger(__name__)

#: Signatures that are believed: with keys of which the provider alone has the secret part. Never ``none``, never a shared key.
ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
    "Ed25519",
)
_PATIENCE: Final = 10.0
_MOST: Final = 1_000_000
#: How long what the provider says of itself is good, and how soon its keys are asked for again, in seconds.
_FRESH: Final = 3_600.0
_AGAIN: Final = 30.0
#: How far its clock may be off, in seconds.
_LEEWAY: Final = 60
#: What a claim that is wrong means to people.
_KINDS: Final = {
    "nonce": "nonce", "aud": "audience", "azp": "audience", "iss": "issuer", "exp": "old", "nbf": "old", "iat": "old",
}  # fmt: skip


class ProviderError(CourageError):
    """The provider of logins is away, or what came from it is not to be believed."""


class ProviderAway(ProviderError):
    """The provider cannot be reached, or speaks what is no OpenID Connect."""


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The provider, as the operator describes it; ``new_people`` is the role of those who have no account yet (empty: none).

    ``claim`` is what a new person is called by, ``organisation`` the short name of where they belong (empty: the first).
    """

    issuer: str
    client_id: str
    secret: str = ""
    name: str = ""
    scopes: str = "openid profile email"
    claim: str = "preferred_username"
    new_people: str = ""
    organisation: str = ""
    log_out: bool = True

    @property
    def title(self) -> str:
        """What people read on the button."""
        return self.name or (urlsplit(self.issuer).hostname or self.issuer)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who came: ``issuer`` and ``subject`` for good, ``name`` as people there call them, ``called`` by the claim alone."""

    issuer: str
    subject: str
    name: str
    called: str
    locale: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was begun: where the browser goes, and what comes back with it to :meth:`Provider.finish`."""

    address: str
    state: str
    says: dict[str, str]


class Provider:
    """The provider of logins.

    :param back: the address to which it sends people back.
    """

    def __init__(self, settings: ProviderSettings, back: str) -> None:
        self.settings = settings
        self._back = back
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None

    async def begin(self, slot: str) -> Begun:
        """Return where somebody goes who wants to log in; ``slot`` begins the state.

        :raises ProviderAway: if the provider says not where that is.
        """
        found = await self._about()
        state, nonce, verifier = (
            slot + secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(48),
        )
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self._back,
            "scope": self.settings.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Begun(
            _with(self._endpoint(found, "authorization_endpoint"), query),
            state,
            {"state": state, "nonce": nonce, "verifier": verifier, "issuer": found["issuer"]},
        )

    async def finish(self, says: Mapping[str, str], query: Mapping[str, str]) -> Identity:
        """Return who came back; ``says`` is of the login that this browser began.

        :raises ProviderError: if they come from another login or another provider, did not want to, or what the provider
            says is not to be believed.
        """
        if not hmac.compare_digest(query.get("state", "").encode(), says["state"].encode()):
            raise _refuse("state", "the answer is to another login than this browser began")
        found = await self._about()
        answered = query.get("iss")
        if (
            found["issuer"] != says["issuer"]
            or (answered is not None and answered != says["issuer"])
            or (answered is None and found.get("authorization_response_iss_parameter_supported") is True)
        ):
            raise _refuse("issuer", "the answer comes from another provider than the login was begun with")
        if error := query.get("error"):
            raise _refuse("denied", f"the provider refused: {error[:40]!r}")
        tokens = await self._exchange(found, query.get("code", ""), says["verifier"])
        claims = await self._claims(found, tokens, says["nonce"])
        return await self._identity(found, claims, tokens)

    async def log_out_address(self, then: str) -> str | None:
        """Return where to go to log out at the provider too; ``None`` where that is not wanted, or not to be had."""
        if not self.settings.log_out:
            return None
        try:
            found = await self._about()
            end = self._endpoint(found, "end_session_endpoint")
        except ProviderError:
            return None
        return _with(end, {"client_id": self.settings.client_id, "post_logout_redirect_uri": then})

    async def _about(self) -> dict[str, Any]:
        """Return what the provider says of itself."""
        if self._metadata is not None and self._metadata[0] > time.monotonic() - _FRESH:
            return self._metadata[1]
        # Some write their issuer with a slash at the end and some without; tokens name it exactly as this document does.
        base = self.settings.issuer.rstrip("/")
        found = await self._get(f"{base}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != base:
            raise _away("its document names another issuer than COURAGE_OIDC_ISSUER")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            self._endpoint(found, name)
        self._metadata = (time.monotonic(), found)
        return found

    def _endpoint(self, found: Mapping[str, Any], name: str) -> str:
        address = str(found.get(name, ""))
        scheme = urlsplit(address).scheme
        if scheme != "https" and not (scheme == "http" and self.settings.issuer.startswith("http:")):
            raise _away(f"its document has no {name} with https")
        return address

    async def _exchange(self, found: Mapping[str, Any], code: str, verifier: str) -> dict[str, Any]:
        """Return the tokens for a code, which the provider gives once and only to whoever began the login."""
        if not code or len(code) > 4_000:
            raise _refuse("code", "the answer has no code")
        data = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        ours, secret = self.settings.client_id, self.settings.secret
        headers = {}
        ways = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if secret and "client_secret_basic" in ways:
            # Name and secret are written as in a form before they are joined (RFC 6749, 2.3.1): secrets hold what they like.
            pair = f"{quote(ours, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = aiohttp.encode_basic_auth(*pair.split(":", 1))
        elif secret:
            data |= {"client_id": ours, "client_secret": secret}
        else:
            data["client_id"] = ours
        status, answer = await self._call(
            "POST", self._endpoint(found, "token_endpoint"), data=data, headers=headers
        )
        if status != 200:
            raise _refuse(
                "code", f"the provider gave no token for the code: {status} {str(answer.get('error'))[:40]!r}"
            )
        if not isinstance(answer.get("id_token"), str):
            raise _refuse("answer", "the provider gave no ID token")
        return answer

    async def _claims(
        self, found: Mapping[str, Any], tokens: Mapping[str, Any], nonce: str
    ) -> dict[str, Any]:
        """Return what an ID token says, once it is sure that the provider says it, to us, about this login."""
        ours, issuer = self.settings.client_id, found["issuer"]
        token = await self._signed(found, tokens["id_token"])
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": ours}},
            params={"nonce": nonce, "client_id": ours, "access_token": tokens.get("access_token")},
        )
        try:
            claims.validate(leeway=_LEEWAY)
        except ClaimError as error:
            kind = _KINDS.get(error.claim, "answer")
            raise _refuse(kind, f"the ID token is not for this login: {error.error}: {error.claim}") from None
        except (JoseError, TypeError, ValueError) as error:
            raise _refuse("answer", f"the ID token is malformed: {type(error).__name__}") from None
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise _refuse("answer", "the ID token names no subject")
        return dict(claims)

    async def _signed(self, found: Mapping[str, Any], id_token: str) -> jwt.Token:
        """Return an ID token that the provider signed; where its keys changed meanwhile, they are asked for once more."""
        for fresh in (False, True):
            asked = self._keys is None or self._keys[0] < time.monotonic() - (_AGAIN if fresh else _FRESH)
            if fresh and not asked:
                break
            if asked:
                keys = await self._get(self._endpoint(found, "jwks_uri"))
                self._keys = (time.monotonic(), keys)
            assert self._keys is not None
            try:
                return _decode(id_token, self._keys[1])
            except (JoseError, ValueError, KeyError, TypeError) as error:
                log.info("an ID token fits no key of the provider: %s", type(error).__name__)
        raise _refuse("signature", "the ID token is not signed by the provider")

    async def _identity(
        self, found: Mapping[str, Any], claims: Mapping[str, Any], tokens: Mapping[str, Any]
    ) -> Identity:
        name, said = self.settings.claim, dict(claims)
        if name not in said and found.get("userinfo_endpoint") and tokens.get("access_token"):
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            _, more = await self._call("GET", self._endpoint(found, "userinfo_endpoint"), headers=headers)
            if more.get("sub") == claims["sub"]:  # else it is about somebody else
                said = more | said
        called = said.get(name)
        if name == "email" and said.get("email_verified") is not True:
            called = None  # anybody may have typed it there
        called = called if isinstance(called, str) else ""
        shown = next(
            (v for v in (called, said.get("name"), said.get("email")) if isinstance(v, str) and v), ""
        )
        locale = said.get("locale")
        return Identity(
            found["issuer"], claims["sub"], shown, called, locale if isinstance(locale, str) else ""
        )

    async def _get(self, address: str) -> dict[str, Any]:
        status, found = await self._call("GET", address)
        if status != 200:
            raise _away(f"it answers {status} at {urlsplit(address).path[:80]}")
        return found

    async def _call(self, method: str, address: str, **what: Any) -> tuple[int, dict[str, Any]]:
        what["headers"] = {"Accept": "application/json", **what.get("headers", {})}
        try:
            async with (
                aiohttp.ClientSession(
                    timeout=aiohttp.ClientTimeout(total=_PATIENCE),
                    cookie_jar=aiohttp.DummyCookieJar(),
                    trust_env=True,
                ) as session,
                session.request(method, address, allow_redirects=False, **what) as answer,
            ):
                body = bytearray()
                async for piece in answer.content.iter_chunked(65_536):
                    body += piece
                    if len(body) > _MOST:
                        raise _away("its answer has no end")
                found = json.loads(bytes(body))
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise _away(f"no answer: {type(error).__name__}") from None
        except (ValueError, RecursionError):
            raise _away("its answer is no JSON") from None
        if not isinstance(found, dict):
            raise _away("its answer is no JSON object")
        return answer.status, found


def _decode(id_token: str, keys: Mapping[str, Any]) -> jwt.Token:
    """Return a token whose signature is by one of the keys; those that are for something else are passed over."""
    usable = []
    for key in keys["keys"]:
        if (
            isinstance(key, dict)
            and key.get("kty") in ("RSA", "EC", "OKP")
            and key.get("use", "sig") == "sig"
        ):
            try:
                usable.append(JWKRegistry.import_key(key))
            except (JoseError, ValueError, KeyError, TypeError):
                continue  # a kind that is not known here
    header = _header(id_token)
    named = [key for key in usable if header.get("kid") is None or key.kid in (None, header["kid"])]
    last: Exception = ValueError("no key")
    for key in named:
        try:
            return jwt.decode(id_token, key, algorithms=ALGORITHMS)
        except (JoseError, ValueError, TypeError) as error:
            last = error
    raise last


def _header(token: str) -> dict[str, Any]:
    """Return the header of a token, which nobody has signed yet as far as one knows.

    :raises ValueError: if it is no token.
    """
    part = token.partition(".")[0]
    found = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(found, dict):
        raise ValueError("a header is an object")
    return found


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"


def _refuse(kind: str, line: str) -> ProviderError:
    log.warning("login by the provider refused: %s", line)
    return ProviderError(line, say=f"provider.{kind}")


def _away(line: str) -> ProviderAway:
    log.warning("the provider of logins cannot be used: %s", line)
    return ProviderAway(f"the provider of logins cannot be used: {line}", say="provider.away")
