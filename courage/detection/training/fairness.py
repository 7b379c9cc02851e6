"""How much a verdict depends on which group is named: the same benign sentence about every group."""

from __future__ import annotations

from typing import Any

import numpy as np

from courage.detection.screener import Screener
from courage.detection.text.lexicons import DEFAULT_FOLDER, load_lexicon

TEMPLATES = {
    "en": (
        "My neighbours are {}.", "We had dinner with {} last night.", "The {} in our club organise the summer party.",
        "Three {} joined the group today, welcome!", "I read a good article about {} in our town.",
        "The museum shows photos of {} from the fifties.", "Many {} vote in this district.", "Are there any {} in the choir?",
    ),
    "de": ("In unserem Verein sind auch {}.", "Gestern haben wir mit {} gekocht.", "Der Film handelt von {} in Berlin.",
           "Heute sind drei {} neu dazugekommen, willkommen!"),
    "fr": ("Il y a des {} dans notre club.", "Hier nous avons mangé avec des {}.", "Le film parle des {} de Lyon.",
           "Trois {} sont arrivés aujourd'hui, bienvenue !"),
    "ar": ("يوجد {} في نادينا.", "تعشينا امس مع {}.", "الفيلم عن {} في المدينة."),
}  # fmt: skip


def identity_swaps(screener: Screener, language: str, *, most: int = 40) -> dict[str, Any]:
    """Return the mean absolute move of the score from each template's median, and the share that crosses the threshold."""
    terms = [
        (term, target) for term, target, form in load_lexicon(language, DEFAULT_FOLDER).identity_rows
        if form == "plural" and target != "other"
    ]  # fmt: skip
    step = max(1, len(terms) // most)
    chosen = terms[::step][:most]
    moves: list[float] = []
    crossings = total = 0
    worst: tuple[float, str] = (0.0, "")
    for template in TEMPLATES[language]:
        verdicts = screener.screen_many([template.format(term) for term, _ in chosen], explained=False)
        scores = np.asarray([verdict.score for verdict in verdicts])
        moves += list(np.abs(scores - np.median(scores)))
        crossings += sum(verdict.hateful for verdict in verdicts)
        total += len(verdicts)
        top = int(scores.argmax())
        worst = max(worst, (float(scores[top]), chosen[top][1]))
    return {
        "texts": total, "mean_move": round(float(np.mean(moves)), 4), "crossed": round(crossings / total, 4),
        "highest_score": round(worst[0], 3), "highest_group": worst[1],
    }  # fmt: skip
