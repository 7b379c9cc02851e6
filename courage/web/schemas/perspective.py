"""The Perspective API's requests, answers and errors (v1alpha1), as its clients know them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from courage.errors import CourageError
from courage.people.errors import ApiKeyInvalid, ApiKeyScopeMissing, QuotaExceeded

#: Largest comment, in bytes of UTF-8, as it was with Perspective.
MAX_BYTES: Final = 20_480
MAX_SPANS: Final = 100
EXPERIMENTAL: Final = "_EXPERIMENTAL"
SCORED: Final = ("IDENTITY_ATTACK", "THREAT", "TOXICITY", "SEVERE_TOXICITY")
#: Attributes that Perspective had and Courage has no score for.
UNSCORED: Final = frozenset(
    {
        "INSULT", "PROFANITY", "SEXUALLY_EXPLICIT", "FLIRTATION", "ATTACK_ON_AUTHOR", "ATTACK_ON_COMMENTER",
        "INCOHERENT", "INFLAMMATORY", "LIKELY_TO_REJECT", "OBSCENE", "SPAM", "UNSUBSTANTIAL", "TOXICITY_FAST",
        "AFFINITY", "COMPASSION", "CURIOSITY", "NUANCE", "PERSONAL_STORY", "REASONING", "RESPECT", "ALIENATION",
        "FEARMONGERING", "GENERALIZATION", "MORAL_OUTRAGE", "POWER_APPEAL", "SCAPEGOATING",
    }
)  # fmt: skip
_DOMAIN: Final = "courage"
_STATUS: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class Fault(CourageError):
    """An error in the form that Google's clients read; ``reason`` goes into its details.

    ``error_type`` is Perspective's own name for the error, ``more`` what it says beside it.
    """

    def __init__(
        self,
        message: str,
        reason: str,
        *,
        code: int = 400,
        error_type: str = "",
        more: dict[str, Any] | None = None,
        metadata: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.reason, self.error_type = code, reason, error_type
        self.more, self.metadata = more or {}, metadata or {}

    def body(self) -> dict[str, Any]:
        """Return the error as JSON: ``{"error": {"code", "message", "status", "details"}}``."""
        details: list[dict[str, Any]] = [
            {
                "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                "reason": self.reason,
                "domain": _DOMAIN,
                "metadata": self.metadata,
            }
        ]
        if self.error_type:
            details.insert(
                0,
                {
                    "@type": "type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
                    "errorType": self.error_type,
                    "reason": self.reason,
                    **self.more,
                },
            )
        return {
            "error": {
                "code": self.code,
                "message": str(self),
                "status": _STATUS.get(self.code, "UNKNOWN"),
                "details": details,
            }
        }


def fault_of(error: CourageError, code: int) -> Fault:
    """Return any error of ours as one that Perspective's clients read; ``code`` is its HTTP status."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, ApiKeyInvalid):
        if error.missing:
            return Fault(
                "Method doesn't allow unregistered callers. Please pass an API key (?key=, X-Goog-Api-Key or "
                "Authorization: Bearer).",
                "API_KEY_MISSING",
                code=403,
            )
        return Fault("API key not valid. Please pass a valid API key.", "API_KEY_INVALID")
    if isinstance(error, ApiKeyScopeMissing):
        return Fault(str(error), "API_KEY_SERVICE_BLOCKED", code=403)
    if isinstance(error, QuotaExceeded):
        return Fault(
            f"Quota exceeded for quota metric 'Analysis requests (AnalyzeComment)' and limit 'Analysis requests "
            f"(AnalyzeComment) per {error.unit}' ({error.limit}); try again in {error.wait} seconds.",
            "RATE_LIMIT_EXCEEDED",
            code=429,
            metadata={"quota_limit_value": str(error.limit), "quota_unit": f"1/{error.unit}"},
        )
    return Fault(str(error), _STATUS.get(code, "INVALID_REQUEST"), code=code)


def invalid(message: str) -> Fault:
    """Return the error for a request of the wrong form."""
    return Fault(message, "INVALID_REQUEST", error_type="INVALID_REQUEST")


class _Part(BaseModel):
    """A message as Google's JSON has it: names in camelCase or snake_case, unknown ones ignored, null is absent."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if isinstance(data, dict):
            return {name: value for name, value in data.items() if value is not None}
        return data


def _or_empty(value: Any) -> Any:
    return {} if value is None else value


_Model = TypeVar("_Model", bound=_Part)
ScoreType = Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]


class TextEntry(_Part):
    """A text and its kind."""

    text: str = ""
    type: Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"] = "PLAIN_TEXT"


class AttributeParameters(_Part):
    """How an attribute is asked for; scores below ``score_threshold`` are not returned."""

    score_type: ScoreType = "PROBABILITY"
    score_threshold: Annotated[float, Field(allow_inf_nan=False)] | None = None


class Score(_Part):
    """A score and its kind."""

    value: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    type: ScoreType = "PROBABILITY"


class SpanScore(_Part):
    """The score of a part of the text; offsets count UTF-16 code units, ``end`` is exclusive."""

    begin: int = 0
    end: int = 0
    score: Score = Field(default_factory=Score)


class AttributeScores(_Part):
    """The scores of an attribute."""

    summary_score: Score | None = None
    span_scores: list[SpanScore] = Field(default_factory=list)


class AnalyzeCommentRequest(_Part):
    """What is to be scored. Context, community and session are accepted and change nothing."""

    comment: TextEntry = Field(default_factory=TextEntry)
    requested_attributes: dict[str, Annotated[AttributeParameters, BeforeValidator(_or_empty)]] = Field(
        default_factory=dict
    )
    languages: list[str] = Field(default_factory=list)
    span_annotations: bool = False
    drop_unsupported_attributes: bool = False
    do_not_store: bool = False
    client_token: str | None = None


class AnalyzeCommentResponse(_Part):
    """The scores; ``detected_languages`` is what the text was read in."""

    attribute_scores: dict[str, AttributeScores]
    languages: list[str]
    detected_languages: list[str]
    client_token: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer with the names that clients read; what is absent is left out."""
        return self.model_dump(by_alias=True, exclude_none=True)


class SuggestCommentScoreRequest(_Part):
    """The scores that somebody thinks a text should have."""

    comment: TextEntry = Field(default_factory=TextEntry)
    attribute_scores: dict[str, Annotated[AttributeScores, BeforeValidator(_or_empty)]] = Field(
        default_factory=dict
    )
    languages: list[str] = Field(default_factory=list)
    client_token: str | None = None


def parse_analyze(data: Any) -> AnalyzeCommentRequest:
    """Return the request that a JSON value describes, checked.

    :raises Fault: naming what is wrong, as Perspective did.
    """
    request = _parse(AnalyzeCommentRequest, data)
    _check_comment(request.comment)
    if not request.requested_attributes:
        raise Fault(
            "Missing requested_attributes", "NO_REQUESTED_ATTRIBUTES", error_type="NO_REQUESTED_ATTRIBUTES"
        )
    for name, wanted in request.requested_attributes.items():
        _check_known(name)
        if wanted.score_type not in ("PROBABILITY", "SCORE_TYPE_UNSPECIFIED"):
            raise invalid(
                f"Requested score type {wanted.score_type} is not supported by attribute {name}; allowed: PROBABILITY"
            )
    return request


def parse_suggestion(data: Any) -> SuggestCommentScoreRequest:
    """Return the request that a JSON value describes, checked.

    :raises Fault: naming what is wrong.
    """
    request = _parse(SuggestCommentScoreRequest, data)
    _check_comment(request.comment)
    if not request.attribute_scores:
        raise invalid("Missing attribute_scores")
    for name, scores in request.attribute_scores.items():
        _check_known(name)
        given = [scores.summary_score] if scores.summary_score is not None else []
        given += [span.score for span in scores.span_scores]
        if not given:
            raise invalid(f"Attribute {name} has neither a summary_score nor span_scores")
        if any(not 0 <= score.value <= 1 for score in given):
            raise invalid(f"A score of attribute {name} is not between 0 and 1")
    return request


def scored_as(name: str) -> str | None:
    """Return the attribute of :data:`SCORED` that a name asks for, experimental or not; ``None`` if we score none."""
    base = name.removesuffix(EXPERIMENTAL)
    return base if base in SCORED else None


def unsupported(name: str, languages: Sequence[str]) -> Fault:
    """Return the error for an attribute that is not scored, or not in these languages."""
    why = (
        "this language is not one that Courage reads: en, fr, de, ar"
        if scored_as(name)
        else "Courage scores hate against groups, not this; see dropUnsupportedAttributes and the lenient mode"
    )
    return Fault(
        f"Attribute {name} does not support request languages: {', '.join(languages)}",
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        error_type="LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        more={
            "languageNotSupportedByAttributeError": {"detectedLanguages": list(languages), "attribute": name}
        },
        metadata={"explanation": why, "supported": ", ".join(SCORED)},
    )


def primary(language: str) -> str:
    """Return the first part of an ISO or BCP 47 code: ``de`` for ``de-AT``."""
    return language.strip().replace("_", "-").split("-")[0].casefold()


def _check_known(name: str) -> None:
    if scored_as(name) is None and name.removesuffix(EXPERIMENTAL) not in UNSCORED:
        shown = name[:60].encode("ascii", "backslashreplace").decode()
        raise invalid(f"Unknown requested attribute: {shown}; scored are {', '.join(SCORED)}")


def _check_comment(comment: TextEntry) -> None:
    if not comment.text.strip():
        raise Fault("Comment must be non-empty.", "COMMENT_EMPTY", error_type="COMMENT_EMPTY")
    try:
        size = len(comment.text.encode("utf-8"))
    except UnicodeEncodeError as error:
        raise invalid(f"The comment holds a lone surrogate at character {error.start + 1}") from None
    if size > MAX_BYTES:
        raise Fault(
            "Comment text too long.",
            "COMMENT_TOO_LONG",
            error_type="COMMENT_TOO_LONG",
            metadata={"bytes": str(size), "limit": str(MAX_BYTES)},
        )


def _parse(model: type[_Model], data: Any) -> _Model:
    if not isinstance(data, dict):
        raise invalid("Invalid JSON payload received. The body must be a JSON object.")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])[:100]
        where = where.encode("ascii", "backslashreplace").decode()
        raise invalid(f"Invalid value at '{where}': {first['msg'].lower()}") from None
