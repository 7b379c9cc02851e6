"""Small talk, help, and what to say when nothing was understood."""

from __future__ import annotations

from actions.base import EVERYBODY, WORKERS, CourageAction, Events
from actions.turn import Turn

# Intents that have a text of their own name.
_PLAIN = frozenset({"bot_challenge", "capabilities", "deny", "goodbye", "out_of_scope", "thanks"})
# Intents whose text depends on who asks.
_BY_ROLE = frozenset({"greet", "help"})


class ActionTalk(CourageAction):
    """Answers what needs no case."""

    action_name = "action_talk"
    roles = EVERYBODY

    async def answer(self, turn: Turn) -> Events:
        """Say the text of the intent; whoever is not understood is told what works."""
        who = audience(turn)
        key = turn.intent
        if key in _BY_ROLE:
            key = f"{key}_{who}"
        elif key not in _PLAIN:
            key = f"fallback_{who}"
        buttons = [turn.button("queue", "queue")] if who == "worker" and turn.intent == "greet" else []
        if key.startswith("fallback"):
            buttons = [turn.button("help", "help")]
        turn.say(key, buttons)
        return []


def audience(turn: Turn) -> str:
    """Return ``worker``, ``trainer`` or ``member``: whom the words are for."""
    person = turn.speaker.person
    if person is None:
        return "member"
    return "worker" if person.role in WORKERS else "trainer"
