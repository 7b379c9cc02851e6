"""The settings in words: for ``courage settings`` and for the documentation test."""

from __future__ import annotations

import json
from pathlib import Path

from pydantic import SecretStr

from courage.settings import Settings, allowed


def _default(value: object) -> str:
    if isinstance(value, SecretStr) or value is None:
        return '""'
    if isinstance(value, Path):
        return json.dumps(value.name)
    return json.dumps(value, ensure_ascii=False)


def _about(name: str) -> str:
    choices = allowed(name)
    return f"{Settings.model_fields[name].description}" + (f" [{choices}]" if choices else "")


def describe() -> str:
    """Return one line per setting: environment variable, default, description, what is allowed."""
    rows = []
    for name, field in Settings.model_fields.items():
        default = _default(field.get_default(call_default_factory=True))
        rows.append((f"COURAGE_{name.upper()}", default, _about(name)))
    width = max(len(name) for name, _, _ in rows)
    wide = min(24, max(len(default) for _, default, _ in rows))
    return "\n".join(f"{name:<{width}}  {default:<{wide}}  {text}" for name, default, text in rows)


def toml() -> str:
    """Return a settings file in which every setting stands as a comment with its default."""
    lines = ["# Courage reads this file as courage.toml (or wherever COURAGE_CONFIG points). chmod 600 it."]
    for name, field in Settings.model_fields.items():
        default = _default(field.get_default(call_default_factory=True))
        lines += ["", f"# {_about(name)}", f"# {name} = {default}"]
    return "\n".join(lines)
