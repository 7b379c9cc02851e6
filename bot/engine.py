"""The engine as seen from Rasa: two questions over loopback HTTP, with a short patience."""

from __future__ import annotations

import json
import logging
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from typing import Any

log = logging.getLogger(__name__)

_MAX_ANSWER = 1_000_000  # bytes


class EngineUnavailable(Exception):
    """The engine did not answer, or not with what was promised."""


class EngineClient:
    """Asks the engine.

    Rasa runs its language pipeline on the event loop, so every second waited here is waited by everybody:
    ``timeout`` (seconds) is short, and after a failure nothing is asked for ``pause`` seconds.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        timeout: float = 2.0,
        pause: float = 5.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url.rstrip("/")
        self._secret = secret
        self._timeout = timeout
        self._pause = pause
        self._clock = clock
        self._again_at = float("-inf")
        # Proxies of the environment must not see what goes over loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> EngineClient | None:
        """Return the client for ``COURAGE_ENGINE_URL`` and ``COURAGE_INTERNAL_SECRET``, or ``None`` without them."""
        url, secret = (
            environment.get("COURAGE_ENGINE_URL", ""),
            environment.get("COURAGE_INTERNAL_SECRET", ""),
        )
        return cls(url, secret) if url.startswith(("http://", "https://")) and secret else None

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

    def _post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        if self._clock() < self._again_at:
            raise EngineUnavailable("the engine did not answer a moment ago")
        request = urllib.request.Request(
            self._url + path,
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._secret}"},
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as answer:
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
