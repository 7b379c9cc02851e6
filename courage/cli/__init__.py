"""The command line. Exit status: 0 done, 1 failed with a one-line reason, 2 wrong usage."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from courage.errors import CourageError
from courage.shipped import courage_version

#: Command → module and attribute; imported only when asked for, so that `--help` is quick.
COMMANDS = {
    "run": "courage.cli.serve:run",
    "engine": "courage.cli.serve:engine",
    "prepare": "courage.cli.serve:prepare",
    "settings": "courage.cli.serve:settings",
    "screen": "courage.cli.ask:screen",
    "suggest": "courage.cli.ask:suggest",
    "library": "courage.cli.library:library",
    "feedback": "courage.cli.feedback:feedback",
    "users": "courage.cli.users:users",
    "people": "courage.cli.people:people",
    "organisations": "courage.cli.organisations:organisations",
    "rooms": "courage.cli.rooms:rooms",
    "deliveries": "courage.cli.deliveries:deliveries",
    "webhooks": "courage.cli.webhooks:webhooks",
    "keys": "courage.cli.keys:keys",
    "evaluate": "courage.cli.evaluate:evaluate",
    "train": "courage.cli.train:train",
    "academy": "courage.cli.academy:academy",
    "vectors": "courage.cli.vectors:vectors",
    "purge": "courage.cli.serve:purge",
    "backup": "courage.cli.backup:backup",
    "verify": "courage.cli.backup:verify",
    "restore": "courage.cli.backup:restore",
    "update": "courage.cli.backup:update",
    "move": "courage.cli.backup:move",
}


class LazyGroup(click.Group):
    """A group that loads a command's module on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version=courage_version(), prog_name="courage")
def cli() -> None:
    """Courage: screening, a library of responses, and the people who answer hate with counter-speech."""


def fail(message: str) -> NoReturn:
    """Print a one-line reason and leave with status 1."""
    print(f"courage: {message}", file=sys.stderr)
    sys.exit(1)


def main() -> NoReturn:
    """Run the command line; the only place where errors become exit codes."""
    os.umask(0o077)  # whatever is written holds what people wrote: nobody else on this machine reads it
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        cli.main(standalone_mode=False, prog_name="courage")
    except click.UsageError as error:
        error.show()
        sys.exit(2)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        fail("stopped.")
    except click.ClickException as error:
        fail(error.format_message())
    except CourageError as error:
        fail(str(error))
    except BrokenPipeError:
        # The reader of a pipe went away (`courage screen --jsonl … | head`): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    sys.exit(0)
