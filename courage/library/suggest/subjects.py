"""Which groups a message is about: the verdict's, made sharper by the names that stand in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from courage.detection.text.matchers import matchers, named_subgroups, named_targets
from courage.detection.verdict import Verdict

_WIDE = "other"  # too many groups to say whom a response would have to stand up for


@dataclass(frozen=True, slots=True)
class Named:
    """The codes of the groups and of the subgroups that a text names, each in the order of their first mention."""

    groups: tuple[str, ...]
    subgroups: tuple[str, ...]


def named_in(text: str, language: str) -> Named:
    """Return whom a text names."""
    found = matchers(language)(text.casefold())
    return Named(tuple(dict.fromkeys(match.label for match in named_targets(found))), named_subgroups(found))


def named_groups(text: str, language: str) -> tuple[str, ...]:
    """Return the codes of the groups that a text names, in the order of their first mention."""
    return named_in(text, language).groups


def with_subject(verdict: Verdict, groups: Sequence[str]) -> Verdict:
    """Return the verdict with the groups that a response should stand up for.

    Where the verdict says several, the likeliest counts and those that the text names. Where it says none (a person
    may report what screening let pass), the one group that the text names counts. ``groups`` are what
    :func:`named_groups` found.
    """
    named = tuple(group for group in groups if group != _WIDE)
    if not named:
        return verdict
    if set(verdict.targets) & set(named):
        likeliest = verdict.targets[0]
        return replace(verdict, targets=tuple(g for g in verdict.targets if g in named or g == likeliest))
    if len(named) == 1 and verdict.targets in ((), (_WIDE,)):
        return replace(verdict, targets=named)
    return verdict
