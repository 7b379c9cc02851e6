"""Rocket.Chat without a server: settings, times, the text of messages, cards and answers."""

from __future__ import annotations

from typing import Any

import pytest

from courage.cases.ports import Button, Card
from courage.errors import CourageError
from courage.gateways.markdown import as_seen, reply_texts
from courage.gateways.named import command_of, is_addressed
from courage.gateways.rocketchat.cards import answer_messages, card_message
from courage.gateways.rocketchat.settings import RocketChatSettings
from courage.gateways.rocketchat.text import stamp, text_of
from courage.gateways.values import moment
from courage.i18n.catalogue import default_voice

VOICE = default_voice()
BUTTONS = (Button("", "claim 17", "claim"), Button("", "show 17", "show"))
CARD = Card(
    17, 1, "garden *talk* @all", "open", "hate", 2, ("migrants",), "en", 0.93, (), "counter", "they are vermin", buttons=BUTTONS
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"url": "chat.example.org"}, "https://chat.example.org"),
        ({"token": "short"}, "token"),
        ({"user_id": "not an id"}, "user id"),
        ({"user_id": ""}, "user id"),
        ({"desk_room": "#desk"}, "desk room"),
    ],
)
def test_what_cannot_be_right_is_named(given: dict[str, Any], named: str) -> None:
    values = {"url": "https://chat.example.org/rc/", "user_id": "botUserId", "token": "t" * 43, **given}
    with pytest.raises(CourageError, match=named) as refused:
        RocketChatSettings(**values)
    assert values["token"] not in str(refused.value)


def test_the_token_is_in_no_text_of_the_settings() -> None:
    settings = RocketChatSettings("https://chat.example.org/rc/", "botUserId", "t" * 43)
    assert settings.base == "https://chat.example.org/rc"
    assert "ttt" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ({"$date": 1700000000123}, 1700000000123),
        ("2023-11-14T22:13:20.123Z", 1700000000123),
        (1700000000123, 1700000000123),
        ("yesterday", 0),
        (None, 0),
        ({"$date": "x"}, 0),
        (True, 0),
    ],
)
def test_times_are_read_as_both_interfaces_write_them(written: Any, at: int) -> None:
    assert stamp(written) == at
    assert moment(stamp(written)).tzinfo is not None


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"msg": " first word counts "}, "first word counts"),
        ({"msg": "a :rat: :own_emoji:"}, "a 🐀 :own_emoji:"),
        ({"msg": "[ ](https://x.example/channel/y?msg=abc) not so"}, "not so"),
        (
            {"msg": "no", "attachments": [{"text": "one\ntwo", "author_name": "eve", "message_link": "https://x"}]},
            "no\n> one\n> two",
        ),
        ({"msg": "eve", "t": "uj"}, ""),
        ({"msg": "secret", "t": "e2e"}, ""),
        ({"msg": "gardens for all", "t": "room_changed_topic"}, "gardens for all"),
        ({"file": {"name": "go_home-now.png"}}, "go home now"),
        ({"msg": None, "attachments": {}, "urls": [7], "blocks": "x"}, ""),
        ({"msg": "x", "urls": [{"url": "u", "meta": {"ogTitle": "t", "ogDescription": "d"}}]}, "x\nt\nd"),
    ],
)  # fmt: skip
def test_the_text_of_a_message_is_what_people_see(message: dict[str, Any], text: str) -> None:
    assert text_of(message) == text


def test_nesting_without_end_is_read_to_a_depth() -> None:
    attachment: dict[str, Any] = {"text": "deep"}
    for _ in range(2000):
        attachment = {"attachments": [attachment], "text": "x"}
    assert text_of({"attachments": [attachment], "blocks": [[[[[[[[["x"]]]]]]]]]}) == "x"


def test_what_is_said_to_the_assistant() -> None:
    assert is_addressed("hello @Courage", "courage")
    assert not is_addressed("hello @courage2 and a@courage", "courage")
    assert command_of("@courage, claim 1", "courage") == "claim 1"


def test_a_card_shows_neither_text_nor_markup_of_others() -> None:
    text = card_message(CARD, VOICE, 5000).text
    assert "vermin" not in text
    assert r"garden \*talk\*" in text
    assert "@all" not in text
    assert "`claim 17` · Claim" in text


def test_quoted_lines_stay_quoted_where_an_answer_is_split() -> None:
    quoted = "www.bad.example [x](http://y) *b* " * 40
    messages = answer_messages(f"look:\n> {quoted}\nwell?", BUTTONS, VOICE, 500)
    parts = [message.text for message in messages]
    assert [len(message.attachments) for message in messages] == [0] * (len(parts) - 1) + [1]
    assert len(parts) > 1
    assert all(len(part) <= 500 for part in parts)
    for line in "\n".join(parts).split("\n"):
        assert line.startswith("> ") or "bad" not in line
        assert "http://" not in line
        assert "](" not in line
        assert " *b*" not in line


def test_a_reply_is_what_was_confirmed_and_fits() -> None:
    text = "Not so. *They* stay, @all.\n\n" + "word " * 100
    parts = reply_texts(text, 200)
    assert all(len(part) <= 200 for part in parts)
    assert " ".join(as_seen(" ".join(parts)).split()) == " ".join(text.split())
