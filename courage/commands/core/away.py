"""What is said to a free sentence where nobody understands sentences just now: what works meanwhile."""

from __future__ import annotations

from courage.commands.core.audience import audience
from courage.commands.core.command import EVERYBODY, Command, nothing
from courage.commands.core.turn import Turn


def show(turn: Turn, _: None) -> None:
    """Say that exact commands work, and which there are."""
    language = turn.speaker.language
    open_ = [command.spoken(language) for command in turn.services.registry.open_to(turn.speaker.role)]
    buttons = [turn.button("queue", "queue")] if audience(turn) == "worker" else []
    turn.tell(f"{turn.word('sentences_away')}\n{' · '.join(open_)}", [*buttons, turn.button("help", "help")])


#: Not among the registered commands: nobody asks for it.
AWAY = Command(name="sentences_away", roles=EVERYBODY, execute=nothing, render=show)
