"""Screening a text, and suggestions of responses to it; the command line prints the same answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Annotated

from pydantic import BeforeValidator, Field

from courage.detection.verdict import Verdict as VerdictValue
from courage.library.suggest.advice import Advice as AdviceValue
from courage.library.suggest.advice import Wish
from courage.taxonomy import (
    CATEGORIES,
    LANGUAGES,
    RESPONSE_KINDS,
    ROUTES,
    SENSITIVITIES,
    STRATEGIES,
    SUBGROUPS,
    TARGET_GROUPS,
    TONES,
    VOICES,
)
from courage.web.schemas.base import (
    Answer,
    AnyText,
    OneOf,
    Request,
    Score,
    Text,
    Whole,
    one_of_known,
)
from courage.web.schemas.library import Source


class WishRequest(Request):
    """What a volunteer asks of suggestions; what is left out is no wish."""

    strategies: list[Annotated[str, OneOf(STRATEGIES)]] | None = None
    tone: Annotated[str, OneOf(TONES)] | None = None
    voice: Annotated[str, OneOf(VOICES)] | None = None
    languages: list[Annotated[str, OneOf(LANGUAGES)]] | None = None
    shorter: bool | None = None
    exclude: list[Annotated[str, Field(max_length=120)]] | None = Field(
        None, description="ids of responses not to suggest"
    )

    def wish(self) -> Wish:
        """Return the wish as the recommender takes it."""
        return Wish(
            strategies=tuple(self.strategies or ()),
            tone=self.tone,
            voice=self.voice,
            languages=tuple(self.languages or ()),
            shorter=bool(self.shorter),
            exclude=frozenset(self.exclude or ()),
        )


class ScreenRequest(Request):
    """A text to screen; nothing of it is stored."""

    text: Text = Field(description="the message; up to 100,000 characters")
    sensitivity: Annotated[str, OneOf(SENSITIVITIES)] | None = Field(
        None, description="how readily to flag; the desk's own setting if left out"
    )


class SuggestRequest(ScreenRequest):
    """A text to screen and to suggest responses to; nothing of it is stored."""

    wish: WishRequest | None = None
    limit: Annotated[int, Whole(1, 10)] | None = Field(None, description="3 if left out")


class TextLine(Request):
    """One line of ``courage screen --jsonl`` and ``courage suggest --jsonl``."""

    text: AnyText


class Reason(Answer):
    """A ground for a verdict: offsets are into the text; a positive weight speaks for a flag, a negative one against."""

    kind: str = Field(description="word, target, frame, example, feedback, language, narrative or category")
    code: str = Field(description="what was found within its kind, for programs")
    values: dict[str, AnyText] = Field(
        description="what the code needs besides, such as the word, or the library's narrative"
    )
    text: AnyText = Field(description="the ground in English")
    weight: float
    start: int | None
    end: int | None


class Verdict(Answer):
    """What screening says of a text."""

    text: AnyText
    hateful: bool
    score: Score = Field(description="a calibrated probability from 0 to 1")
    category: Annotated[str, one_of_known(CATEGORIES)]
    severity: int = Field(description="from 0 to 3")
    targets: list[Annotated[str, one_of_known(TARGET_GROUPS)]]
    subgroups: list[Annotated[str, one_of_known(tuple(SUBGROUPS))]] = Field(
        [], description="those of the targets that the text names, such as trans; mostly none"
    )
    language: str = Field(
        description="an ISO code, also of languages that are not read; und where there are no words"
    )
    route: Annotated[str, one_of_known(ROUTES)]
    reasons: list[Reason]
    version: str = Field(description="of model and limits; the same version gives the same score again")


class Saying(Answer):
    """What the recommender says, as a code with values and in English."""

    code: str
    values: dict[str, object]
    text: str


def _texts(sayings: object) -> object:
    return [getattr(said, "text", said) for said in sayings] if isinstance(sayings, list | tuple) else sayings


class Suggestion(Answer):
    """A response with its rank and why it fits; ``score`` orders suggestions and is no probability."""

    id: str
    number: int = Field(
        validation_alias="rank", description="its rank, from 1; a case's draft is chosen by it"
    )
    text: str
    strategy: Annotated[str, one_of_known(STRATEGIES)]
    language: Annotated[str, one_of_known(LANGUAGES)]
    translated_from: str | None
    kind: Annotated[str, one_of_known(RESPONSE_KINDS)] = Field(description="what it is for")
    longer: str = Field(description="a longer version; empty where there is none")
    score: Score
    reasons: Annotated[list[str], BeforeValidator(_texts)] = Field(description="why it fits, in English")
    why: list[Saying] = Field(validation_alias="reasons", description="the same as codes")
    sources: list[Source]


class Advice(Answer):
    """Suggestions, or why there are none."""

    abstained: bool
    reason: Annotated[
        str, BeforeValidator(lambda said: "" if said is None else getattr(said, "text", said))
    ] = Field(description="why there are none, in English; empty where there are suggestions")
    why: Saying | None = Field(validation_alias="reason", description="the same as a code")
    suggestions: list[Suggestion]


class ScreenedAdvice(Advice):
    """Suggestions, or why there are none, with the verdict that they follow from."""

    verdict: Verdict

    @classmethod
    def of(cls, verdict: VerdictValue, advice: AdviceValue) -> ScreenedAdvice:
        """Return what ``/api/suggest`` and ``courage suggest --json`` promise."""
        return cls.model_validate(
            SimpleNamespace(
                abstained=advice.abstained,
                reason=advice.reason,
                suggestions=advice.suggestions,
                verdict=verdict,
            )
        )
