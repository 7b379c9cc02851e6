"""``courage run``, ``engine``, ``prepare``, ``settings``, ``purge``: what keeps the programs going."""

from __future__ import annotations

import sys

import click

from courage.cli.terminal import say


@click.command()
def run() -> None:
    """Start the engine and Rasa together and say where to open the desk. Ctrl-C stops both."""
    from courage.settings import load_settings
    from courage.supervisor import supervise
    from courage.wiring import open_database

    settings = load_settings()
    open_database(settings, say)[
        0
    ].dispose()  # what cannot be opened is said here, once, and not by a child in a loop

    def tell_address() -> None:
        from courage.wiring import first_login_link

        say("")
        say(f"Courage is ready: {settings.address}")
        link = first_login_link(settings)
        if link:
            say(f"Nobody has logged in yet. Your one-time link as admin: {link}")
        say("Stop with Ctrl-C.")

    sys.exit(supervise(settings, say, tell_address))


@click.command()
def engine() -> None:
    """Start the engine alone (the supervisor does this for you)."""
    from courage.engine import serve
    from courage.settings import load_settings

    serve(load_settings())


@click.command()
def prepare() -> None:
    """Make what is derived: check the encoder, bring the database up to date, load the starter library, index it."""
    from courage.settings import load_settings
    from courage.wiring import Components

    with Components(load_settings(), say=say) as components:
        say(f"library: {components.library_size()} responses; the index matches them")


@click.command()
@click.option(
    "--toml", "as_toml", is_flag=True, help="Print a settings file with every setting and its default."
)
def settings(as_toml: bool) -> None:
    """List every setting with what it does, and the ranking weights in use; secrets are never shown."""
    from courage.cli.settings_help import describe, toml
    from courage.library.suggest.weights import weights_in_use
    from courage.settings import read_settings

    if as_toml:
        say(toml())
        return
    # First what is allowed: it has to be shown above all where a setting is wrong.
    say(describe())
    used = weights_in_use(read_settings().home)
    say(f"\nranking weights in use: {used.origin}" + (f" ({used.trouble})" if used.trouble else ""))


@click.command()
def purge() -> None:
    """Delete the texts of cases whose retention date has passed (the engine also does this by itself)."""
    from courage.settings import load_settings
    from courage.wiring import purge_now

    say(f"purged the text of {purge_now(load_settings())} cases")
