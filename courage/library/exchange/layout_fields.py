"""From the raw fields of an import layout to the fields of a response."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from courage.library.drafts import with_narratives
from courage.library.errors import DraftError

_CONAN_TARGETS: Final = {
    "DISABLED": "disabled",
    "JEWS": "jews",
    "LGBT+": "lgbt",
    "MIGRANTS": "migrants",
    "MUSLIMS": "muslims",
    "POC": "people_of_colour",
    "WOMEN": "women",
    "OTHER": "other",
}
_CONAN_LICENCE: Final = "research only, not redistributable"
_CONAN_STRATEGIES: Final = {
    "facts": "facts",
    "hypocrisy": "hypocrisy",
    "consequences": "consequences",
    "affiliation": "affiliation",
    "denouncing": "denouncing",
    "humor": "humor",
    "positive": "positive",
    "question": "question",
    "counterquestion": "question",
    "counter question": "question",
}


def to_fields(
    raw: Mapping[str, Any], layout: str, language: str | None, strategy: str | None
) -> dict[str, Any]:
    """Turn raw fields of any layout into those of a response, with ``state``, ``scope`` and ``origin`` if given.

    :raises DraftError: if a field cannot be read.
    """
    if layout == "conan":
        kinds = [kind.strip().lower() for kind in re.split(r"[,;/]", str(raw.get("cnType") or ""))]
        known = [_CONAN_STRATEGIES[kind] for kind in kinds if kind in _CONAN_STRATEGIES]
        if not known and not strategy:
            raise DraftError(
                f"cnType {str(raw.get('cnType'))[:40]!r} is no strategy; allowed are {', '.join(_CONAN_STRATEGIES)}"
            )
        prefix = str(raw.get("cn_id") or "")[:2].lower()
        spoken = language or (prefix if prefix.isalpha() and len(prefix) == 2 else "en")
        return _pair(
            raw["counterSpeech"],
            raw["hateSpeech"],
            spoken,
            ["muslims"],
            known[0] if known else strategy or "",
        )
    if layout == "multitarget-conan":
        group = str(raw.get("TARGET") or "").strip()
        if group.upper() not in _CONAN_TARGETS:
            raise DraftError(f"TARGET {group[:40]!r} is not known; allowed are {', '.join(_CONAN_TARGETS)}")
        # This layout has no strategies; most of its texts oppose the message plainly.
        return _pair(
            raw["COUNTER_NARRATIVE"],
            raw["HATE_SPEECH"],
            language or "en",
            [_CONAN_TARGETS[group.upper()]],
            strategy or "denouncing",
        )
    fields = dict(with_narratives({name: value for name, value in raw.items() if value not in (None, "")}))
    if layout == "csv":
        for name in ("targets", "narratives", "sources", "needs", "subgroups", "facts"):
            if name in fields:
                fields[name] = _cell_list(name, str(fields[name]))
    if language and not fields.get("language"):
        fields["language"] = language
    if strategy and not fields.get("strategy"):
        fields["strategy"] = strategy
    return fields


def _pair(text: Any, narrative: Any, language: str, targets: list[str], strategy: str) -> dict[str, Any]:
    return {
        "text": text,
        "narratives": [narrative] if narrative else [],
        "language": language,
        "targets": targets,
        "strategy": strategy,
        "licence": _CONAN_LICENCE,
        "origin": "CONAN",
    }


def _cell_list(name: str, cell: str) -> Any:
    if cell.lstrip().startswith("["):
        try:
            return json.loads(cell)
        except ValueError:
            raise DraftError(
                f"{name} begins like a JSON list but is none", say="wrong.list", field=name
            ) from None
    if name == "sources":
        return [
            dict(
                zip(("title", "publisher", "year", "locator"), map(str.strip, s.split("|", 3)), strict=False)
            )
            for s in cell.split("\n")
            if s.strip()
        ]
    return [
        part.strip()
        for part in re.split(r"[|\n]" if name == "narratives" else r"[,;|]", cell)
        if part.strip()
    ]
