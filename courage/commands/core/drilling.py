"""A scenario of the academy played in a direct conversation: numbers, buttons in words, replies, stop.

Where it stands is in the database, so that a restart loses nothing. While a drill is under way everything that is said
goes to it (a reply that reads like a command must not touch a live case), but ``practise`` itself.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from courage.academy.academy import Academy
from courage.academy.drills import UNDER_WAY, ChatView, DrillView, TurnTaken
from courage.academy.errors import ReplyNotRead
from courage.academy.records import feedback_of
from courage.academy.scenario import Scenario, Scene
from courage.commands.core.command import STAFF, Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.services import CommandServices
from courage.commands.core.turn import Turn, speaker_of

#: Scenarios that are offered at once.
OFFERED: Final = 5
#: What may be said instead of a reply, in every language; nothing else around it but a full stop.
STOP: Final = ("stop", "pause", "stopp", "aufhören", "arrêter", "arrete", "توقف", "إيقاف", "ايقاف")
SHOW: Final = ("show", "zeigen", "montrer", "اعرض", "إظهار")
SILENCE: Final = (
    "nothing",
    "say nothing",
    "nichts",
    "nichts sagen",
    "rien",
    "ne rien dire",
    "لا شيء",
    "لا شيئ",
)
REPORT: Final = ("report", "melden", "signaler", "إبلاغ", "ابلاغ")
_MARKS: Final = {"good": "✓", "could_be_better": "~", "not_good": "✗"}


async def under_way(services: CommandServices, sender: str, metadata: Mapping[str, Any]) -> bool:
    """Say whether somebody practises in this conversation."""
    if services.academy is None or metadata.get("room_kind") != "direct":
        return False
    speaker = await speaker_of(metadata, sender, services)
    if speaker.person is None:
        return False
    found = await asyncio.to_thread(
        services.academy.drills.chat, speaker.person.id, speaker.channel, speaker.room_id
    )
    return found is not None


def academy_of(turn: Turn) -> Academy:
    """Return the academy.

    :raises CommandRefused: where this installation has none, or others read along.
    """
    if turn.services.academy is None:
        raise CommandRefused("practise_none")
    if turn.speaker.room_kind != "direct":
        raise CommandRefused("practise_in_private")
    return turn.services.academy


async def offer(turn: Turn) -> list[Scenario]:
    """Offer scenarios by number: those not done yet first, in the speaker's language."""
    academy, who = academy_of(turn), turn.person
    runs = await asyncio.to_thread(academy.drills.list, who.id)
    done = {run.exercise_id for run in runs if run.state == "ended"}
    language = turn.speaker.language
    there = [
        one
        for one in academy.shelf.of(who.organisation_id).choose("scenarios", language=language)
        if isinstance(one, Scenario)
    ]
    if not there:
        raise CommandRefused("practise_none")
    chosen = sorted(there, key=lambda one: one.id in done)[:OFFERED]
    await asyncio.to_thread(
        academy.drills.set_chat,
        who.id,
        turn.speaker.channel,
        turn.speaker.room_id,
        offered=tuple(one.id for one in chosen),
    )
    return chosen


def show_offer(turn: Turn, scenarios: Sequence[Scenario]) -> None:
    """List scenarios with their numbers."""
    lines = [
        f"{number}. {one.title} ({turn.named('level', str(one.level))})"
        for number, one in enumerate(scenarios, start=1)
    ]
    buttons = [
        turn.button("do", str(number), command=str(number)) for number, _ in enumerate(scenarios, start=1)
    ]
    turn.tell("\n".join([turn.word("practise_choose"), *lines]), buttons)


async def play(turn: Turn) -> None:
    """Take what was said in a drill: a number, a word instead of a reply, or a reply."""
    academy, who, speaker = academy_of(turn), turn.person, turn.speaker
    said = str(turn.argument("text") or "").strip()
    chat = await asyncio.to_thread(academy.drills.chat, who.id, speaker.channel, speaker.room_id)
    if chat is None:
        return
    word = re.sub(r"\s*[.!]?$", "", said.casefold())
    if word in STOP:
        await _stop(turn, academy, chat)
        return
    if chat.drill_id is None:
        await _choose(turn, academy, chat, word)
        return
    run = await asyncio.to_thread(academy.drills.get, who.id, chat.drill_id)
    scenario = academy.shelf.of(who.organisation_id).scenario(run.exercise_id)
    if run.state != UNDER_WAY or run.scene not in scenario.scenes:
        # It was ended or deleted at the desk meanwhile.
        await asyncio.to_thread(academy.drills.end_chat, who.id, speaker.channel, speaker.room_id)
        turn.say("practise_over", [turn.button("do", "practise", command="practise")])
        return
    if word in SHOW:
        turn.tell(_scene(turn, scenario, scenario.scenes[run.scene], shown=True))
        return
    await _answer(turn, academy, scenario, run, word, said)


async def _answer(
    turn: Turn, academy: Academy, scenario: Scenario, run: DrillView, word: str, said: str
) -> None:
    who, speaker = turn.person, turn.speaker
    try:
        if word in SILENCE:
            run = await asyncio.to_thread(academy.press, who, run, run.next_turn, "silence")
        elif word in REPORT:
            run = await asyncio.to_thread(academy.press, who, run, run.next_turn, "report")
        else:
            run = await asyncio.to_thread(academy.reply, who, run, run.next_turn, said)
    except ReplyNotRead:
        turn.say("problem.reply_not_read")
        return
    except TurnTaken:  # the same message came twice
        return
    turn.tell(_feedback(turn, run))
    scene = scenario.scenes[run.scene]
    turn.tell(_scene(turn, scenario, scene, shown=run.shown))
    if scene.end is not None:
        await asyncio.to_thread(academy.drills.end_chat, who.id, speaker.channel, speaker.room_id)
        end = [turn.word(f"academy.end.{scene.end.outcome}") + ".", scene.end.text]
        turn.tell("\n".join(end), [turn.button("do", "practise", command="practise")])


async def _choose(turn: Turn, academy: Academy, chat: ChatView, word: str) -> None:
    number = int(word) if word.isdigit() and len(word) < 3 else 0
    if not 1 <= number <= len(chat.offered):
        turn.say("practise_number", most=len(chat.offered))
        return
    who, speaker = turn.person, turn.speaker
    run = await asyncio.to_thread(academy.begin, who, chat.offered[number - 1])
    await asyncio.to_thread(
        academy.drills.set_chat, who.id, speaker.channel, speaker.room_id, drill_id=run.id
    )
    scenario = academy.shelf.of(who.organisation_id).scenario(run.exercise_id)
    turn.tell("\n".join([scenario.title, scenario.setting, turn.word("practise_how")]))
    turn.tell(_scene(turn, scenario, scenario.scenes[run.scene], shown=run.shown))


async def _stop(turn: Turn, academy: Academy, chat: ChatView) -> None:
    who, speaker = turn.person, turn.speaker
    if chat.drill_id is not None:
        await asyncio.to_thread(academy.drills.leave, who.id, chat.drill_id, keep=True)
    await asyncio.to_thread(academy.drills.end_chat, who.id, speaker.channel, speaker.room_id)
    turn.say("practise_stopped")


def _scene(turn: Turn, scenario: Scenario, scene: Scene, *, shown: bool) -> str:
    lines = []
    for line in scene.messages:
        text = turn.word("practise_hidden") if line.harmful and not shown else line.text
        lines.append(f"{scenario.cast[line.speaker].name}: {text}")
    if scene.task:
        lines.append(scene.task)
    return "\n".join(lines)


def _feedback(turn: Turn, run: DrillView) -> str:
    """Return the short feedback on the last turn: why it goes on so, the four measures, one thing to try."""
    last = run.turns[-1]
    feedback = feedback_of(last.feedback)
    lines = [last.because]
    if feedback is not None:
        lines.append(
            " · ".join(f"{_MARKS[one.grade]} {turn.named('measure', one.name)}" for one in feedback.measures)
        )
        for one in feedback.measures:
            if one.grade != "good" and one.grounds:
                ground = one.grounds[0]
                words = "".join(f" “{word}”" for word in ground.words[:2])
                lines.append(f"{_MARKS[one.grade]} {turn.word(f'ground.{ground.code}')}{words}")
        if feedback.try_next:
            lines.append(f"{turn.word('academy.try')} {turn.word(f'try_next.{feedback.try_next[0]}')}")
    return "\n".join(lines)


def _nothing(_: Turn, __: None) -> None:
    """Everything was said while it was played."""


#: What a conversation does with whatever is said while a drill is under way; nobody writes it as a command.
DRILL: Final = Command(name="drill", roles=STAFF, execute=play, render=_nothing, exact_only=True)
