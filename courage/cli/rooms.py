"""``courage rooms``: the rooms of the chat systems, and how readily screening flags in each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from courage.cases.counters import SHADOW_DAYS
from courage.cli.leading import AS, leader
from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.errors import CourageError
from courage.insights.shadow import DAYS, RoomShadow
from courage.people.people import People
from courage.people.rooms import FRESH, KINDS, Rooms
from courage.taxonomy import SENSITIVITIES

#: What people may say of narratives in a room, and what that means.
_NARRATIVES = {"open": True, "count": False, "default": None}
_CHOSEN = {chosen: word for word, chosen in _NARRATIVES.items()}


def _open() -> tuple[Rooms, People]:
    from courage.settings import load_settings
    from courage.wiring import open_rooms

    return open_rooms(load_settings())


@click.group()
def rooms() -> None:
    """List rooms and set how readily screening flags in each."""


@rooms.command(name="list")
@click.option("--kind", type=click.Choice(KINDS), default=None, help="Only rooms of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@OF
def list_(kind: str | None, as_json: bool, slug: str | None) -> None:
    """List the rooms that Courage is or was in."""
    found = _open()[0].list(organisation_of(slug), kind=kind)
    out = console()
    for room in found:
        if as_json:
            say(json.dumps(asdict(room), ensure_ascii=False))
            continue
        left = "" if room.active else "  (left)"
        stories = "" if room.narratives is None else f"  (narratives: {_CHOSEN[room.narratives]})"
        out.print(
            f"{room.channel}  {room.room_id}  {room.kind:<6} {room.sensitivity:<8}  {room.name}{stories}{left}",
            markup=False,
        )
    if not found and not as_json:
        say("no room is known yet: invite Courage into one")


@rooms.command()
@click.argument("channel")
@click.argument("room_id")
@click.argument("slug", metavar="SHORT-NAME")
def give(channel: str, room_id: str, slug: str) -> None:
    """Give the room ROOM_ID of CHANNEL to an organisation; messages in it are that one's from then on."""
    room = _open()[0].give(channel, room_id, organisation_of(slug))
    say(f"{room.name or room.room_id} in {room.channel} belongs to {slug} now; old cases stay where they are")


@rooms.command()
@click.argument("channel")
@click.argument("room_id")
@click.argument("value", metavar="SENSITIVITY", type=click.Choice(SENSITIVITIES))
@AS
@OF
def sensitivity(channel: str, room_id: str, value: str, name: str | None, slug: str | None) -> None:
    """Set how readily screening flags in the room ROOM_ID of CHANNEL."""
    found, people = _open()
    person = leader(people, name, organisation_of(slug))
    room = found.set_sensitivity(channel, room_id, value, person.organisation_id)
    say(
        f"{room.name or room.room_id} in {room.channel} is {room.sensitivity} now; "
        f"a running engine goes by it within {FRESH:.0f} seconds"
    )


@rooms.command()
@click.argument("channel")
@click.argument("room_id")
@click.argument("value", metavar="CHOICE", type=click.Choice(list(_NARRATIVES)))
@AS
@OF
def narratives(channel: str, room_id: str, value: str, name: str | None, slug: str | None) -> None:
    """Set what a narrative does in the room ROOM_ID of CHANNEL: open a case, be counted only, or as the sensitivity has it."""
    found, people = _open()
    person = leader(people, name, organisation_of(slug))
    room = found.set_narratives(channel, room_id, _NARRATIVES[value], person.organisation_id)
    does = {
        "open": "open cases",
        "count": "are counted and open no case",
        "default": f"do as {room.sensitivity} has it",
    }
    say(
        f"narratives in {room.name or room.room_id} in {room.channel} {does[value]}; "
        f"a running engine goes by it within {FRESH:.0f} seconds"
    )


@rooms.command()
@click.argument("channel", required=False)
@click.argument("room_id", required=False)
@click.option(
    "--days",
    type=click.IntRange(1, SHADOW_DAYS),
    default=DAYS,
    show_default=True,
    help="How many days back, today included.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@OF
def shadow(channel: str | None, room_id: str | None, days: int, as_json: bool, slug: str | None) -> None:
    """Say what each sensitivity would have flagged in every group room, or in the room ROOM_ID of CHANNEL."""
    from courage.settings import load_settings
    from courage.wiring import open_shadows

    if channel is not None and room_id is None:
        raise click.UsageError("name the room too: courage rooms shadow CHANNEL ROOM_ID")
    organisation = organisation_of(slug)
    found = _open()[0].list(organisation, kind="group")
    if channel is not None:
        found = [room for room in found if (room.channel, room.room_id) == (channel, room_id)]
        if not found:
            raise CourageError(
                f"there is no group room {room_id!r} in {channel}; `courage rooms list` shows all"
            )
    counted = open_shadows(load_settings()).of_rooms(organisation, days)
    for room in found:
        counts = counted.get((room.channel, room.room_id), RoomShadow())
        if as_json:
            told = {"channel": room.channel, "room_id": room.room_id, "sensitivity": room.sensitivity}
            say(json.dumps({**told, "days": days, **counts.to_json()}, ensure_ascii=False))
        else:
            say(f"{room.name or room.room_id} in {room.channel} ({room.sensitivity}): {_told(counts, days)}")
    if not found and not as_json:
        say("no group room is known yet: invite Courage into one")


def _told(counts: RoomShadow, days: int) -> str:
    """Return a room's counts in one sentence."""
    span = "today" if days == 1 else f"in the last {days} days"
    would = ", ".join(
        f"{name}{' would have flagged' if name == SENSITIVITIES[0] else ''} {one.flagged:,}"
        + (f" ({one.escalated:,} of them escalated)" if one.escalated else "")
        for name, one in counts.would.items()
    )
    of = "1 message" if counts.messages == 1 else f"{counts.messages:,} messages"
    stories = max(one.narratives for one in counts.would.values())
    more = [f"narratives: {stories:,}"] if stories else []
    more.append(f"{counts.unread:,} in a language that is not read")
    if counts.not_screened:
        more.append(f"{counts.not_screened:,} that could not be screened: look there")
    if counts.over_limit:
        more.append(
            f"{counts.over_limit:,} left unread, more than the organisation's limit lets through: look there"
        )
    return f"{span} {would} of {of}; {'; '.join(more)}"
