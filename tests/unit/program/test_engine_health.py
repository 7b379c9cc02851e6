"""What ``/health`` says of deliveries, asked of the engine itself."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from courage.clock import utcnow
from courage.db.engine import writing
from courage.db.models.delivery import Outbox
from courage.engine import Engine
from courage.library.suggest.pair_reader import load_reader
from courage.settings import Settings, load_settings
from courage.wiring import open_database


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


async def test_what_was_left_for_a_channel_that_nobody_serves_degrades_health(settings: Settings) -> None:
    _, sessions = open_database(settings)
    components: Any = SimpleNamespace(
        sessions=sessions,
        screener=None,
        organisation_id=1,
        recommender=None,
        ranking=SimpleNamespace(origin="as shipped", trouble=""),
        reading=(None, ""),
        index=(),
    )
    engine = Engine(settings, components)
    assert (await engine.health())["status"] == "ok"
    wait_for(sessions, "practice")
    assert (await engine.health())["status"] == "ok"
    wait_for(sessions, "slack")
    health = await engine.health()
    assert health["status"] == "degraded"
    assert health["parts"]["outbox"]["unserved"] == {"slack": 1}
    assert "slack (1)" in health["parts"]["outbox"]["note"]
    if engine.rasa is not None:
        await engine.rasa.close()


async def test_a_database_that_cannot_be_read_and_a_full_disk_are_down(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, sessions = open_database(settings)
    components: Any = SimpleNamespace(
        sessions=sessions,
        screener=None,
        organisation_id=1,
        recommender=None,
        ranking=SimpleNamespace(origin="as shipped", trouble=""),
        reading=(None, ""),
        index=(),
    )
    engine = Engine(settings, components)
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


async def test_a_cross_encoder_that_cannot_run_is_named_and_suggestions_go_on(settings: Settings) -> None:
    _, sessions = open_database(settings)
    reader, trouble = load_reader(settings.home / "nothing", settings.cache)
    components: Any = SimpleNamespace(
        sessions=sessions,
        screener=None,
        organisation_id=1,
        recommender=None,
        ranking=SimpleNamespace(origin="as shipped", trouble=""),
        reading=(reader, trouble),
        index=(),
    )
    health = await Engine(settings, components).health()
    assert health["status"] == "degraded"
    assert health["parts"]["index"]["status"] == "degraded"
    assert "without the cross-encoder" in health["parts"]["index"]["note"]
