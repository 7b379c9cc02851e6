"""Rasa's actions: one adapter for each command of ``courage.commands``, for free sentences that Rasa understood."""

from __future__ import annotations

from actions.adapter import CommandAction
from courage.commands.core.services import CommandServices

__all__ = ["build"]


def build(services: CommandServices) -> list[CommandAction]:
    """Return an action for every command, ready for ``ActionExecutor.register_action``."""
    return [CommandAction(command, services) for command in services.registry]
