"""What the recommender says to people, as codes with values that are put into words where they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from courage.i18n.catalogue import Voice, default_voice

# Why a response is suggested.
WHY: Final = (
    "narrative_same",
    "narrative_similar",
    "same_subject",
    "answers_message",
    "post_as_is",
    "rather_sharp",
    "general",
    "stands_up",
    "any_group",
    "as_asked",
    "source",
    "sources",
    "useful",
    "many_messages",
    "used_lately",
    "other_language",
    "nearest",
)
# Why nothing is suggested.
WHY_NOTHING: Final = ("escalation", "harmless", "repeats", "nothing_fits", "bare_insult")
#: Every code; ``as_written`` is a sentence of an older version that could not be taken apart.
CODES: Final = (*WHY, *WHY_NOTHING, "as_written")
# Values that are codes themselves, and the kind of names that says them.
_NAMED: Final = {"strategy": "strategy", "language": "language", "groups": "defended"}


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that the recommender says.

    ``code`` is one of ``CODES``; ``values`` are JSON values: ``groups`` a list of target groups, ``strategy`` and
    ``language`` codes, ``count`` a number.
    """

    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The saying in English, for programs and terminals."""
        return self.in_words(default_voice())

    def in_words(self, voice: Voice) -> str:
        """Return the saying in the words of a voice."""
        return voice.say(f"saying.{self.code}", **{k: _word(k, v, voice) for k, v in self.values.items()})

    def stored(self) -> dict[str, Any]:
        """Return the saying in the shape in which offers keep it: code and values, no words."""
        return {"code": self.code, "values": dict(self.values)}

    def to_json(self) -> dict[str, Any]:
        """Return the saying in the shape that command line and API promise, with an English ``text``."""
        return {**self.stored(), "text": self.text}


def saying(code: str, **values: Any) -> Saying:
    """Return a saying.

    :raises KeyError: if there is no such code.
    """
    if code not in CODES:
        raise KeyError(f"no saying has the code {code!r}")
    return Saying(code, values)


def _word(name: str, value: Any, voice: Voice) -> Any:
    kind = _NAMED.get(name)
    if kind is None:
        return value
    names = [
        voice.named(kind, str(code)) for code in (value if isinstance(value, (list, tuple)) else (value,))
    ]
    joined = names[0] if names else ""
    for more in names[1:]:
        joined = voice.say("why.list", left=joined, right=more)
    return joined
