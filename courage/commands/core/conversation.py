"""The conversation that gateways ask: exact commands are carried out here, free sentences go to Rasa."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from courage.cases.conversation import Answer, Assistant
from courage.cases.errors import AssistantUnavailable
from courage.commands.core.away import AWAY
from courage.commands.core.drilling import DRILL, under_way
from courage.commands.core.execution import carry_out
from courage.commands.core.sanitize import neutralise
from courage.commands.core.services import CommandServices
from courage.commands.core.turn import Request

log = logging.getLogger(__name__)


class Conversation:
    """Answers what people say in desk and direct rooms; an :class:`~courage.cases.conversation.Assistant`.

    :param sentences: understands free sentences (Rasa); ``None`` where there is nobody who does.
    """

    def __init__(self, services: CommandServices, sentences: Assistant | None) -> None:
        self._services = services
        self._sentences = sentences

    async def talk(self, sender: str, text: str, metadata: dict[str, Any]) -> list[Answer]:
        """Say ``text`` in the conversation ``sender`` and return the answers.

        Where nobody understands sentences just now, the answer is what works meanwhile.
        """
        if metadata.get("room_kind") == "group":
            return []
        text = neutralise(text)
        if not text:
            return []
        parsed = self._services.registry.parser.parse(text)
        practises = await under_way(self._services, sender, metadata)
        if practises and (parsed is None or parsed.name != "practise"):
            request = Request(DRILL.name, sender, metadata, (("text", text),), exact=True)
            return await carry_out(self._services, request, DRILL)
        if parsed is not None:
            message_id = metadata.get("message_id")
            request = Request(
                parsed.name,
                sender,
                metadata,
                tuple((argument.name, argument.value) for argument in parsed.arguments),
                exact=True,
                message_id=str(message_id) if message_id else uuid4().hex,
            )
            return await carry_out(self._services, request)
        if metadata.get("addressed") is False:
            return []  # people in the desk room talk to each other, too
        if self._sentences is not None:
            try:
                return await self._sentences.talk(sender, text, metadata)
            except AssistantUnavailable as error:
                log.warning("%s", error)
        return await self._away(sender, metadata)

    async def _away(self, sender: str, metadata: Mapping[str, Any]) -> list[Answer]:
        return await carry_out(self._services, Request(AWAY.name, sender, metadata), AWAY)
