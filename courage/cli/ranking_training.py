"""Training ranking weights from what people chose, or from a file of judged pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from courage.cases.choices import choices
from courage.clock import utcnow
from courage.library.errors import LibraryError
from courage.library.suggest.fitting import (
    LEAST_MESSAGES,
    Comparison,
    Trained,
    comparison,
    enough,
    fit,
    read_weights,
    write_weights,
)
from courage.library.suggest.ranking import PARTS, RankingWeights
from courage.library.suggest.weights import weights_file, weights_in_use
from courage.wiring import Components

Progress = Callable[[int, int], None]


def train_weights(
    components: Components,
    *,
    organisation_id: int | None,
    judgements: Path | None = None,
    out: Path | None = None,
    force: bool = False,
    say: Callable[[str], None],
    progress: Progress | None = None,
) -> Path:
    """Train, measure on what is held aside, and write the weights if they are better than those in place.

    :param organisation_id: whose people's choices to learn from; needed without ``judgements``. The weights are the
        installation's, whatever they were learned from.

    Those in place are the ones in ``out`` (default: the file that the engine loads), or else the ones in use.

    :raises LibraryError: if there is too little to learn from, or the new weights are no better (unless ``force``).
    """
    path = out or weights_file(components.settings.home)
    current = read_weights(path)[0] if path.exists() and not force else _in_use(components)
    if judgements is None:
        assert organisation_id is not None
        found, source = _chosen(components, organisation_id, say)
    else:
        found = _judged(components, judgements, progress)
        source = f"{len(found)} messages of {judgements.name}"
    trained = fit(found, current)
    say(f"learned from {trained.learned}, measured on {trained.aside} held aside")
    say(f"before: {trained.before.pretty()}")
    say(f"after:  {trained.after.pretty()}")
    say(changes(current, trained.weights))
    if not trained.better and not force:
        raise LibraryError(
            f"the new weights are no better than those in use; {path.name} is left as it was "
            "(--force writes them all the same)"
        )
    if not trained.better:
        say("the new weights are no better than those they replace")
    write_weights(path, trained.weights, _facts(source, trained))
    return path


def _in_use(components: Components) -> RankingWeights:
    return weights_in_use(components.settings.home).weights


def _chosen(
    components: Components, organisation_id: int, say: Callable[[str], None]
) -> tuple[list[Comparison], str]:
    made, unusable = choices(components.sessions, organisation_id=organisation_id)
    read = [comparison(f"case {c.case_id}", c.parts, c.chosen, str(c.person_id)) for c in made]
    found = [item for item in read if item is not None]
    unusable += len(read) - len(found)
    if unusable:
        say(f"{unusable} choices left out: one offer only, or the parts of its score are not known")
    kept = enough(found)
    people = len({item.person for item in kept})
    source = f"{len(kept)} choices by {people} people"
    say(source)
    return kept, source


def _judged(components: Components, file: Path, progress: Progress | None) -> list[Comparison]:
    from courage.library.suggest.evaluate import each_ranked, read_judgements

    pairs = read_judgements(file, None, None, None)
    found = []
    for message, ranked, texts in each_ranked(
        pairs,
        encoder=components.encoder,
        screen=components.screener.screen_many,
        reading=components.texts_read,
        reader=components.reader,
        progress=progress,
    ):
        labels = [pairs.get((message, text)) for text in texts]
        rows = [row for row, label in enumerate(labels) if label is not None]
        chosen = np.array([labels[row] for row in rows], dtype=int)
        if 0 < chosen.sum() < len(chosen):
            found.append(Comparison(message, ranked.parts[rows], chosen))
    if len(found) < LEAST_MESSAGES:
        raise LibraryError(
            f"too little to learn from: {file.name} has {len(found)} messages with both suitable and unsuitable "
            f"responses; it takes {LEAST_MESSAGES}"
        )
    return found


def changes(before: RankingWeights, after: RankingWeights) -> str:
    """Return old and new weights as shares of their sums, one part a line."""
    old, new = (weights.array() / max(weights.array().sum(), 1e-9) for weights in (before, after))
    lines = ["share of each part in the score:"]
    lines += [f"  {part:<10} {a:6.1%} → {b:6.1%}" for part, a, b in zip(PARTS, old, new, strict=True)]
    return "\n".join(lines)


def _facts(source: str, trained: Trained) -> dict[str, object]:
    return {
        "at": utcnow().isoformat(timespec="seconds"),
        "from": source,
        "held_aside": trained.aside,
        "pairs_in_order_before": round(trained.before.ordered, 4),
        "pairs_in_order_after": round(trained.after.ordered, 4),
    }
