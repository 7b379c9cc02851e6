"""Google's description of the API (discovery document), from which their client libraries make themselves."""

from __future__ import annotations

from typing import Any, Final

_TEXT: Final = {"type": "string"}
_YES: Final = {"type": "boolean"}
_TEXTS: Final = {"type": "array", "items": _TEXT}
_FLOAT: Final = {"type": "number", "format": "float"}
_INTEGER: Final = {"type": "integer", "format": "int32"}
_SCORE_TYPE: Final = {
    "type": "string",
    "enum": ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"],
}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": name}


def _map(name: str) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": _ref(name)}


def _list(name: str) -> dict[str, Any]:
    return {"type": "array", "items": _ref(name)}


_PROPERTIES: Final[dict[str, dict[str, Any]]] = {
    "TextEntry": {
        "text": _TEXT,
        "type": {"type": "string", "enum": ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]},
    },
    "ArticleAndParentComment": {"article": _ref("TextEntry"), "parentComment": _ref("TextEntry")},
    "Context": {
        "entries": _list("TextEntry"),
        "articleAndParentComment": _ref("ArticleAndParentComment"),
    },
    "AttributeParameters": {"scoreType": _SCORE_TYPE, "scoreThreshold": _FLOAT},
    "Score": {"value": _FLOAT, "type": _SCORE_TYPE},
    "SpanScore": {
        "begin": {**_INTEGER, "description": "UTF-16 code units from the beginning of the text"},
        "end": {**_INTEGER, "description": "exclusive"},
        "score": _ref("Score"),
    },
    "AttributeScores": {"summaryScore": _ref("Score"), "spanScores": _list("SpanScore")},
    "AnalyzeCommentRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "requestedAttributes": _map("AttributeParameters"),
        "languages": _TEXTS,
        "spanAnnotations": _YES,
        "dropUnsupportedAttributes": _YES,
        "doNotStore": _YES,
        "clientToken": _TEXT,
        "sessionId": _TEXT,
        "communityId": _TEXT,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _map("AttributeScores"),
        "languages": _TEXTS,
        "detectedLanguages": _TEXTS,
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "attributeScores": _map("AttributeScores"),
        "languages": _TEXTS,
        "communityId": _TEXT,
        "sessionId": _TEXT,
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreResponse": {
        "clientToken": _TEXT,
        "detectedLanguages": _TEXTS,
        "requestedLanguages": _TEXTS,
    },
}
_PARAMETERS: Final[dict[str, dict[str, Any]]] = {
    "$.xgafv": {"type": "string", "enum": ["1", "2"], "location": "query"},
    "access_token": {"type": "string", "location": "query"},
    "alt": {"type": "string", "enum": ["json", "media", "proto"], "default": "json", "location": "query"},
    "callback": {"type": "string", "location": "query"},
    "fields": {"type": "string", "location": "query"},
    "key": {"type": "string", "location": "query", "description": "the API key"},
    "oauth_token": {"type": "string", "location": "query"},
    "prettyPrint": {"type": "boolean", "default": "true", "location": "query"},
    "quotaUser": {"type": "string", "location": "query"},
    "uploadType": {"type": "string", "location": "query"},
    "upload_protocol": {"type": "string", "location": "query"},
}


def discovery_document(root: str) -> dict[str, Any]:
    """Return the document; ``root`` is the address under which programs reach the engine."""
    root = root.rstrip("/") + "/"
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "canonicalName": "Comment Analyzer",
        "version": "v1alpha1",
        "revision": "20261128",
        "title": "Courage, compatible with the Perspective Comment Analyzer API",
        "description": "Scores of texts for hate against groups, from your own machine. Nothing is stored.",
        "ownerName": "Courage",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "batchPath": "batch",
        "basePath": "",
        "version_module": True,
        "fullyEncodeReservedExpansion": True,
        "parameters": _PARAMETERS,
        "schemas": {
            name: {"id": name, "type": "object", "properties": properties}
            for name, properties in _PROPERTIES.items()
        },
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Score a text"),
                    "suggestscore": _method(
                        "suggestscore", "SuggestCommentScore", "Suggest a score for a text"
                    ),
                }
            }
        },
    }


def _method(name: str, messages: str, about: str) -> dict[str, Any]:
    return {
        "id": f"commentanalyzer.comments.{name}",
        "path": f"v1alpha1/comments:{name}",
        "flatPath": f"v1alpha1/comments:{name}",
        "httpMethod": "POST",
        "description": about,
        "parameters": {},
        "parameterOrder": [],
        "request": _ref(f"{messages}Request"),
        "response": _ref(f"{messages}Response"),
    }
