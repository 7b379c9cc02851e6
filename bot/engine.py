"""The engine as seen from Rasa: questions over loopback HTTP, with a short patience."""

from __future__ import annotations

import base64
import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.sockets import VARIABLE, SocketHandler

log = logging.getLogger(__name__)

_MAX_ANSWER = 1_000_000  # bytes


class EngineUnavailable(Exception):
    """The engine did not answer, or not with what was promised."""


class EngineClient:
    """Asks the engine.

    Rasa runs its language pipeline on the event loop, so every second waited here is waited by everybody:
    ``timeout`` (seconds) is short, and after a failure nothing is asked for ``pause`` seconds. ``path`` is a Unix socket
    at which the engine listens instead of the address.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        timeout: float = 2.0,
        pause: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
        path: str = "",
    ) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._timeout = timeout
        self._pause = pause
        self._clock = clock
        self._again_at = float("-inf")
        # Proxies of the environment must not see what goes over loopback.
        over = (SocketHandler(path),) if path else ()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), *over)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> EngineClient | None:
        """Return the client for ``COURAGE_ENGINE_URL`` and ``COURAGE_INTERNAL_SECRET``, or ``None`` without them."""
        url, secret = (
            environment.get("COURAGE_ENGINE_URL", ""),
            environment.get("COURAGE_INTERNAL_SECRET", ""),
        )
        path = environment.get(VARIABLE, "")
        return cls(url, secret, path=path) if url.startswith(("http://", "https://")) and secret else None

    def screen(self, text: str, sensitivity: str = "balanced") -> dict[str, Any]:
        """Return the verdict on a text.

        :raises EngineUnavailable: if there is no answer.
        """
        return self._post("/internal/screen", {"text": text, "sensitivity": sensitivity})

    def receive(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """Hand over a message of a group room; return what became of it.

        :raises EngineUnavailable: if there is no answer.
        """
        return self._post("/internal/messages", message)

    def vectors(self, texts: Sequence[str], timeout: float | None = None) -> tuple[str, list[bytes]]:
        """Return the encoder's fingerprint and one vector a text (float32, little-endian); at most 256 texts.

        ``timeout`` (seconds) is the usual patience if left out; training has more of it.

        :raises EngineUnavailable: if there is no answer.
        """
        found = self._post("/internal/vectors", {"texts": list(texts)}, timeout)
        encoder, vectors = found.get("encoder"), found.get("vectors")
        if not isinstance(encoder, str) or not isinstance(vectors, list) or len(vectors) != len(texts):
            raise EngineUnavailable("the engine's answer holds no vectors")
        try:
            return encoder, [base64.b64decode(vector, validate=True) for vector in vectors]
        except (TypeError, ValueError):
            raise EngineUnavailable("the engine's answer holds no vectors") from None

    def _post(self, path: str, body: Mapping[str, Any], timeout: float | None = None) -> dict[str, Any]:
        if self._clock() < self._again_at:
            raise EngineUnavailable("the engine did not answer a moment ago")
        request = urllib.request.Request(
            self._url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._secret}"},
        )
        try:
            with self._opener.open(request, timeout=timeout or self._timeout) as answer:
                found = json.loads(answer.read(_MAX_ANSWER))
        except urllib.error.HTTPError as error:
            # The engine is there but refuses this message; the next one may be fine.
            raise EngineUnavailable(f"the engine answered {error.code}") from None
        except (OSError, ValueError) as error:
            self._again_at = self._clock() + self._pause
            raise EngineUnavailable(f"the engine does not answer ({type(error).__name__})") from None
        if not isinstance(found, dict):
            raise EngineUnavailable("the engine's answer is not an object")
        return found
