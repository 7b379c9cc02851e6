"""Logging in, and who one is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from courage.taxonomy import ROLES
from courage.web.schemas.base import Answer, Request, Time, one_of_known


class LoginRequest(Request):
    """A person's name and password, and the code of their second factor if they have one."""

    name: Annotated[str, Field(max_length=200)]
    password: Annotated[str, Field(max_length=2000)]
    code: Annotated[str, Field(max_length=100)] = ""


class Person(Answer):
    """A person of the organisation."""

    id: int
    organisation_id: int
    name: str
    role: Annotated[str, one_of_known(ROLES)]
    languages: list[str]
    active: bool


class Session(Answer):
    """A login; send the token as ``Authorization: Bearer …``."""

    token: str
    expires_at: Time
    person: Person


class Me(Answer):
    """Who is logged in; ``csrf`` is for ``X-CSRF-Token`` where a session cookie is used."""

    person: Person
    csrf: str
