"""Reasons are kept as codes with values; sentences that earlier versions stored are taken apart once.

What cannot be taken apart stays readable: code ``as_written`` with the sentence as its value ``text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CASES = sa.table(
    "cases",
    sa.column("id", sa.BigInteger),
    sa.column("reasons", sa.JSON),
    sa.column("category", sa.String),
    sa.column("targets", sa.JSON),
)
_OFFERS = sa.table("offered_suggestions", sa.column("id", sa.BigInteger), sa.column("reasons", sa.JSON))
_BATCH = 1_000
# The English sentences of that time, kept here because the program no longer has them.
_GROUPS = {
    "women": "women",
    "lgbt": "LGBT+ people",
    "muslims": "Muslims",
    "jews": "Jews",
    "migrants": "migrants",
    "people_of_colour": "people of colour",
    "roma": "Roma",
    "disabled": "disabled people",
    "other": "other groups",
}
_LANGUAGES = {"en": "English", "fr": "French", "de": "German", "ar": "Arabic"}
_CATEGORIES = (
    "derogation",
    "dehumanisation",
    "threat",
    "incitement",
    "slur",
    "animosity",
    "support_hate",
    "terrorism",
    "child_abuse",
)
_EXAMPLE = "like known examples of "
_EXAMPLES = {
    "support_hate": "support for hate",
    "hate_question": "hate put as a question",
    "hate_opinion": "hate put as an opinion",
    "negated_praise": "denial of any good in a group",
    "profane_hate": "hate with swear words",
    "hate_spelling": "disguised spelling",
    "emoji_hate": "hate with emoji",
    "pronoun_hate": "hate said of 'them'",
    "implicit": "implied hate",
    "slur": "slurs",
    "quoted_opposed": "quoted and opposed",
    "reported": "reported, not meant",
    "negated": "negated",
    "counter_speech": "counter-speech",
    "neutral_mention": "neutral mention of a group",
    "positive_mention": "praise of a group",
    "reclaimed": "words that a group uses for itself",
    "homonym": "a harmless word that looks like a slur",
    "abuse_person": "insult of a single person",
    "abuse_object": "anger at a thing",
    "abuse_nongroup": "anger at no protected group",
    "news_history": "news or history",
    "child_abuse": "sexual abuse of children",
    # These had no name of their own and were written as their code.
    "derogation": "derogation",
    "dehumanisation": "dehumanisation",
    "threat": "threat",
    "incitement": "incitement",
    "terrorism": "terrorism",
    "animosity": "animosity",
    "criticism": "criticism",
    "chat": "chat",
    "profanity": "profanity",
    "joke": "joke",
}
_SENTENCES = {
    "frame": {
        "quoted": "words of others that the message speaks against",
        "reported": "reports what somebody else said or did",
        "negated": "negated",
    },
    "feedback": {
        "not_hate": "people decided this is not hate",
        "not_hate_confirmed": "people decided this is not hate, and a trainer confirmed it",
        "missed": "people decided this is hate",
        "missed_confirmed": "people decided this is hate, and a trainer confirmed it",
    },
}
_DISGUISED = "disguised spelling was undone"
_SAYINGS = {
    "narrative_same": "answers this very narrative",
    "narrative_similar": "answers a similar narrative",
    "same_subject": "speaks about the same thing",
    "general": "a general answer: none in the library answers this very narrative",
    "stands_up": "stands up for {groups}",
    "any_group": "fits any group",
    "as_asked": "{strategy}, as asked for",
    "source": "has a source",
    "sources": "has sources",
    "useful": "was useful to {count} people",
    "many_messages": "fits many messages",
    "used_lately": "was used here lately",
    "other_language": "in {language}: nothing in the message's language fits",
    "nearest": "nearest in the library",
}


def upgrade() -> None:
    """Take the sentences apart."""
    _rewrite(_CASES, lambda row: [_reason(reason, row) for reason in row.reasons])
    _rewrite(_OFFERS, lambda row: [_saying(text) for text in row.reasons])


def downgrade() -> None:
    """Put the sentences together again."""
    _rewrite(_OFFERS, lambda row: [_sentence(saying) for saying in row.reasons])
    _rewrite(_CASES, lambda row: [_reason_as_text(reason) for reason in row.reasons])


def _rewrite(table: sa.TableClause, change: Callable[[Any], list[Any]]) -> None:
    """Change ``reasons`` row by row, in batches, so that memory stays small however many there are."""
    bind, last = op.get_bind(), -1
    while rows := bind.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(_BATCH)
    ).all():
        for row in rows:
            if isinstance(row.reasons, list) and (changed := change(row)) != row.reasons:
                bind.execute(sa.update(table).where(table.c.id == row.id).values(reasons=changed))
        last = rows[-1].id


def _reason(reason: Any, case: Any) -> Any:
    if not isinstance(reason, dict) or "code" in reason:
        return reason
    kind, text = str(reason.get("kind", "")), str(reason.get("text", ""))
    code, values = _decoded(kind, text, case) if text else _forgotten(kind, case)
    return {
        "kind": kind,
        "code": code,
        "values": values,
        "weight": reason.get("weight", 0.0),
        "start": reason.get("start"),
        "end": reason.get("end"),
    }


def _decoded(kind: str, text: str, case: Any) -> tuple[str, dict[str, str]]:
    if kind == "word":
        return ("disguised", {}) if text == _DISGUISED else ("word", {"word": text})
    if kind == "target":
        return (text, {}) if text in _GROUPS else ("mention", {"word": text})
    if kind == "category" and (code := text.replace(" ", "_")) in _CATEGORIES:
        return code, {}
    known = _EXAMPLES if kind == "example" else _SENTENCES.get(kind, {})
    found = _key(known, text.removeprefix(_EXAMPLE) if kind == "example" else text)
    return (found, {}) if found else ("as_written", {"text": text})


def _forgotten(kind: str, case: Any) -> tuple[str, dict[str, str]]:
    """Return what is left of a reason whose text was purged with the message: never a word that was not there."""
    if kind == "category":
        return str(case.category), {}
    if kind == "target" and isinstance(case.targets, list) and len(case.targets) == 1:
        return str(case.targets[0]), {}
    code = {"word": "word", "target": "mention"}.get(kind)
    return (code, {}) if code else ("as_written", {"text": ""})


def _reason_as_text(reason: Any) -> Any:
    if not isinstance(reason, dict) or "code" not in reason:
        return reason
    kind, code, values = reason.get("kind"), str(reason["code"]), reason.get("values") or {}
    if code == "as_written":
        text = str(values.get("text", ""))
    elif code in ("word", "mention"):
        text = str(values.get("word", ""))
    elif kind == "word":
        text = _DISGUISED
    elif kind == "example":
        text = _EXAMPLE + _EXAMPLES.get(code, code.replace("_", " "))
    elif kind in _SENTENCES:
        text = _SENTENCES[kind].get(code, code.replace("_", " "))
    else:
        text = code.replace("_", " ") if kind == "category" else code
    kept = {name: value for name, value in reason.items() if name not in ("code", "values")}
    return {**kept, "text": text}


def _saying(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    # Migration 0004 left sentences as they were, so that both words are met.
    plain = re.sub(r"\bclaim\b", "narrative", text)
    for code, sentence in _SAYINGS.items():
        match = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(sentence)), plain)
        values = None if match is None else _values(match.groupdict())
        if values is not None:
            return {"code": code, "values": values}
    return {"code": "as_written", "values": {"text": text}}


def _values(found: dict[str, str]) -> dict[str, Any] | None:
    """Return names as codes and numbers as numbers, or ``None`` if one of them is not known."""
    values: dict[str, Any] = dict(found)
    if "groups" in found:
        values["groups"] = [_key(_GROUPS, name) for name in found["groups"].split(" and ")]
    if "language" in found:
        # Languages without a name were written as their code.
        values["language"] = _key(_LANGUAGES, found["language"]) or found["language"]
    if "count" in found:
        values["count"] = int(found["count"]) if found["count"].isdecimal() else None
    missing = (value is None or (isinstance(value, list) and None in value) for value in values.values())
    return None if any(missing) else values


def _sentence(saying: Any) -> Any:
    if not isinstance(saying, dict):
        return saying
    code, values = str(saying.get("code")), dict(saying.get("values") or {})
    if code not in _SAYINGS:
        return str(values.get("text", code.replace("_", " ")))
    if "groups" in values:
        values["groups"] = " and ".join(_GROUPS.get(group, group) for group in _texts(values["groups"]))
    if "language" in values:
        values["language"] = _LANGUAGES.get(values["language"], values["language"])
    return _SAYINGS[code].format_map(
        {**dict.fromkeys(("groups", "strategy", "language", "count"), "?"), **values}
    )


def _texts(values: Any) -> Iterable[str]:
    return [str(value) for value in values] if isinstance(values, list) else [str(values)]


def _key(names: dict[str, str], name: str) -> str | None:
    return next((code for code, known in names.items() if known == name), None)
