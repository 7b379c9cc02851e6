"""What is done about messages, in order for each of them, by chat systems that tell of each by itself."""

from __future__ import annotations

from courage.cases.intake import InboundMessage, Intake
from courage.gateways.in_turn import InTurn


class Steps:
    """Hands messages and removals of a channel to the intake, each in its turn.

    ``at`` is their time for the marks (:mod:`courage.gateways.read_marks`); ``None`` where it moves none.
    """

    def __init__(self, organisation_id: int, channel: str, intake: Intake, in_turn: InTurn) -> None:
        self._organisation_id = organisation_id
        self._channel = channel
        self._intake = intake
        self._in_turn = in_turn

    def screen(self, inbound: InboundMessage, at: int | None) -> None:
        """Screen a message; one without text is none, unless an edit took the text away."""

        async def step() -> bool:
            if inbound.text or inbound.edited:
                await self._intake.receive(inbound)
            return bool(inbound.text)

        self._in_turn.add(inbound.room_id, inbound.message_id, at, step)

    def withdraw(self, room: str, message_id: str, at: int | None) -> None:
        """Withdraw the case of a removed message."""

        async def step() -> bool:
            await self._intake.redacted(self._organisation_id, self._channel, room, message_id)
            return False

        self._in_turn.add(room, message_id, at, step)
