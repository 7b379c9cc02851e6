"""Why a case is there, as codes: whoever shows it says it in the reader's language. Never a word of the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

from courage.taxonomy import NARRATIVE

# Reasons of screening may quote the message, so people see only their kinds, most telling first.
KINDS: Final = {
    "category": "kind",
    "target": "group",
    "word": "word",
    "frame": "frame",
    "example": "example",
    "feedback": "feedback",
}
#: Every code that a reason can have; each catalogue that shows reasons has words for all of them.
CODES: Final = (
    "reported", "no_hate", "category", "narrative", "targets", *KINDS.values(), "screening", "more_cases",
)  # fmt: skip

#: Characters of a narrative that a card shows.
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class CaseReason:
    """One reason.

    ``code`` is one of ``CODES``; ``names`` are codes of categories or target groups; ``count`` is how many members
    reported it, or how many cases a summary stands for; ``text`` is the narrative of the library that it repeats, in
    the library's words.
    """

    code: str
    names: tuple[str, ...] = ()
    count: int = 0
    text: str = ""


def reasons_of(
    *,
    hateful: bool,
    category: str,
    targets: Sequence[str],
    reasons: Sequence[Mapping[str, Any]],
    reporters: int,
) -> tuple[CaseReason, ...]:
    """Return why a case was opened; ``reasons`` are those of screening, of which only kind and weight are
    read, and the library's narrative that the message repeats: nothing of the message itself.
    """
    found = [CaseReason("reported", count=reporters)] if reporters else []
    if not hateful and category != NARRATIVE:
        return (*found, CaseReason("no_hate"))
    if category != "none":
        found.append(CaseReason("category", (category,)))
    told = (
        str((reason.get("values") or {}).get(NARRATIVE, ""))
        for reason in reasons
        if reason.get("kind") == NARRATIVE
    )
    found += [CaseReason("narrative", text=text[:_LONGEST]) for text in told if text]
    if targets:
        found.append(CaseReason("targets", tuple(targets)))
    kinds = {str(reason.get("kind", "")) for reason in reasons if float(reason.get("weight", 0.0)) >= 0}
    # What was just named needs no second mention as a kind.
    kinds -= {"category"} if category != "none" else set()
    kinds -= {"target"} if targets else set()
    found += [CaseReason(code) for kind, code in KINDS.items() if kind in kinds]
    return tuple(found) or (CaseReason("screening"),)


def in_words(reasons: Sequence[CaseReason], say: Callable[..., str], named: Callable[[str, str], str]) -> str:
    """Return reasons in one line.

    ``say`` gives the text of a code of ``CODES`` with the values ``names``, ``count`` and ``text``, and of ``also`` and
    ``list``, which put two reasons or two names one after the other (values ``left`` and ``right``). ``named`` gives
    the name of a ``category`` or ``target``.
    """
    return _joined([_one(reason, say, named) for reason in reasons], "also", say)


def names_in_words(
    kind: str, codes: Sequence[str], say: Callable[..., str], named: Callable[[str, str], str]
) -> str:
    """Return the names of codes of one kind as a list in words; see ``in_words``."""
    return _joined([named(kind, code) for code in codes], "list", say)


def _one(reason: CaseReason, say: Callable[..., str], named: Callable[[str, str], str]) -> str:
    kind = "target" if reason.code == "targets" else "category"
    return say(
        reason.code,
        names=names_in_words(kind, reason.names, say, named),
        count=reason.count,
        text=reason.text,
    )


def _joined(parts: Sequence[str], between: str, say: Callable[..., str]) -> str:
    # Languages differ in their commas and semicolons, so these are words of the catalogue too.
    return reduce(lambda left, right: say(between, left=left, right=right), parts) if parts else ""
