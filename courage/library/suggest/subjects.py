"""Which groups a message is about: the verdict's, made sharper by the names that stand in the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from courage.detection.text.matchers import Match, matchers, named_subgroups, named_targets
from courage.detection.verdict import Verdict
from courage.library.suggest.spared import goes_on_about_them, spared
from courage.taxonomy import SUBGROUPS

_WIDE: Final = "other"  # too many groups to say whom a response would have to stand up for
#: Groups to which the same people often belong: who names both need not mean two.
_TOGETHER: Final = tuple(
    map(frozenset, (("migrants", "people_of_colour"), ("migrants", "muslims"), ("migrants", "roma")))
)


@dataclass(frozen=True, slots=True)
class Named:
    """The codes of the groups and of the subgroups that a text names, each in the order of their first mention.

    ``spared`` are groups that it names only to say that they are not meant; they are not among ``groups``. ``unsure``:
    all whom it names seem spared, and who is meant may have no name in it.
    """

    groups: tuple[str, ...]
    subgroups: tuple[str, ...]
    spared: tuple[str, ...] = ()
    unsure: bool = False


def named_in(text: str, language: str) -> Named:
    """Return whom a text names."""
    low = text.casefold()
    found = matchers(language)(low)
    spans = spared(low, language)
    left = [match for match in found if not any(start <= match.start < end for start, end in spans)]
    if not named_targets(left):
        all_spared = bool(named_targets(found)) and not any(
            goes_on_about_them(low, language, end) for _, end in spans
        )
        # With nothing behind it, a kind word is one about whoever is named.
        return Named(
            _groups(found), named_subgroups(found), (), all_spared and spans[-1][1] < len(low.rstrip())
        )
    groups = _groups(left)
    return Named(groups, named_subgroups(left), tuple(g for g in _groups(found) if g not in groups))


def _groups(found: Sequence[Match]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.label for match in named_targets(found)))


def named_groups(text: str, language: str) -> tuple[str, ...]:
    """Return the codes of the groups that a text names, in the order of their first mention."""
    return named_in(text, language).groups


def disputed(verdict: Verdict, named: Named) -> bool:
    """Say whether text and verdict speak of two peoples, so that an answer for one of them may miss the one that is hit.

    Women do not count: they belong to every people, and who names Muslim women names both. "Other" counts where the text says
    which others. An attack on two peoples at once is answered as well by what stands up for anybody.
    """
    peoples = {g for g in (*named.groups, *verdict.targets) if g != "women"} - set(named.spared)
    if _WIDE in peoples and not any(_WIDE in SUBGROUPS[one] for one in named.subgroups):
        peoples.remove(_WIDE)
    one_people = peoples in _TOGETHER or any(peoples <= set(SUBGROUPS[one]) for one in named.subgroups)
    return len(peoples) > 1 and not one_people


def with_subject(verdict: Verdict, groups: Sequence[str], spared: Sequence[str] = ()) -> Verdict:
    """Return the verdict with the groups that a response should stand up for.

    Where the verdict says several, the likeliest counts and those that the text names. Where it says none (a person
    may report what screening let pass), the one group that the text names counts. ``groups`` are what
    :func:`named_groups` found, ``spared`` those that the text names only to spare them: they are none of its targets.
    """
    verdict = replace(verdict, targets=tuple(group for group in verdict.targets if group not in spared))
    named = tuple(group for group in groups if group != _WIDE)
    if not named:
        return verdict
    if set(verdict.targets) & set(named):
        likeliest = verdict.targets[0]
        return replace(verdict, targets=tuple(g for g in verdict.targets if g in named or g == likeliest))
    if len(named) == 1 and verdict.targets in ((), (_WIDE,)):
        return replace(verdict, targets=named)
    return verdict
