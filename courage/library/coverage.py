"""What the library can answer and where it has holes: target groups × strategies × languages."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from courage.db.engine import reading
from courage.db.models.library import Response, unpack_targets
from courage.library.service import Library
from courage.taxonomy import LANGUAGES, STRATEGIES, TARGET_GROUPS


@dataclass(frozen=True, slots=True)
class Coverage:
    """Counts of responses by (language, target, strategy); responses for any group count under ``any``."""

    counts: dict[tuple[str, str, str], int]
    languages: tuple[str, ...]
    total: int

    def at(self, language: str, target: str, strategy: str) -> int:
        """Return how many there are in one place."""
        return self.counts.get((language, target, strategy), 0)

    def unused(self) -> tuple[str, ...]:
        """Return the strategies of which there is no response yet in any language of the table."""
        used = {strategy for (language, _, strategy) in self.counts if language in self.languages}
        return tuple(strategy for strategy in STRATEGIES if strategy not in used)

    def holes(self) -> list[tuple[str, str, str]]:
        """Return places without any response, in the order of languages, groups and strategies."""
        return [
            (language, target, strategy)
            for language in self.languages
            for target in TARGET_GROUPS
            for strategy in STRATEGIES
            if not self.at(language, target, strategy)
        ]

    def to_json(self) -> dict[str, Any]:
        """Return the table as plain values."""
        return {
            "total": self.total,
            "languages": list(self.languages),
            "targets": [*TARGET_GROUPS, "any"],
            "strategies": list(STRATEGIES),
            "counts": [
                {"language": language, "target": target, "strategy": strategy, "responses": count}
                for (language, target, strategy), count in sorted(self.counts.items())
            ],
            "holes": [
                {"language": lang, "target": target, "strategy": s} for lang, target, s in self.holes()
            ],
        }


def coverage(
    library: Library,
    *,
    organisation_id: int = 1,
    state: str = "approved",
    languages: tuple[str, ...] = LANGUAGES,
) -> Coverage:
    """Count responses of a review state; one that stands up for two groups counts for both."""
    counts: Counter[tuple[str, str, str]] = Counter()
    total = 0
    key = (Response.language, Response.targets_key, Response.strategy)
    query = (
        select(*key, func.count())
        .where(Response.organisation_id == organisation_id, Response.state == state)
        .group_by(*key)
    )
    with reading(library.sessions, organisation_id) as session:
        for language, targets, strategy, found in session.execute(query):
            total += found
            for target in unpack_targets(targets) or ("any",):
                counts[language, target, strategy] += found
    return Coverage(dict(counts), languages, total)


def pretty(table: Coverage) -> str:
    """Return one table per language for the terminal, holes shown as a dot."""
    width = max(map(len, TARGET_GROUPS)) + 1
    lines = [f"{table.total} responses"]
    for language in table.languages:
        lines += ["", f"{language:<{width}}" + "".join(f"{s[:11]:>12}" for s in STRATEGIES)]
        for target in (*TARGET_GROUPS, "any"):
            row = [table.at(language, target, strategy) for strategy in STRATEGIES]
            lines.append(f"{target:<{width}}" + "".join(f"{count or '·':>12}" for count in row))
    holes = table.holes()
    if idle := table.unused():
        lines += ["", f"no response yet: {', '.join(idle)}"]
    lines += ["", f"{len(holes)} holes" + (f", the first: {' '.join(holes[0])}" if holes else "")]
    return "\n".join(lines)
