"""What every contract is made of: the three kinds of models and the types of their fields."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.functional_serializers import PlainSerializer
from pydantic.functional_validators import AfterValidator
from pydantic.json_schema import JsonSchemaValue, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from courage.taxonomy import LANGUAGES, READ_LANGUAGES

MAX_TEXT: Final = 100_000
MAX_NUMBER: Final = 2**31 - 1
#: Languages that a message can have: ours, or undetermined.
DETECTED: Final = (*LANGUAGES, *READ_LANGUAGES, "und")


class Request(BaseModel):
    """A JSON body: fields that it does not name are refused, and no type is guessed from another."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Nothing(Request):
    """No field: the address says it all."""


class Query(BaseModel):
    """The query of an address: keys that it does not name are refused, values come as text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Answer(BaseModel):
    """A JSON answer, made from the plain values that the rooms below give."""

    model_config = ConfigDict(
        from_attributes=True, frozen=True, json_schema_serialization_defaults_required=True
    )


@dataclass(frozen=True, slots=True)
class OneOf:
    """A text from a closed list; the error names the list."""

    values: Sequence[str]

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, core_schema.str_schema(strict=True))

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "enum": list(self.values)}

    def _check(self, value: str) -> str:
        if value not in self.values:
            raise PydanticCustomError("one_of", "allowed: {allowed}", {"allowed": ", ".join(self.values)})
        return value


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from ``low`` to ``high``; with ``text`` it comes as digits, as in a query."""

    low: int = 0
    high: int = MAX_NUMBER
    text: bool = False

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        number = core_schema.no_info_after_validator_function(
            self._check, core_schema.int_schema(strict=True)
        )
        read = self._digits if self.text else self._integral
        return core_schema.no_info_before_validator_function(read, number)

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def _digits(self, value: Any) -> Any:
        if not (isinstance(value, str) and value.isascii() and value.isdigit()):
            raise PydanticCustomError("digits", "a whole number is allowed")
        # Python refuses to read thousands of digits; ten are more than any number here has.
        return int(value) if len(value) <= 10 else MAX_NUMBER + 1

    def _integral(self, value: Any) -> Any:
        # To JSON, and so to the description, 10.0 is a whole number.
        return int(value) if isinstance(value, float) and value.is_integer() else value

    def _check(self, value: int) -> int:
        if not self.low <= value <= self.high:
            raise PydanticCustomError(
                "between", "must be between {low} and {high}", {"low": self.low, "high": self.high}
            )
        return value


class _Unchecked:
    """A text as JSON can carry it, lone surrogates included, which pydantic's own text refuses."""

    def __get_pydantic_core_schema__(self, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.custom_error_schema(core_schema.is_instance_schema(str), "string_type")

    def __get_pydantic_json_schema__(self, _: CoreSchema, __: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string"}


def one_of_known(values: Sequence[str]) -> WithJsonSchema:
    """Describe a text of an answer as one of a list, without checking it: a row of an older version still shows."""
    return WithJsonSchema({"type": "string", "enum": list(values)})


def _iso(value: datetime | date) -> str:
    return value.isoformat()


#: A text of a request, valid Unicode, up to 100,000 characters.
Text = Annotated[str, Field(max_length=MAX_TEXT)]
#: What a text needs that must not be blank: a character that is neither space nor control.
NOT_BLANK: Final = r"[^\s\x00-\x1f\x7f]"
#: A text that may hold lone surrogates: messages come as chats send them.
AnyText = Annotated[str, _Unchecked()]
Time = Annotated[
    datetime,
    PlainSerializer(_iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Day = Annotated[
    date,
    PlainSerializer(_iso, return_type=str),
    WithJsonSchema({"type": "string", "format": "date"}, mode="serialization"),
]
#: A number from 0 to 1, rounded to four places.
Score = Annotated[float, AfterValidator(lambda value: round(value, 4)), Field(description="from 0 to 1")]
