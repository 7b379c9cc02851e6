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
    assert "Bea" not in courage("users", "list").output
    courage("users", "add", "Ada", "--organisation", "berlin")  # the same name is another person there
    assert courage("keys", "add", "forum", "--organisation", "berlin").exit_code == 0
    assert "forum" not in courage("keys", "list").output
    assert "forum" in courage("keys", "list", "--organisation", "berlin").output
    assert "!a:x" in courage("rooms", "list", "--organisation", "berlin").output
    assert "!a:x" not in courage("rooms", "list").output
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
