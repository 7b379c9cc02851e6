"""Carrying a command out: who may, asking first where a sentence only seemed to mean it, errors said kindly."""

from __future__ import annotations

import logging

from courage.cases.conversation import Answer
from courage.cases.errors import AlreadyClaimed, Enough, NotReady
from courage.cases.wording import enough_line, not_ready_line
from courage.commands.core.command import Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.services import CommandServices
from courage.commands.core.turn import Request, Turn, speaker_of
from courage.db.away import is_away
from courage.errors import CourageError
from courage.i18n.catalogue import Voice

log = logging.getLogger(__name__)


async def carry_out(
    services: CommandServices, request: Request, command: Command | None = None
) -> list[Answer]:
    """Do what a request asks for (or ``command``, whatever it asks for) and return the answers.

    Nothing is ever said or done in a group room, and no error leaves this function.
    """
    if request.metadata.get("room_kind") == "group":
        return []
    command = command or services.registry.get(request.command)
    turn: Turn | None = None
    try:
        speaker = await speaker_of(request.metadata, request.sender, services)
        turn = Turn(services, request, speaker, services.memory.of(speaker.key))
        _check_role(turn, command)
        if command.confirm and not request.exact:
            await _ask(turn, command)
        else:
            command.render(turn, await command.execute(turn))
        return turn.answers
    except CommandRefused as refused:
        assert turn is not None
        turn.say(refused.key, refused.buttons, **refused.values)
    except NotReady as error:
        assert turn is not None
        turn.tell(not_ready_line(error, Voice(services.catalogue, turn.speaker.language)))
    except Enough as error:
        assert turn is not None
        turn.tell(enough_line(error, Voice(services.catalogue, turn.speaker.language)))
    except AlreadyClaimed as error:
        assert turn is not None
        queue = [turn.button("queue", "queue")]
        turn.say("already_claimed", queue, holder=error.holder, case=error.case_id)
    except CourageError as error:
        if is_away(error):
            return _while_away(services, request, command, turn)
        return [*_said(turn), _apart(services, request, "error", message=sentence(str(error)))]
    except Exception as error:
        if is_away(error):
            return _while_away(services, request, command, turn)
        # Its words may hold text of people, so only its kind is logged.
        services.failures += 1
        log.error("%s failed: %s", command.name, type(error).__name__)
        return [*_said(turn), _apart(services, request, "apology")]
    return turn.answers


def _while_away(
    services: CommandServices, request: Request, command: Command, turn: Turn | None
) -> list[Answer]:
    """Say that nothing was done: each step of a case is one transaction, which is there wholly or not at all."""
    log.warning("%s was not done: the database is away", command.name)
    return [*_said(turn), _apart(services, request, "database_away")]


def _said(turn: Turn | None) -> list[Answer]:
    return [] if turn is None else turn.answers


def _apart(services: CommandServices, request: Request, key: str, **values: object) -> Answer:
    language = str(request.metadata.get("language") or services.language)
    return {"text": services.say(key, language, **values), "buttons": []}


def _check_role(turn: Turn, command: Command) -> None:
    role = turn.speaker.role
    if command.allows(role):
        return
    if role is None:
        raise CommandRefused("not_known" if turn.speaker.room_kind == "desk" else "members")
    raise CommandRefused("wrong_role", role=turn.named("role", role))


async def _ask(turn: Turn, command: Command) -> None:
    case_id = await turn.case(recent=True)
    exact = f"{command.confirm} {case_id}"
    turn.say("did_you_mean", [turn.button("do", exact, command=exact)], command=exact)


def sentence(text: str) -> str:
    """Return an error's line as a sentence."""
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
