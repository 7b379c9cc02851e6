"""The starter library: reading the project's own responses from YAML and keeping an organisation's copy current."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from courage.library.drafts import ResponseDraft, from_mapping
from courage.library.errors import DraftError, ExchangeError
from courage.library.exchange.merge import merge_origin
from courage.library.service import Library
from courage.library.views import SEED_AUTHORS

SEED_ORIGIN: Final = "courage"


def load_seeds(folder: Path) -> list[ResponseDraft]:
    """Read all ``*.yml`` below a folder.

    :raises ExchangeError: naming file and entry, if one cannot be read or an id comes twice.
    """
    drafts: list[ResponseDraft] = []
    first_seen: dict[str, str] = {}
    for path in sorted(folder.rglob("*.yml")):
        name = path.relative_to(folder).as_posix()
        for number, entry in enumerate(_entries(path, name), start=1):
            place = f"{name}, entry {number}"
            if not isinstance(entry, Mapping):
                raise ExchangeError(f"{place}: must be a mapping with text, language, strategy …")
            try:
                draft = from_mapping(entry)
            except DraftError as error:
                raise ExchangeError(f"{place} ({str(entry.get('id') or 'no id')[:60]}): {error}") from error
            if not draft.id:
                raise ExchangeError(f"{place}: id is missing")
            if draft.id in first_seen:
                raise ExchangeError(f"{place}: the id {draft.id} is already in {first_seen[draft.id]}")
            first_seen[draft.id] = place
            drafts.append(draft)
    return drafts


def _entries(path: Path, name: str) -> list[Any]:
    try:
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
    except UnicodeDecodeError as error:
        raise ExchangeError(f"{name} is not UTF-8 at byte {error.start}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ExchangeError(f"{name}, line {line}: not valid YAML ({error.problem})", line) from error
    except yaml.YAMLError as error:
        raise ExchangeError(f"{name}: not valid YAML") from error
    if data is None:
        return []
    if not isinstance(data, list):
        raise ExchangeError(f"{name}: must be a list of responses")
    return data


def load_starter_library(
    library: Library, folder: Path, *, organisation_id: int = 1, scope: str = "organisation"
) -> int:
    """Add the starter responses as approved, update those nobody changed here; return how many were added.

    Doing it again changes nothing. What an organisation edited or retired stays as it made it.
    """
    if not folder.is_dir():
        return 0
    report = merge_origin(
        library,
        load_seeds(folder),
        origin=SEED_ORIGIN,
        by=SEED_AUTHORS,
        organisation_id=organisation_id,
        state="approved",
        scope=scope,
    )
    return len(report.added)
