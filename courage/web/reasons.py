"""What pages say of codes: reasons, buttons, and what detector and library say, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence

from courage.cases import wording
from courage.cases.ports import Button
from courage.cases.reasons import CaseReason
from courage.detection.verdict import Reason
from courage.i18n.catalogue import Catalogue, Voice
from courage.library.suggest.sayings import Saying


def reasons_line(reasons: Sequence[CaseReason], words: Catalogue, language: str) -> str:
    """Return why there is a case, in one line of the reader's language."""
    return wording.reasons_line(reasons, Voice(words, language))


def saying(said: Saying, words: Catalogue, language: str) -> str:
    """Return what the library says in the reader's language."""
    return said.in_words(Voice(words, language))


def reason(found: Reason, words: Catalogue, language: str) -> str:
    """Return a reason of screening in the reader's language."""
    return found.in_words(Voice(words, language))


def title(button: Button, words: Catalogue, language: str) -> str:
    """Return what stands on a button: its own title, or that of its key."""
    return wording.title(button, Voice(words, language))
