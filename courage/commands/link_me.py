"""``link me`` gives a one-time code, ``link me 123456789`` in another chat says whose account that is, ``unlink me``."""

from __future__ import annotations

import asyncio

from courage.commands.core.command import EVERYBODY, STAFF, Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import CaseNumber
from courage.commands.core.turn import Turn
from courage.people.codes import MINUTES


def _account(turn: Turn) -> str:
    author = turn.request.metadata.get("author")
    if not isinstance(author, str) or not author:
        raise CommandRefused("link_no_account")
    return author


async def link(turn: Turn) -> int | None:
    """Link the account that speaks to the person whose code is given; without one return a new code.

    :raises CommandRefused: where others would read the code, or it is not known which account speaks.
    :raises PersonError: if the code does not work.
    """
    code, speaker = turn.argument("case"), turn.speaker
    if isinstance(code, int):
        account = _account(turn)
        people = turn.services.people
        # A direct message is nobody's room: whose member they become, the code itself says.
        wanted = None if speaker.room_kind == "direct" else speaker.organisation_id
        person = await asyncio.to_thread(people.use_link_code, code, speaker.channel, account, wanted)
        turn.say("link_done", name=person.name)
        return None
    if speaker.person is None:
        raise CommandRefused("link_how")
    if speaker.room_kind != "direct" and speaker.channel != "practice":
        raise CommandRefused("link_not_here")
    return await asyncio.to_thread(turn.services.people.link_code, speaker.person.id)


def show_code(turn: Turn, code: int | None) -> None:
    """Say the code and what to do with it."""
    if code is not None:
        turn.say("link_code", code=code, minutes=MINUTES)


async def unlink(turn: Turn) -> bool:
    """Forget whose the account that speaks is.

    :raises CommandRefused: if it is not known which account speaks.
    """
    speaker = turn.speaker
    return await asyncio.to_thread(
        turn.services.people.unlink_identity, speaker.channel, _account(turn), speaker.organisation_id
    )


def say_unlinked(turn: Turn, was: bool) -> None:
    """Say that it is forgotten."""
    turn.say("unlink_done" if was else "link_no_account")


COMMANDS = (
    Command(
        name="link_me",
        words={
            "en": ("link me",),
            "fr": ("lier mon compte",),
            "de": ("verknüpfen", "verknüpf mich"),
            "ar": ("اربط حسابي",),
        },
        parameters=(CaseNumber(),),
        roles=EVERYBODY,
        execute=link,
        render=show_code,
        exact_only=True,
        place=170,
        usage={
            "en": "link me",
            "fr": "lier mon compte",
            "de": "verknüpfen",
            "ar": "اربط حسابي",
        },
    ),
    Command(
        name="unlink_me",
        words={
            "en": ("unlink me",),
            "fr": ("délier mon compte",),
            "de": ("Verknüpfung lösen",),
            "ar": ("افصل حسابي",),
        },
        roles=STAFF,
        execute=unlink,
        render=say_unlinked,
        exact_only=True,
        place=171,
    ),
)
