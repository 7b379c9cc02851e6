"""Versions of a response: list, difference, history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from courage.db.models.library import Approval, Comment, Response, ResponseVersion
from courage.library.drafts import ResponseDraft, from_mapping
from courage.library.errors import NotFoundError
from courage.library.views import Event


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version: number, content as JSON values, who wrote it, when and why."""

    version: int
    content: Mapping[str, Any]
    person_id: int | None
    person_name: str
    why: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs. ``words`` is the text as (``same``, ``added`` or ``removed``, words) pieces."""

    field: str
    before: str
    after: str
    words: tuple[tuple[str, str], ...] = ()


def list_versions(session: Session, row: Response) -> list[VersionView]:
    """Return all versions, oldest first."""
    rows = session.scalars(
        select(ResponseVersion)
        .where(ResponseVersion.response_number == row.number)
        .order_by(ResponseVersion.version)
    )
    return [VersionView(v.version, v.content, v.person_id, v.person_name, v.why, v.created_at) for v in rows]


def get_version(session: Session, row: Response, version: int) -> ResponseVersion:
    """Return one version's row.

    :raises NotFoundError: if there is no such version.
    """
    found = session.scalar(
        select(ResponseVersion).where(
            ResponseVersion.response_number == row.number, ResponseVersion.version == version
        )
    )
    if found is None:
        raise NotFoundError(f"{row.id} has no version {version}; there are versions 1 to {row.version}")
    return found


def draft_of(response_id: str, content: Mapping[str, Any]) -> ResponseDraft:
    """Turn a version's content back into a draft."""
    return from_mapping({**content, "id": response_id})


def history(session: Session, row: Response) -> list[Event]:
    """Return versions, steps of review and comments together, oldest first."""
    events: list[tuple[datetime, int, int, Event]] = []

    def note(item: ResponseVersion | Approval | Comment, order: int, step: str, why: str) -> None:
        event = Event(item.created_at, item.person_id, item.person_name, step, item.version, why)
        events.append((item.created_at, order, item.number, event))

    number = row.number
    for saved in session.scalars(select(ResponseVersion).where(ResponseVersion.response_number == number)):
        note(saved, 0, "version", saved.why)
    for taken in session.scalars(select(Approval).where(Approval.response_number == number)):
        note(taken, 1, taken.step, taken.why)
    for said in session.scalars(select(Comment).where(Comment.response_number == number)):
        note(said, 2, "comment", said.text)
    return [event for *_, event in sorted(events, key=lambda e: e[:3])]


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the fields in which two contents differ, the text word by word."""
    changes = []
    for name in dict.fromkeys((*before, *after)):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        words = word_diff(old or "", new or "") if name == "text" else ()
        changes.append(Change(name, _show(old), _show(new), words))
    return changes


def word_diff(before: str, after: str) -> tuple[tuple[str, str], ...]:
    """Return the pieces that stayed, went and came, in reading order."""
    old, new = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", " ".join(old[i1:i2])))
            continue
        if i2 > i1:
            pieces.append(("removed", " ".join(old[i1:i2])))
        if j2 > j1:
            pieces.append(("added", " ".join(new[j1:j2])))
    return tuple(pieces)


def _show(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(_show(entry) for entry in value)
    if isinstance(value, Mapping):
        return ", ".join(str(v) for v in value.values() if v not in (None, ""))
    return str(value)
