"""``courage rooms``: the rooms of the chat systems, and how readily screening flags in each."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from courage.cli.leading import AS, leader
from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.people.people import People
from courage.people.rooms import FRESH, KINDS, Rooms
from courage.taxonomy import SENSITIVITIES


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
        out.print(
            f"{room.channel}  {room.room_id}  {room.kind:<6} {room.sensitivity:<8}  {room.name}{left}",
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
