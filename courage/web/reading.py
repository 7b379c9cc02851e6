"""Reading what browsers and programs send: JSON bodies, forms, query strings, numbers in addresses."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web
from aiohttp.web_request import FileField
from multidict import MultiDictProxy

from courage.web.errors import BadInput, NotHere, TooLarge
from courage.web.schemas.refusals import Model, checked, shown, surrogate
from courage.web.server import waiting_for_body

MAX_DEPTH: Final = 20


async def read_bytes(request: web.Request, limit: int) -> bytes:
    """Return the body.

    :raises TooLarge: if it has more than ``limit`` bytes.
    """
    if (request.content_length or 0) > limit:
        raise TooLarge(f"the body has {request.content_length} bytes; at most {limit} are allowed")
    found = bytearray()
    with waiting_for_body(request):
        async for piece in request.content.iter_chunked(65_536):
            found += piece
            if len(found) > limit:
                raise TooLarge(f"the body has more than {limit} bytes, which is the most that is allowed")
    return bytes(found)


async def read_json(request: web.Request, model: type[Model], limit: int) -> Model:
    """Return a JSON object as the model that describes it; no body counts as ``{}``.

    :raises BadInput: if it is not JSON, or naming the field at fault.
    """
    body = await read_bytes(request, limit)
    if not body.strip():
        return checked(model, {})
    if request.content_type != "application/json":
        raise BadInput(f"content type {shown(request.content_type)} is not read; allowed: application/json")
    return checked(model, decode_json(body))


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Return the query of an address as the model that describes it.

    :raises BadInput: naming the key at fault and what is allowed.
    """
    found: dict[str, str] = {}
    for name, value in request.query.items():
        if name in found:
            raise BadInput(f"key {shown(name)} is given twice in the query")
        found[name] = value.replace("\0", "")
    return checked(model, found, "the query")


def decode_json(body: bytes) -> Any:
    """Return what a JSON text holds.

    :raises BadInput: if it is not valid JSON in UTF-8.
    """
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadInput(f"the body is not UTF-8: byte {error.start + 1} does not fit") from None
    except json.JSONDecodeError as error:
        raise BadInput(
            f"the body is not valid JSON: {error.msg.lower()} at character {error.pos + 1}"
        ) from None
    except RecursionError:
        raise BadInput("the body is nested too deeply") from None
    except ValueError as error:  # numbers with thousands of digits
        if isinstance(error, BadInput):
            raise
        raise BadInput("the body holds a number that is too long") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise BadInput(f"field {shown(twice)} is given twice")
    return found


def _no_constant(name: str) -> Any:
    raise BadInput(f"{name} is not JSON; write a number or null")


def check_unicode(name: str, value: str) -> None:
    """Refuse lone surrogates, which no database and no encoding can carry.

    :raises BadInput: naming the field and the place.
    """
    if place := surrogate(value):
        raise BadInput(
            f"field {name!r} holds a lone surrogate at character {place}; valid Unicode is allowed",
            say="wrong.form",
        )


class Form:
    """A submitted form; texts come out trimmed of nothing, checked for valid Unicode, without NUL."""

    def __init__(self, data: MultiDictProxy[Any]) -> None:
        self._data = data

    def text(self, name: str, *, required: bool = False, max_length: int = 20_000) -> str:
        """Return a field, ``""`` when it was left out.

        :raises BadInput: if it is a file, too long, or required and blank.
        """
        value = self._data.get(name, "")
        if not isinstance(value, str):
            raise BadInput(f"field {name!r} must be text, not a file", say="wrong.file", field=name)
        value = value.replace("\r\n", "\n").replace("\0", "")
        check_unicode(name, value)
        if required and not value.strip():
            raise BadInput(f"field {name!r} is empty; it needs a text", say="wrong.empty", field=name)
        if len(value) > max_length:
            raise BadInput(
                f"field {name!r} has {len(value)} characters; at most {max_length} are allowed",
                say="wrong.too_long", field=name, length=len(value), most=max_length,
            )  # fmt: skip
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that may be given several times, blanks left out."""
        values = [value for value in self._data.getall(name, []) if isinstance(value, str)]
        for value in values:
            check_unicode(name, value)
        return tuple(value.replace("\0", "") for value in values if value.strip())

    def file(self, name: str) -> tuple[str, bytes]:
        """Return the name and content of a file that was chosen.

        :raises BadInput: if none was.
        """
        value = self._data.get(name)
        if not isinstance(value, FileField):
            raise BadInput(f"field {name!r} needs a file", say="wrong.no_file")
        with value.file as file:
            data = file.read()
        if not data:
            raise BadInput(f"the file in field {name!r} is empty", say="wrong.no_file")
        check_unicode(name, value.filename)
        return value.filename.replace("\0", "")[-120:], data

    def text_file(self, name: str) -> str:
        """Return the text of a file that was chosen.

        :raises BadInput: if none was, or it is not UTF-8.
        """
        _, data = self.file(name)
        try:
            return data.decode("utf-8-sig").replace("\0", "")
        except UnicodeDecodeError as error:
            raise BadInput(f"the file is not UTF-8 at byte {error.start}", say="wrong.not_utf8") from None

    def number(self, name: str) -> int:
        """Return a whole number.

        :raises BadInput: if it is none.
        """
        return number(name, self.text(name, required=True, max_length=20))

    def choice(self, name: str, allowed: Sequence[str], default: str | None = None) -> str:
        """Return one of the allowed values; blank gives the default.

        :raises BadInput: naming what is allowed.
        """
        return choice(name, self.text(name), allowed, default)


async def read_form(request: web.Request) -> Form:
    """Return the form of a request; reading twice gives the same.

    :raises BadInput: if the body is not a form.
    :raises TooLarge: if it is larger than the desk reads.
    """
    try:
        with waiting_for_body(request):
            return Form(await request.post())
    except web.HTTPRequestEntityTooLarge:
        raise TooLarge("the form is too large") from None
    except (ValueError, UnicodeDecodeError, AssertionError, KeyError):
        raise BadInput(
            "the form could not be read; send it as application/x-www-form-urlencoded", say="wrong.form"
        ) from None


def number(name: str, value: str) -> int:
    """Return a whole number from 0 to 2³¹ − 1.

    :raises BadInput: if it is none.
    """
    if not (value.isascii() and value.isdigit() and len(value) <= 10 and int(value) < 2**31):
        raise BadInput(
            f"{name!r} is {shown(value)}; a whole number is allowed",
            say="wrong.number", field=name, value=value[:40],
        )  # fmt: skip
    return int(value)


def choice(name: str, value: str, allowed: Sequence[str], default: str | None = None) -> str:
    """Return one of the allowed values; blank gives the default.

    :raises BadInput: naming what is allowed.
    """
    if not value and default is not None:
        return default
    if value not in allowed:
        raise BadInput(
            f"{name!r} is {shown(value)}; allowed: {', '.join(allowed)}",
            say="wrong.choice", field=name, value=value[:40],
        )  # fmt: skip
    return value


def case_number(request: web.Request) -> int:
    """Return the case number of the address.

    :raises NotHere: if it is none that could exist.
    """
    try:
        return number("case", request.match_info["case_id"])
    except BadInput:
        raise NotHere(f"there is no case {shown(request.match_info['case_id'])}") from None


def decision_number(request: web.Request) -> int:
    """Return the number of a decision in the address.

    :raises NotHere: if it is none that could exist.
    """
    try:
        return number("decision", request.match_info["decision_id"])
    except BadInput:
        raise NotHere(f"there is no decision {shown(request.match_info['decision_id'])}") from None


def query(request: web.Request, name: str, allowed: Sequence[str] | None = None) -> str | None:
    """Return a value of the query string, ``None`` when it is absent or blank.

    :raises BadInput: naming what is allowed.
    """
    value = request.query.get(name, "").replace("\0", "")[:1000]
    check_unicode(name, value)
    if not value:
        return None
    return value if allowed is None else choice(name, value, allowed)
