"""What every written form of the academy is made of: strict models, closed lists, errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from courage.academy.findings import Finding
from courage.taxonomy import (
    ANSWER_VERDICTS,
    LANGUAGES,
    LEVELS,
    OUTCOMES,
    PARTS_PLAYED,
    REPLY_KINDS,
    REPLY_TONES,
    STRATEGIES,
    TARGET_GROUPS,
)

MAX_TEXT: Final = 2000
MAX_MESSAGE: Final = 1000


class Form(BaseModel):
    """A written form: keys that it does not name are refused, and no type is guessed from another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _OneOf:
    """A value of a closed list; the error names the list."""

    def __init__(self, values: Sequence[Any]) -> None:
        self._values = tuple(values)

    def __call__(self, value: Any) -> Any:
        if value not in self._values:
            raise PydanticCustomError(
                "not_in_list",
                "{given} is none of: {allowed}",
                {"given": repr(value), "allowed": ", ".join(map(str, self._values))},
            )
        return value


def _as_tuple(value: Any) -> Any:
    """YAML knows lists only; frozen forms hold tuples."""
    return tuple(value) if isinstance(value, list) else value


def one_of(values: Sequence[str]) -> AfterValidator:
    """Return a check that a text is of a closed list."""
    return AfterValidator(_OneOf(values))


Listed = BeforeValidator(_as_tuple)
Words = Annotated[str, Field(min_length=1, max_length=MAX_TEXT, pattern=r"\S")]
Said = Annotated[str, Field(min_length=1, max_length=MAX_MESSAGE, pattern=r"\S")]
Id = Annotated[str, Field(pattern=r"^[a-z]{2}-[a-z0-9]+(?:-[a-z0-9]+)*$", max_length=80)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)]
Language = Annotated[str, one_of(LANGUAGES)]
Group = Annotated[str, one_of(TARGET_GROUPS)]
Groups = Annotated[tuple[Group, ...], Listed]
Level = Annotated[int, AfterValidator(_OneOf(LEVELS))]
Part = Annotated[str, one_of(PARTS_PLAYED)]
Kind = Annotated[str, one_of(REPLY_KINDS)]
Strategy = Annotated[str, one_of(STRATEGIES)]
Tone = Annotated[str, one_of(REPLY_TONES)]
Length = Annotated[str, one_of(("short", "long"))]
Outcome = Annotated[str, one_of(OUTCOMES)]
AnswerVerdict = Annotated[str, one_of(ANSWER_VERDICTS)]


def problems(error: ValidationError) -> list[Finding]:
    """Return what is wrong with a form, one line a place: ``scenes.start.branches[2].if.kind: …``."""
    return [_finding(found) for found in error.errors(include_url=False)]


def _finding(found: Any) -> Finding:
    kind, says = found["type"], _said(found)
    code = _CODES.get(kind, kind)
    if kind == "string_pattern_mismatch" and found.get("ctx", {}).get("pattern") == r"\S":
        code = "empty_text"
    return Finding(says, code, place(found["loc"]), given=_given(found), **_named(found.get("ctx", {})))


def _named(context: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in context.items() if name not in ("given", "place", "code", "says")
    } | {"named": str(context.get("given", ""))}


def place(path: Sequence[int | str]) -> str:
    """Return a place in a form as people write it; entries of lists count from 1."""
    words = ""
    for step in path:
        words += f"[{step + 1}]" if isinstance(step, int) else f".{step}" if words else step
    return words or "the form"


#: Codes of findings by what pydantic calls them; it has several names for some.
_CODES: Final = {
    "missing": "missing",
    "extra_forbidden": "no_key",
    "string_type": "no_text",
    "bool_type": "no_bool",
    "int_type": "no_number",
    "tuple_type": "no_list",
    "list_type": "no_list",
    "string_pattern_mismatch": "pattern",
    "string_too_long": "too_long",
    "string_too_short": "empty_text",
    "id": "id_language",
}


def _given(found: Any) -> str:
    given = repr(found.get("input"))
    return given if len(given) <= 60 else given[:57] + "…"


def _said(found: Any) -> str:
    """Return pydantic's finding in the house's words where those say more."""
    kind, context = found["type"], found.get("ctx", {})
    given = _given(found)
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is no key of this form"
        case "string_type":
            return f"must be a text, not {given}; put it in quotes"
        case "bool_type":
            return f"must be true or false, not {given}"
        case "int_type":
            return f"must be a whole number, not {given}"
        case "tuple_type" | "list_type":
            return f"must be a list, not {given}"
        case "string_pattern_mismatch":
            if context.get("pattern") == r"\S":
                return "is empty"
            return f"{given} does not match {context.get('pattern')}"
        case _:
            return str(found["msg"])
