"""What pages say of the parts that ``/health`` reports, in the reader's language.

The notes of the report are English lines for whoever looks after the installation: they quote chat systems and name
commands. What people read is a sentence of the catalogues for the part and its state, with the numbers of the report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from courage.i18n.catalogue import Voice

#: The engine's own parts; all others are chat systems.
_OWN: Final = ("engine", "disk", "index", "rasa", "database", "outbox", "engines", "actions")


def notes(name: str, part: Mapping[str, Any], voice: Voice) -> list[str]:
    """Return what there is to say of a part besides its state; nothing where all is well."""
    return list(_notes(name, part, voice))


def _notes(name: str, part: Mapping[str, Any], voice: Voice) -> Iterator[str]:
    status = part.get("status", "ok")
    if name == "outbox":
        yield from _outbox(part, voice)
    elif name in ("mail", "push"):
        if status == "degraded":
            yield voice.say("part_note.mail")
    elif name not in _OWN:
        yield from _chat(part, voice)
    elif name == "rasa" and status == "off":
        if part.get("note"):
            yield voice.say("part_note.rasa_off")
    elif status in ("ok", "off"):
        return
    elif name == "disk":
        full = status == "down"
        yield (
            voice.say("part_note.disk_down")
            if full
            else voice.say("part_note.disk", free_mb=part.get("free_mb", 0))
        )
    elif name == "engine":
        yield voice.say("part_note.other")
    else:
        yield voice.say(f"part_note.{name}")


def _outbox(part: Mapping[str, Any], voice: Voice) -> Iterator[str]:
    held, unserved = int(part.get("held", 0)), part.get("unserved", {})
    if held:
        yield voice.say("part_note.outbox_held", count=held)
    if unserved:
        yield voice.say(
            "part_note.outbox_unserved",
            systems=", ".join(voice.named("part", channel) for channel in unserved),
        )
    if part.get("status") == "degraded" and not held and not unserved:
        yield voice.say("part_note.outbox")


def _chat(part: Mapping[str, Any], voice: Voice) -> Iterator[str]:
    status = part.get("status", "ok")
    if part.get("state") == "standby":
        yield voice.say("part_note.chat_standby")
    elif status == "down":
        yield voice.say("part_note.chat_down")
    elif status == "degraded":
        yield voice.say("part_note.chat")
    if given_up := int(part.get("not_screened", 0)):
        yield voice.say("part_note.not_screened", count=given_up)
