"""``notice``: a text for the group room that says what is read, by whom, and whom to ask; a moderator posts it."""

from __future__ import annotations

from courage.commands.core.command import Command, nothing
from courage.commands.core.turn import Turn
from courage.taxonomy import LANGUAGES


def show(turn: Turn, _: None) -> None:
    """Show the notice in all languages, each by itself so that it can be copied; the speaker's own first."""
    own = turn.speaker.language
    turn.say("notice_how")
    for language in sorted(LANGUAGES, key=lambda code: code != own):
        turn.tell(turn.services.say("notice", language, name=turn.person.name))


COMMAND = Command(
    name="notice",
    words={
        "en": ("notice", "room notice"),
        "fr": ("avis du salon",),
        "de": ("Aushang", "Hinweis für den Raum"),
        "ar": ("إشعار", "إشعار الغرفة"),
    },
    roles=frozenset({"moderator", "admin"}),
    execute=nothing,
    render=show,
    exact_only=True,
    place=165,
)
