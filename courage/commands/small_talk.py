"""What needs no case and has no words of its own: greetings, questions about the assistant, and what it cannot do."""

from __future__ import annotations

from collections.abc import Callable

from courage.commands.core.audience import audience
from courage.commands.core.command import EVERYBODY, Command, nothing
from courage.commands.core.guesses import Guess, guesses
from courage.commands.core.registry import FALLBACK
from courage.commands.core.turn import Turn


def _says(key: str) -> Callable[[Turn, None], None]:
    def say(turn: Turn, _: None) -> None:
        turn.say(key)

    return say


def _greet(turn: Turn, _: None) -> None:
    who = audience(turn)
    turn.say(f"greet_{who}", [turn.button("queue", "queue")] if who == "worker" else [])


def _not_understood(turn: Turn, found: list[Guess]) -> None:
    """Say so, and offer what the sentence may have meant; only a press or the command itself does it."""
    help_ = turn.button("help", "help")
    if not found:
        turn.say(f"fallback_{audience(turn)}", [help_])
        return
    lines = [f"{guess.exact} – {turn.word(f'command_{guess.command.name}')}" for guess in found]
    buttons = [turn.button("do", guess.exact, command=guess.exact) for guess in found]
    turn.tell("\n".join([turn.word("did_you_mean_one"), *lines]), [*buttons, help_])


def _talk(name: str, render: Callable[[Turn, None], None]) -> Command:
    return Command(name=name, roles=EVERYBODY, execute=nothing, render=render)


COMMANDS = (
    _talk("greet", _greet),
    _talk("bot_challenge", _says("bot_challenge")),
    _talk("thanks", _says("thanks")),
    _talk("goodbye", _says("goodbye")),
    _talk("deny", _says("deny")),
    _talk("out_of_scope", _says("out_of_scope")),
    Command(name=FALLBACK, roles=EVERYBODY, execute=guesses, render=_not_understood),
)
