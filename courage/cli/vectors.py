"""``courage vectors COMMAND``: runs a command that asks for vectors of sentences while no engine is up."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from courage.web.vectors import SentenceVectors

_MAX_BODY: Final = 20_000_000  # bytes: 256 texts of 10,000 characters, with room for escapes


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def vectors(command: tuple[str, ...]) -> None:
    """Run COMMAND, answering its questions for vectors of sentences.

    Training the assistant and testing it need them when the engine is not running. They are served on loopback, on a
    free port and behind a secret of their own, which the command finds in COURAGE_ENGINE_URL and
    COURAGE_INTERNAL_SECRET, as Rasa does under `courage run`. The exit status is the command's.
    """
    from courage.settings import load_settings
    from courage.web.vectors import SentenceVectors
    from courage.wiring import load_sentence_encoder

    settings = load_settings()
    served = SentenceVectors(lambda: load_sentence_encoder(settings))
    served.warm_up()
    sys.exit(asyncio.run(_serve_while(command, served)))


async def _serve_while(command: tuple[str, ...], served: SentenceVectors) -> int:
    from aiohttp import web

    from courage.errors import CourageError
    from courage.web.guard import guard

    secret = secrets.token_urlsafe(32)
    inner = web.Application(middlewares=[guard(secret)], client_max_size=_MAX_BODY)
    inner.add_routes(served.routes())
    app = web.Application(client_max_size=_MAX_BODY)
    app.add_subapp("/internal", inner)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        environment = {
            **os.environ,
            "COURAGE_ENGINE_URL": f"http://127.0.0.1:{port}",
            "COURAGE_INTERNAL_SECRET": secret,
        }
        try:
            process = await asyncio.create_subprocess_exec(*command, env=environment)
        except OSError as error:
            raise CourageError(f"{command[0]} cannot be run: {error.strerror}") from None
        try:
            return await process.wait()
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()
    finally:
        await runner.cleanup()
