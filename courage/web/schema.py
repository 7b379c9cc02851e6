"""Small descriptions of JSON bodies: they check what comes in and describe it in OpenAPI."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from courage.web.errors import BadInput

MAX_TEXT: Final = 100_000
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "object": (dict,),
    "strings": (list,),
    "objects": (list,),
}
_WORDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "strings": "a list of texts",
    "objects": "a list of objects",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``kind`` is string, integer, boolean, strings, object or objects; lengths in characters."""

    name: str
    kind: str = "string"
    required: bool = False
    choices: Sequence[str] = ()
    max_length: int = MAX_TEXT
    low: int = 0
    high: int = 2**31 - 1
    nullable: bool = False
    fields: tuple[Field, ...] = ()
    about: str = ""

    def schema(self) -> dict[str, Any]:
        """Return the field as JSON Schema (2020-12)."""
        text: dict[str, Any] = {"type": "string", "maxLength": self.max_length}
        if self.choices:
            text = {"type": "string", "enum": list(self.choices)}
        nested = body_schema(self.fields)
        found: dict[str, Any] = {
            "string": text,
            "integer": {"type": "integer", "minimum": self.low, "maximum": self.high},
            "boolean": {"type": "boolean"},
            "object": nested,
            "strings": {"type": "array", "items": text},
            "objects": {"type": "array", "items": nested},
        }[self.kind]
        if self.nullable:
            found = {**found, "type": [found["type"], "null"]}
            if "enum" in found:
                found["enum"] = [*found["enum"], None]
        return {**found, "description": self.about} if self.about else dict(found)


def body_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """Return an object's JSON Schema; fields that are not listed are refused."""
    found: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {field.name: field.schema() for field in fields},
    }
    if required := [field.name for field in fields if field.required]:
        found["required"] = required
    return found


def read(fields: Sequence[Field], data: Any, where: str = "the body") -> dict[str, Any]:
    """Return the fields that were given, checked.

    :raises BadInput: naming the field and what is allowed.
    """
    if not isinstance(data, Mapping):
        raise BadInput(f"{where} must be a JSON object")
    known = {field.name: field for field in fields}
    for name in data:
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise BadInput(f"unknown field {shown(str(name))} in {where}; allowed: {allowed}")
    for field in fields:
        if field.required and data.get(field.name) is None:
            raise BadInput(f"field {field.name!r} is missing in {where}")
    return {name: _value(known[name], value) for name, value in data.items()}


def shown(text: str) -> str:
    """Return a short, printable form of something somebody sent, for use in an error."""
    return repr(text[:40]).encode("ascii", "backslashreplace").decode()


def _value(field: Field, value: Any) -> Any:
    if value is None and (field.nullable or not field.required):
        return None
    right = isinstance(value, _TYPES[field.kind]) and not (
        field.kind == "integer" and isinstance(value, bool)
    )
    if not right:
        raise BadInput(f"field {field.name!r} must be {_WORDS[field.kind]}")
    if field.kind == "string":
        return _text(field, value)
    if field.kind == "integer" and not field.low <= value <= field.high:
        raise BadInput(f"field {field.name!r} must be between {field.low} and {field.high}")
    if field.kind == "strings":
        if not all(isinstance(entry, str) for entry in value):
            raise BadInput(f"field {field.name!r} must be a list of texts")
        return [_text(field, entry) for entry in value]
    if field.kind == "object":
        return read(field.fields, value, f"field {field.name!r}")
    if field.kind == "objects":
        return [read(field.fields, entry, f"field {field.name!r}") for entry in value]
    return value


def _text(field: Field, value: str) -> str:
    if field.choices and value not in field.choices:
        allowed = ", ".join(field.choices)
        raise BadInput(f"field {field.name!r} has the value {shown(value)}; allowed: {allowed}")
    if len(value) > field.max_length:
        raise BadInput(
            f"field {field.name!r} has {len(value)} characters; at most {field.max_length} are allowed"
        )
    check_unicode(field.name, value)
    return value


def check_unicode(name: str, value: str) -> None:
    """Refuse lone surrogates, which no database and no encoding can carry.

    :raises BadInput: naming the field and the place.
    """
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BadInput(
            f"field {name!r} holds a lone surrogate at character {error.start + 1}; valid Unicode is allowed"
        ) from None
