"""What screening says about a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from courage.detection.wording import in_words
from courage.i18n.catalogue import Voice, default_voice
from courage.taxonomy import NARRATIVE


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground for a verdict, as a code with values; it is put into words where it is shown.

    ``kind`` is one of ``word``, ``target``, ``frame`` (quoted, negated, reported …), ``example`` (nearest known
    kind of example), ``feedback`` (people decided on a near-identical text), ``language`` (it is not read),
    ``narrative`` (it repeats one of the library) or ``category``. ``code`` says what was
    found within that kind: a category, a target group, ``mention`` (a word that names a group), ``word``,
    ``disguised``, a frame, a kind of example, a decision, or ``as_written`` for a sentence of an older version.
    ``values`` holds what a code needs besides, such as the ``word`` or the ``narrative``; they may quote the message. ``start`` and
    ``end`` are offsets into the original text, or ``None``. A positive ``weight`` speaks for a flag, a negative
    one against it.
    """

    kind: str
    code: str
    weight: float = 0.0
    start: int | None = None
    end: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """The reason in English, for programs and terminals."""
        return self.in_words(default_voice())

    def in_words(self, voice: Voice) -> str:
        """Return the reason in the words of a voice."""
        return in_words(self.kind, self.code, self.values, voice)

    def stored(self) -> dict[str, Any]:
        """Return the reason in the shape in which cases keep it: codes and values, no words."""
        return {
            "kind": self.kind,
            "code": self.code,
            "values": dict(self.values),
            "weight": self.weight,
            "start": self.start,
            "end": self.end,
        }

    def to_json(self) -> dict[str, Any]:
        """Return the reason in the shape that command line and API promise, with an English ``text``."""
        return {**self.stored(), "text": self.text}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of screening one message; ``score`` is a calibrated probability of hate in [0, 1].

    ``language`` is that of the part that decided, as an ISO code, or ``und``. ``version`` names the model and the limits
    that gave the score, so that it can be given again later; it is empty where none did. ``by_sensitivity`` says what each
    sensitivity makes of the message (``FLAGS``); one that is left out passes it over.
    ``subgroups`` are those of the targets that the text names (codes of ``SUBGROUPS``), in their order there.
    """

    text: str
    hateful: bool
    score: float
    category: str
    severity: int
    targets: tuple[str, ...]
    language: str
    route: str
    reasons: tuple[Reason, ...] = ()
    version: str = ""
    by_sensitivity: Mapping[str, str] = field(default_factory=dict)
    subgroups: tuple[str, ...] = ()

    @property
    def wants_people(self) -> bool:
        """Whether people are to see it: hate, or a narrative that is worth an answer."""
        return self.route != "none" and (self.hateful or self.category == NARRATIVE)

    @property
    def read(self) -> bool:
        """Whether the message is in a language that screening reads."""
        return not any(reason.kind == "language" for reason in self.reasons)
