"""From what pydantic finds wrong to one line for whoever sent it: what was wrong and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from courage.web.errors import BadInput
from courage.web.schemas.base import NOT_BLANK, Query

Model = TypeVar("Model", bound=BaseModel)

_KINDS: Final = {
    "string": "text",
    "int": "a whole number",
    "bool": "true or false",
    "list": "a list",
    "dict": "an object",
    "model": "an object",
}
_LISTS: Final = {"string": "a list of texts", "model": "a list of objects"}


def checked(model: type[Model], data: Any, where: str = "the body") -> Model:
    """Return the data as a model.

    :param where: what the data is, for the error.
    :raises BadInput: naming the field and what is allowed, in one line.
    """
    if not isinstance(data, Mapping):
        raise BadInput(f"{where} must be a JSON object")
    known = model.model_fields
    for name in data:  # before pydantic: it cannot say a name that is no valid Unicode
        if name not in known:
            raise BadInput(_unknown(model, str(name), where))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = min(error.errors(include_url=False), key=_urgency)
        raise BadInput(_line(model, first, where)) from None


def shown(text: str) -> str:
    """Return a short, printable form of something somebody sent, for use in an error."""
    return repr(text[:40]).encode("ascii", "backslashreplace").decode()


def surrogate(value: str) -> int | None:
    """Return the place (from 1) of the first lone surrogate, which no database and no encoding can carry."""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        return error.start + 1
    return None


def _urgency(error: ErrorDetails) -> int:
    return {"extra_forbidden": 0, "missing": 1}.get(error["type"], 2)


def _line(model: type[BaseModel], error: ErrorDetails, where: str) -> str:
    kind, place, value, given = error["type"], error["loc"], error["input"], error.get("ctx", {})
    names = [part for part in place if isinstance(part, str)]
    name = names[-1] if names else where
    if len(names) > 1:
        where = f"field {names[-2]!r}"
    if kind == "extra_forbidden":
        return _unknown(_model_at(model, names[:-1]), name, where)
    label = repr(name) if issubclass(model, Query) else f"field {name!r}"
    in_list = bool(place) and isinstance(place[-1], int)
    holder = _model_at(model, names[:-1])
    if kind == "missing" or (value is None and not in_list and holder.model_fields[name].is_required()):
        return f"{label} is missing in {where}{_allowed(holder, name)}"
    if kind == "one_of":
        says = "is" if issubclass(model, Query) else "has the value"
        return f"{label} {says} {shown(value)}; allowed: {given['allowed']}"
    if kind == "digits":
        return f"{label} is {shown(str(value))}; a whole number is allowed"
    if kind == "between":
        return f"{label} must be between {given['low']} and {given['high']}"
    if kind == "string_too_long":
        return f"{label} has {len(value)} characters; at most {given['max_length']} are allowed"
    if kind == "string_too_short" or given.get("pattern") == NOT_BLANK:
        return f"{label} is empty; it needs a text"
    if kind == "string_unicode":
        return (
            f"{label} holds a lone surrogate at character {surrogate(value) or 1}; valid Unicode is allowed"
        )
    base = kind.removesuffix("_type")
    if wanted := _LISTS.get(base) if in_list else _KINDS.get(base):
        return f"{label} must be {wanted}"
    return f"{label}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _unknown(model: type[BaseModel], name: str, where: str) -> str:
    word = "key" if issubclass(model, Query) else "field"
    return f"unknown {word} {shown(name)} in {where}; allowed: {', '.join(model.model_fields) or 'none'}"


def _allowed(model: type[BaseModel], name: str) -> str:
    found = model.model_json_schema()["properties"].get(name, {}).get("enum")
    return f"; allowed: {', '.join(found)}" if found else ""


def _model_at(model: type[BaseModel], names: list[str]) -> type[BaseModel]:
    for name in names:
        model = _nested(model.model_fields[name].annotation) or model
    return model


def _nested(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _nested(part))), None)
