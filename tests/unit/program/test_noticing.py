"""What of the settings makes mails go out and browsers be told: nothing by itself, and all of it through the outbox."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from courage.cases.events import EventBus
from courage.cases.outbox import Dispatcher
from courage.cases.webhooks.guard import Guard
from courage.db.engine import make_sessions
from courage.noticing import Noticing
from courage.people.access import Access
from courage.people.people import People
from courage.settings import Settings, SettingsError, read_settings
from tests.databases import open_database
from tests.post_office import PASSWORD, USER, post_office

MAIL = {
    "mail_host": "localhost",
    "mail_from": "desk@example.org",
    "mail_user": USER,
    "mail_password": PASSWORD,
}


def noticing(folder: Path, **given: Any) -> tuple[Noticing, People]:
    """Return the parts as the engine puts them together."""
    settings = Settings(home=folder, pseudonym_key="k" * 32, public_url="https://desk.example.org", **given)
    sessions = make_sessions(open_database(folder / "desk.db"), strict=True)
    access = Access(sessions)
    return Noticing(settings, sessions, access, EventBus(), Guard()), People(sessions, access)


def test_nothing_leaves_unless_somebody_sets_it(tmp_path: Path) -> None:
    found, _ = noticing(tmp_path)
    assert found.receivers == {}
    assert found.health() == {"mail": {"status": "off"}, "push": {"status": "off"}}
    assert (found.hearing.invitations, found.hearing.push) == (None, None)


def test_each_is_set_by_itself(tmp_path: Path) -> None:
    mails, _ = noticing(tmp_path, **MAIL)
    assert set(mails.receivers) == {"mail"}
    assert mails.hearing.invitations is not None
    browsers, _ = noticing(tmp_path, push=True)
    assert set(browsers.receivers) == {"push"}
    assert browsers.hearing.invitations is None


async def test_an_invitation_goes_from_the_settings_to_a_mailbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with post_office(tmp_path) as office:
        # As an operator says whom to believe whose mail server has a certificate of its own.
        monkeypatch.setenv("SSL_CERT_FILE", str(office.pem))
        found, people = noticing(tmp_path, **MAIL, mail_port=office.port)
        invitations = found.hearing.invitations
        assert invitations is not None
        admin = people.add("Ada", "admin")
        people.add(
            "Lea", "volunteer",
            also=lambda session, who: invitations.order(session, who, admin.id, "lea@example.org"),
        )  # fmt: skip
        sessions = make_sessions(open_database(tmp_path / "desk.db"), strict=True)
        await Dispatcher(sessions, found.receivers).drain()
        (mail,) = office.mails
        assert office.to == ["lea@example.org"]
        assert "https://desk.example.org/login/" in str(mail.get_body(("plain",)))
    assert os.environ["SSL_CERT_FILE"]


def test_a_mail_server_that_cannot_be_right_is_named_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="COURAGE_MAIL_FROM"):
        read_settings(home=tmp_path, mail_host="mail.example.org")
    with pytest.raises(SettingsError, match="on this machine") as error:
        read_settings(home=tmp_path, **{**MAIL, "mail_host": "mail.example.org", "mail_tls": "none"})
    assert PASSWORD not in str(error.value)
