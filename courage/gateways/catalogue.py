"""The words of cards and gateways: where their catalogues are, and how reasons and buttons are said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from courage.cases.ports import Button
from courage.cases.reasons import CaseReason, in_words, names_in_words
from courage.i18n.catalogue import DEFAULT, Catalogue, Voice, load_catalogue

FOLDER = Path(__file__).parent / "catalogues"


@cache
def default_catalogue() -> Catalogue:
    """Return the catalogues that come with Courage, read once."""
    return load_catalogue(FOLDER)


def default_voice(language: str = DEFAULT) -> Voice:
    """Return the voice that speaks to a whole room, and to people who chose no language."""
    return Voice(default_catalogue(), language)


def reasons_line(reasons: Sequence[CaseReason], voice: Voice) -> str:
    """Return why there is a case, in one line."""
    return in_words(reasons, lambda code, **values: voice.say(f"why_{code}", **values), voice.named)


def targets_line(targets: Sequence[str], voice: Voice) -> str:
    """Return the names of target groups, one after the other."""
    return names_in_words("target", targets, lambda code, **v: voice.say(f"why_{code}", **v), voice.named)


def title(button: Button, voice: Voice) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return voice.named("button", button.key) if button.key else button.title
