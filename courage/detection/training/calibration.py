"""The last step of training: n-gram model, combining weights, and thresholds chosen on data kept aside."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from courage.detection.model.assessment import Assessed, Assessor, load_assessor
from courage.detection.model.base import glossed, source_of
from courage.detection.model.heads import (
    FORMAT,
    GRAVE,
    LIKELY_GRAVE,
    OTHER,
    Floats,
    Settings,
    caution,
    sigmoid,
)
from courage.detection.model.ngrams import NgramModel, fit
from courage.detection.screener import Screener
from courage.detection.training.examples import Example
from courage.taxonomy import ESCALATED, LANGUAGES, NARRATIVE, READ_LANGUAGES

_FILE = "model.json"
_PRIOR = np.asarray(
    [0.9, -0.15, 0.6, 0.25, 0.0, 0.3, 0.6, 0.15, 0.2, 0.0, 0.2, 0.0, 0.1, 0.2, 0.0], np.float32
)
# The columns that the encoder alone fills: hate, category, escalation, kind, target.
_OF_ENCODER = np.asarray([1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], np.float32)
_NEAR_NARRATIVES = frozenset(
    {"criticism", "reported", "news_history", "counter_speech", "quoted_opposed", "neutral_mention"}
)
# Kinds of everyday talk that need not be read where nobody is named, and those that say no good of a person.
_EVERYDAY = frozenset({"chat", "profanity", "abuse_object", "homonym", "joke"})
_OF_ONE_PERSON = frozenset({"abuse_person", "abuse_nongroup", "kind"})
# What may be flagged of everyday talk, half of which names groups of people; and the highest limit that follows from it.
_ALLOWED_EVERYDAY = {"quiet": 0.0025, "balanced": 0.005, "watchful": 0.03}
_ALLOWED_STORIES = 0.01
# Beyond these, the next line of everyday talk that passes costs more hate than it is worth.
_MOST_LIMIT = {"quiet": 0.75, "balanced": 0.6, "watchful": 0.3}
_MOST_EVERYDAY_ALARM = 0.3
_MOST_STORY = 0.6  # for narratives
_MOST_NEAR = 0.45  # for narratives, as far as what stands nearest to them raises it
# The share of caution that a multilingual encoder still needs.
_CAUTION = 0.5
# The highest limits for languages that are read without being tuned.
_MOST_OTHER = {"quiet": 0.85, "balanced": 0.65, "watchful": 0.45}
# False alarms per message of everyday chat that each sensitivity may cost, where there is chat to measure them on.
# What escalates and what other chat is like comes on top, so this is well below what people are promised.
_ALLOWED = {"quiet": 0.0001, "balanced": 0.0004, "watchful": 0.003}
_ALLOWED_GRAVE = 0.0002
# The share of grave development examples, allusions among them, that may stay below the limit of escalation.
_MISSED_GRAVE = 1 / 9
# What is not grave by 97 chances in a hundred alarms nobody.
_LEAST_GRAVE = 0.03
# The highest score below which a message that is likely grave no longer goes to people.
_MOST_ALARM = 0.33


def fit_ngrams(examples: Sequence[Example], prepare: Any, target: Path) -> NgramModel:
    """Fit and store the n-gram model on normalised originals of all languages."""
    texts = [prepare.normalise(example.text).text for example in examples]
    own = [2.0 if example.source == "seeds" else example.weight * 0.5 for example in examples]
    model = fit(texts, [example.hateful for example in examples], own)
    model.save(target)
    return NgramModel.load(target)


def fit_gate(examples: Sequence[Example], prepare: Any, target: Path) -> NgramModel | None:
    """Fit and store the model that tells cheaply what concerns groups of people, so that it has to be read.

    Hate and narratives count most; what stands near them (criticism, reports, mentions of a group) is to be read as well.
    The other side is everyday talk about nobody in particular; where there is none, no model is made.
    """
    sides = [_side_of_gate(example) for example in examples]
    concerns, weights = [side for side, _ in sides], [weight for _, weight in sides]
    if all(concerns) or not any(concerns):
        target.unlink(missing_ok=True)
        return None
    model = fit([prepare.normalise(example.text).text for example in examples], concerns, weights)
    model.save(target)
    return NgramModel.load(target)


def _side_of_gate(example: Example) -> tuple[bool, float]:
    """Return whether a text concerns groups of people, and how much it weighs."""
    if example.hateful or example.category == NARRATIVE:
        return True, 2.0
    if example.kind in _EVERYDAY and not example.targets:
        return False, 2.0
    return (False, 0.5) if example.kind in _OF_ONE_PERSON else (True, 0.3)


def calibrate(
    model: Path,
    cache: Path,
    dev: Sequence[Example],
    chat: Sequence[str],
    progress: Callable[[str], None],
    ordinary: Sequence[Example] = (),
) -> dict[str, Any]:
    """Fit combining weights per language on ``dev``, choose thresholds, and write ``model.json``.

    ``chat`` is ordinary group chat in English that took no part in training, for the false-alarm side of the English
    thresholds; without it all thresholds go by ``dev`` alone. ``ordinary`` is everyday talk of every language, half of which
    names groups of people: what it may cost bounds the limits of each language, and those of narratives.
    """
    assessor = load_assessor(model, cache)
    dev = [*dev, *ordinary]
    assessed = _assessed(assessor, dev)
    rows, labels, weights = assessed.features, np.asarray([e.hateful for e in dev]), _weights(dev)
    codes = np.asarray([e.language for e in dev])
    talk = [Example(text, False, "en") for text in chat]
    chat_rows = _assessed(assessor, talk).features if talk else None
    more = rows.shape[1] - len(_PRIOR)  # another model's opinion
    prior = np.append(_PRIOR, np.asarray([0.3, 0, 0, 0, 0][:more], np.float32))
    shared = _logistic(rows, labels, weights, prior, 0.0)
    # What needs no lexicon, for languages that have none.
    mask = np.append(_OF_ENCODER, np.zeros(more, np.float32))
    of_encoder = rows * mask
    bare = _logistic(of_encoder, labels, weights, prior * mask, 0.0)
    source = source_of(model)
    share = 1.0 if glossed(source) else _CAUTION
    combine: dict[str, Any] = {}
    thresholds: dict[str, dict[str, float]] = {}
    alarms: dict[str, dict[str, float]] = {}
    least_score: dict[str, float] = {}
    for code in LANGUAGES:
        mine = (codes == code) & np.asarray([e.source == "seeds" for e in dev])
        vector, bias = shared
        if mine.sum() >= 50:
            vector, bias = _scaled(rows[mine] @ vector + bias, labels[mine], vector, bias)
        combine[code] = _entry(vector, bias)
        base = rows[mine] if mine.any() else rows
        scores = sigmoid(base @ vector + bias + share * caution(base))
        truth = labels[mine] if mine.any() else labels
        everyday = None
        if chat_rows is not None and code == "en":
            everyday = sigmoid(chat_rows @ vector + bias + share * caution(chat_rows))
        thresholds[code] = _thresholds(scores, truth, everyday)
        least = _best_limits(scores, truth)[0]
        if everyday is not None:
            assert chat_rows is not None
            likely = np.where(chat_rows[:, GRAVE] >= LIKELY_GRAVE, everyday, 0.0)
            least = max(least, float(np.quantile(likely, 1 - _ALLOWED_GRAVE, method="higher")) + 0.001)
            alarms[code] = {
                name: round(float((everyday >= limit).mean() * 1000), 2)
                for name, limit in thresholds[code].items()
            }
        least_score[code] = round(min(least, thresholds[code]["balanced"], _MOST_ALARM), 3)
        progress(f"{code}: thresholds {thresholds[code]}")
    combine[OTHER] = _entry(*bare)
    own = np.asarray([e.source == "seeds" for e in dev])
    scores = sigmoid(of_encoder[own] @ bare[0] + bare[1])
    everyday = None if chat_rows is None else sigmoid(chat_rows * mask @ bare[0] + bare[1])
    thresholds[OTHER] = _thresholds(scores, labels[own], everyday)
    # English technical talk is what it is measured on; its strictness would cost other languages half of what is hateful.
    thresholds[OTHER] = {name: min(limit, _MOST_OTHER[name]) for name, limit in thresholds[OTHER].items()}
    least_score[OTHER] = thresholds[OTHER]["balanced"]
    progress(f"other languages: thresholds {thresholds[OTHER]}")
    reads = LANGUAGES if glossed(source) else (*LANGUAGES, *READ_LANGUAGES)
    settings = {
        "format": FORMAT, "reads": reads, "caution": share, "combine": combine, "thresholds": thresholds, "false_alarms_per_1000": alarms,
        "escalation": _escalation(rows, dev, least_score),
        "narratives": _narratives(assessed.outputs.narrative, dev),
    }  # fmt: skip
    _write(model, settings)
    if ordinary:
        _bounded(assessor, Settings.load(model / _FILE), settings, ordinary)
        progress(f"bounded by everyday talk: {settings['thresholds']}, narratives {settings['narratives']}")
        _write(model, settings)
    if chat:
        _as_screened(Screener(assessor, Settings.load(model / _FILE)), settings, chat)
        progress(f"en, as screened: thresholds {thresholds['en']}, false alarms per 1000 {alarms['en']}")
        _write(model, settings)
    return settings


def _write(model: Path, settings: dict[str, Any]) -> None:
    (model / _FILE).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _bounded(
    assessor: Assessor, before: Settings, settings: dict[str, Any], everyday: Sequence[Example]
) -> None:
    """Raise the limits of each language, in place, until its everyday talk costs no more than it may.

    That is: every message by itself, and each beside the next, for what people write often has two sentences. What would escalate
    counts by its score like all else; then the least score of an alarm is bounded in the same way.
    """
    never = {**before.escalation, "limit": dict.fromkeys((*LANGUAGES, OTHER), 2.0)}
    plain = Screener(assessor, replace(before, escalation=never))
    stories = _assessed(assessor, everyday).outputs.narrative
    for code in LANGUAGES:
        mine = [place for place, e in enumerate(everyday) if e.language == code]
        if not mine:
            continue
        single = [everyday[k].text for k in mine]
        texts = [*single, *(f"{one}\n{other}" for one, other in zip(single[::2], single[1::2], strict=False))]
        scores = np.asarray([one.score for one in plain.screen_many(texts, "quiet", explained=False)])
        limits = settings["thresholds"][code]
        for name, share in _ALLOWED_EVERYDAY.items():
            limits[name] = round(min(max(limits[name], _above_all_but(scores, share)), _MOST_LIMIT[name]), 3)
        story = _above_all_but(stories[mine], _ALLOWED_STORIES)
        settings["narratives"][code] = round(min(max(settings["narratives"][code], story), _MOST_STORY), 3)
        now = replace(before, thresholds=settings["thresholds"], escalation=settings["escalation"])
        found = Screener(assessor, now).screen_many(texts, "balanced", explained=False)
        alarming = np.where([one.route == "escalate" for one in found], scores, 0.0)
        least = settings["escalation"]["least_score"]
        bound = min(_above_all_but(alarming, _ALLOWED_EVERYDAY["balanced"]), _MOST_EVERYDAY_ALARM)
        least[code] = round(max(least[code], bound), 3)


def _above_all_but(scores: Floats, share: float) -> float:
    """Return the least limit that a share of the scores, rounded up to whole texts, reaches."""
    ordered = np.sort(scores)[::-1]
    return float(ordered[min(int(np.ceil(share * len(ordered))), len(ordered) - 1)]) + 0.001


def _as_screened(screener: Screener, settings: dict[str, Any], chat: Sequence[str]) -> None:
    """Raise the English limits, in place, until whole messages of the chat cost what they may.

    A message is as bad as the worst of its sentences and of itself, so that it scores more than the text read at once.
    """
    found = [
        verdict
        for start in range(0, len(chat), 256)
        for verdict in screener.screen_many(chat[start : start + 256], "quiet", explained=False)
    ]
    scores = np.asarray([0.0 if one.route == "escalate" else one.score for one in found])
    limits = settings["thresholds"]["en"]
    for name, share in _ALLOWED.items():
        limits[name] = round(
            max(limits[name], float(np.quantile(scores, 1 - share, method="higher")) + 0.001), 3
        )
        settings["false_alarms_per_1000"]["en"][name] = round(
            float((scores >= limits[name]).mean() * 1000), 2
        )


def _entry(vector: Floats, bias: float) -> dict[str, Any]:
    return {"weights": [round(float(v), 5) for v in vector], "bias": round(float(bias), 5)}


def _assessed(assessor: Assessor, examples: Sequence[Example]) -> Assessed:
    return assessor([assessor.prepare(e.text, e.language) for e in examples])


def _narratives(probability: Floats, dev: Sequence[Example]) -> dict[str, float]:
    """Choose per language the least probability at which a text is called a narrative.

    At most one in twenty-five of the benign examples that are nearest to narratives (criticism, reports, questions about
    groups) may reach it.
    """
    limits: dict[str, float] = {}
    for code in (*LANGUAGES, OTHER):
        near = [
            float(value)
            for value, e in zip(probability, dev, strict=True)
            if e.language in (code, *(LANGUAGES if code == OTHER else ()))
            and not e.hateful and e.category != NARRATIVE and e.kind in _NEAR_NARRATIVES
        ]  # fmt: skip
        least = float(np.quantile(near, 0.96, method="higher")) + 0.01 if near else 0.5
        limits[code] = round(min(max(least, 0.2), _MOST_NEAR), 3)
    return limits


def _weights(dev: Sequence[Example]) -> Floats:
    return np.asarray([1.0 if e.source == "seeds" else 0.05 for e in dev], np.float32)


def _logistic(
    x: Floats, y: Any, weight: Floats, prior: Floats, bias: float, pull: float = 2.0
) -> tuple[Floats, float]:
    """Logistic regression, pulled towards ``prior`` so that few examples suffice."""
    from scipy.optimize import minimize

    centre = np.append(prior, bias).astype(np.float64)
    padded = np.hstack([x, np.ones((len(x), 1))]).astype(np.float64)
    penalty = np.full(len(centre), pull)
    penalty[-1] = 0.01

    def loss(theta: Any) -> tuple[float, Any]:
        logits, away = padded @ theta, theta - centre
        value = float((weight * (np.logaddexp(0.0, logits) - y * logits)).sum() + 0.5 * penalty @ away**2)
        return value, padded.T @ (weight * (sigmoid(logits) - y)) + penalty * away

    theta = minimize(loss, centre, jac=True, method="L-BFGS-B").x
    return theta[:-1].astype(np.float32), float(theta[-1])


def _scaled(logits: Floats, y: Any, vector: Floats, bias: float) -> tuple[Floats, float]:
    """Platt scaling (Platt 1999) of one language's logits, folded into the combining weights."""
    scale, shift = _logistic(
        logits[:, None], y, np.ones(len(logits), np.float32), np.ones(1, np.float32), 0.0, pull=5.0
    )
    factor = float(np.clip(scale[0], 0.3, 1.5))
    return vector * factor, bias * factor + shift


def _macro_f1(predicted: Any, truth: Any) -> float:
    parts = []
    for value in (True, False):
        hit = float(((predicted == value) & (truth == value)).sum())
        parts.append(2 * hit / max(1.0, float((predicted == value).sum() + (truth == value).sum())))
    return sum(parts) / 2


def _best_limits(scores: Floats, truth: Any) -> tuple[float, float]:
    """Return the lowest and the highest limit whose macro-F1 is nearly the best."""
    grid = np.arange(0.2, 0.96, 0.01)
    quality = np.asarray([_macro_f1(scores >= limit, truth) for limit in grid])
    smooth = np.convolve(quality, np.ones(5) / 5, mode="same")[2:-2]
    good = np.flatnonzero(smooth >= smooth.max() - 0.008) + 2
    return float(grid[good[0]]), float(grid[good[-1]])


def _thresholds(scores: Floats, truth: Any, everyday: Floats | None) -> dict[str, float]:
    """Choose limits by the false alarms in everyday chat where there is some, else by macro-F1 alone."""
    low, high = _best_limits(scores, truth)
    if everyday is None:
        balanced = min(max((low + high) / 2, 0.4), 0.6)
        limits = {"quiet": min(0.95, balanced + 0.3), "balanced": balanced, "watchful": balanced * 0.5}
    else:
        limits = {
            name: float(np.quantile(everyday, 1 - share, method="higher")) for name, share in _ALLOWED.items()
        }
        limits["balanced"] = max(limits["balanced"], low)
        limits["watchful"] = min(max(limits["watchful"], 0.1), limits["balanced"] - 0.05)
        limits["quiet"] = max(limits["quiet"], min(0.99, limits["balanced"] + 0.02))
    return {name: round(limit, 3) for name, limit in limits.items()}


def _escalation(rows: Floats, dev: Sequence[Example], least_score: dict[str, float]) -> dict[str, Any]:
    """Choose per language the least probability of a grave category at which a hateful message goes to people at once.

    The development part holds what is put plainly and what alludes, so the least ninth of it may fall below: a limit
    that keeps nearly all of that sends a fifth of other hate to people as an alarm, who then learn to overlook alarms.
    """
    limits: dict[str, float] = {}
    recall: dict[str, float] = {}
    for code in (*LANGUAGES, OTHER):
        mine = [e.language == code or code == OTHER for e in dev]
        grave = [e.category in ESCALATED and e.source == "seeds" for e in dev]
        found = rows[np.asarray(mine) & np.asarray(grave), GRAVE]
        limit = (
            float(np.clip(np.quantile(found, _MISSED_GRAVE), _LEAST_GRAVE, LIKELY_GRAVE))
            if len(found)
            else 0.1
        )
        limits[code] = round(limit, 3)
        recall[code] = round(float((found >= limit).mean()) if len(found) else 0.0, 3)
    return {"limit": limits, "recall_dev": recall, "least_score": least_score}
