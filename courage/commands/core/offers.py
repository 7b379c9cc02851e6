"""Suggestions in conversation: asked of casework, put into words with strategy, language, reasons and sources."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from courage.cases.ports import Button
from courage.commands.core.turn import Turn

if TYPE_CHECKING:
    from courage.library.suggest.recommend import Advice, Suggestion
    from courage.library.suggest.recommend import Wish as Wished


@dataclass(frozen=True, slots=True)
class Offer:
    """What the library has for a case; ``narrowed`` says that a wish or the question for others left some out."""

    case_id: int
    advice: Advice
    narrowed: bool


def make_wish(wanted: Mapping[str, Any]) -> Wished:
    """Return the recommender's wish for what a conversation remembers of wishes."""
    from courage.library.suggest.recommend import Wish as Wished

    return Wished(
        strategies=tuple(wanted.get("strategies") or ()),
        tone=wanted.get("tone"),
        shorter=wanted.get("shorter") is True,
        languages=tuple(wanted.get("languages") or ()),
    )


async def offer(
    turn: Turn, case_id: int, wanted: Mapping[str, Any] | None = None, others: bool = False
) -> Offer:
    """Return suggestions for a case the speaker is on, and remember what was wished for.

    :raises CourageError: what casework says if the speaker is not, or there is no text or library.
    """
    wanted = dict(wanted or {})
    advice = await asyncio.to_thread(
        turn.services.casework.suggest, case_id, turn.person.id, make_wish(wanted), others=others
    )
    memory = turn.memory
    memory.last_case, memory.wish, memory.wish_case = case_id, wanted, case_id
    return Offer(case_id, advice, narrowed=bool(wanted) or others)


def show_offer(turn: Turn, offered: Offer) -> None:
    """Show suggestions, or say why there are none."""
    case_id, advice = offered.case_id, offered.advice
    if not advice.suggestions:
        _say_none(turn, offered)
        return
    text = f"{turn.word('suggestions_for', case=case_id)}\n\n{texts(turn, advice)}\n\n{turn.word('choose')}"
    turn.tell(text, _choices(turn, len(advice.suggestions), case_id))


def texts(turn: Turn, advice: Advice) -> str:
    """Return all suggestions, numbered."""
    return "\n\n".join(suggestion_text(turn, n, s) for n, s in enumerate(advice.suggestions, start=1))


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


def source_line(source: Mapping[str, Any]) -> str:
    """Return a source in one line: title, publisher, year."""
    return ", ".join(str(source[key]) for key in ("title", "publisher", "year") if source.get(key))


def _choices(turn: Turn, count: int, case_id: int) -> list[Button]:
    uses = [turn.button("use", f"use {n}", number=n) for n in range(1, count + 1)]
    return [*uses, turn.button("more", "more"), turn.button("not_hate", f"not hate {case_id}")]


def _say_none(turn: Turn, offered: Offer) -> None:
    # The reason speaks of the case as it is; that a wish left nothing over is said in other words.
    if offered.narrowed:
        key, buttons = "no_others", [turn.button("suggest", f"suggest {offered.case_id}")]
    else:
        key, buttons = "no_suggestions", [turn.button("escalate", f"escalate {offered.case_id}")]
    text, reason = turn.word(key), offered.advice.reason
    turn.tell(f"{text} ({turn.saying(reason)})" if reason else text, buttons)
