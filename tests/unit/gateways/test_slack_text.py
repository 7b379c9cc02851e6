"""What people see of a Slack message is what is read; what we send is what people see."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courage.gateways.slack.text import answered, command_of, escaped, is_addressed, moment, shown, text_of

US = "U0US"
NAMES = {"U1": "Ann Lee"}


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("tea &amp; cake &lt;3", "tea & cake <3"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("<@U1> is here", "@Ann Lee is here"),
        ("<@U2> is here", "@member is here"),
        ("<@U2|bob> is here", "@bob is here"),
        ("see <#C1|garden>, <#C2>", "see #garden, #channel"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example|a.example>", "https://a.example"),
        ("<https://a.example|go home>", "go home https://a.example"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<!here> <!channel> <!everyone>", "@here @channel @everyone"),
        ("<!subteam^S1|@helpers> <!subteam^S2>", "@helpers @group"),
        ("<!date^1392734382^{date}|Feb 18>", "Feb 18"),
        ("a :rat: and :+1::skin-tone-3:", "a 🐀 and 👍"),
        (":they_are: here", "they are here"),
        ("at 10:30:45 or a:b:c", "at 10:30:45 or a:b:c"),
        ("1 < 2 > 1", "1 < 2 > 1"),
    ],
)
def test_markup_becomes_what_people_see(written: str, seen: str) -> None:
    assert shown(written, NAMES) == seen


@given(st.text(max_size=60))
def test_what_is_escaped_holds_no_markup_and_is_read_as_it_was(text: str) -> None:
    written = escaped(text)
    assert "<" not in written
    assert ">" not in written
    # Short codes are the one thing that Slack has no escape for; as plain text they stay what they are.
    if ":" not in text:
        assert shown(written, {}) == text


def test_the_same_words_are_read_once() -> None:
    text = "they are *all* welcome :wave:"
    elements: list[dict[str, Any]] = [
        {"type": "text", "text": "they are "},
        {"type": "text", "text": "all", "style": {"bold": True}},
        {"type": "text", "text": " welcome "},
        {"type": "emoji", "name": "wave", "unicode": "1f44b"},
    ]
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": elements}]}]
    assert text_of({"text": text, "blocks": blocks}) == "they are all welcome 👋"


def test_lists_keep_their_lines_and_quotations_their_words() -> None:
    items = [{"type": "rich_text_section", "elements": [{"type": "text", "text": t}]} for t in ("one", "two")]
    quote = {"type": "rich_text_quote", "elements": [{"type": "text", "text": "said he"}]}
    blocks = [{"type": "rich_text", "elements": [{"type": "rich_text_list", "elements": items}, quote]}]
    assert text_of({"text": "", "blocks": blocks}) == "one\ntwo\nsaid he"


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"text": None, "blocks": "x", "files": {}, "attachments": [None, 7]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "emoji", "unicode": "zz"}]}]},
        {"blocks": [{"type": "rich_text", "elements": [{"type": "emoji", "unicode": "110000"}]}]},
        {"files": [{"name": 5}]},
    ],
)
def test_what_is_malformed_is_no_harm(odd: dict[str, Any]) -> None:
    assert text_of(odd) == ""


def test_what_is_nested_without_end_is_no_harm() -> None:
    node: dict[str, Any] = {"type": "plain_text", "text": "deep"}
    for _ in range(2000):
        node = {"elements": [node]}
    assert text_of({"blocks": [node], "text": "shallow"}) == "shallow"


def test_who_is_spoken_to() -> None:
    assert is_addressed({"text": f"<@{US}> claim 1", "ts": "2.0"}, US)
    assert is_addressed({"text": "yes", "ts": "2.0", "thread_ts": "1.0", "parent_user_id": US}, US)
    assert not is_addressed({"text": "yes", "ts": "2.0", "thread_ts": "1.0", "parent_user_id": "U1"}, US)
    assert not is_addressed({"text": f"<@{US}X> hi", "ts": "2.0"}, US)
    assert command_of(f"<@{US}>: claim 1", US) == "claim 1"
    assert command_of(f"<@{US}>", US) == "help"


def test_the_first_message_of_a_thread_answers_nobody() -> None:
    assert answered({"ts": "1.0", "thread_ts": "1.0"}) is None
    assert answered({"ts": "2.0", "thread_ts": "1.0"}) == "1.0"


def test_times_keep_their_order() -> None:
    assert moment("1700000000.000100") < moment("1700000000.000101")
    assert moment("9999999999999.0").year < 2100
    assert moment("x").tzinfo is not None
