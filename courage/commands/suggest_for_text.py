"""``suggest: a text``: replies for a text that somebody brings along; no case is opened, nothing is stored."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from courage.commands.core.command import STAFF, Command
from courage.commands.core.errors import CommandRefused
from courage.commands.core.grammar import FreeText
from courage.commands.core.offers import texts
from courage.commands.core.turn import Turn
from courage.detection.verdict import Verdict
from courage.library.suggest.conditions import Conditions

if TYPE_CHECKING:
    from courage.library.suggest.recommend import Advice

#: What asks for an answer to a text in quotation marks.
ANSWERING = (
    r"\b(?:suggest\w*|repl\w+|answer\w*|respon\w+|counter\w*|say|react\w*|répon\w+|dire|proposer?|antwort\w*|"
    r"erwider\w*|sagen|vorschl\w+|أرد|رد|أجيب|اقترح)\b"
)


@dataclass(frozen=True, slots=True)
class Screened:
    """What screening says of the text, and what the library has for it; ``None`` where it must not be answered."""

    verdict: Verdict
    advice: Advice | None


async def suggest(turn: Turn) -> Screened:
    """Screen the quoted text and look for replies.

    :raises CommandRefused: if there is no text.
    """
    text = turn.argument("quote")
    if not isinstance(text, str) or not text.strip():
        raise CommandRefused("suggest_for_text_how")
    verdict = await turn.services.screen(text, turn.services.sensitivity)
    if turn.services.learnt is not None:
        verdict = await turn.services.learnt.apply(verdict, turn.speaker.organisation_id)
    if verdict.route == "escalate":
        return Screened(verdict, None)
    advice = await asyncio.to_thread(
        turn.services.recommender.suggest,
        text,
        verdict,
        organisation_id=turn.speaker.organisation_id,
        conditions=Conditions(turn.speaker.role or "volunteer"),
    )
    return Screened(verdict, advice)


def show(turn: Turn, found: Screened) -> None:
    """Say what screening thinks and show what the library has."""
    category, advice = turn.named("category", found.verdict.category), found.advice
    if advice is None:
        turn.say("text_escalate", category=category)
        return
    head = turn.word("text_hateful" if found.verdict.hateful else "text_harmless", category=category)
    if advice.suggestions:
        turn.tell(f"{head}\n\n{texts(turn, advice)}")
        return
    none = turn.word("no_suggestions_text")
    turn.tell(f"{head}\n{none}" + (f" ({turn.saying(advice.reason)})" if advice.reason else ""))


COMMAND = Command(
    name="suggest_for_text",
    words={"en": ("suggest", "counter"), "fr": ("proposer",), "de": ("vorschlag",), "ar": ("اقترح",)},
    parameters=(FreeText("quote", requests=ANSWERING),),
    roles=STAFF,
    execute=suggest,
    render=show,
    place=170,
)
