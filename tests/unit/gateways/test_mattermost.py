"""Mattermost without a server: settings, the text of posts, what is said to the assistant, cards and answers."""

from __future__ import annotations

from typing import Any

import pytest

from courage.cases.ports import Button, Card
from courage.errors import CourageError
from courage.gateways.markdown import as_seen, escaped, reply_texts, without_mentions
from courage.gateways.mattermost.cards import answer_messages, card_message
from courage.gateways.mattermost.settings import MattermostSettings
from courage.gateways.mattermost.text import text_of
from courage.gateways.named import command_of, is_addressed
from courage.gateways.values import moment
from courage.i18n.catalogue import default_voice
from tests.e2e.mattermost_server import Mattermost

VOICE = default_voice()
BUTTONS = (Button("", "claim 17", "claim"), Button("", "show 17", "show"))
CARD = Card(
    17, 1, "Garden *talk* @all", "open", "hate", 2, ("migrants",), "en", 0.93, (), "counter", "they are vermin", buttons=BUTTONS
)  # fmt: skip


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"url": "chat.example.org"}, "https://chat.example.org"),
        ({"url": "https://chat.example.org?x=1"}, "cannot be right"),
        ({"token": "short"}, "token"),
        ({"token": "a token with blanks"}, "token"),
        ({"desk_channel": "town-square"}, "26 letters and digits"),
    ],
)
def test_what_cannot_be_right_is_named(given: dict[str, Any], named: str) -> None:
    values = {"url": "https://chat.example.org/mm/", "token": "a" * 26, **given}
    with pytest.raises(CourageError, match=named) as refused:
        MattermostSettings(**values)
    assert values["token"] not in str(refused.value)


def test_a_path_in_the_address_stays() -> None:
    assert MattermostSettings("https://chat.example.org/mm/", "a" * 26).base == "https://chat.example.org/mm"
    assert "a" * 26 not in repr(MattermostSettings("https://chat.example.org", "a" * 26))


@pytest.mark.parametrize(
    ("post", "text"),
    [
        ({"message": " first word counts "}, "first word counts"),
        ({"message": "a :rat: :own_emoji:"}, "a 🐀 :own_emoji:"),
        ({"message": "x", "props": {"attachments": [{"fallback": "x", "text": "y"}]}}, "x\ny"),
        ({"props": {"attachments": [{"fallback": "only this"}]}}, "only this"),
        ({"metadata": {"files": [{"name": "go_home-now.final.png"}, {"name": "noextension"}]}}, "go home now final"),
        ({"type": "system_add_to_channel", "message": "eve added bob"}, ""),
        ({"type": "system_header_change", "props": {"new_header": "now", "old_header": "then"}}, "now"),
        ({"message": None, "props": [], "metadata": {"embeds": {}, "files": [7]}}, ""),
        ({"props": {"attachments": [{"fields": [{"title": "n", "value": 7}]}]}}, "n\n7"),
    ],
)  # fmt: skip
def test_the_text_of_a_post_is_what_people_see(post: dict[str, Any], text: str) -> None:
    assert text_of(post) == text


@pytest.mark.parametrize(
    ("text", "addressed", "said"),
    [
        ("@courage claim 1", True, "claim 1"),
        ("@Courage: claim 1", True, "claim 1"),
        ("claim 1, @courage", True, "claim 1"),
        ("@courage", True, "help"),
        ("@courage.", True, "help"),
        ("@courage-admin hello", False, "@courage-admin hello"),
        ("mail@courage hello", False, "mail@courage hello"),
        ("courage is nice", False, "courage is nice"),
    ],
)
def test_what_is_said_to_the_assistant(text: str, addressed: bool, said: str) -> None:
    assert is_addressed(text, "courage") == addressed
    assert command_of(text, "courage") == said


def test_impossible_times_become_now() -> None:
    assert moment(1_700_000_000_000).year == 2023
    for odd in (0, -5, 10**18):
        assert moment(odd).tzinfo is not None


@pytest.mark.parametrize(
    "text",
    ["@all", "hi @eve!", "(@here)", "x-@channel", "a.@ann", "**@all**", "@all.", "\u00e9:@eve", "-@all", ">@here"],
)  # fmt: skip
def test_nobody_is_notified(text: str) -> None:
    server = Mattermost()
    assert server.mentions(text), "the server would notify somebody"
    for harmless in (without_mentions(text), escaped(text)):
        assert server.mentions(harmless) == set()
    assert as_seen(without_mentions(text)) == text


def test_mail_addresses_stay() -> None:
    assert without_mentions("write to help@example.org") == "write to help@example.org"


def test_a_card_shows_neither_text_nor_markup_of_others_and_offers_numbers() -> None:
    out = card_message(CARD, VOICE, 16383)
    assert "vermin" not in out.text
    assert r"Garden \*talk\*" in out.text
    assert Mattermost().mentions(out.text) == set()
    assert out.payloads == ("claim 17", "show 17")
    assert ":one: Claim · `claim 17`" in out.text
    gone = card_message(Card(**{**{f: getattr(CARD, f) for f in CARD.__slots__}, "text": None}), VOICE, 16383)
    assert gone.payloads == ()


def test_quoted_lines_stay_quoted_where_an_answer_is_split() -> None:
    outs = answer_messages(
        "look:\n> " + "www.bad.example ![x](http://y) " * 40 + "\nwell?", BUTTONS, VOICE, 500
    )
    assert len(outs) > 1
    assert all(len(out.text) <= 500 for out in outs)
    for line in "\n".join(out.text for out in outs).split("\n"):
        assert line.startswith("> ") or "bad" not in line
        assert "http://" not in line
        assert "www.b" not in line
    assert [bool(out.payloads) for out in outs] == [False] * (len(outs) - 1) + [True]


def test_a_reply_is_what_was_confirmed_and_fits() -> None:
    text = "Not so. *They* stay, @all.\n\n" + "word " * 100
    parts = reply_texts(text, 200)
    assert all(len(part) <= 200 for part in parts)
    assert " ".join(as_seen(" ".join(parts)).split()) == " ".join(text.split())
