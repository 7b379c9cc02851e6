"""The short exercises: 60-second cards, spot the hate, check the source, your limits."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from courage.academy.form import AnswerVerdict, Form, Groups, Id, Level, Listed, Said, Words, one_of
from courage.academy.reply import SHORT
from courage.taxonomy import SPOT_BENIGN, SPOT_HATEFUL

Reply = Annotated[str, Field(min_length=1, max_length=SHORT, pattern=r"\S")]


def _wrong(code: str, words: str, **values: object) -> PydanticCustomError:
    return PydanticCustomError(code, words, {name: str(value) for name, value in values.items()})


class _Exercise(Form):
    id: Id

    @property
    def language(self) -> str:
        """The language, which the id begins with."""
        return self.id.split("-", 1)[0]


class Option(Form):
    """One of several answers, how good it is, and why."""

    text: Words
    verdict: AnswerVerdict
    why: Words


class CardOption(Option):
    """An answer as one would post it."""

    text: Reply


class Card(_Exercise):
    """60 seconds: one message, four answers, why."""

    groups: Groups = Field(min_length=1)
    level: Level
    setting: Words
    message: Said
    options: Annotated[tuple[CardOption, ...], Listed]

    @model_validator(mode="after")
    def _one_best(self) -> Self:
        verdicts = [option.verdict for option in self.options]
        best, possible = verdicts.count("best"), verdicts.count("possible")
        if len(verdicts) != 4 or best != 1 or possible not in (1, 2):
            raise _wrong(
                "options",
                "options are {given}; four are needed: one best, one or two possible, the rest poor",
                given=", ".join(verdicts) or "none",
            )
        return self


class SpotTheHate(_Exercise):
    """A message: hate or not, and the words that decide."""

    setting: Words | None = None
    message: Said
    answer: Annotated[str, one_of(("hate", "no_hate"))]
    kind: Annotated[str, one_of((*SPOT_HATEFUL, *SPOT_BENIGN))]
    groups: Groups
    look_at: Annotated[tuple[Words, ...], Listed] = Field(min_length=1)
    why: Words

    @property
    def hateful(self) -> bool:
        """Whether the message is hate."""
        return self.answer == "hate"

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.hateful != (self.kind in SPOT_HATEFUL):
            allowed = SPOT_HATEFUL if self.hateful else SPOT_BENIGN
            raise _wrong(
                "kind",
                "kind {given} does not go with the answer {answer}; allowed: {allowed}",
                given=self.kind,
                answer=self.answer,
                allowed=", ".join(allowed),
            )
        for words in self.look_at:
            if words not in self.message:
                raise _wrong(
                    "look_at", "look_at: {given} is not in the message, letter by letter", given=words
                )
        return self


class SourceOption(Form):
    """Something that one might look at, and whether that leads on."""

    text: Words
    right: bool
    why: Words


class SourceStep(Form):
    """A question about a post, and what one finds when one looks."""

    question: Words
    options: Annotated[tuple[SourceOption, ...], Listed] = Field(min_length=2, max_length=4)
    found: Words

    @model_validator(mode="after")
    def _one_right(self) -> Self:
        if not any(option.right for option in self.options):
            raise _wrong("options", "no option is right; at least one must be")
        return self


class SourceCheck(_Exercise):
    """A forwarded post, and how to find out what it is worth."""

    groups: Groups
    level: Level
    post: Words
    steps: Annotated[tuple[SourceStep, ...], Listed] = Field(min_length=2, max_length=4)
    conclusion: Words
    reply: Reply


class LimitsCase(_Exercise):
    """A situation in which not answering may be the best answer."""

    title: Annotated[str, Field(min_length=1, max_length=120, pattern=r"\S")]
    situation: Words
    options: Annotated[tuple[Option, ...], Listed] = Field(min_length=3, max_length=4)
    take_along: Words

    @model_validator(mode="after")
    def _one_best(self) -> Self:
        best = [option.verdict for option in self.options].count("best")
        if best != 1:
            raise _wrong("options", "{given} options are best; exactly one must be", given=best)
        return self


Exercise = Card | SpotTheHate | SourceCheck | LimitsCase
#: The form of each exercise, by the folder below ``seeds/`` that holds it.
FORMS: Final[dict[str, type[Card] | type[SpotTheHate] | type[SourceCheck] | type[LimitsCase]]] = {
    "cards": Card,
    "spot_the_hate": SpotTheHate,
    "sources": SourceCheck,
    "limits": LimitsCase,
}
