"""Rasa's credentials: an operator's own file in the home folder, made from the example and kept over updates."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

NAME = "credentials.yml"
EXAMPLE = "credentials.example.yml"
#: Connectors that the engine's own gateways replaced: which of their settings is which of ours.
REPLACED: Final[Mapping[str, Mapping[str, str]]] = {
    "bot.channels.CourageTelegram": {"access_token": "telegram_token", "desk_rooms": "telegram_desk_room"},
    "bot.channels.CourageSlack": {"slack_token": "slack_bot_token", "desk_rooms": "slack_desk_channel"},
    "bot.channels.CourageMattermost": {
        "url": "mattermost_url",
        "token": "mattermost_token",
        "desk_rooms": "mattermost_desk_channel",
    },
    "bot.channels.CourageRocketChat": {"server_url": "rocketchat_url", "desk_rooms": "rocketchat_desk_room"},
}
#: What the gateway needs and the connector did not have.
NEEDED: Final[Mapping[str, str]] = {
    "bot.channels.CourageSlack": "COURAGE_SLACK_APP_TOKEN",
    "bot.channels.CourageRocketChat": "COURAGE_ROCKETCHAT_USER_ID and COURAGE_ROCKETCHAT_TOKEN",
}


def credentials_file(home: Path) -> Path:
    """Return the file that Rasa is started with."""
    return home / NAME


def place_credentials(root: Path, home: Path, say: Callable[[str], None]) -> Path:
    """Make sure that the home folder has its credentials, and return their path.

    Taken from, in this order: what is there already; ``credentials.yml`` in the checkout, which earlier versions
    had people edit; the example (into which git merges such edits when it follows the renaming). A connector that
    stands in the checkout's files only is named, since nothing reads it there.

    :raises OSError: where the file cannot be read or written.
    """
    target = _placed(root, home, say)
    _carry_over(target, root, say)
    return target


def _placed(root: Path, home: Path, say: Callable[[str], None]) -> Path:
    target = credentials_file(home)
    own = root / NAME
    if target.exists():
        here = _connectors(target)
        for file in (own, root / EXAMPLE):
            if unread := sorted(_connectors(file) - here):
                say(f"{file.name} names {unread[0]}, but {target} is the file that is read: move it there")
        return target
    source = own if own.exists() else root / EXAMPLE
    home.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(source.read_bytes())
    os.replace(partial, target)
    if source == own:
        say(f"{NAME} was copied to {target}; edit it there from now on")
    return target


def _connectors(file: Path) -> set[str]:
    """Return the connectors that a file switches on: its keys at the left margin."""
    if not file.exists():
        return set()
    text = file.read_text(encoding="utf-8", errors="replace")
    return set(re.findall(r"^([A-Za-z_][\w.]*)\s*:", text, re.MULTILINE))


def _carry_over(target: Path, root: Path, say: Callable[[str], None]) -> None:
    """Take connectors that there are gateways for now out of the credentials, and keep what was set for them.

    The block stays in the file as a comment; its values go to the settings file, unless that speaks of them already.
    """
    text = target.read_text(encoding="utf-8", errors="replace")
    for name, settings in REPLACED.items():
        found = re.search(rf"^{re.escape(name)}[ \t]*:.*\n?(?:(?:[ \t#].*)?\n|[ \t].*$)*", text, re.MULTILINE)
        if found is None:
            continue
        kept = _keep(found[0], settings, root)
        block = "".join(f"# {line}" for line in found[0].splitlines(keepends=True))
        text = f"{text[: found.start()]}# The engine does this itself now: docs/gateways.md\n{block}{text[found.end() :]}"
        _write_private(target, text)
        needed = f"; set {NEEDED[name]} besides (docs/gateways.md)" if name in NEEDED else ""
        say(f"{name} is not used any more, the engine does that itself; {kept}{needed}")


def _keep(block: str, settings: Mapping[str, str], root: Path) -> str:
    """Write the values of a block to the settings file, and say what was done."""
    config = Path(os.environ.get("COURAGE_CONFIG") or root / "courage.toml")
    before = config.read_text(encoding="utf-8") if config.exists() else ""
    lines = []
    for old, new in settings.items():
        value = _value(block, old).removesuffix("/api/v4")  # which Rasa wanted in Mattermost's address
        known = f"COURAGE_{new.upper()}" in os.environ or re.search(rf"^\s*{new}\s*=", before, re.MULTILINE)
        if value and not known:
            lines.append(f"{new} = {json.dumps(value)}\n")
    if not lines:
        return f"set {', '.join(f'COURAGE_{new.upper()}' for new in settings.values())}"
    _write_private(config, "".join(lines) + before)
    return f"its settings are in {config} now"


def _value(block: str, name: str) -> str:
    """Return a value of a block, the first of a list; one that names an environment variable is looked up there."""
    found = re.search(
        rf"^[ \t]+{name}[ \t]*:[ \t]*\[?(?:[ \t]*\n[ \t]*-)?[ \t]*([^\s,\]#]+)", block, re.MULTILINE
    )
    value = found[1].strip("\"'") if found else ""
    variable = re.fullmatch(r"\$\{(\w+)\}", value)
    return os.environ.get(variable[1], "") if variable else value


def _write_private(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.replace(partial, path)
