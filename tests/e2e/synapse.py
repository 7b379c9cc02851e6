"""A real Matrix homeserver for tests: on loopback, in a temporary folder, without rate limits."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import itertools
import os
import secrets
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp

from tests.benchmarks.measure import free_port

ROOT = Path(__file__).parents[2]
PYTHON = Path(os.environ.get("COURAGE_SYNAPSE_PYTHON", ROOT / ".venv" / "synapse" / "bin" / "python"))
SERVER = "courage.test"
Json = dict[str, Any]

_CONFIG = """\
server_name: {server}
report_stats: false
pid_file: {folder}/synapse.pid
listeners:
  - {{port: {port}, bind_addresses: ["127.0.0.1"], type: http, tls: false, resources: [{{names: [client]}}]}}
database: {{name: sqlite3, args: {{database: {folder}/synapse.db}}}}
log_config: {folder}/log.yaml
media_store_path: {folder}/media
signing_key_path: {folder}/signing.key
registration_shared_secret: {secret}
macaroon_secret_key: {secret}
form_secret: {secret}
trusted_key_servers: []
presence: {{enabled: false}}
enable_media_repo: false
federation_domain_whitelist: []
rc_message: {limit}
rc_registration: {limit}
rc_joins: {{local: {limit}, remote: {limit}}}
rc_joins_per_room: {limit}
rc_invites: {{per_room: {limit}, per_user: {limit}, per_issuer: {limit}}}
rc_login: {{address: {limit}, account: {limit}, failed_attempts: {limit}}}
rc_room_creation: {limit}
"""
_LOG = """\
version: 1
handlers: {file: {class: logging.FileHandler, filename: %s/synapse.log}}
root: {level: WARNING, handlers: [file]}
"""


def available() -> bool:
    """Return whether Synapse is installed for the tests."""
    return PYTHON.exists()


class Member:
    """Somebody with an account, talking to the server directly."""

    def __init__(self, server: Synapse, user_id: str, token: str, device_id: str = "") -> None:
        self.server = server
        self.user_id = user_id
        self.token = token
        self.device_id = device_id
        self._numbers = itertools.count(1)

    async def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """Call the client-server API; anything but 200 is an error."""
        return await self.server.call(method, path, body, self.token)

    async def create_room(self, name: str, *invite: str, direct: bool = False, **more: Any) -> str:
        """Make a private room and invite people; returns its id."""
        body = {"name": name, "invite": list(invite), "is_direct": direct, "preset": "private_chat", **more}
        return str((await self.call("POST", "createRoom", body))["room_id"])

    async def invite(self, room_id: str, user_id: str) -> None:
        """Invite somebody."""
        await self.call("POST", f"rooms/{quote(room_id)}/invite", {"user_id": user_id})

    async def join(self, room_id: str) -> None:
        """Join a room one was invited to."""
        await self.call("POST", f"rooms/{quote(room_id)}/join", {})

    async def send(self, room_id: str, content: Json | str) -> str:
        """Send a message (text, or a whole content); returns its event id."""
        body = {"msgtype": "m.text", "body": content} if isinstance(content, str) else content
        path = f"rooms/{quote(room_id)}/send/m.room.message/test{next(self._numbers)}-{secrets.token_hex(4)}"
        return str((await self.call("PUT", path, body))["event_id"])

    async def edit(self, room_id: str, event_id: str, text: str) -> str:
        """Edit a message; returns the id of the edit."""
        new = {"msgtype": "m.text", "body": text}
        relates = {"rel_type": "m.replace", "event_id": event_id}
        return await self.send(
            room_id, {**new, "body": f"* {text}", "m.new_content": new, "m.relates_to": relates}
        )

    async def redact(self, room_id: str, event_id: str) -> None:
        """Remove a message."""
        await self.call("PUT", f"rooms/{quote(room_id)}/redact/{quote(event_id)}/r{secrets.token_hex(4)}", {})

    async def messages(self, room_id: str) -> list[Json]:
        """Return the messages of a room, oldest first."""
        answer = await self.call("GET", f"rooms/{quote(room_id)}/messages?dir=b&limit=200")
        return [event for event in reversed(answer["chunk"]) if event["type"] == "m.room.message"]

    async def members(self, room_id: str) -> dict[str, str]:
        """Return who is in a room and how (join, invite, leave …)."""
        answer = await self.call("GET", f"rooms/{quote(room_id)}/members")
        return {event["state_key"]: event["content"]["membership"] for event in answer["chunk"]}


class Synapse:
    """A running homeserver."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._secret = secrets.token_hex(16)
        self._process: subprocess.Popen[bytes] | None = None
        self._session: aiohttp.ClientSession | None = None

    async def start(self, *, again: bool = False) -> None:
        """Start the server and wait until it answers."""
        if not again:
            limit = "{per_second: 100000, burst_count: 100000}"
            config = _CONFIG.format(
                server=SERVER, folder=self.folder, port=self.port, secret=self._secret, limit=limit
            )
            (self.folder / "homeserver.yaml").write_text(config)
            (self.folder / "log.yaml").write_text(_LOG % self.folder)
            self._session = aiohttp.ClientSession()
            await asyncio.to_thread(self._run, "--generate-keys")
        self._process = await asyncio.to_thread(self._spawn)
        async with asyncio.timeout(120):
            while not await self._answers():
                if self._process.poll() is not None:
                    raise RuntimeError(f"Synapse ended: {self._output()}")
                await asyncio.sleep(0.1)

    def _command(self, *more: str) -> list[str]:
        return [
            str(PYTHON),
            "-m",
            "synapse.app.homeserver",
            "-c",
            str(self.folder / "homeserver.yaml"),
            *more,
        ]

    def _run(self, *more: str) -> None:
        subprocess.run(self._command(*more), cwd=self.folder, check=True, capture_output=True, timeout=120)

    def _spawn(self) -> subprocess.Popen[bytes]:
        with (self.folder / "output.txt").open("ab") as output:
            return subprocess.Popen(self._command(), cwd=self.folder, stdout=output, stderr=output)

    def _output(self) -> str:
        return (self.folder / "output.txt").read_text(errors="replace")[-2000:]

    async def _answers(self) -> bool:
        assert self._session is not None
        try:
            async with self._session.get(f"{self.url}/health") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def stop(self) -> None:
        """Stop the server; the folder stays, so that it can be started again."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(self._process.wait, 60)
            self._process = None

    async def close(self) -> None:
        """Stop for good."""
        await self.stop()
        if self._session is not None:
            await self._session.close()

    async def call(self, method: str, path: str, body: Json | None = None, token: str | None = None) -> Json:
        """Call the API; ``path`` is below ``/_matrix/client/v3/`` unless it begins with a slash."""
        assert self._session is not None
        address = self.url + (path if path.startswith("/") else f"/_matrix/client/v3/{path}")
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self._session.request(method, address, json=body, headers=headers) as response:
            answer: Json = await response.json()
            if response.status != 200:
                raise RuntimeError(f"{method} {path}: {response.status} {answer}")
            return answer

    async def register(self, name: str, password: str = "only for tests") -> Member:
        """Make an account and log in."""
        path = "/_synapse/admin/v1/register"
        nonce = (await self.call("GET", path))["nonce"]
        parts = [nonce, name, password, "notadmin"]
        mac = hmac.new(self._secret.encode(), "\0".join(parts).encode(), hashlib.sha1).hexdigest()
        body = {"nonce": nonce, "username": name, "password": password, "admin": False, "mac": mac}
        answer = await self.call("POST", path, body)
        return Member(self, answer["user_id"], answer["access_token"], answer["device_id"])


@contextlib.asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Synapse]:
    """Run a server for the time of a ``with``."""
    server = Synapse(folder)
    try:
        await server.start()
        yield server
    finally:
        await server.close()
