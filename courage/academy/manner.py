"""How a reply answers (its strategy) and how it sounds (its tone)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

import numpy as np

from courage.academy import signs
from courage.academy.reply import Found
from courage.academy.unsafe import insult_words
from courage.library.drafts import ResponseDraft
from courage.library.lint.rule import Context
from courage.library.lint.rules import shouting
from courage.library.lint.words import INSULTS, WORD

#: What a sign adds to the log probability of its strategy or tone.
SIGN: Final = 1.5
#: Most replies are calm; another tone has to be clearly likelier.
CALM: Final = 1.0
#: Strategies that one sees.
_SEEN: Final = ("perspective", "opinion", "affiliation")


def _nobody(_: str) -> str:
    return "und"


#: Shouting is seen in the text alone.
_NO_CONTEXT: Final = Context(date.min, _nobody)

Scores = tuple[tuple[str, ...], np.ndarray]


def strategy_of(text: str, language: str, scores: Scores) -> str:
    """Return the likeliest strategy of an answer; ``scores`` are names and log probabilities, the first row the reply's."""
    names, logs = scores
    found_scores = {name: float(logs[0, place]) for place, name in enumerate(names)}
    signed = {name for name in _SEEN if signs.find(name, language, text) is not None}
    signed |= {"question"} if signs.QUESTION.search(text[-3:]) else set()
    signed |= {"humor"} if signs.LIGHT.search(text) else set()
    signed |= {"facts"} if signs.NAMES_SOURCE.search(text) else set()
    for name in signed & set(found_scores):
        found_scores[name] += SIGN
    return max(found_scores, key=lambda name: found_scores[name])


def tone_of(
    text: str, language: str, kind: str, marks: Mapping[str, bool], scores: Scores
) -> tuple[str, Found]:
    """Return the tone of a reply and the ground for it."""
    if marks.get("insults") or marks.get("threatens"):
        return "harsh", Found("tone.hurts")
    loud = list(shouting.check(ResponseDraft(text, language, "opinion"), _NO_CONTEXT))
    if loud:
        return "harsh", Found("tone.shouts", tuple(word for word in WORD.findall(text) if word.isupper())[:3])
    rude = [word for word in WORD.findall(text.casefold()) if word in INSULTS.get(language, frozenset())]
    if rude and not signs.QUOTED.search(text) and not insult_words(text, language):
        return "harsh", Found("tone.rude", tuple(dict.fromkeys(rude)))
    if match := signs.LIGHT.search(text):
        return "light", Found("tone.light", (match.group(),))
    if match := signs.WARM.search(text):
        return "warm", Found("tone.warm", (match.group(),))
    if kind == "support":
        return "warm", Found("tone.warm")
    if (words := signs.find("firm", language, text)) is not None or kind == "boundary":
        return "firm", Found("tone.firm", (words,) if words else ())
    names, logs = scores
    # Nobody is called harsh for a likeness alone.
    likely = {name: float(logs[0, place]) for place, name in enumerate(names) if name != "harsh"}
    likely["calm"] = likely.get("calm", -9.0) + CALM
    tone = max(likely, key=lambda name: likely[name])
    return tone, Found(f"tone.{tone}")
