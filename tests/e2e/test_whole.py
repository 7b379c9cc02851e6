"""The whole of Courage as users start it: supervisor, engine and Rasa, spoken to over HTTP like any client."""

from __future__ import annotations

import asyncio
import csv
import json
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio

from courage.people.people import People
from courage.shipped import CHECKOUT as ROOT
from courage.wiring import open_people
from tests.benchmarks.servers import Running, courage

pytestmark = pytest.mark.e2e

HATE = "Muslims are vermin and should never have been let into this country."
BENIGN = "Shall we meet at seven for the football match?"


class Client:
    """Speaks to a running Courage the way Rasa and the gateways do."""

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running = running
        self.session = session

    async def send(
        self, text: str, message_id: str, room: str = "group-1", author: str = "member-1"
    ) -> dict[str, Any]:
        body = {
            "organisation_id": 1,
            "channel": "practice",
            "room_id": room,
            "message_id": message_id,
            "author": author,
            "text": text,
            "sent_at": datetime.now(UTC).isoformat(),
        }
        url = f"{self.running.settings.internal_address}/internal/messages"
        async with self.session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            received: dict[str, Any] = await answer.json()
            return received

    async def talk(self, person_id: int | None, text: str, room_kind: str = "desk") -> list[dict[str, Any]]:
        metadata = {
            "organisation_id": 1,
            "channel": "practice",
            "room_id": "practice-desk",
            "room_kind": room_kind,
            "person_id": person_id,
            "display_name": "somebody",
            "language": "en",
        }
        body = {"sender": f"practice-{person_id}", "message": text, "metadata": metadata}
        url = f"{self.running.settings.rasa_address}/webhooks/courage/webhook"
        async with self.session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            said: list[dict[str, Any]] = await answer.json()
            return said

    async def converse(
        self, person_id: int | None, text: str, room_kind: str = "desk"
    ) -> list[dict[str, Any]]:
        """Say something to the engine, as its gateways do: exact commands never reach Rasa."""
        metadata = {
            "organisation_id": 1,
            "channel": "practice",
            "room_id": "practice-desk",
            "room_kind": room_kind,
            "person_id": person_id,
            "language": "en",
        }
        body = {"sender": f"practice-{person_id}", "message": text, "metadata": metadata}
        url = f"{self.running.settings.internal_address}/internal/conversation"
        async with self.session.post(url, json=body) as answer:
            assert answer.status == 200, await answer.text()
            said: list[dict[str, Any]] = await answer.json()
            return said

    async def health(self) -> dict[str, Any]:
        async with self.session.get(f"{self.running.settings.engine_address}/health") as answer:
            found: dict[str, Any] = await answer.json()
            return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Client]:
    home = tmp_path_factory.mktemp("courage") / "home"
    async with courage(home) as running:
        headers = {"Authorization": f"Bearer {running.settings.internal_secret.get_secret_value()}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            yield Client(running, session)


@pytest.fixture(scope="module")
def people(client: Client) -> People:
    return open_people(client.running.settings)


def said(answers: list[dict[str, Any]]) -> str:
    return "\n".join(answer["text"] for answer in answers)


@pytest.mark.asyncio(loop_scope="module")
async def test_from_a_hateful_message_to_a_reply(client: Client, people: People) -> None:
    ada, ben = people.add("Ada", "volunteer"), people.add("Ben", "volunteer")
    received = await client.send(HATE, "m-1")
    assert received["created"]
    assert received["verdict"]["hateful"]
    case = received["case_id"]
    assert (await client.send(HATE, "m-1"))["created"] is False, (
        "the same message must not open a second case"
    )

    assert str(case) in said(await client.talk(ada.id, "queue"))
    assert "yours" in said(await client.talk(ada.id, f"claim {case}"))
    refused = said(await client.talk(ben.id, f"claim {case}"))
    assert "Ada" in refused
    assert "Thank you" in refused

    shown = said(await client.talk(ada.id, "show"))
    assert HATE in shown
    offered = await client.talk(ada.id, "suggest")
    buttons = [button["payload"] for answer in offered for button in answer.get("buttons", [])]
    assert {"use 1", "use 2", "use 3"} <= set(buttons)

    assert "exactly what would be posted" in said(await client.talk(ada.id, "use 2"))
    drafted = await client.talk(ada.id, "edit: We are neighbours here, and everybody belongs.")
    post = next(b["payload"] for a in drafted for b in a["buttons"] if b["payload"].startswith("post"))
    assert "on its way" in said(await client.talk(ada.id, post))

    database = client.running.settings.home / "courage.db"
    async with asyncio.timeout(20):
        while True:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                status = connection.execute("select status from cases where id = ?", (case,)).fetchone()[0]
                reply = connection.execute(
                    "select text, state from replies where case_id = ?", (case,)
                ).fetchone()
            if status == "replied":
                break
            await asyncio.sleep(0.05)
    assert reply == ("We are neighbours here, and everybody belongs.", "posted")


@pytest.mark.asyncio(loop_scope="module")
async def test_commands_from_members_do_nothing(client: Client) -> None:
    received = await client.send(HATE.replace("vermin", "filthy vermin"), "m-2")
    case = received["case_id"]
    for number, text in enumerate(
        [f"/claim {case}", f"  /post {case}", f"\u200b/claim {case}", f"\uff0fclaim {case}"]
    ):
        answer = await client.send(text, f"m-cmd-{number}")
        assert answer["case_id"] is None
        assert await client.talk(None, text, room_kind="group") == []
        in_private = said(await client.talk(None, text, room_kind="direct"))
        assert "volunteers" in in_private or "did not understand" in in_private
    database = client.running.settings.home / "courage.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        assert connection.execute("select status from cases where id = ?", (case,)).fetchone()[0] == "open"


@pytest.mark.asyncio(loop_scope="module")
async def test_commands_and_sentences_are_one_conversation(client: Client, people: People) -> None:
    cem = people.add("Cem", "volunteer")
    case = (await client.send(HATE.replace("vermin", "rats and vermin"), "m-talk"))["case_id"]
    assert "yours" in said(await client.converse(cem.id, f"claim {case}"))
    assert "exactly what would be posted" in said(await client.converse(cem.id, "use 1"))
    # A sentence, understood by Rasa, speaks of the same draft; and a yes posts nothing.
    assert "exactly what would be posted" in said(await client.converse(cem.id, "yes please"))
    assert "back in the queue" in said(await client.converse(cem.id, "release"))
    assert "a program, not a person" in said(
        await client.converse(None, "are you a bot?", room_kind="direct")
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_it_says_that_it_is_a_bot(client: Client) -> None:
    assert "a program, not a person" in said(await client.talk(None, "are you a bot?", room_kind="direct"))


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("", 200),
        ("😀🎉👍", 200),
        ("x" * 100_000, 200),
        ("\u202e\u200fabc", 200),
        ("a\x00b", 200),
        ("\ud800 alone", 200),
    ],
)
async def test_odd_texts_get_a_verdict(client: Client, text: str, status: int) -> None:
    url = f"{client.running.settings.internal_address}/internal/screen"
    async with client.session.post(url, data=json.dumps({"text": text}).encode()) as answer:
        assert answer.status == status, await answer.text()
        verdict = await answer.json()
    assert verdict["route"] in ("none", "counter", "escalate")


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("body", "said_of_it"),
    [
        (b"{", "not valid JSON"),
        (b"[]", "object"),
        (b'{"text": 5}', "field 'text' must be text"),
        (b'{"txt": "a"}', "'txt'"),
        (b'{"text": "a", "sensitivity": "nervous"}', "quiet, balanced, watchful"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
async def test_bad_requests_get_one_clear_line(client: Client, body: bytes, said_of_it: str) -> None:
    url = f"{client.running.settings.internal_address}/internal/screen"
    async with client.session.post(url, data=body) as answer:
        assert answer.status == 400
        assert said_of_it in (await answer.json())["error"]


@pytest.mark.asyncio(loop_scope="module")
async def test_without_the_secret_nothing_is_said(client: Client) -> None:
    async with aiohttp.ClientSession() as stranger:
        for path in ("/internal/screen", "/internal/messages", "/internal/webhook", "/internal/suggest"):
            url = f"{client.running.settings.internal_address}{path}"
            async with stranger.post(url, json={"text": "x"}) as answer:
                assert answer.status == 401
        url = f"{client.running.settings.rasa_address}/webhooks/courage/webhook"
        async with stranger.post(url, json={"sender": "x", "message": "hello"}) as answer:
            assert answer.status == 401


@pytest.mark.asyncio(loop_scope="module")
async def test_benign_messages_leave_only_counts(client: Client) -> None:
    for number in range(50):
        assert (await client.send(f"{BENIGN} {number}", f"benign-{number}", room="group-quiet"))[
            "case_id"
        ] is None
    await counted(client, "group-quiet", 50)
    assert BENIGN.encode() not in everything_kept(client)


@pytest.mark.data
@pytest.mark.asyncio(loop_scope="module")
async def test_a_thousand_real_chat_messages_leave_only_counts(client: Client) -> None:
    path = Path(os.environ.get("COURAGE_DATA") or ROOT.parent / "shared" / "data") / "ubuntu_irc_dev.csv"
    if not path.exists():
        pytest.skip("the public data sets are not here (COURAGE_DATA)")
    with path.open(encoding="utf-8", newline="") as file:
        texts = [row["text"] for row in islice(csv.DictReader(file), 1000)]
    answers = [
        await client.send(text, f"irc-{number}", room="group-irc") for number, text in enumerate(texts)
    ]
    flagged = {text for text, answer in zip(texts, answers, strict=True) if answer["case_id"] is not None}
    assert len(flagged) <= 10, "real chat must not flood the volunteers"
    await counted(client, "group-irc", 1000 - len(flagged) - sum(not text.strip() for text in texts))
    kept = everything_kept(client)
    # Shorter texts ("ok", "thanks") may stand in any file by chance.
    left = [text for text in set(texts) - flagged if len(text) >= 25 and text.encode() in kept]
    assert left == []


def everything_kept(client: Client) -> bytes:
    """Return all bytes of the database (with its log of writes), the index and the logs."""
    home = client.running.settings.home
    names = [
        p
        for p in home.rglob("*")
        if p.is_file() and not {"cache", "rasa"} & set(p.relative_to(home).parts[:1])
    ]
    return b"\n".join(path.read_bytes() for path in names)


async def counted(client: Client, room: str, at_least: int) -> None:
    """Wait until the counts of a room are written; that happens now and then."""
    database = client.running.settings.home / "courage.db"
    async with asyncio.timeout(30):
        while True:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
                query = "select sum(count) from counters where room_id = ? and name in ('benign', 'unread')"
                if (connection.execute(query, (room,)).fetchone()[0] or 0) >= at_least:
                    return
            await asyncio.sleep(0.1)


@pytest.mark.asyncio(loop_scope="module")
async def test_the_engine_works_on_when_rasa_dies_and_says_so(client: Client) -> None:
    rasa = psutil.Process(client.running.pids()["rasa"])
    rasa.suspend()
    try:
        health = await client.health()
        assert health["status"] == "degraded"
        assert health["parts"]["rasa"]["status"] == "down"
        assert (await client.send("Jews are behind every war and must be driven out.", "m-3"))["created"]
        assert "volunteers" in said(await client.converse(None, "queue", room_kind="direct"))
    finally:
        rasa.resume()


async def test_commands_work_where_there_is_no_rasa(tmp_path: Path) -> None:
    async with courage(tmp_path / "home", rasa=False) as running:
        headers = {"Authorization": f"Bearer {running.settings.internal_secret.get_secret_value()}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            client = Client(running, session)
            dee = open_people(running.settings).add("Dee", "volunteer")
            case = (await client.send(HATE, "m-1"))["case_id"]
            assert f"Case {case}" in said(await client.converse(dee.id, "queue"))
            told = said(await client.converse(dee.id, "could you show me what is waiting"))
            assert "short command" in told
            assert "claim 12" in told
            assert (await client.health())["parts"]["rasa"]["status"] == "off"


async def test_sigterm_stops_everything(tmp_path: Path) -> None:
    async with courage(tmp_path / "home", rasa=False) as running:
        processes = [
            psutil.Process(running.supervisor),
            *psutil.Process(running.supervisor).children(recursive=True),
        ]
        assert len(processes) >= 2
        os.kill(running.supervisor, signal.SIGTERM)
        _, alive = await asyncio.to_thread(psutil.wait_procs, processes, 30)
        assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE], "a process was left behind"


async def test_the_command_line_keeps_its_contract(tmp_path: Path) -> None:
    lines = "\n".join(json.dumps({"text": text}) for text in [HATE, BENIGN, "", "\ud800"]) + "\n"
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "courage", "screen", "--jsonl", cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, errors = await child.communicate(lines.encode())
    assert child.returncode == 0, errors.decode()
    verdicts = [json.loads(line) for line in out.decode().splitlines()]
    assert [verdict["text"] for verdict in verdicts] == [HATE, BENIGN, "", "\ud800"]
    assert [verdict["hateful"] for verdict in verdicts[:2]] == [True, False]
    wanted = {
        "text",
        "hateful",
        "score",
        "category",
        "severity",
        "targets",
        "subgroups",
        "language",
        "route",
        "reasons",
        "version",
    }
    assert all(set(verdict) == wanted for verdict in verdicts)
    for bad, status in (("nonsense\n", 1), ('{"txt": "a"}\n', 1)):
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "courage", "screen", "--jsonl", cwd=ROOT,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _, errors = await child.communicate(bad.encode())
        assert child.returncode == status
        assert len(errors.decode().strip().splitlines()) == 1
        assert "line 1" in errors.decode()
