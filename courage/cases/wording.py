"""What is said of a case wherever it is shown: its reasons, the groups attacked, the titles of its buttons."""

from __future__ import annotations

from collections.abc import Sequence

from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words, names_in_words
from courage.i18n.catalogue import Voice


def reasons_line(reasons: Sequence[CaseReason], voice: Voice) -> str:
    """Return why there is a case, in one line."""
    return in_words(reasons, lambda code, **values: voice.say(f"why.{code}", **values), voice.named)


def targets_line(targets: Sequence[str], voice: Voice) -> str:
    """Return the names of target groups, one after the other."""
    return names_in_words("target", targets, lambda code, **v: voice.say(f"why.{code}", **v), voice.named)


def title(button: Button, voice: Voice) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return voice.named("button", button.key) if button.key else button.title
