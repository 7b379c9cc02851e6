"""What ``/health`` says of deliveries, asked of the engine itself."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.detection.verdict import Verdict
from courage.engine import Engine
from courage.insights.soundness import Soundness
from courage.library.suggest.pair_reader import load_reader
from courage.settings import Settings, load_settings
from courage.web.health import for_strangers
from courage.wiring import open_database

pytestmark = pytest.mark.slow  # an engine for each state

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in {
        "COURAGE_HOME": str(tmp_path / "home"),
        "COURAGE_CONFIG": "",
        "COURAGE_RASA": "0",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURAGE_DATABASE", raising=False)
    monkeypatch.chdir(tmp_path)
    return load_settings()


def _engine(settings: Settings, reading: Any = (None, "")) -> tuple[Engine, Any]:
    made, sessions = open_database(settings)
    components: Any = SimpleNamespace(
        engine=made,
        sessions=sessions,
        screener=None,
        academy=lambda spaces: SimpleNamespace(catalogue=None, shelf=None),
        recommender=None,
        repeated=SimpleNamespace(find=lambda text, language, organisation: None),
        ranking=SimpleNamespace(origin="as shipped", trouble=""),
        reading=reading,
        index=(),
    )
    return Engine(settings, components), made


def wait_for(sessions: sessionmaker[Session], channel: str) -> None:
    """Leave a delivery of another life in the outbox."""
    with writing(sessions) as session:
        now = utcnow()
        session.add(
            Outbox(
                organisation_id=1,
                key=f"say:{channel}",
                lane=channel,
                channel=channel,
                kind="say",
                payload={"text": "Hi."},
                next_at=now,
                created_at=now,
            )
        )


async def test_limits_degrade_health_and_only_their_own_organisation_hears_which(settings: Settings) -> None:
    engine, _ = _engine(settings)
    assert (await engine.health())["parts"]["limits"] == {"status": "off"}
    berlin = engine.organisations.create("Berlin", "berlin", most_messages=5)
    assert (await engine.health())["parts"]["limits"] == {"status": "ok"}
    engine.rooms.ensure("matrix", "!b:x", organisation_id=berlin.id)
    await engine.intake.left_unread("matrix", "!b:x")
    engine.intake.counters.flush()
    found = await engine.health()
    limits = found["parts"]["limits"]
    assert (found["status"], limits["note"]) == ("degraded", "1 organisations are at their limits")
    assert "left unread" in engine._limits_health(berlin.id)["note"]
    assert engine._limits_health(1) == {"status": "ok"}


async def test_what_was_left_for_a_channel_that_nobody_serves_degrades_health(settings: Settings) -> None:
    engine, _ = _engine(settings)
    assert (await engine.health())["status"] == "ok"
    wait_for(engine.components.sessions, "practice")
    assert (await engine.health())["status"] == "ok"
    wait_for(engine.components.sessions, "backroom")
    health = await engine.health()
    assert health["status"] == "degraded"
    assert health["parts"]["outbox"]["unserved"] == {"backroom": 1}
    assert "backroom (1)" in health["parts"]["outbox"]["note"]
    if engine.rasa is not None:
        await engine.rasa.close()


async def test_a_database_that_cannot_be_read_and_a_full_disk_are_down(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, made = _engine(settings)
    monkeypatch.setattr("courage.insights.metrics.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    health = await engine.health()
    assert (health["status"], health["parts"]["disk"]["status"]) == ("down", "down")
    monkeypatch.undo()
    with made.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE outbox RENAME TO gone")
    health = await engine.health()
    assert (health["status"], health["parts"]["database"]["status"]) == ("down", "down")
    if engine.rasa is not None:
        await engine.rasa.close()


async def test_a_damaged_database_is_down_although_what_is_remembered_of_it_can_be_read(
    settings: Settings, aiohttp_client: Any
) -> None:
    engine, made = _engine(settings)
    client = await aiohttp_client(engine.internal_application())
    assert (await client.get("/ready")).status == 200
    with made.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    path = settings.home / "courage.db"
    data = bytearray(path.read_bytes())
    half = len(data) // 2 // 4096 * 4096
    data[half : half + 8192] = b"\xa7" * 8192
    path.write_bytes(data)
    engine.soundness = Soundness(made)  # a minute later
    answer = await client.get("/ready")
    assert answer.status == 503
    assert (await answer.json())["parts"]["database"] == {"status": "down"}
    assert (await client.get("/live")).status == 200
    assert "damaged" in (await engine.health())["parts"]["database"]["note"]
    path.unlink()
    engine.soundness = Soundness(made)
    assert (await client.get("/ready")).status == 503


async def test_a_full_disk_is_not_ready(
    settings: Settings, aiohttp_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = _engine(settings)
    client = await aiohttp_client(engine.internal_application())
    monkeypatch.setattr("courage.insights.metrics.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    assert (await client.get("/ready")).status == 503


async def test_metrics_are_read_by_a_client_of_prometheus_and_name_nobody(
    settings: Settings, aiohttp_client: Any
) -> None:
    engine, _ = _engine(settings)
    engine.people.add("Leila Unmistakable", "volunteer", password="a long enough password")
    engine.people.add("Second", "volunteer")
    engine.people.deactivate(engine.people.add("Gone", "moderator").id)
    engine.rooms.ensure("practice", "!secret-room", name="Secret room")
    wait_for(engine.components.sessions, "backroom")

    async def hateful(text: str, sensitivity: str) -> Verdict:
        if not text:
            raise ValueError
        return Verdict(text, text == "hate", 0.9, "none", 0, (), "en", "none")

    screen = engine.numbers.observed(hateful)
    for text in ("hate", "tea", "tea"):
        await screen(text, "balanced")
    with pytest.raises(ValueError):
        await screen("", "balanced")
    client = await aiohttp_client(engine.internal_application())
    answer = await client.get("/metrics")
    assert answer.status == 200
    text = await answer.text()
    found = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    assert found["courage_people", (("role", "volunteer"),)] == 2
    assert ("courage_people", (("role", "moderator"),)) not in found
    assert found["courage_screened_messages_total", (("outcome", "benign"),)] == 2
    assert found["courage_screened_messages_total", (("outcome", "failed"),)] == 1
    assert found["courage_screening_seconds_count", ()] == 3
    assert found["courage_outbox_waiting", ()] == 1
    assert found["courage_part_state", (("part", "database"), ("state", "ok"))] == 1
    assert found["courage_part_state", (("part", "outbox"), ("state", "degraded"))] == 1
    assert found["courage_disk_free_bytes", ()] > 0
    for secret in ("Leila", "secret-room", "Secret room", "Our organisation", "backroom"):
        assert secret not in text
    labels = {name for _, pairs in found for name, _ in pairs}
    assert labels <= {"role", "status", "part", "state", "outcome", "le", "version"}


async def test_the_rules_and_the_dashboard_ask_only_for_what_is_there(settings: Settings) -> None:
    engine, _ = _engine(settings)
    names = set(
        re.findall(r"^# TYPE (\w+)", engine.numbers.text(await engine.health()).decode(), re.MULTILINE)
    )
    rules = yaml.safe_load((DEPLOY / "prometheus-rules.yml").read_text())
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
    asked = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    asked += [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    assert len(asked) > 15
    for expression in asked:
        for name in re.findall(r"courage_\w+", expression):
            assert {name, name.removesuffix("_bucket"), name.removesuffix("_count")} & names, name


async def test_a_cross_encoder_that_cannot_run_is_named_and_suggestions_go_on(settings: Settings) -> None:
    engine, _ = _engine(settings, load_reader(settings.home / "nothing", settings.cache))
    health = await engine.health()
    assert health["status"] == "degraded"
    assert health["parts"]["index"]["status"] == "degraded"
    assert "without the cross-encoder" in health["parts"]["index"]["note"]


@pytest.mark.parametrize(("where", "said"), [("", "port 8081"), ("engine.sock", "Unix socket")])
async def test_health_says_where_programs_of_this_machine_speak_with_the_engine(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, said: str
) -> None:
    monkeypatch.setenv("COURAGE_INTERNAL_SOCKET", where)
    monkeypatch.setenv("COURAGE_PORT", "8080")
    settings = load_settings()
    assert settings.internal_socket == (tmp_path / where if where else None)
    engine, made = _engine(settings)
    found = await engine.health()
    made.dispose()
    assert found["parts"]["engine"]["internal"] == said
    assert "internal" not in for_strangers(found)["parts"]["engine"]
