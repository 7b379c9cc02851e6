"""``POST /internal/vectors``: sentences as vectors, so that Rasa understands them without a model of its own."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Callable

from aiohttp import web

from courage.detection.model import e5
from courage.detection.model.encoder import Encoder
from courage.web.api.answers import json as answer
from courage.web.reading import decode_json
from courage.web.schemas.internal import Vectors, VectorsWanted
from courage.web.schemas.refusals import checked


class SentenceVectors:
    """Answers with the vectors of texts; the encoder is loaded once, at the first call of :meth:`warm_up` or request.

    :param load: returns the encoder; raises ``CourageError`` where it cannot be used.
    """

    def __init__(self, load: Callable[[], Encoder]) -> None:
        self._load = load
        self._loading = threading.Lock()
        self._encoder: Encoder | None = None

    def routes(self) -> list[web.RouteDef]:
        """Return the route, below the address of what Rasa may ask."""
        return [web.post("/vectors", self.vectors)]

    def warm_up(self) -> None:
        """Load the encoder if that was not done yet.

        :raises CourageError: if it cannot be used.
        """
        self._ready()

    def _ready(self) -> Encoder:
        with self._loading:
            if self._encoder is None:
                self._encoder = self._load()
                self._encoder.encode([f"{e5.QUERY}hello"])
            return self._encoder

    async def vectors(self, request: web.Request) -> web.Response:
        """Answer with one unit vector a text and the fingerprint of the encoder that made them."""
        asked = checked(VectorsWanted, decode_json(await request.read()))
        return answer(await asyncio.to_thread(self._encode, asked.texts))

    def _encode(self, texts: list[str]) -> Vectors:
        encoder = self._ready()
        rows = encoder.encode([e5.QUERY + text for text in texts]).astype("<f4")
        return Vectors(
            encoder=encoder.fingerprint,
            vectors=[base64.b64encode(row.tobytes()).decode() for row in rows],
        )
