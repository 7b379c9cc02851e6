"""Response packs: files in which organisations hand each other responses, and take over updates later."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from courage.library.drafts import ResponseDraft, from_mapping
from courage.library.errors import DraftError, ExchangeError
from courage.library.exchange.files import each
from courage.library.exchange.merge import MergeReport, merge_origin
from courage.library.facts import Fact, fact_from_mapping
from courage.library.service import Library
from courage.library.shared_facts import SharedFacts
from courage.library.store import approved_facts
from courage.library.views import Actor

FORMAT: Final = "courage-pack-1"
SIZE_MAX: Final = 50_000_000  # bytes
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,58}")


@dataclass(frozen=True, slots=True)
class Pack:
    """What a pack file holds. ``name`` is its origin and stays the same from edition to edition."""

    name: str
    title: str
    publisher: str
    edition: str
    licence: str
    drafts: tuple[ResponseDraft, ...]
    facts: tuple[Fact, ...] = ()


def export_pack(
    library: Library,
    path: Path,
    *,
    name: str,
    title: str,
    publisher: str,
    edition: str | None = None,
    licence: str = "CC-BY-4.0",
    organisation_id: int = 1,
    ids: frozenset[str] | None = None,
) -> int:
    """Write approved responses (all, or those of ``ids``) as a pack; return how many.

    :raises ExchangeError: if the name is not allowed or there is nothing to write.
    """
    _check_name(name)
    chosen, used = [], []
    for response in each(library, organisation_id, "approved"):
        if ids is None or response.id in ids:
            content = response.content()
            content["licence"] = content["licence"] or licence
            chosen.append({"id": response.id, "author": response.author_name, **content})
            used.append(response.facts)
    with library.sessions() as session:
        facts = approved_facts(session, organisation_id, tuple({fact for r in used for fact in r}))
    if not chosen:
        raise ExchangeError("there is no approved response to put into the pack", say="exchange.no_approved")
    data = {
        "format": FORMAT,
        "name": name,
        "title": title,
        "publisher": publisher,
        "edition": edition or date.today().isoformat(),
        "licence": licence,
        "responses": chosen,
    }
    if facts:
        data["facts"] = [{"id": fact.id, **fact.content()} for fact in facts.values()]
    try:
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be written: {error.strerror}") from error
    return len(chosen)


def read_pack(path: Path) -> Pack:
    """Read and check a pack file.

    :raises ExchangeError: naming the response at fault.
    """
    try:
        if path.stat().st_size > SIZE_MAX:
            raise ExchangeError(f"{path.name} is larger than {SIZE_MAX // 1_000_000} MB")
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExchangeError(f"{path.name} cannot be read: {error.strerror}") from error
    except (UnicodeDecodeError, RecursionError) as error:
        raise ExchangeError(f"{path.name} is not a text file in UTF-8") from error
    except json.JSONDecodeError as error:
        raise ExchangeError(f"{path.name}, line {error.lineno}: not valid JSON", error.lineno) from error
    if (
        not isinstance(data, dict)
        or data.get("format") != FORMAT
        or not isinstance(data.get("responses"), list)
    ):
        raise ExchangeError(f"{path.name} is no response pack (format {FORMAT})")
    _check_name(str(data.get("name")))
    drafts: dict[str, ResponseDraft] = {}
    for number, entry in enumerate(data["responses"], start=1):
        try:
            if not isinstance(entry, dict):
                raise DraftError("must be an object")
            draft = from_mapping(entry)
            if not draft.id or draft.id in drafts:
                raise DraftError("the id is missing" if not draft.id else f"the id {draft.id} comes twice")
        except DraftError as error:
            raise ExchangeError(f"{path.name}, response {number}: {error}") from error
        drafts[draft.id] = draft
    facts: list[Fact] = []
    for number, entry in enumerate(data.get("facts") or (), start=1):
        try:
            if not isinstance(entry, dict):
                raise DraftError("must be an object")
            facts.append(fact_from_mapping(entry))
        except DraftError as error:
            raise ExchangeError(f"{path.name}, fact {number}: {error}") from error
    named = {
        key: str(data.get(key) or "")[:200] for key in ("name", "title", "publisher", "edition", "licence")
    }
    return Pack(**named, drafts=tuple(drafts.values()), facts=tuple(facts))


def import_pack(
    library: Library, path: Path, *, by: Actor, organisation_id: int = 1, dry_run: bool = False
) -> MergeReport:
    """Take a pack over: new responses as drafts to be approved here, updates where nobody changed the copy.

    Facts that its texts show come with it; a new value of one that texts here show is proposed.
    Conflicts are reported with the pack's text (``theirs``) and the copy here is kept.
    """
    pack = read_pack(path)
    if pack.facts and not dry_run:
        SharedFacts(library.sessions, clock=library.clock, on_change=library.changed).merge(
            pack.facts, origin=f"pack:{pack.name}", by=by, organisation_id=organisation_id
        )
    return merge_origin(
        library,
        pack.drafts,
        origin=f"pack:{pack.name}",
        by=by,
        organisation_id=organisation_id,
        dry_run=dry_run,
    )


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ExchangeError(
            f"the pack name {name[:60]!r} is not allowed; use a-z, 0-9 and '-', 2 to 59 characters"
        )
