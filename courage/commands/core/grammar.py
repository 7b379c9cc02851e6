"""What commands look like: their words and parameters, as plain data that also goes to Rasa as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar


@dataclass(frozen=True, slots=True)
class CaseNumber:
    """An optional number of a case after the words: ``claim 12``, ``claim #12``, ``claim case 12``."""


@dataclass(frozen=True, slots=True)
class DraftVersion:
    """An optional version of a draft after a case number: ``post 12 v3``."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the things just offered: ``use 2``, ``use number two``, or a digit alone.

    ``number_words`` are words that stand for numbers; ``marks`` may stand between the command and the number.
    """

    number_words: Mapping[str, int]
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FreeText:
    """A text after a colon, taken word by word and never searched for commands: ``edit: my own text``.

    ``name`` is the argument's name. With ``optional`` the words alone are the command, too. ``requests`` is a
    regular expression: a message that is something in quotation marks, with a match of it before them, is this
    command about what is quoted (``what could I answer to “…”?``).
    """

    name: str
    optional: bool = False
    requests: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """Words that are a command of their own, alone or together: ``facts, shorter, in French``.

    ``words`` maps each to the argument that it sets and the value; ``fillers`` may stand between them.
    """

    words: Mapping[str, tuple[str, str]]
    fillers: frozenset[str] = frozenset()


Parameter = CaseNumber | DraftVersion | Choice | FreeText | Wish
P = TypeVar("P", CaseNumber, DraftVersion, Choice, FreeText, Wish)


@dataclass(frozen=True, slots=True)
class Form:
    """How a command is written: its name, the words that open it in any language, what follows them."""

    name: str
    words: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()

    def parameter(self, kind: type[P]) -> P | None:
        """Return the parameter of a kind, or ``None``."""
        return next((given for given in self.parameters if isinstance(given, kind)), None)


def to_json(forms: Sequence[Form]) -> list[dict[str, Any]]:
    """Return forms as JSON values; :func:`from_json` is the way back."""
    return [
        {
            "name": form.name,
            "words": list(form.words),
            "parameters": [
                {"kind": type(given).__name__, **_plain(asdict(given))} for given in form.parameters
            ],
        }
        for form in forms
    ]


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: sorted(value) if isinstance(value, frozenset) else value for name, value in values.items()}


def from_json(given: Sequence[Mapping[str, Any]]) -> tuple[Form, ...]:
    """Return the forms that :func:`to_json` wrote.

    :raises ValueError: if a parameter is of no known kind.
    """
    return tuple(
        Form(str(form["name"]), tuple(form["words"]), tuple(map(_parameter, form["parameters"])))
        for form in given
    )


def _parameter(given: Mapping[str, Any]) -> Parameter:
    values = {name: value for name, value in given.items() if name != "kind"}
    match given["kind"]:
        case "CaseNumber":
            return CaseNumber()
        case "DraftVersion":
            return DraftVersion()
        case "Choice":
            return Choice(values["number_words"], tuple(values["marks"]))
        case "FreeText":
            return FreeText(**values)
        case "Wish":
            words = {word: (str(name), str(value)) for word, (name, value) in values["words"].items()}
            return Wish(words, frozenset(values["fillers"]))
        case kind:
            raise ValueError(
                f"parameter kind {kind!r} is not one of CaseNumber, DraftVersion, Choice, FreeText, Wish"
            )
