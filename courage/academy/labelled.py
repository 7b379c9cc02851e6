"""Labelled replies: what somebody wrote to a hateful message, what it does and how good it is, as people judged it.

One reply a line (JSON), for fitting and for measuring: ``{"message": "…", "person_hit": "Noor", "author": "Dave",
"reply": "…", "does": "counter", "safe": 2, "kind": 2, "point": 2, "true": 2}``; 2 is good, 1 could be better, 0 is not good.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationError

from courage.academy.errors import FormError
from courage.academy.form import Form, Said, Words, one_of, problems
from courage.taxonomy import LANGUAGES, MEASURES, REPLY_KINDS, REPLY_MARKS

#: What a labelled reply may do: a kind, or a mark that says more than any kind.
DOES: Final = tuple(
    name for name in (*REPLY_KINDS, *REPLY_MARKS) if name not in ("silence", "other", "names_person_hit")
)
#: What is good, could be better, is not good, as numbers that people write quickly.
NUMBERS: Final = {"good": 2, "could_be_better": 1, "not_good": 0}


def _grade(value: int) -> int:
    if value not in NUMBERS.values():
        raise ValueError("must be 2 (good), 1 (could be better) or 0 (not good)")
    return value


Number = Annotated[int, AfterValidator(_grade)]


class LabelledReply(Form):
    """A reply with what people say of it."""

    message: Said
    reply: Words
    does: Annotated[str, one_of(DOES)]
    safe: Number
    kind: Number
    point: Number
    true: Number
    person_hit: str | None = None
    author: str | None = None
    language: Annotated[str, one_of(LANGUAGES)] = Field(default="en")

    @property
    def grades(self) -> dict[str, str]:
        """The grade of each of ``MEASURES``."""
        named = {number: grade for grade, number in NUMBERS.items()}
        given = (self.safe, self.kind, self.point, self.true)
        return {measure: named[number] for measure, number in zip(MEASURES, given, strict=True)}

    @property
    def cast(self) -> tuple[str, ...]:
        """Names of everybody in the conversation, as far as they are told."""
        return tuple(name for name in (self.author, self.person_hit) if name)


def read_labelled(file: Path, language: str | None = None) -> list[LabelledReply]:
    """Return the labelled replies of a file.

    :param language: of lines that name none; without it the file's name must end with it (``mine-de.jsonl``, ``de.jsonl``).
    :raises FormError: naming file, line and what is allowed, for the first line that is wrong.
    """
    named = language or file.stem.rsplit("-", 1)[-1]
    found = list(_read(file, named))
    if not found:
        raise FormError(f"{file.name}: there is no reply in it")
    return found


def _read(file: Path, language: str) -> Iterator[LabelledReply]:
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FormError(f"{file.name}: cannot be read as text in UTF-8 ({error})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{file.name}, line {number}"
        try:
            data = json.loads(line)
        except ValueError as error:
            raise FormError(f"{where}: is no JSON ({error})") from error
        if not isinstance(data, dict):
            raise FormError(f'{where}: must be an object, {{"message": …, "reply": …}}')
        if "language" not in data and language not in LANGUAGES:
            raise FormError(
                f"{where}: in which language? Name the file …-{LANGUAGES[0]}.jsonl, or give --language; "
                f"there are {', '.join(LANGUAGES)}"
            )
        try:
            yield LabelledReply.model_validate({"language": language, **data})
        except ValidationError as error:
            raise FormError(f"{where}: {'; '.join(problems(error))}") from error
