"""A backup is one file that says what is wrong with it, and a restore brings back nothing that was erased."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from courage.backup import sealing
from courage.backup.archive import DATABASE
from courage.backup.errors import BackupError
from courage.backup.restore import Restored, Target, restore
from courage.backup.take import Place, take, verify
from courage.cases.deliveries import key_for_channel
from courage.cases.errors import NotAllowed
from courage.cases.failed_deliveries import FailedDeliveries
from courage.cases.person_data.service import PersonData
from courage.db.engine import make_engine, make_sessions
from courage.db.erasures import FILE as ERASURES
from courage.db.migrations import upgrade
from courage.db.models.cases import Case, Reply
from courage.db.models.delivery import Outbox
from courage.db.models.people import WebSession
from courage.db.scope import scope_to_every
from courage.errors import CourageError
from courage.home import hold_home
from courage.people.erasing import erase_organisation
from courage.people.notice_tokens import NoticeTokens
from courage.people.notices import Notices, NoticeWish
from courage.people.passkeys import place_of
from courage.people.people import People
from courage.people.pseudonym import pseudonym
from tests.unit.backup.load import rows
from tests.unit.backup.world import World
from tests.unit.cases.kit import KEY
from tests.unit.people.authenticator import Authenticator

pytestmark = pytest.mark.slow  # backups of a whole home, restored


class Home:
    """An installation on one SQLite file, with the real parts of casework."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.database = self.home / "courage.db"
        upgrade(make_engine(f"sqlite:///{self.database}"))
        (self.home / "secrets.json").write_text('{"pseudonym_key": "k"}')
        (self.home / "matrix-keys").mkdir()
        with closing(sqlite3.connect(self.home / "matrix-keys" / "keys.db")) as keys:
            keys.execute("PRAGMA journal_mode=WAL")
            keys.execute("CREATE TABLE k (v)")
            keys.execute("INSERT INTO k VALUES ('a key')")
            keys.commit()
        (self.home / "index").mkdir()
        self.file = folder / "backup.courage"
        self.world = self.open()

    def open(self) -> World:
        return World(self.home)

    def take(self, **more: Any) -> None:
        take(self.place, self.file, **{"keep": timedelta(days=90), **more})

    @property
    def place(self) -> Place:
        return Place(make_engine(f"sqlite:///{self.database}"), self.home, program="0.0")

    def restore(self, **more: Any) -> Restored:
        return restore(self.file, Target(f"sqlite:///{self.database}", self.home), **more)

    def cases(self) -> dict[str, tuple[str, str | None]]:
        with make_sessions(make_engine(f"sqlite:///{self.database}"))() as session:
            return {case.message_id: (case.status, case.text) for case in session.scalars(select(Case))}


@pytest.fixture
def installed(tmp_path: Path) -> Home:
    return Home(tmp_path)


def passkey_of(people: People, person_id: int) -> int:
    """Add a passkey to somebody and return its number."""
    place = place_of("https://desk.example.org")
    key, asked = Authenticator(place.origin, place.rp_id), people.passkeys.ask_to_make(person_id, place, "x")
    view, _ = people.passkeys.make(person_id, asked.ticket, key.make(asked.options), "a key", place)
    return view.id


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_what_is_restored_is_what_was_there(installed: Home) -> None:
    await installed.world.message("m1", "They are vermin.")
    before = rows(installed.database)
    installed.take()
    assert stat.S_IMODE(installed.file.stat().st_mode) == 0o600
    await installed.world.message("m2", "They are vermin too.")
    (installed.home / "secrets.json").write_text('{"pseudonym_key": "another"}')
    done = installed.restore()
    after = rows(installed.database)
    assert {t: r for t, r in after.items() if t not in ("outbox", "restores")} == {
        t: r for t, r in before.items() if t not in ("outbox", "restores")
    }
    assert json.loads((installed.home / "secrets.json").read_text()) == {"pseudonym_key": "k"}
    assert done.kept == ["matrix-keys"]  # they went on being used
    assert not (installed.home / "index").exists()
    (aside,) = [path for path in done.aside if path.suffix == ".db"]
    assert len(rows(aside)["cases"]) == 2
    assert {path for path in done.aside if "secrets" in path.name}
    assert not list(installed.home.glob(".backup-*"))


async def test_a_backup_goes_to_another_machine_whole(installed: Home, tmp_path: Path) -> None:
    await installed.world.message("m1", "They are vermin.")
    installed.take()
    fresh = tmp_path / "fresh"
    done = restore(installed.file, Target(f"sqlite:///{fresh / 'courage.db'}", fresh))
    assert done.aside == []
    assert rows(fresh / "courage.db")["cases"] == rows(installed.database)["cases"]
    assert (fresh / "secrets.json").read_text() == '{"pseudonym_key": "k"}'
    assert rows(fresh / "matrix-keys" / "keys.db")["k"] == [("a key",)]
    for path in fresh.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_what_was_erased_since_stays_erased(installed: Home) -> None:
    world = installed.world
    await world.message("removed", "They are vermin, says the one who removed it.")
    await world.message("edited", "They are vermin, says the one who thought again.")
    await world.message("stays", "They are vermin, and it stays.")
    ann = world.people.add("Leaving Ann", "volunteer", password="a long enough password")
    back = world.people.add("Coming Back", "volunteer")
    secret, _ = world.keys.add("forum", ["screen"])
    lost, kept = (passkey_of(world.people, back.id) for _ in range(2))
    world.people.provider_accounts.link(back.id, "https://id.example.org", "1234")
    installed.take()
    world.people.passkeys.remove(back.id, lost)
    (account,) = world.people.provider_accounts.of(back.id)
    world.people.provider_accounts.unlink(back.id, account.id)
    await world.redact("removed")
    await world.message("edited", "Good morning.", edited=True)
    world.people.deactivate(ann.id)
    world.people.deactivate(back.id)
    world.people.activate(back.id)
    world.keys.revoke("forum")
    done = installed.restore()
    assert done.settled.erased == 6
    assert installed.cases() == {
        "removed": ("withdrawn", None),
        "edited": ("withdrawn", None),
        "stays": ("open", "They are vermin, and it stays."),
    }
    again = installed.open()
    assert not again.people.get(ann.id).active
    assert again.people.get(back.id).active
    assert again.people.provider_accounts.of(back.id) == []
    assert [view.id for view in again.people.passkeys.of(back.id)] == [kept]
    with pytest.raises(CourageError):
        again.keys.use(secret, "screen")
    with closing(sqlite3.connect(installed.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"says the one who" not in installed.database.read_bytes()
    listed = (installed.home / ERASURES).read_text()
    assert stat.S_IMODE((installed.home / ERASURES).stat().st_mode) == 0o600
    assert "removed" not in listed
    assert "Ann" not in listed


async def test_an_erased_organisation_does_not_come_back(installed: Home) -> None:
    world = installed.world
    made = world.organisations.create("Berlin", "berlin")
    world.people.add("Bea", "admin", made.id)
    installed.take()
    world.organisations.erase("berlin")
    installed.restore()
    assert "Bea" not in {row[2] for row in rows(installed.database)["people"]}
    assert {row[1] for row in rows(installed.database)["organisations"]} >= {"(erased)"}


async def test_people_who_were_erased_since_stay_erased(installed: Home) -> None:
    world = installed.world
    mine = await world.message("eve", "They are vermin, says Eve.")
    await world.message("kim", "They are vermin, says Kim.")
    ann = world.people.add("Ann of the desk", "volunteer")
    world.people.link_identity(ann.id, "test", "@ann:x")
    world.practice_spaces.ensure(ann.id)
    installed.take()
    data = PersonData(world.sessions, KEY, bus=world.bus)
    assert data.erase_author(1, "test", "@eve:x", None)["texts"] == 1
    data.erase_staff(1, ann.id, None)
    done = installed.restore()
    # The author, the person, and their practice.
    assert done.settled.erased == 3
    assert installed.cases()["eve"] == ("withdrawn", None)
    assert installed.cases()["kim"] == ("open", "They are vermin, says Kim.")
    again = installed.open()
    assert again.people.find("Ann of the desk") is None
    assert again.people.by_identity("test", "@ann:x") is None
    assert PersonData(again.sessions, KEY).of_author(1, "test", "@eve:x")["cases"] == 0
    listed = (installed.home / ERASURES).read_text()
    assert "eve" not in listed
    assert pseudonym(KEY, "test", "@eve:x") not in listed
    assert mine


async def test_mails_that_somebody_stopped_since_do_not_start_again(installed: Home) -> None:
    world = installed.world
    ann, ben = (world.people.add(name, "volunteer").id for name in ("Ann", "Ben"))
    notices = Notices(world.sessions, NoticeTokens(KEY))
    for person in (ann, ben):
        notices.choose(person, 1, NoticeWish(mail_digest=True, push_digest=True))
    installed.take()
    notices.choose(ann, 1, NoticeWish(push_digest=True))
    assert installed.restore().settled.erased == 1
    restored = Notices(installed.open().sessions, NoticeTokens(KEY))
    assert (restored.of(ann, 1).mail_digest, restored.of(ann, 1).push_digest) == (False, True)
    assert restored.of(ben, 1).mail_digest


async def test_texts_whose_time_came_meanwhile_are_purged_before_anybody_sees_them(installed: Home) -> None:
    await installed.world.message("m1", "They are vermin.")
    installed.take(keep=timedelta(days=3000))
    later = datetime.now(UTC) + timedelta(days=1000)
    done = installed.restore(clock=lambda: later)
    assert done.settled.purged == 1
    assert installed.cases()["m1"][1] is None


async def test_nothing_is_posted_twice_and_an_admin_lets_it_go(installed: Home) -> None:
    world = installed.world
    case = await world.message("m1", "They are vermin.")
    world.confirm_reply(case)
    installed.take()
    await world.deliver()
    assert len(world.channel.replies) == 1
    done = installed.restore()
    again = installed.open()
    await again.deliver()
    assert again.channel.calls == []  # neither the card nor the reply
    found = FailedDeliveries(again.sessions)
    held = found.list(again.admin, state="held")
    assert done.settled.held == len(held) == 3  # the card, its update, the reply
    assert not found.list(again.admin, state="waiting")
    (reply,) = [d for d in held if d.kind == "reply"]
    with pytest.raises(NotAllowed, match="only an admin"):
        found.release(reply.id, again.moderator)
    for other in held:
        if other.kind != "reply":
            found.give_up(other.id, again.admin)
    found.release(reply.id, again.admin)
    await again.deliver()
    # The very key of the first time: a chat system that knows it posts nothing a second time.
    assert [key for key in again.channel.calls if key.startswith("reply")] == list(world.channel.replies)


async def test_a_held_reply_that_is_given_up_goes_when_its_person_confirms_anew(installed: Home) -> None:
    case = await installed.world.message("m1", "They are vermin.")
    installed.world.confirm_reply(case)
    installed.take()
    installed.restore()
    again = installed.open()
    found = FailedDeliveries(again.sessions)
    for held in found.list(again.admin, state="held"):
        found.give_up(held.id, again.admin)
    again.casework.confirm_post(case, again.volunteer, 1)
    await again.deliver()
    assert [key for key in again.channel.calls if key.startswith("reply")] == ["reply:1:1"]


async def test_numbers_given_a_second_time_get_keys_of_their_own(installed: Home) -> None:
    installed.take()
    await installed.world.message("before", "They are vermin.")
    await installed.world.deliver()
    installed.restore()
    again = installed.open()
    await again.message("after", "They are vermin.")
    await again.deliver()
    (first,), (second,) = installed.world.channel.cards, again.channel.cards
    assert first != second  # a homeserver that remembers the first key would else swallow the second card
    with again.looking() as session:
        row = session.scalars(select(Outbox)).one()
        assert key_for_channel(session, row) == second


async def test_everybody_logs_in_anew(installed: Home) -> None:
    world = installed.world
    token = world.people.open_session(world.volunteer).token
    installed.take()
    world.people.close_session(token)
    installed.restore()
    assert installed.open().people.session(token) is None
    with make_sessions(make_engine(f"sqlite:///{installed.database}"))() as session:
        assert session.scalars(select(WebSession)).all() == []


def test_a_damaged_backup_says_so_wherever_a_byte_is_wrong(installed: Home, tmp_path: Path) -> None:
    installed.take()
    whole = installed.file.read_bytes()
    before = bytes_below(installed.home)
    wrong = tmp_path / "wrong.courage"
    for cut in (0, 10, len(whole) // 2, len(whole) - 3):
        wrong.write_bytes(whole[:cut])
        with pytest.raises(BackupError):
            verify(wrong)
    sound, found = verify(installed.file), 0
    for place in range(12, len(whole) - 12, max(1, len(whole) // 60)):
        broken = bytearray(whole)
        broken[place] ^= 0x55
        wrong.write_bytes(broken)
        try:
            unharmed = verify(wrong)
        except BackupError:
            found += 1
            with pytest.raises(BackupError):
                restore(wrong, Target(f"sqlite:///{installed.database}", installed.home))
        else:
            assert unharmed == sound  # a bit that means nothing: every checksum is right
    assert found > 50
    assert bytes_below(installed.home) == before
    assert not list(tmp_path.glob(".backup-*"))


def test_a_damaged_database_gives_no_backup(installed: Home) -> None:
    with closing(sqlite3.connect(installed.database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(installed.database.read_bytes())
    data[8192:40000] = os.urandom(40000 - 8192)
    installed.database.write_bytes(data)
    with pytest.raises(BackupError, match=r"damaged|backed up"):
        installed.take()
    assert not installed.file.exists()
    assert not list(installed.file.parent.glob("*.partial"))


def test_what_is_no_backup_is_refused_by_name(installed: Home, tmp_path: Path) -> None:
    for name, content in (("text", b"hello"), ("empty", b""), ("gzip", b"\x1f\x8b\x08\x00abc")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupError, match=name):
            verify(tmp_path / name)
    with pytest.raises(BackupError, match="cannot be read"):
        verify(tmp_path / "nowhere")


def test_a_backup_is_not_written_over_another(installed: Home) -> None:
    installed.take()
    before = installed.file.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        installed.take()
    assert installed.file.read_bytes() == before


def test_an_expired_backup_is_restored_only_if_one_says_so(installed: Home) -> None:
    installed.take(keep=timedelta(days=1))
    later = datetime.now(UTC) + timedelta(days=2)
    with pytest.raises(BackupError, match="was to be kept until"):
        installed.restore(clock=lambda: later)
    assert installed.restore(clock=lambda: later, although_expired=True).settled.held == 0


def test_a_running_engine_is_not_restored_under(tmp_path: Path) -> None:
    with (
        hold_home(tmp_path, "the engine"),
        pytest.raises(CourageError, match="stop it first"),
        hold_home(tmp_path, "a restore"),
    ):
        pass
    with hold_home(tmp_path, "a restore"):
        pass


@pytest.fixture
def gnupg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a recipient whose key a real gpg has."""
    if shutil.which("gpg") is None:
        pytest.skip("gpg is not installed")
    folder = Path("/tmp") / f"gpg-{os.getpid()}"  # gpg's sockets need a short path
    folder.mkdir(mode=0o700, exist_ok=True)
    monkeypatch.setenv("GNUPGHOME", str(folder))
    who = "backup@example.org"
    command = ["gpg", "--batch", "--passphrase", "", "--quick-gen-key", who, "default", "default", "never"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    yield who  # type: ignore[misc]
    subprocess.run(["/usr/bin/gpgconf", "--kill", "all"], capture_output=True, timeout=30)
    shutil.rmtree(folder, ignore_errors=True)


async def test_an_encrypted_backup_shows_nothing_and_opens_with_its_key(
    installed: Home, gnupg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await installed.world.message("m1", "They are vermin.")
    installed.take(with_="gpg", recipients=[gnupg])
    assert sealing.sealed_with(installed.file) == "gpg"
    assert stat.S_IMODE(installed.file.stat().st_mode) == 0o600
    assert verify(installed.file).tables["cases"] == 1
    assert installed.restore().settled.held == 1
    with pytest.raises(BackupError, match="gpg could not encrypt"):
        take(
            installed.place,
            installed.file.with_name("b"),
            keep=timedelta(1),
            with_="gpg",
            recipients=["nobody@x"],
        )
    assert not installed.file.with_name("b").exists()
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupError, match="gpg is not installed"):
        verify(installed.file)


def test_a_missing_program_is_named_before_any_work(installed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(BackupError, match="age is not installed"):
        installed.take(with_="age", recipients=["age1xyz"])
    (installed.file).write_bytes(b"age-encryption.org/v1\n-> X25519 abc")
    with pytest.raises(BackupError, match="--identity"):
        verify(installed.file)


async def test_a_backup_of_an_older_version_is_brought_up_to_date(installed: Home, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(Path("tests/unit/db/database_0003.sql").read_text(encoding="utf-8"))
    take(Place(make_engine(f"sqlite:///{old}"), tmp_path / "nothing"), installed.file, keep=timedelta(days=1))
    assert verify(installed.file).revision == "0003"
    installed.restore()
    assert len(rows(installed.database)["cases"]) == len(rows(old)["cases"])
    assert sorted(p.name for p in installed.home.glob("*-revision-*")) == []


def test_erasing_says_so_before_it_happens_and_not_if_it_does_not(installed: Home) -> None:
    sessions = installed.world.sessions
    with sessions() as session:
        scope_to_every(session, "a test")
        erase_organisation(session, 1)
        session.rollback()
        session.commit()
    assert not (installed.home / ERASURES).exists()
    (installed.home / ERASURES).mkdir()
    with pytest.raises(CourageError, match="nothing was erased"):
        installed.world.people.deactivate(installed.world.volunteer)
    assert installed.world.people.get(installed.world.volunteer).active


async def test_a_reply_that_was_held_fails_where_an_older_version_would_post_it(installed: Home) -> None:
    from courage.db.migrations import downgrade

    world = installed.world
    case = await world.message("m1", "They are vermin.")
    world.confirm_reply(case)
    installed.take()
    installed.restore()
    downgrade(make_engine(f"sqlite:///{installed.database}"), "0011")
    upgrade(make_engine(f"sqlite:///{installed.database}"))
    with make_sessions(make_engine(f"sqlite:///{installed.database}"))() as session:
        assert {row.state for row in session.scalars(select(Outbox))} == {"dead"}
        assert {reply.state for reply in session.scalars(select(Reply))} == {"failed"}


def test_the_file_holds_what_its_list_says(installed: Home, tmp_path: Path) -> None:
    installed.take()
    manifest = verify(installed.file, folder=tmp_path / "out")
    assert set(manifest.files) == {DATABASE, "home/secrets.json", "home/matrix-keys/keys.db"}
    assert manifest.expires_at - manifest.taken_at == timedelta(days=90)
