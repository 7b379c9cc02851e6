"""``courage keys``: which programs may ask the engine, for what, and how often."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import click

from courage.cli.terminal import console, say
from courage.cli.whose import OF, organisation_of
from courage.people.keys import MOST_PER_DAY, MOST_PER_MINUTE, PER_DAY, PER_MINUTE, SCOPES, ApiKeyView


@click.group()
def keys() -> None:
    """Add, list and revoke the API keys of other programs."""


@keys.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    default=("screen",),
    show_default=True,
    help="What the key is for; repeatable.",
)
@click.option(
    "--per-minute",
    type=click.IntRange(1, MOST_PER_MINUTE),
    default=PER_MINUTE,
    show_default=True,
    help="Most requests in 60 seconds.",
)
@click.option(
    "--per-day",
    type=click.IntRange(1, MOST_PER_DAY),
    default=PER_DAY,
    show_default=True,
    help="Most requests a day (UTC).",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@OF
def add(
    name: str, scopes: tuple[str, ...], per_minute: int, per_day: int, as_json: bool, slug: str | None
) -> None:
    """Make a key and print its secret, which cannot be shown again."""
    from courage.settings import load_settings
    from courage.wiring import open_keys

    secret, key = open_keys(load_settings()).add(
        name, scopes, per_minute=per_minute, per_day=per_day, organisation_id=organisation_of(slug)
    )
    if as_json:
        say(json.dumps({"secret": secret, **_json(key)}, ensure_ascii=False))
        return
    say(f"{key.name} ({', '.join(key.scopes)}): {secret}")
    say("Keep it now: only a hash is stored, and it cannot be shown again.")


@keys.command(name="list")
@click.option("--all", "all_", is_flag=True, help="Also the keys that were revoked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@OF
def list_keys(all_: bool, as_json: bool, slug: str | None) -> None:
    """List the keys, without their secrets."""
    from courage.settings import load_settings
    from courage.wiring import open_keys

    found = open_keys(load_settings()).list(organisation_of(slug), all_=all_)
    if as_json:
        say(json.dumps([_json(key) for key in found], ensure_ascii=False))
        return
    out = console()
    for key in found:
        used = f"last used {_when(key.last_used_at)}" if key.last_used_at else "never used"
        state = f"  (revoked {_when(key.revoked_at)})" if key.revoked_at else ""
        out.print(
            f"{key.name}  {key.hint}…  [{', '.join(key.scopes)}]  {key.per_minute} a minute, {key.per_day} a day, "
            f"{used}{state}",
            markup=False,
        )


@keys.command()
@click.argument("name")
@OF
def revoke(name: str, slug: str | None) -> None:
    """Take a key back; the very next request with it is refused."""
    from courage.settings import load_settings
    from courage.wiring import open_keys

    key = open_keys(load_settings()).revoke(name, organisation_of(slug))
    say(f"{key.name} ({key.hint}…) is revoked.")


def _when(moment: datetime | None) -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else ""


def _json(key: ApiKeyView) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "hint": key.hint,
        "scopes": list(key.scopes),
        "per_minute": key.per_minute,
        "per_day": key.per_day,
        "created_at": key.created_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }
