"""A database of an earlier version keeps all its rows, and what it held as sentences is read as codes."""

from __future__ import annotations

import json
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select

from courage.cases.cards import card_of, verdict_of
from courage.db.engine import Base, make_engine, make_sessions
from courage.db.migrations import backup, downgrade, upgrade
from courage.db.models.cases import Case, OfferedSuggestion
from courage.db.models.library import Response, ResponseVersion
from courage.detection.verdict import Reason
from courage.errors import DatabaseError
from courage.i18n.catalogue import default_voice
from courage.library.suggest.sayings import Saying

pytestmark = pytest.mark.slow  # databases of old versions brought up to date

OLD = Path(__file__).with_name("database_0003.sql")
RENAMED = {"response_claims": "response_narratives"}
ADDED = {
    "api_keys",
    "link_codes",
    "webhooks",
    "proposals",
    "organisation_settings",
    "practice_spaces",
    "memberships",
    "response_facts",
    "response_fact_versions",
    "restores",
    "recovery_codes",
    "unsent_texts",
    "leases",
    "login_tries",
    "allowances",
    "drills",
    "drill_turns",
    "drill_chats",
    "drill_disputes",
    "own_scenarios",
    "own_scenario_versions",
    "readiness_events",
    "workshops",
    "workshop_participants",
    "workshop_turns",
    "workshop_answers",
    "workshop_votes",
    "data_requests",
    "care_choices",
    "notice_choices",
    "push_subscriptions",
    "passkeys",
    "door_events",
    "provider_accounts",
    "used_tickets",
}
#: Columns that are new in tables that were there.
NEW_COLUMNS = {
    "responses": {
        "kind", "general", "needs_key", "for_role", "longer", "subgroups_key", "dialect", "wording", "longer_wording",
        "facts_key", "stands_for", "in_use_version",
    },
    "response_sources": {"fact_id"},
    "outbox": {"held_at"},
    "cases": {"subgroups"},
    "people": {"second_factor", "second_factor_step", "ready_since", "erased_at"},
    "web_sessions": {"kind", "name", "parent_id", "last_seen_at"},
    "rooms": {"narratives", "desk_language", "card_seen_at", "notice_at"},
}  # fmt: skip


def rows(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, JSON read, in the order of their first column."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        return {
            name: [
                {key: read(row[key]) for key in row.keys()}  # noqa: SIM118  # a Row iterates over its values
                for row in connection.execute(f"SELECT * FROM {name} ORDER BY 1")
            ]
            for (name,) in names
        }


def read(value: Any) -> Any:
    """Return JSON values as what they say, everything else as it is."""
    if isinstance(value, str) and value.startswith(("[", "{")):
        return json.loads(value)
    return value


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return a database as version 0003 wrote it: every status, drafts, failed and posted replies, a library."""
    path = tmp_path / "courage.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(OLD.read_text(encoding="utf-8"))
        connection.execute("PRAGMA journal_mode=WAL")
    return path


def test_every_row_of_every_table_survives(old: Path) -> None:
    before = rows(old)
    assert {table for table, found in before.items() if not found} == set()
    upgrade(make_engine(f"sqlite:///{old}"))
    after = rows(old)
    assert set(after) == {RENAMED.get(table, table) for table in before} | ADDED
    changed: set[tuple[str, str]] = set()
    for table, found in before.items():
        now = after[RENAMED.get(table, table)]
        assert len(now) == len(found), table
        for was, is_now in zip(found, now, strict=True):
            assert set(is_now) == set(was) | NEW_COLUMNS.get(table, set()), table
            changed |= {(table, column) for column in was if was[column] != is_now[column]}
    assert changed == {
        ("alembic_version", "version_num"),
        ("cases", "reasons"),
        ("offered_suggestions", "reasons"),
        ("offered_suggestions", "parts"),
        ("response_versions", "content"),
    }


def test_what_was_written_before_words_were_folded_is_found_folded(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE responses SET text = text || ' Flüchtlinge إنسان'")
        connection.commit()
    upgrade(make_engine(f"sqlite:///{old}"))
    for row in rows(old)["responses"]:
        assert "fluchtlinge انسان" in row["search_key"]


def test_the_tables_are_those_that_a_new_database_gets(old: Path, tmp_path: Path) -> None:
    upgrade(make_engine(f"sqlite:///{old}"))
    fresh = tmp_path / "fresh.db"
    assert upgrade(make_engine(f"sqlite:///{fresh}")) is None  # nothing to copy
    assert set(rows(fresh)) == set(rows(old))
    assert set(Base.metadata.tables) | {"alembic_version"} == set(rows(old))


def test_what_cases_kept_as_sentences_reads_as_before(old: Path) -> None:
    before = {row["id"]: row["reasons"] for row in rows(old)["cases"]}
    upgrade(make_engine(f"sqlite:///{old}"))
    kinds: set[tuple[str, str]] = set()
    with make_sessions(make_engine(f"sqlite:///{old}"))() as session:
        for case in session.scalars(select(Case)):
            for was, reason in zip(before[case.id], verdict_of(case).reasons, strict=True):
                assert (reason.kind, reason.weight) == (was["kind"], was["weight"])
                assert (reason.start, reason.end) == (was["start"], was["end"])
                if was["text"] and was["kind"] not in ("category", "target"):
                    assert reason.text == was["text"]
                kinds.add((reason.kind, reason.code))
            assert card_of(session, case).reasons
    assert {kind for kind, _ in kinds} == {"category", "word", "target", "example", "frame", "feedback"}
    assert ("feedback", "missed_confirmed") in kinds
    assert ("category", "support_hate") in kinds
    assert not {
        found for found in kinds if found[1] == "as_written" and found[0] not in ("example", "frame", "word")
    }


def test_a_purged_message_leaves_no_word_behind(old: Path) -> None:
    upgrade(make_engine(f"sqlite:///{old}"))
    with make_sessions(make_engine(f"sqlite:///{old}"))() as session:
        (purged,) = session.scalars(select(Case).where(Case.id == 1))
        assert purged.text is None
        assert "vermin" not in json.dumps(purged.reasons)
        assert {reason.text for reason in verdict_of(purged).reasons} <= {
            "",
            "incitement to violence",
            "migrants",
        }


def test_what_the_library_said_is_codes_and_the_unknown_stays_readable(old: Path) -> None:
    upgrade(make_engine(f"sqlite:///{old}"))
    with make_sessions(make_engine(f"sqlite:///{old}"))() as session:
        offered = {offer.response_id: offer for offer in session.scalars(select(OfferedSuggestion))}
    said = [Saying(**reason) for n in range(1, 6) for reason in offered[f"en-migrants-{n}"].reasons]
    assert [saying.code for saying in said] == [
        "narrative_same", "narrative_similar", "same_subject", "general", "stands_up", "any_group", "as_asked",
        "source", "sources", "useful", "many_messages", "used_lately", "other_language", "nearest", "as_written",
    ]  # fmt: skip
    assert said[4].values == {"groups": ["lgbt", "people_of_colour"]}
    assert said[9].values == {"count": 4}
    assert said[12].in_words(default_voice("fr")).startswith("en allemand")
    assert {
        saying.in_words(default_voice(language)) for saying in said[-1:] for language in ("en", "ar")
    } == {"because a trainer of an older version said so"}
    assert offered["en-migrants-1"].parts == {"narrative": 0.5, "text": 0.25, "use": 0.1}


def test_the_library_keeps_its_versions_under_the_new_word(old: Path) -> None:
    upgrade(make_engine(f"sqlite:///{old}"))
    with make_sessions(make_engine(f"sqlite:///{old}"))() as session:
        response = session.scalars(select(Response).where(Response.id == "en-migrants-1")).one()
        assert (response.state, response.version) == ("approved", 2)
        assert [narrative.text for narrative in response.narratives][1] == "a changed claim"
        versions = session.scalars(select(ResponseVersion).order_by(ResponseVersion.number)).all()
    assert all("narratives" in version.content and "claims" not in version.content for version in versions)


def test_going_back_gives_the_sentences_of_that_version(old: Path) -> None:
    engine = make_engine(f"sqlite:///{old}")
    upgrade(engine)
    newest = rows(old)
    copy = downgrade(engine, "0004")
    assert copy is not None
    back = rows(old)
    assert back["alembic_version"] == [{"version_num": "0004"}]
    for table in ("cases", "offered_suggestions"):
        assert not [
            row
            for row in back[table]
            for reason in row["reasons"]
            if isinstance(reason, dict) and "code" in reason
        ]
    assert "a general answer: none in the library answers this very narrative" in str(
        back["offered_suggestions"]
    )
    assert "stands up for LGBT+ people and people of colour" in str(back["offered_suggestions"])
    assert "like known examples of slurs" in str(back["cases"])
    upgrade(engine)
    again = rows(old)
    assert again["offered_suggestions"] == newest["offered_suggestions"]
    assert again["cases"] == newest["cases"]


@pytest.mark.parametrize(
    "sentence",
    ["", "answers", "stands up for Martians", "was useful to some people", "in : nothing", "stands up for "],
)
def test_a_sentence_that_is_none_of_ours_is_kept_word_by_word(old: Path, sentence: str) -> None:
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute(
            "UPDATE offered_suggestions SET reasons = ? WHERE id = 1", [json.dumps([sentence])]
        )
    upgrade(make_engine(f"sqlite:///{old}"))
    assert rows(old)["offered_suggestions"][0]["reasons"] == [
        {"code": "as_written", "values": {"text": sentence}}
    ]


def test_a_verified_copy_is_made_first(old: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = rows(old)
    copy = upgrade(make_engine(f"sqlite:///{old}"))
    assert copy is not None
    assert copy.parent == old.parent
    assert "revision-0003" in copy.name
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert rows(copy) == before
    assert str(copy) in caplog.text
    assert not list(old.parent.glob(f"{copy.name}-*"))  # nothing that would have to be moved with it
    assert upgrade(make_engine(f"sqlite:///{old}")) is None  # nothing changes, nothing is copied


def test_without_a_sound_copy_nothing_is_changed(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(old)
    counted = backup._rows

    def forgetful(connection: sqlite3.Connection) -> dict[str, int]:
        found = counted(connection)
        is_copy = "revision-0003" in connection.execute("PRAGMA database_list").fetchone()[2]
        return {**found, "people": found["people"] - 1} if is_copy else found

    monkeypatch.setattr(backup, "_rows", forgetful)
    with pytest.raises(DatabaseError, match=r"differs in people; nothing was changed"):
        upgrade(make_engine(f"sqlite:///{old}"))
    assert rows(old) == before
    assert not list(old.parent.glob("*revision*"))


def test_a_copy_that_cannot_be_written_is_said_and_nothing_is_changed(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(old)

    def full(path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(backup, "_private", full)
    with pytest.raises(DatabaseError, match=r"No space left on device.*nothing was changed"):
        upgrade(make_engine(f"sqlite:///{old}"))
    assert rows(old) == before


def test_a_database_in_memory_has_nothing_to_copy() -> None:
    engine = make_engine("sqlite://")
    assert backup.copy_database(engine, "0003") is None


class TestPostgresql:
    """What is done about PostgreSQL, with programs that stand in for its own."""

    def engine(self) -> Any:
        return create_engine("postgresql+psycopg://courage:secret@db.example:5433/courage")

    def program(self, folder: Path, name: str, body: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o700)

    def test_without_pg_dump_nothing_is_changed_unless_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))
        with pytest.raises(DatabaseError, match=r"pg_dump is not installed.*COURAGE_MIGRATE_WITHOUT_COPY=1"):
            backup.copy_database(self.engine(), "0004", folder=tmp_path)
        assert backup.copy_database(self.engine(), "0004", folder=tmp_path, without=True) is None

    def test_pg_dump_is_told_where_and_the_password_is_not_on_its_command_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        self.program(
            programs, "pg_dump", f'echo "$@ $PGHOST $PGPORT $PGDATABASE $PGPASSWORD" > {tmp_path}/asked'
        )
        self.program(programs, "pg_restore", 'echo "1; 0 0 TABLE DATA public cases courage"')
        monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
        copy = backup.copy_database(self.engine(), "0004", folder=tmp_path)
        assert copy is not None
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        asked = (tmp_path / "asked").read_text()
        assert "db.example 5433 courage secret" in asked
        assert "secret" not in asked.split("db.example")[0]

    def test_a_dump_that_fails_or_is_empty_is_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        programs = tmp_path / "bin"
        programs.mkdir()
        monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
        self.program(programs, "pg_dump", 'echo "server version mismatch" >&2; exit 1')
        with pytest.raises(DatabaseError, match="server version mismatch"):
            backup.copy_database(self.engine(), "0004", folder=tmp_path)
        self.program(programs, "pg_dump", "exit 0")
        self.program(programs, "pg_restore", "echo nothing")
        with pytest.raises(DatabaseError, match="holds no tables"):
            backup.copy_database(self.engine(), "0004", folder=tmp_path)
        assert not list(tmp_path.glob("*revision*"))


def test_reasons_are_stored_without_words() -> None:
    reason = Reason("example", "implicit", 0.5)
    assert "text" not in reason.stored()
    assert reason.to_json()["text"] == "like known examples of implied hate"


def test_a_kind_of_example_that_was_written_as_its_code_is_known_too(old: Path) -> None:
    written = [{"kind": "example", "text": f"like known examples of {name}", "weight": 0.5, "start": None, "end": None}
               for name in ("derogation", "hate with emoji", "something else")]  # fmt: skip
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("UPDATE cases SET reasons = ? WHERE id = 2", [json.dumps(written)])
    upgrade(make_engine(f"sqlite:///{old}"))
    found = [Reason(**reason) for reason in rows(old)["cases"][1]["reasons"]]
    assert [reason.code for reason in found] == ["derogation", "emoji_hate", "as_written"]
    assert [reason.text for reason in found] == [reason["text"] for reason in written]


def test_old_practice_leaves_the_queue_and_stops_to_count(old: Path) -> None:
    """What was practised among the real cases moves into an organisation of nobody; a trainer's word stays."""
    upgrade(make_engine(f"sqlite:///{old}"))
    downgrade(make_engine(f"sqlite:///{old}"), "0006")
    with closing(sqlite3.connect(old)) as connection, connection:
        confirmed, waiting = (
            connection.execute("SELECT case_id FROM decisions ORDER BY id").fetchall()[n][0] for n in (0, 1)
        )
        connection.execute("UPDATE cases SET channel = 'practice' WHERE id IN (?, ?)", [confirmed, waiting])
        connection.execute("UPDATE decisions SET state = 'waiting'")
        connection.execute("UPDATE decisions SET state = 'confirmed' WHERE case_id = ?", [confirmed])
    before = rows(old)
    upgrade(make_engine(f"sqlite:///{old}"))
    after = rows(old)
    owner = {row["id"]: row["organisation_id"] for row in after["cases"]}
    kinds = {row["organisation_id"]: row["kind"] for row in after["organisation_settings"]}
    assert kinds[owner[waiting]] == "practice"
    assert owner[confirmed] == 1
    assert {number for case, number in owner.items() if case != waiting} == {1}
    for table in ("decisions", "case_events", "drafts", "replies", "case_messages"):
        assert len(after[table]) == len(before[table])
        for row in after[table]:
            assert row["organisation_id"] == owner[row["case_id"]], table
    assert after["organisation_settings"][0]["slug"] == "default"
    downgrade(make_engine(f"sqlite:///{old}"), "0006")
    assert {row["organisation_id"] for row in rows(old)["cases"]} == {1}
