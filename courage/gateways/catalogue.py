"""How cards and gateways say reasons and buttons; the words themselves are in ``courage.i18n``."""

from __future__ import annotations

from collections.abc import Sequence

from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words, names_in_words
from courage.i18n.catalogue import Voice, default_catalogue, default_voice

__all__ = ["default_catalogue", "default_voice", "reasons_line", "targets_line", "title"]


def reasons_line(reasons: Sequence[CaseReason], voice: Voice) -> str:
    """Return why there is a case, in one line."""
    return in_words(reasons, lambda code, **values: voice.say(f"why.{code}", **values), voice.named)


def targets_line(targets: Sequence[str], voice: Voice) -> str:
    """Return the names of target groups, one after the other."""
    return names_in_words("target", targets, lambda code, **v: voice.say(f"why.{code}", **v), voice.named)


def title(button: Button, voice: Voice) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return voice.named("button", button.key) if button.key else button.title
