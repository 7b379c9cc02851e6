"""The shortest way through a running Courage: health, a message in, a case, suggestions. Standard library only.

    python3 deploy/smoke.py ADDRESS LOGIN-LINK     # of one that runs: the address may end in a folder
    .venv/engine/bin/python deploy/smoke.py        # starts one with an empty home folder first (`make smoke`)

Works in the practice rooms, which nobody else sees and nothing counts.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
MESSAGE: Final = "Migrants are all lazy criminals, they do not belong here."
HARMLESS: Final = "Who brings the cake tomorrow?"


class Failed(Exception):
    """What did not work, in one line."""


class Desk:
    """A browser without a browser: cookies, forms, pages."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        # No proxy of the environment: what is tried runs beside us.
        self._opener = urllib.request.build_opener(jar, urllib.request.ProxyHandler({}))

    def open(self, path: str, form: dict[str, str] | None = None) -> tuple[str, str]:
        """Return the address that a page was found at, and the page.

        :raises Failed: for every status but 200.
        """
        address = path if "://" in path else self.address + path
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            with self._opener.open(address, data, timeout=60) as answer:
                return str(answer.url), answer.read().decode()
        except urllib.error.HTTPError as error:
            told = re.search(r'role="alert"[^>]*>(?:<[^>]*>)*([^<]+)', error.read().decode(errors="replace"))
            raise Failed(f"{path}: status {error.code} {told[1] if told else ''}".rstrip()) from None
        except OSError as error:
            raise Failed(f"{path}: {error}") from None

    def press(self, page: str, path: str, **form: str) -> tuple[str, str]:
        """Send a form with the CSRF token of a page."""
        token = re.search(r'name="csrf" value="([^"]+)"', page)
        if token is None:
            raise Failed(f"{path}: the page before has no form")
        return self.open(path, {"csrf": token[1], **form})

    def health(self) -> dict[str, str]:
        """Return the state of each part."""
        parts = json.loads(self.open("/health")[1])["parts"]
        return {name: str(part["status"]) for name, part in parts.items()}


def wait(
    desk: Desk, parts: tuple[str, ...], seconds: float, alive: Callable[[], bool] = lambda: True
) -> None:
    """Wait until these parts are well.

    :raises Failed: if they are not in time, or the program has ended.
    """
    until, states = time.monotonic() + seconds, {}
    while time.monotonic() < until:
        if not alive():
            raise Failed("Courage ended before it was ready")
        try:
            states = desk.health()
        except Failed:
            states = {}
        if all(states.get(part) == "ok" for part in parts):
            return
        time.sleep(0.3)
    raise Failed(f"not ready after {seconds:.0f} s: {states or 'no answer'}")


def smoke(desk: Desk, link: str, say: Callable[[str], None] = print) -> None:
    """Walk the way.

    :raises Failed: naming the first thing that did not work.
    """
    _, page = desk.open(link)
    where, page = desk.press(page, link)
    say(f"logged in: {urllib.parse.urlsplit(where).path}")
    for text, wanted in ((HARMLESS, "fine"), (MESSAGE, "case")):
        _, page = desk.open("/practice")
        where, page = desk.press(page, "/practice/message", text=text)
        if f"screened={wanted}" not in where:
            raise Failed(f"screening said {where.rpartition('=')[2]!r} of a text that is {wanted!r}")
    number = card(desk)
    case = f"/cases/{number}"
    say(f"a harmless message passed, a hateful one is case {number}")
    _, page = desk.open(case)
    if MESSAGE in page:
        raise Failed("the message is not hidden")
    _, page = desk.press(page, f"{case}/claim")
    _, page = desk.press(page, f"{case}/suggest")
    offered = page.count(f"{case}/choose")
    if not offered:
        raise Failed("there are no suggestions")
    say(f"claimed, {offered} suggestions")
    _, page = desk.press(page, f"{case}/message")
    if MESSAGE not in page:
        raise Failed("the message is not shown to whoever asks for it")
    say("shown to whoever asks; " + ", ".join(f"{k} {v}" for k, v in sorted(desk.health().items())))


def card(desk: Desk, seconds: float = 30.0) -> str:
    """Return the number of the newest case in the practice room, once the outbox has delivered its card.

    :raises Failed: if no card comes in time.
    """
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if numbers := re.findall(r"/cases/(\d+)", desk.open("/practice")[1]):
            return str(numbers[-1])
        time.sleep(0.2)
    raise Failed(f"the practice room shows no card of the case after {seconds:.0f} s")


def free_port(but: int = 0) -> int:
    """Return a port that nothing listens on, with the next one free too; neither is ``but`` or the one after it."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            if abs(port - but) < 2:
                continue
            try:
                two.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def start_here() -> int:
    """Start Courage with a home folder of its own, walk the way, stop it; return the exit status."""
    courage = [sys.executable, "-m", "courage"]
    with tempfile.TemporaryDirectory(prefix="courage-smoke-") as home:
        port = free_port()
        with_rasa = (ROOT / "var" / "rasa" / "courage.tar.gz").exists()
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("COURAGE_")},
            "COURAGE_HOME": home,
            "COURAGE_CONFIG": os.path.join(home, "courage.toml"),
            "COURAGE_PORT": str(port),
            "COURAGE_RASA": str(with_rasa).lower(),
            "COURAGE_RASA_PORT": str(free_port(but=port)),
        }
        # What is derived may be shared; it is named after what it was made from.
        for part in ("cache", "rasa"):
            if (ROOT / "var" / part).is_dir():
                os.symlink(ROOT / "var" / part, os.path.join(home, part))
        program = subprocess.Popen(
            [*courage, "run"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            desk = Desk(f"http://127.0.0.1:{port}")
            parts = ("engine", "database", "index", *(("rasa",) if with_rasa else ()))
            wait(desk, parts, 300, lambda: program.poll() is None)
            told = subprocess.run(
                [*courage, "users", "add", "Smoke", "--role", "admin"],
                cwd=ROOT,
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            )
            smoke(desk, told.stdout.split()[-1])
        except Failed as error:
            print(f"courage: {error}", file=sys.stderr)
            return 1
        finally:
            program.send_signal(signal.SIGTERM)
            program.wait(60)
    return 0


def main(arguments: list[str]) -> int:
    """Return the exit status."""
    if not arguments:
        return start_here()
    if len(arguments) != 2:
        print("usage: smoke.py ADDRESS LOGIN-LINK, or without arguments", file=sys.stderr)
        return 2
    try:
        smoke(Desk(arguments[0]), arguments[1])
    except Failed as error:
        print(f"courage: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
