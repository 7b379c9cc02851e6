"""Exact commands: what people type or press a hundred times a day must be understood exactly, not probably.

Standard library only: Rasa's environment reads commands with this module, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from courage.commands.core.grammar import CaseNumber, Choice, DraftVersion, Form, FreeText, Wish


@dataclass(frozen=True, slots=True)
class Argument:
    """A value that a message gives to a parameter, and where it stands in the message (``start`` to ``end``)."""

    name: str
    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Parsed:
    """An understood command: its name and its arguments, in the order of the message."""

    name: str
    arguments: tuple[Argument, ...] = ()


# \d takes the digits of every script; int() reads them.
_NUMBER = r"(?:(?:case|cas|fall|قضية)\s*)?#?\s*(?P<case>\d{1,9})"
_END = r"\s*[.!]*"
# A text in quotation marks of any of our languages; what stands before it says what is wanted of it.
_QUOTED = re.compile(r"(?P<before>[^\"“”„«»]*)[\"“„«](?P<quote>.+)[\"”“»]\s*[.?!]*\s*", re.DOTALL)
_SINGLE = re.compile(r"(?P<before>[^'‘’]*\s)['‘](?P<quote>.+)['’]\s*[.?!]*\s*", re.DOTALL)
_IN_PROSE = re.compile(
    r"(?:\b(?:case|cas|fall|number|no\.?|nummer|numéro)\s*|#|قضية\s*)(?P<number>\d{1,9})\b", re.IGNORECASE
)
_WORD = re.compile(r"\w+(?:['’]\w+)?", re.UNICODE)
_MOST_WISHES = 8  # words
_SPELLINGS = {
    " ": r"\s+",
    "'": "['’]",
    "ß": "(?:ß|ss)",
    "ä": "(?:ä|ae)",
    "ö": "(?:ö|oe)",
    "ü": "(?:ü|ue)",
    "é": "[ée]",
    "أ": "[أا]",
}

#: Tries one way of writing a command; ``None`` if a message is not that.
_Reader = Callable[[str], Parsed | None]


def either(words: Iterable[str]) -> str:
    """Return a regular expression for one of the words, longer ones first, any space between their parts.

    Letters may be written as keyboards write them: telephones make ' a ’, and not everybody has ß, umlauts,
    accents or hamza at hand.
    """
    return "|".join(
        "".join(_SPELLINGS.get(character) or re.escape(character) for character in word)
        for word in sorted(words, key=len, reverse=True)
    )


class Parser:
    """Reads exact commands of the given forms; a parser is made once, ``parse`` is safe from any thread."""

    def __init__(self, forms: Sequence[Form]) -> None:
        self._forms = {form.name: form for form in forms}
        self._with_text = _text_readers(forms)
        self._quoting = [
            (form.name, text.name, re.compile(text.requests, re.IGNORECASE))
            for form in forms
            if (text := form.parameter(FreeText)) is not None and text.requests
        ]
        self._others = [
            *_version_readers(forms),
            *_plain_readers(forms),
            *_numbered_readers(forms),
            *_choice_readers(forms),
            *_wish_readers(forms),
        ]

    def parse(self, text: str) -> Parsed | None:
        """Return the command that a whole message is, or ``None``.

        What people hand over to be used word by word (after a colon and in quotation marks) is taken first and
        never searched for commands.
        """
        for read in self._with_text:
            if found := read(text):
                return found
        if match := _QUOTED.fullmatch(text) or _SINGLE.fullmatch(text):
            for name, argument, pattern in self._quoting:
                if pattern.search(match["before"]):
                    return Parsed(name, (Argument(argument, match["quote"], *match.span("quote")),))
            return None
        text = text.rstrip()
        for read in self._others:
            if found := read(text):
                return found
        return None

    def in_prose(self, name: str, text: str) -> tuple[Argument, ...]:
        """Return what a sentence that means a command gives it: a case number, a choice, wishes."""
        form = self._forms.get(name)
        if form is None:
            return ()
        if (wish := form.parameter(Wish)) is not None:
            return tuple(_wishes(wish, text))
        if (choice := form.parameter(Choice)) is not None:
            for match in _WORD.finditer(text):
                word = match.group().lower()
                if word in choice.number_words or (word.isdigit() and len(word) == 1):
                    return (Argument("number", _count(choice, word), *match.span()),)
            return ()
        if form.parameter(CaseNumber) and not form.parameter(FreeText) and (found := _IN_PROSE.search(text)):
            return (Argument("case", int(found["number"]), *found.span("number")),)
        return ()


def _reader(form: Form, pattern: str, value: Callable[[str, str], Any], flags: int = 0) -> _Reader:
    """Return a reader of messages that are a pattern; its named groups, as far as given, are the arguments.

    ``value`` makes an argument's value of group and text.
    """
    compiled = re.compile(pattern, re.IGNORECASE | flags)
    text = form.parameter(FreeText)
    names = {"hash": "case", "bare": "number", "text": "text" if text is None else text.name}

    def read(message: str) -> Parsed | None:
        match = compiled.fullmatch(message)
        if match is None:
            return None
        given = [group for group in compiled.groupindex if match[group] is not None]
        return Parsed(
            form.name,
            tuple(Argument(names.get(g, g), value(g, match[g]), *match.span(g)) for g in given),
        )

    return read


def _number_or_text(group: str, given: str) -> int | str:
    return given if group == "text" else int(given)


def _text_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of ``word: text``; with a case number between them where the command takes one."""
    found = []
    for form in forms:
        if not form.parameter(FreeText) or not form.words:
            continue
        if form.parameter(CaseNumber):
            # An edited text may be anything: nothing is trimmed, and nothing at all asks what could be edited.
            pattern = rf"(?:{either(form.words)})(?:\s+{_NUMBER})?\s*:(?P<text>.*)"
        else:
            # The colon is asked for, so that "report a message" does not open a case about the words "a message".
            pattern = rf"(?:{either(form.words)})\s*:\s*(?P<text>\S.*)"
        found.append(_reader(form, pattern, _number_or_text, re.DOTALL))
    return found


def _version_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of ``word 12 v3``."""
    return [
        _reader(
            form,
            rf"(?:{either(form.words)})\s+{_NUMBER}\s*v\s*(?P<version>\d{{1,9}}){_END}",
            _number_or_text,
        )
        for form in forms
        if form.parameter(DraftVersion) and form.words
    ]


def _plain_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of commands without arguments, and of those whose text is left out."""
    found = []
    for form in forms:
        text = form.parameter(FreeText)
        if form.words and text is not None and text.optional:
            number = rf"(?:\s+{_NUMBER})?" if form.parameter(CaseNumber) else ""
            found.append(_reader(form, rf"(?:{either(form.words)}){number}", _number_or_text))
        elif form.words and not form.parameters:
            found.append(_reader(form, rf"(?:{either(form.words)}){_END}", _number_or_text))
    return found


def _numbered_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of ``word``, ``word 12`` and ``word#12``."""
    return [
        _reader(
            form,
            rf"(?:{either(form.words)})(?:\s+{_NUMBER}|\s*#(?P<hash>\d{{1,9}}))?{_END}",
            _number_or_text,
        )
        for form in forms
        if form.parameter(CaseNumber) and not form.parameter(FreeText) and form.words
    ]


def _choice_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of ``word 2``, ``word two`` and ``2``."""
    return [
        _choice_reader(form, choice)
        for form in forms
        if (choice := form.parameter(Choice)) is not None and form.words
    ]


def _choice_reader(form: Form, choice: Choice) -> _Reader:
    marks = rf"(?:{either(choice.marks)})?\s*" if choice.marks else ""
    count = rf"(?P<number>\d{{1,2}}|{either(choice.number_words)})"
    pattern = rf"(?:(?:{either(form.words)})\s*{marks}{count}|(?P<bare>\d)){_END}"
    return _reader(form, pattern, lambda _, word: _count(choice, word))


def _count(choice: Choice, word: str) -> int:
    return choice.number_words[word.lower()] if word.lower() in choice.number_words else int(word)


def _wish_readers(forms: Sequence[Form]) -> list[_Reader]:
    """Return readers of messages that are wishes and nothing else."""
    return [_wish_reader(form.name, wish) for form in forms if (wish := form.parameter(Wish)) is not None]


def _wish_reader(name: str, wish: Wish) -> _Reader:
    def read(text: str) -> Parsed | None:
        words = [word.lower() for word in _WORD.findall(text)]
        if len(words) > _MOST_WISHES or not all(w in wish.words or w in wish.fillers for w in words):
            return None
        found = tuple(_wishes(wish, text))
        return Parsed(name, found) if found else None

    return read


def _wishes(wish: Wish, text: str) -> Iterable[Argument]:
    for match in _WORD.finditer(text):
        wanted = wish.words.get(match.group().lower())
        if wanted is not None:
            yield Argument(wanted[0], wanted[1], *match.span())
