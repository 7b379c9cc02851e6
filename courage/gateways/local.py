"""The conversation for programs on this machine: ``POST /internal/conversation`` with the internal secret.

Takes what Rasa's own connector takes and answers in the same shape, but exact commands never leave the engine.
"""

from __future__ import annotations

import json
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from courage.cases.conversation import Assistant


class Metadata(BaseModel):
    """Where something is said, and by whom. A person is named by id or by the ``author``'s account."""

    model_config = ConfigDict(extra="forbid", strict=True)

    organisation_id: int = 1
    channel: str = "local"
    room_id: str
    room_kind: Literal["desk", "direct"]
    person_id: int | None = None
    author: str | None = None
    display_name: str | None = None
    language: str | None = None
    message_id: str | None = None
    addressed: bool = True


class Saying(BaseModel):
    """Something that a person says; ``sender`` is the key of their conversation in this room."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sender: str = Field(min_length=1, max_length=200)
    message: str = Field(max_length=10_000)
    metadata: Metadata


class LocalGateway:
    """Hands what programs say to the assistant and gives the answers back in the same request."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def routes(self) -> list[web.RouteDef]:
        """Return the route, to be mounted where the internal secret is checked."""
        return [web.post("/conversation", self.talk)]

    async def talk(self, request: web.Request) -> web.Response:
        """Answer a :class:`Saying` with a list of texts and buttons; 400 names the field that is wrong."""
        try:
            saying = Saying.model_validate_json(await request.read())
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the body"
            raise web.HTTPBadRequest(
                text=json.dumps({"error": f"{place}: {first['msg']}"}), content_type="application/json"
            ) from None
        metadata = saying.metadata.model_dump(exclude_none=True)
        return web.json_response(await self._assistant.talk(saying.sender, saying.message, metadata))
