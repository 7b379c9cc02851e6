"""``courage organisations``, and ``--organisation`` of the other commands, on a real database."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.orm import Session, sessionmaker

from courage.cli import cli
from courage.errors import CourageError
from courage.people.organisations import Organisations
from courage.people.people import People
from courage.people.rooms import Rooms
from courage.settings import load_settings
from courage.shipped import STARTER_LIBRARY
from courage.wiring import open_database
from tests.unit.program.test_documentation import walk

pytestmark = pytest.mark.slow  # commands on a whole home of their own

Run = Callable[..., Result]


@pytest.fixture
def sessions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> sessionmaker[Session]:
    """Return an empty home with an admin; the starter library is left out, for it takes long to read."""
    for name, value in {"COURAGE_HOME": str(tmp_path / "home"), "COURAGE_CONFIG": ""}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("COURAGE_DATABASE", raising=False)
    monkeypatch.setattr("courage.wiring.STARTER_LIBRARY", tmp_path / "no such folder")
    monkeypatch.chdir(tmp_path)
    _, made = open_database(load_settings())
    People(made).add("Ada", "admin")
    assert STARTER_LIBRARY
    return made


@pytest.fixture
def courage() -> Run:
    return lambda *words, **more: CliRunner().invoke(cli, list(words), **more)


@pytest.mark.slow  # a life of an organisation, a command at a time
def test_an_organisation_from_its_first_day_to_its_last(
    courage: Run, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    made = courage("organisations", "create", "berlin", "Courage Berlin", "--admin", "Bea")
    assert made.exit_code == 0, made.output
    assert "NAME@berlin" in made.output
    token = re.search(r"/login/([\w-]+)", made.output)
    assert token
    people = People(sessions)
    bea = people.use_login_link(token[1]).person
    assert people.named("Bea@berlin") == ("Bea", bea.organisation_id)
    assert people.named("Ada@default") == ("Ada", 1)
    assert people.named("@ann:x") == ("@ann:x", 1)
    assert courage("organisations", "create", "berlin", "Again", "--admin", "B").exit_code == 1

    courage(
        "organisations", "change", "berlin", "--language", "de", "--retention-days", "30", "--most-rooms", "1"
    )
    courage(
        "organisations", "change", "berlin", "--signature", "Courage Berlin, www.example.org", "--own-library"
    )
    courage("organisations", "change", "berlin", "--most-messages", "30", "--most-megabytes", "5")
    shown = courage("organisations", "show", "berlin").output
    for line in (
        "rooms: 0 of 1",
        "messages a minute: at most 30; left unread in 7 days: 0",
        "kept text: 0.0 MB of 5 MB",
    ):
        assert line in shown
    assert json.loads(courage("organisations", "show", "berlin", "--json").output)["most_bytes"] == 5_000_000
    courage("organisations", "change", "berlin", "--most-messages", "0", "--most-megabytes", "0")
    assert "messages a minute: no limit" in courage("organisations", "show", "berlin").output
    assert courage("organisations", "show", "hamburg").exit_code == 1
    listed = [json.loads(line) for line in courage("organisations", "list", "--json").output.splitlines()]
    (berlin,) = [row for row in listed if row["slug"] == "berlin"]
    assert (berlin["language"], berlin["retention_days"], berlin["shared_library"]) == ("de", 30, False)
    assert (berlin["people"], berlin["rooms"], berlin["cases"]) == (1, 0, 0)
    rooms = Rooms(sessions)
    rooms.ensure("matrix", "!a:x", organisation_id=bea.organisation_id)
    with pytest.raises(CourageError, match="may have 1 rooms"):
        rooms.ensure("matrix", "!b:x", organisation_id=bea.organisation_id)
    rooms.ensure(
        "matrix", "!d:x", kind="desk", organisation_id=bea.organisation_id
    )  # where they work does not count

    assert "Bea" in courage("users", "list", "--organisation", "berlin").output
    assert "Ada" not in courage("users", "list", "--organisation", "berlin").output
    assert "Bea" not in courage("users", "list", "--organisation", "default").output
    courage("users", "add", "Ada", "--organisation", "berlin")  # the same name is another person there
    assert courage("keys", "add", "forum", "--organisation", "berlin").exit_code == 0
    assert "forum" not in courage("keys", "list", "--organisation", "default").output
    assert "forum" in courage("keys", "list", "--organisation", "berlin").output
    assert "!a:x" in courage("rooms", "list", "--organisation", "berlin").output
    assert "!a:x" not in courage("rooms", "list", "--organisation", "default").output
    unknown = courage("users", "list", "--organisation", "hamburg")
    assert "there is no organisation 'hamburg'; there are" in str(unknown.exception)

    courage("organisations", "suspend", "berlin")
    with pytest.raises(CourageError, match="suspended"):
        people.open_session(bea.id)
    assert "(suspended)" in courage("organisations", "list").output
    courage("organisations", "resume", "berlin")
    assert people.open_session(bea.id).person.name == "Bea"

    file = tmp_path / "berlin.jsonl"
    assert "rows written" in courage("organisations", "export", "berlin", str(file)).output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert courage("organisations", "export", "berlin", str(file)).exit_code == 1  # never written over
    assert courage("organisations", "erase", "berlin", input="no\n").exit_code == 1
    assert Organisations(sessions).find("berlin")
    assert "is erased" in courage("organisations", "erase", "berlin", input="berlin\n").output
    assert [row.slug for row in Organisations(sessions).list()] == ["default"]
    assert courage("organisations", "erase", "default", "--yes").exit_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create", "Berlin!", "B", "--admin", "a"), "1 to 40 of a-z"),
        (("create", "installation", "B", "--admin", "a"), "none of"),
        (("create", "b", " ", "--admin", "a"), "a name has 1 to 200"),
        (("change", "default", "--signature", "x" * 201), "one line of at most 200"),
        (("suspend", "nobody"), "there are: default"),
    ],
)
def test_what_is_not_allowed_is_said(
    courage: Run, sessions: sessionmaker[Session], words: tuple[str, ...], said: str
) -> None:
    assert said in str(courage("organisations", *words).exception)


#: Commands about the installation, about files, or that name an organisation themselves.
OF_NO_ORGANISATION = {
    "run", "engine", "prepare", "settings", "screen", "vectors", "purge", "backup", "verify", "restore", "update", "move",
    "library check", "rooms give", "evaluate detection", "evaluate retrieval", "train detection",
    "academy check", "academy fuzz", "academy fit", "academy evaluate",
    *(f"organisations {verb}" for verb in ("list", "show", "create", "change", "suspend", "resume", "export", "erase", "add-operator")),
}  # fmt: skip


def test_every_command_on_an_organisations_data_lets_people_say_whose() -> None:
    """A command that nobody thought of here fails: is it about an organisation's rows?"""
    without = {
        " ".join(path)
        for path, command in walk(cli, ())
        if not any("--organisation" in parameter.opts for parameter in command.params)
    }
    assert without == OF_NO_ORGANISATION


def test_no_command_crosses_from_one_organisation_into_another(
    courage: Run, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    assert courage("organisations", "create", "berlin", "Berlin", "--admin", "Bea").exit_code == 0
    people = People(sessions)
    berlin = Organisations(sessions).find("berlin").id
    for name, whose in (("Tom", 1), ("Theo", berlin)):
        people.add(name, "trainer", whose)
    mine, theirs = ("--organisation", "default"), ("--organisation", "berlin")
    add = ("library", "add", "--language", "en", "--strategy", "question", "--target", "migrants")
    made = courage(*add, "--text", "Who in Berlin says so?", "--as", "Theo", *theirs)
    assert made.exit_code == 0, made.exception
    made = made.output.split()[0]
    # Without a name nothing is read or written, whatever the command; the error names whose there are.
    unnamed = courage("library", "list")
    assert unnamed.exit_code == 1
    assert "--organisation SHORT-NAME; there are: berlin, default" in str(unnamed.exception)
    # The first organisation sees and changes nothing of the other's.
    assert "Berlin" not in courage("library", "list", *mine).output
    assert "Who in Berlin says so?" in courage("library", "list", *theirs).output
    for words in (
        ("history", made), ("diff", made, "1"), ("comments", made), ("comment", made, "Hm.", "--as", "Tom"),
        ("submit", made, "--as", "Tom"), ("reject", made, "--as", "Tom"), ("retire", made, "--as", "Tom"),
        ("restore", made, "--as", "Tom"), ("share", made, "--as", "Tom"), ("unshare", made, "--as", "Tom"),
        ("pack", "export", str(tmp_path / "p.json"), "--name", "town", "--id", made),
    ):  # fmt: skip
        refused = courage("library", *words, *mine)
        assert f"there is no response '{made}'" in str(refused.exception), words
    # Nor may its people act there.
    stranger = courage("library", "submit", made, "--as", "Tom", *theirs)
    assert "there is no person named 'Tom'" in str(stranger.exception)
    assert courage("library", "submit", made, "--as", "Theo", *theirs).exit_code == 0
    for whose, rows in ((mine, 0), (theirs, 1)):
        file = tmp_path / f"{whose[1]}.jsonl"
        assert courage("library", "export", str(file), *whose).output.startswith(f"{rows} responses")
    fact = (
        "--value",
        "en=5",
        "--year",
        "2024",
        "--publisher",
        "P",
        "--title",
        "T",
        "--locator",
        "https://p.org/t",
    )
    said = courage("library", "facts", "set", "of-berlin", *fact, "--as", "Theo", *theirs)
    assert said.exit_code == 0, said.exception
    assert courage("library", "facts", "list", *mine).output == "there are no facts yet\n"
    assert "of-berlin" in courage("library", "facts", "list", *theirs).output
    assert courage("library", "facts", "approve", "of-berlin", "--as", "Tom", *mine).exit_code == 1
    assert "1 facts wait" in courage("library", "review", *theirs).output
    assert "0 facts wait" in courage("library", "review", *mine).output
    # What one organisation imports is not in the other's library.
    done = courage("library", "import", str(tmp_path / "berlin.jsonl"), "--as", "Tom", *mine)
    assert done.output.startswith("1 new"), done.exception
    assert "by Theo" in courage("library", "history", made, *theirs).output
    assert "by Theo" not in courage("library", "history", made, *mine).output


def test_an_operator_gets_a_link_and_a_home_of_their_own(
    courage: Run, sessions: sessionmaker[Session]
) -> None:
    done = courage("organisations", "add-operator", "Olga")
    token = re.search(r"/login/([\w-]+)", done.output)
    assert token
    person = People(sessions).use_login_link(token[1]).person
    assert (person.role, person.organisation_id == 1) == ("operator", False)
    assert "Olga" not in courage("users", "list").output
    assert [row.slug for row in Organisations(sessions).list()] == ["default"]


def test_what_is_kept_about_one_person_is_shown_given_out_and_erased(
    courage: Run, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    people = People(sessions)
    vera = people.add("Vera", "volunteer")
    people.link_identity(vera.id, "matrix", "@vera:x")
    assert "1 accounts" in courage("people", "data", "show", "--person", "Vera").output
    file = tmp_path / "vera.json"
    assert courage("people", "data", "export", str(file), "--person", "Vera").exit_code == 0
    assert json.loads(file.read_text())["records"]["channel_identities"][0]["user_id"] == "@vera:x"
    again = courage("people", "data", "export", str(file), "--person", "Vera")
    assert isinstance(again.exception, CourageError)
    no = courage("people", "data", "erase", "--person", "Vera", input="Vra\n")
    assert "nothing was erased" in str(no.exception)
    assert courage("people", "data", "erase", "--person", "Vera", input="Vera\n").exit_code == 0
    assert people.find("Vera") is None
    nobody = courage("people", "data", "show", "--author", "matrix:@eve:x")
    assert "goes: nothing" in nobody.output
    both = courage("people", "data", "show", "--author", "matrix:@eve:x", "--person", "Ada")
    assert "say whom" in str(both.exception)
