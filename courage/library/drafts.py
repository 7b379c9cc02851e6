"""The content of a response before it is stored: fields, rules of form, hashes, and reading it from mappings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from hashlib import blake2b
from json import dumps
from typing import Any, Final

from courage.library.errors import DraftError
from courage.library.placeholders import FACT_PARTS, facts_in
from courage.taxonomy import (
    DIALECTS,
    KIND_STRATEGIES,
    LANGUAGES,
    LENGTHS,
    RESPONSE_KINDS,
    ROLES_ADDRESSED,
    SITUATIONS,
    STRATEGIES,
    SUBGROUPS,
    TARGET_GROUPS,
    TONES,
    VOICES,
)

BRIEF_MAX: Final = 160  # what fits a glance at a telephone; most responses should
SHORT_MAX: Final = 280
LONG_MAX: Final = 700
TEXT_MAX: Final = 4_000
NARRATIVE_MAX: Final = 500
NARRATIVES_MAX: Final = 60  # the index numbers narratives 1..63 within a response

_SLUG = re.compile(r"[a-z0-9][a-z0-9._-]{0,118}")
#: What one value of a field with several is called, and the field itself.
_FIELD_OF = {"target": "targets", "subgroup": "subgroups"}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class SourceDraft:
    """Where a fact comes from. ``fact_id`` names the shared fact whose source it is; it is no content of its own."""

    title: str
    publisher: str = ""
    year: int | None = None
    locator: str = ""
    fact_id: str = field(default="", compare=False)

    def content(self) -> dict[str, Any]:
        """Return the source as plain JSON values."""
        return {"title": self.title, "publisher": self.publisher, "year": self.year, "locator": self.locator}


@dataclass(frozen=True, slots=True)
class ResponseDraft:
    """Everything a person writes when they add a response. An empty ``id`` is chosen by the library.

    ``text`` may hold placeholders (:mod:`courage.library.placeholders`). ``longer`` is an optional second version of it
    for whoever has the room. ``general`` says that it fits many messages and therefore lists no narratives. ``needs``
    names situations that must be so before it may be offered; ``for_role`` the only role that it is meant for;
    ``facts`` facts of the facts file that it rests on besides those that its text shows.
    """

    text: str
    language: str
    strategy: str
    targets: tuple[str, ...] = ()
    tone: str = "calm"
    voice: str = "ally"
    narratives: tuple[str, ...] = ()
    sources: tuple[SourceDraft, ...] = ()
    review_on: date | None = None
    id: str = ""
    author: str = ""
    licence: str = ""
    length: str = ""
    translation_of: str | None = None
    kind: str = "counter_narrative"
    general: bool = False
    needs: tuple[str, ...] = ()
    for_role: str = ""
    longer: str = ""
    subgroups: tuple[str, ...] = ()
    dialect: str = ""
    facts: tuple[str, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict, compare=False)

    def checked(self) -> ResponseDraft:
        """Return the draft tidied up, with ``length`` filled in.

        :raises DraftError: if a field has a value that is not allowed; the message names field and choices.
        """
        text = _clean(self.text)
        if not text:
            raise DraftError("text is empty; a response needs a text", say="wrong.empty", field="text")
        if len(text) > TEXT_MAX:
            raise DraftError(
                f"text has {len(text)} characters; at most {TEXT_MAX} are allowed",
                say="wrong.too_long", field="text", length=len(text), most=TEXT_MAX,
            )  # fmt: skip
        if self.id and not _SLUG.fullmatch(self.id):
            raise DraftError(
                f"id {self.id[:60]!r} is not valid; allowed are a-z, 0-9, '.', '_' and '-', up to 119 characters",
                say="wrong.choice", field="id", value=self.id[:60],
            )  # fmt: skip
        narratives = tuple(dict.fromkeys(c for c in map(_clean, self.narratives) if c))
        if len(narratives) > NARRATIVES_MAX:
            raise DraftError(
                f"{len(narratives)} narratives; at most {NARRATIVES_MAX} are allowed",
                say="wrong.too_many", field="narratives", most=NARRATIVES_MAX,
            )  # fmt: skip
        if any(len(narrative) > NARRATIVE_MAX for narrative in narratives):
            raise DraftError(
                f"a narrative has more than {NARRATIVE_MAX} characters",
                say="wrong.too_long", field="narratives",
                length=max(map(len, narratives)), most=NARRATIVE_MAX,
            )  # fmt: skip
        targets = tuple(dict.fromkeys(t for t in (t.strip() for t in self.targets) if t))
        for target in targets:
            _one_of("target", target, TARGET_GROUPS)
        _one_of("language", self.language, LANGUAGES)
        _one_of("strategy", self.strategy, STRATEGIES)
        _one_of("tone", self.tone, TONES)
        _one_of("voice", self.voice, VOICES)
        _one_of("kind", self.kind, RESPONSE_KINDS)
        needs = _several("needs", self.needs, SITUATIONS)
        subgroups = _several("subgroup", self.subgroups, tuple(SUBGROUPS))
        for subgroup in subgroups:
            if targets and not set(SUBGROUPS[subgroup]) & set(targets):
                raise DraftError(
                    f"subgroup {subgroup!r} belongs to {' or '.join(SUBGROUPS[subgroup])}, which is not among the targets",
                    say="wrong.choice", field="subgroups", value=subgroup,
                )  # fmt: skip
        if self.for_role:
            _one_of("for_role", self.for_role, ROLES_ADDRESSED)
        if self.dialect:
            _one_of("dialect", self.dialect, DIALECTS[self.language])
        longer = _clean(self.longer)
        if len(longer) > TEXT_MAX:
            raise DraftError(
                f"longer has {len(longer)} characters; at most {TEXT_MAX} are allowed",
                say="wrong.too_long", field="longer", length=len(longer), most=TEXT_MAX,
            )  # fmt: skip
        shown = facts_in(f"{text} {longer}")
        for fact, part in shown:
            _fact_id(fact)
            _one_of(f"part of the fact {fact!r},", part, FACT_PARTS, "facts")
        named = tuple(dict.fromkeys(f for f in (f.strip() for f in self.facts) if f))
        for fact in named:
            _fact_id(fact)
        facts = tuple(fact for fact in named if fact not in {fact for fact, _ in shown})
        length = self.length or ("short" if len(text) <= SHORT_MAX else "long")
        _one_of("length", length, LENGTHS)
        values = {name.name: getattr(self, name.name) for name in fields(self)}
        values.update(text=text, narratives=narratives, targets=targets, length=length)
        values.update(needs=needs, subgroups=subgroups, longer=longer, facts=facts)
        values["translation_of"] = self.translation_of or None
        return ResponseDraft(**values)

    def fact_ids(self) -> tuple[str, ...]:
        """Return the facts that the response rests on: those that its words show, then the others."""
        shown = (fact for fact, _ in facts_in(f"{self.text} {self.longer}"))
        return tuple(dict.fromkeys((*shown, *self.facts)))

    def content(self) -> dict[str, Any]:
        """Return the versioned content as plain JSON values (no id, author or extra columns).

        Fields that came later are there only where they say something, so that what was written before keeps its digest.
        """
        later = {
            "kind": self.kind if self.kind != "counter_narrative" else "",
            "general": self.general,
            "needs": list(self.needs),
            "for_role": self.for_role,
            "longer": self.longer,
            "subgroups": list(self.subgroups),
            "dialect": self.dialect,
            "facts": list(self.facts),
        }
        return {
            "text": self.text,
            "language": self.language,
            "targets": list(self.targets),
            "strategy": self.strategy,
            "tone": self.tone,
            "voice": self.voice,
            "length": self.length,
            "narratives": list(self.narratives),
            "sources": [source.content() for source in self.sources],
            "review_on": self.review_on.isoformat() if self.review_on else None,
            "licence": self.licence,
            "translation_of": self.translation_of,
            **{name: value for name, value in later.items() if value},
        }


def content_hash(content: Mapping[str, Any]) -> str:
    """Return a short digest of a version's content; equal content has equal digests."""
    # Digests are stored and compared across versions of the program: they keep the field's first name.
    named = {"claims" if name == "narratives" else name: value for name, value in content.items()}
    canonical = dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return blake2b(canonical.encode(), digest_size=16).hexdigest()


def text_hash(text: str) -> str:
    """Return a digest of a text that ignores case, punctuation and spacing, to find exact copies."""
    plain = " ".join(re.findall(r"\w+", text.casefold()))
    return blake2b(plain.encode(), digest_size=16).hexdigest()


def from_mapping(data: Mapping[str, Any]) -> ResponseDraft:
    """Read a draft from a mapping such as a YAML entry or JSON object, and check it.

    :raises DraftError: if a field is missing, unknown or malformed.
    """
    data = with_narratives(data)
    allowed = {f.name for f in fields(ResponseDraft)} - {"extra"}
    unknown = sorted(str(key) for key in data if key not in allowed)
    if unknown:
        raise DraftError(
            f"unknown field {unknown[0][:40]!r}; allowed are {', '.join(sorted(allowed))}",
            say="wrong.unknown",
            value=unknown[0][:40],
        )
    kind = data.get("kind") or "counter_narrative"
    if not data.get("strategy") and isinstance(kind, str) and kind in KIND_STRATEGIES:
        data = {**data, "strategy": KIND_STRATEGIES[kind]}
    for name in ("text", "language", "strategy"):
        if not isinstance(data.get(name), str) or not data[name].strip():
            raise DraftError(f"{name} is missing", say="wrong.empty", field=name)
    for name in (
        "tone",
        "voice",
        "id",
        "author",
        "licence",
        "length",
        "translation_of",
        "kind",
        "for_role",
        "longer",
        "dialect",
    ):
        if not isinstance(data.get(name) or "", str):
            raise DraftError(
                f"{name} must be text, not {type(data[name]).__name__}", say="wrong.no_list", field=name
            )
    return ResponseDraft(
        text=data["text"],
        language=data["language"].strip(),
        strategy=data["strategy"].strip(),
        targets=_strings("targets", data.get("targets")),
        tone=data.get("tone") or "calm",
        voice=data.get("voice") or "ally",
        narratives=_strings("narratives", data.get("narratives")),
        sources=read_sources(data.get("sources")),
        review_on=read_date(data.get("review_on")),
        id=data.get("id") or "",
        author=data.get("author") or "",
        licence=data.get("licence") or "",
        length=data.get("length") or "",
        translation_of=data.get("translation_of") or None,
        kind=kind,
        general=_yes_or_no("general", data.get("general")),
        needs=_strings("needs", data.get("needs")),
        for_role=data.get("for_role") or "",
        longer=data.get("longer") or "",
        subgroups=_strings("subgroups", data.get("subgroups")),
        dialect=data.get("dialect") or "",
        facts=_strings("facts", data.get("facts")),
    ).checked()


def with_narratives(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a mapping in which the field that older files call ``claims`` has its name of today.

    :raises DraftError: if both names are there.
    """
    if "claims" not in data:
        return data
    if data.get("narratives"):
        raise DraftError(
            "both narratives and claims are given; claims is the older name of narratives",
            say="wrong.unknown",
            value="claims",
        )
    return {"narratives" if name == "claims" else name: data[name] for name in data if name != "narratives"}


def read_date(value: Any) -> date | None:
    """Read ``YYYY-MM-DD`` or a date; empty is ``None``.

    :raises DraftError: if it is neither.
    """
    if value in (None, ""):
        return None
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise DraftError(
            f"review_on {str(value)[:40]!r} is not a date; write it as YYYY-MM-DD",
            say="wrong.date", field="review_on", value=str(value)[:40],
        ) from None  # fmt: skip


def read_sources(value: Any) -> tuple[SourceDraft, ...]:
    """Read a list of source mappings.

    :raises DraftError: if it is not a list of mappings with a title.
    """
    if value in (None, ""):
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise DraftError("sources must be a list of {title, publisher, year, locator}", say="wrong.source")
    return tuple(_source(entry) for entry in value)


def _source(entry: Any) -> SourceDraft:
    if not isinstance(entry, Mapping) or not str(entry.get("title") or "").strip():
        raise DraftError(
            "a source has no title; allowed are title, publisher, year and locator", say="wrong.source"
        )
    unknown = sorted(str(key) for key in entry if key not in {"title", "publisher", "year", "locator"})
    if unknown:
        raise DraftError(
            f"a source has the unknown field {unknown[0][:40]!r}; allowed are title, publisher, year, locator",
            say="wrong.source",
        )
    year = entry.get("year")
    if year in (None, ""):
        year = None
    else:
        try:
            year = int(str(year))
        except ValueError:
            raise DraftError(
                f"the year {str(year)[:20]!r} of a source is not a number",
                say="wrong.number", field="year", value=str(year)[:20],
            ) from None  # fmt: skip
    return SourceDraft(
        _clean(str(entry["title"])),
        _clean(str(entry.get("publisher") or "")),
        year,
        _clean(str(entry.get("locator") or "")),
    )


def _strings(name: str, value: Any) -> tuple[str, ...]:
    if value in (None, ""):
        return ()
    if (
        isinstance(value, str)
        or not isinstance(value, Sequence)
        or not all(isinstance(v, str) for v in value)
    ):
        raise DraftError(f"{name} must be a list of texts", say="wrong.list", field=name)
    return tuple(value)


def _yes_or_no(name: str, value: Any) -> bool:
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    if str(value).strip().casefold() in ("true", "false"):
        return str(value).strip().casefold() == "true"
    raise DraftError(
        f"{name} {str(value)[:20]!r} must be true or false",
        say="wrong.yes_no", field=name, value=str(value)[:20],
    )  # fmt: skip


def _several(name: str, values: Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(dict.fromkeys(v for v in (v.strip() for v in values) if v))
    for value in kept:
        _one_of(name, value, allowed)
    return kept


def _fact_id(value: str) -> None:
    if not _SLUG.fullmatch(value) or "." in value:
        raise DraftError(
            f"the fact {value[:60]!r} is not valid; a fact's id has a-z, 0-9, '_' and '-'",
            say="wrong.choice",
            field="facts",
            value=value[:60],
        )


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _one_of(name: str, value: str, allowed: Sequence[str], field: str = "") -> None:
    if value not in allowed:
        choices = f"allowed are {', '.join(allowed)}" if allowed else "none is allowed here"
        raise DraftError(
            f"{name} {value[:40]!r} is not known; {choices}",
            say="wrong.choices" if allowed else "wrong.choice",
            field=field or _FIELD_OF.get(name, name), value=value[:40], allowed=", ".join(allowed),
        )  # fmt: skip
