"""``help``: what the assistant understands, made from the commands that the speaker may use.

Who asks in a sentence ("what are you?", "how does this work?") hears first what the assistant is.
"""

from __future__ import annotations

from courage.commands.core.audience import audience
from courage.commands.core.command import EVERYBODY, Command, nothing
from courage.commands.core.turn import Turn


def show(turn: Turn, _: None) -> None:
    """List the commands in the speaker's language, each with what it does."""
    who = audience(turn)
    lines = [
        f"{command.spoken(turn.speaker.language)} – {turn.word(f'command_{command.name}')}"
        for command in turn.services.registry.open_to(turn.speaker.role)
    ]
    if not turn.exact:
        turn.say("capabilities")
    turn.tell("\n".join([turn.word(f"help_{who}"), *lines, turn.word(f"help_end_{who}")]))


COMMAND = Command(
    name="help",
    words={"en": ("help", "h", "?", "commands"), "fr": ("aide",), "de": ("hilfe",), "ar": ("مساعدة", "؟")},
    roles=EVERYBODY,
    execute=nothing,
    render=show,
    place=190,
)
