"""``courage backup`` and its kin as somebody types them, and ``courage run`` on what is no database."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from courage.backup.update import SEALED_SINCE
from courage.home import hold_home

pytestmark = pytest.mark.slow  # each command is a process of its own


class Shell:
    """Runs the command line in an environment of its own."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(Path.cwd()), "COURAGE_HOME": str(self.home),
            "COURAGE_CONFIG": str(folder / "courage.toml"), "COURAGE_RASA": "0", "COURAGE_PORT": "18473",
        }  # fmt: skip
        self.folder = folder

    def __call__(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "courage", *words], cwd=self.folder, env=self.environment,
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip

    def second_factor(self, *value: str) -> str:
        """Return Ann's second factor as the database keeps it, after writing it there."""
        with closing(sqlite3.connect(self.home / "courage.db")) as connection:
            for secret in value:
                connection.execute("UPDATE people SET second_factor = ? WHERE name = 'Ann'", (secret,))
            connection.commit()
            (found,) = connection.execute("SELECT second_factor FROM people WHERE name = 'Ann'").fetchone()
            assert isinstance(found, str)
            return found


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_a_backup_is_made_verified_and_restored_from_the_command_line(shell: Shell) -> None:
    (shell.folder / "courage.toml").write_text('organisation = "Ours"\n')
    shell("users", "add", "Ann", "--role", "volunteer")
    shell.second_factor("JBSWY3DPEHPK3PXP")  # as a version before encryption kept it
    shell("users", "list")
    assert "JBSWY3DPEHPK3PXP" not in shell.second_factor()
    made = shell("backup", "b.courage", "--keep-days", "30")
    assert made.returncode == 0, made.stderr
    assert "to be deleted on" in made.stdout
    assert stat.S_IMODE((shell.folder / "b.courage").stat().st_mode) == 0o600
    again = shell("backup", "b.courage")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert "is sound" in shell("verify", "b.courage").stdout
    shell("users", "add", "Bob", "--role", "volunteer")
    with hold_home(shell.home, "a test"):
        refused = shell("restore", "b.courage")
    assert (refused.returncode, "stop it first" in refused.stderr) == (1, True)
    restored = shell("restore", "b.courage")
    assert restored.returncode == 0, restored.stderr
    assert "second factor" not in restored.stdout  # its key came with the backup
    shell.environment["COURAGE_PSEUDONYM_KEY"] = "of another machine"
    elsewhere = shell("restore", "b.courage")
    assert "1 people cannot use their second factor" in elsewhere.stdout
    assert "put the `secrets.json`" in elsewhere.stdout
    assert "reset-second-factor" in elsewhere.stdout
    reset = shell("users", "reset-second-factor", "Ann")
    assert "Ann logs in with the password alone now" in reset.stdout
    listed = shell("users", "list").stdout
    assert "Ann" in listed
    assert "Bob" not in listed
    assert shell("backup", "c", "--age", "x", "--gpg", "y").returncode == 2


def test_update_and_back_leave_a_backup_and_say_where(shell: Shell) -> None:
    shell("users", "add", "Ann", "--role", "volunteer")
    shell.second_factor("JBSWY3DPEHPK3PXP")
    shell("users", "list")
    done = shell("update")
    assert done.returncode == 0, done.stderr
    assert "every row can be read" in done.stdout
    backs = 0
    while f"went back from {SEALED_SINCE}" not in (back := shell("update", "--back")).stdout:
        assert back.returncode == 0, back.stderr
        assert "went back from" in back.stdout
        backs += 1
    assert shell.second_factor() == "JBSWY3DPEHPK3PXP"  # which is what the version before reads
    forth = shell("update")
    assert "every row is there" in forth.stdout, forth.stderr
    files = sorted((shell.home / "backups").iterdir())
    assert len(files) == 1 + backs + 1 + 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert "Ann" in shell("users", "list").stdout
    assert "JBSWY3DPEHPK3PXP" not in shell.second_factor()


@pytest.mark.parametrize(
    "content", [b"this is no database at all, but a text\n" * 400, b"SQLite format 3\x00" + b"\xff" * 9000]
)
def test_run_says_in_one_line_what_is_wrong_with_a_file_that_is_no_database(
    shell: Shell, content: bytes
) -> None:
    shell.home.mkdir()
    (shell.home / "courage.db").write_bytes(content)
    done = shell("run")
    assert done.returncode == 1
    assert "the database cannot be opened" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (shell.home / "courage.db").read_bytes() == content


def test_move_names_what_is_wrong_with_an_address(shell: Shell) -> None:
    shell("users", "add", "Ann")
    for address, said in (
        ("nonsense", "the address is not one"),
        (f"sqlite:///{shell.folder}/x.db", "from SQLite to PostgreSQL"),
        ("postgresql+psycopg://courage@127.0.0.1:9/x", "cannot be reached"),
    ):
        done = shell("move", address)
        assert (done.returncode, said in done.stderr) == (1, True), done.stderr


def test_held_deliveries_are_let_go_by_number_or_all(shell: Shell) -> None:
    shell("users", "add", "Ada", "--role", "admin")
    with closing(sqlite3.connect(shell.home / "courage.db")) as connection:
        for number in (1, 2, 3):
            connection.execute(
                "INSERT INTO outbox (id, organisation_id, key, lane, channel, kind, room_id, payload, state, attempts, "
                "next_at, created_at, held_at) VALUES (?, 1, ?, 'l', 'c', 'say', '', '{}', 'pending', 0, "
                "'2026-01-01', '2026-01-01', '2026-01-02')",
                (number, f"k{number}"),
            )
        connection.commit()
    assert shell("deliveries", "release").returncode == 2
    assert "delivery 2 (say to c) may go" in shell("deliveries", "release", "2").stdout
    assert "delivery 3" in shell("deliveries", "release", "--all").stdout
    assert "no delivery is held" in shell("deliveries", "list", "--state", "held").stdout
    assert len(shell("deliveries", "list", "--state", "waiting").stdout.splitlines()) == 3
