"""Reasons of screening in words; keys of the catalogue are ``found.CODE``, ``example.CODE`` and names of codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from courage.i18n.catalogue import Voice

_NAMED: Final = ("category", "target", "example")
#: What a code quotes; without it there is nothing to say.
_QUOTING: Final = {"word": "word", "mention": "word", "repeats": "narrative"}


def in_words(kind: str, code: str, values: Mapping[str, str], voice: Voice) -> str:
    """Return a reason in the words of a voice; see :class:`courage.detection.verdict.Reason`.

    What quoted a message that is not kept any more is empty; a code that no catalogue knows is shown as it is.
    """
    if kind in _NAMED and not values and code not in _QUOTING:
        return voice.say(f"found.{kind}", name=voice.named(kind, code))
    if code in _QUOTING and _QUOTING[code] not in values:
        return ""
    key = f"found.{code}"
    return voice.say(key, **values) if voice.catalogue.knows(key) else code.replace("_", " ")
