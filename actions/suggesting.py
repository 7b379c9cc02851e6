"""Suggestions: for a case, by wish, others, and for a text from elsewhere."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from rasa_sdk.events import SlotSet

from actions.base import WORKERS, CourageAction, Events, remember_case
from actions.turn import Sorry, Turn
from courage.cases.ports import Button

if TYPE_CHECKING:
    from courage.library.suggest.recommend import Advice, Suggestion, Wish


def make_wish(wanted: dict[str, Any]) -> Wish:
    """Return the recommender's wish for what a conversation remembers of wishes."""
    from courage.library.suggest.recommend import Wish

    return Wish(
        strategies=tuple(wanted.get("strategies") or ()),
        tone=wanted.get("tone"),
        shorter=wanted.get("shorter") is True,
        languages=tuple(wanted.get("languages") or ()),
    )


def wanted_by(turn: Turn, before: dict[str, Any]) -> dict[str, Any]:
    """Return what is wanted now: what was wanted before, changed by what the message says."""
    wanted = dict(before)
    if strategies := turn.entities("strategy"):
        wanted["strategies"] = strategies
    if tone := turn.entity("tone"):
        wanted["tone"] = tone
    if turn.entity("length") == "short":
        wanted["shorter"] = True
    if languages := turn.entities("language"):
        wanted["languages"] = languages
    return wanted


def suggestion_text(turn: Turn, number: int, suggestion: Suggestion) -> str:
    """Return a suggestion with its strategy, language, reasons and sources."""
    label = f"{turn.named('strategy', suggestion.strategy)}, {turn.named('language', suggestion.language)}"
    lines = [f"{number}. [{label}] {suggestion.text}"]
    if suggestion.translated_from:
        lines.append(
            "   " + turn.word("translated_from", language=turn.named("language", suggestion.translated_from))
        )
    if suggestion.reasons:
        lines.append("   " + turn.word("why", reasons="; ".join(map(turn.saying, suggestion.reasons))))
    if suggestion.sources:
        lines.append("   " + turn.word("sources", sources="; ".join(map(source_line, suggestion.sources))))
    return "\n".join(lines)


def source_line(source: dict[str, Any]) -> str:
    """Return a source in one line: title, publisher, year."""
    return ", ".join(str(source[key]) for key in ("title", "publisher", "year") if source.get(key))


def _texts(turn: Turn, advice: Advice) -> str:
    return "\n\n".join(suggestion_text(turn, n, s) for n, s in enumerate(advice.suggestions, start=1))


async def offer(
    turn: Turn, case_id: int, wanted: dict[str, Any] | None = None, others: bool = False
) -> Events:
    """Show suggestions for a case the speaker is on.

    :raises CourageError: what casework says if the speaker is not, or there is no text or library.
    """
    wanted = wanted or {}
    advice = await asyncio.to_thread(
        turn.services.casework.suggest, case_id, turn.person.id, make_wish(wanted), others=others
    )
    events = [remember_case(case_id), SlotSet("wish", {**wanted, "case": case_id})]
    if not advice.suggestions:
        _say_none(turn, case_id, advice, wanted, others)
        return events
    text = f"{turn.word('suggestions_for', case=case_id)}\n\n{_texts(turn, advice)}\n\n{turn.word('choose')}"
    turn.tell(text, _choices(turn, len(advice.suggestions), case_id))
    return events


def _choices(turn: Turn, count: int, case_id: int) -> list[Button]:
    uses = [turn.button("use", f"use {n}", number=n) for n in range(1, count + 1)]
    return [*uses, turn.button("more", "more"), turn.button("not_hate", f"not hate {case_id}")]


def _say_none(turn: Turn, case_id: int, advice: Advice, wanted: dict[str, Any], others: bool) -> None:
    # The reason speaks of the case as it is; that a wish left nothing over is said in other words.
    if wanted or others:
        key, buttons = "no_others", [turn.button("suggest", f"suggest {case_id}")]
    else:
        key, buttons = "no_suggestions", [turn.button("escalate", f"escalate {case_id}")]
    text = turn.word(key)
    turn.tell(f"{text} ({turn.saying(advice.reason)})" if advice.reason else text, buttons)


class ActionSuggest(CourageAction):
    """Shows suggestions: the first ones, others, or what fits a wish."""

    action_name = "action_suggest"

    async def answer(self, turn: Turn) -> Events:
        """Suggest for the case that was named or the current one; wishes add up until ``suggest`` starts over."""
        case_id = await turn.case()
        before = turn.slot("wish")
        kept = {k: v for k, v in before.items() if k != "case"} if before.get("case") == case_id else {}
        if turn.intent == "wish":
            wanted = wanted_by(turn, kept)
            if wanted == {}:
                raise Sorry("wish_unclear")
            return await offer(turn, case_id, wanted)
        if turn.intent == "more":
            return await offer(turn, case_id, kept, others=True)
        return await offer(turn, case_id)


class ActionSuggestForText(CourageAction):
    """Suggests replies for a text that somebody brings along; no case is opened, nothing is stored."""

    action_name = "action_suggest_for_text"
    roles = WORKERS | {"trainer"}

    async def answer(self, turn: Turn) -> Events:
        """Screen the quoted text and show what the library has for it."""
        text = turn.entity("quote")
        if not isinstance(text, str) or not text.strip():
            raise Sorry("suggest_for_text_how")
        verdict = await turn.services.screen(text, turn.services.sensitivity)
        if verdict.route == "escalate":
            turn.say("text_escalate", category=turn.named("category", verdict.category))
            return []
        advice = await asyncio.to_thread(
            turn.services.recommender.suggest,
            text,
            verdict,
            organisation_id=turn.speaker.organisation_id,
        )
        key = "text_hateful" if verdict.hateful else "text_harmless"
        head = turn.word(key, category=turn.named("category", verdict.category))
        if not advice.suggestions:
            none = turn.word("no_suggestions_text")
            turn.tell(f"{head}\n{none}" + (f" ({turn.saying(advice.reason)})" if advice.reason else ""))
            return []
        turn.tell(f"{head}\n\n{_texts(turn, advice)}")
        return []
