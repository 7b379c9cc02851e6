from __future__ import annotations

import json
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courage.cases.ports import Button, Card
from courage.cases.reasons import CaseReason
from courage.clock import utcnow
from courage.errors import CourageError
from courage.gateways.matrix.cards import card_content, edit_content, gone_content, reply_content, say_content
from courage.gateways.matrix.reader import sent_at
from courage.gateways.matrix.settings import MatrixSettings
from courage.gateways.matrix.state import transaction_id
from courage.gateways.matrix.text import html_text, said, without_fallback
from courage.i18n.catalogue import default_voice

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda c: st.lists(c) | st.dictionaries(st.text(), c),
)
ENGLISH = default_voice()
CARD = Card(
    7,
    1,
    "Garden <talk>",
    "open",
    "dehumanisation",
    2,
    ("people_of_colour",),
    "en",
    0.931,
    (CaseReason("category", ("dehumanisation",)), CaseReason("word")),
    "counter",
    "they are <b>vermin</b>\n& worse",
    3,
    0,
    None,
    "",
    (Button("", "claim 7", "claim"), Button("", "not hate 7", "not_hate")),
)


def text(body: str, **more: object) -> dict[str, object]:
    return {"msgtype": "m.text", "body": body, **more}


def html(body: str, formatted: str, **more: object) -> dict[str, object]:
    return text(body, format="org.matrix.custom.html", formatted_body=formatted, **more)


REPLY = {"m.relates_to": {"m.in_reply_to": {"event_id": "$0"}}}


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (text("hello"), "hello"),
        (text("> <@a:x> quoted hate\n> more\n\nI disagree", **REPLY), "I disagree"),
        (text("> <@a:x> hate in a quote of nothing", **REPLY), "> <@a:x> hate in a quote of nothing"),
        (text("> <@a:x> not a reply"), "> <@a:x> not a reply"),
        (html("hi", "<p>hi</p>"), "hi"),
        (html("*hi* you", "<em>hi</em> you"), "*hi* you"),
        (html("hi", "<p>ver<b>min</b></p>"), "vermin\nhi"),
        (
            html(
                "I disagree", "<mx-reply><blockquote>quoted hate</blockquote></mx-reply>I disagree", **REPLY
            ),
            "I disagree",
        ),
        (html("", "<img alt='vermin'>"), "vermin"),
        ({"msgtype": "m.image", "body": "photo.jpg"}, None),
        ({"msgtype": "m.image", "body": "vermin", "filename": "photo.jpg"}, "vermin"),
        ({"msgtype": "m.location", "body": "here"}, "here"),
        ({"msgtype": "m.emote", "body": "waves"}, "waves"),
        (text("   "), None),
        ({}, None),
    ],
)
def test_what_members_see_is_what_is_screened(content: dict[str, object], wanted: str | None) -> None:
    what = said(content)
    assert (None if what is None else what.text) == wanted


def test_edits_threads_and_replies_are_told_apart() -> None:
    edit = said(
        text(
            "* new",
            **{"m.new_content": text("new"), "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}},
        )
    )
    assert edit is not None
    assert (edit.text, edit.replaces) == ("new", "$1")
    thread = said(
        text(
            "in a thread",
            **{
                "m.relates_to": {
                    "rel_type": "m.thread",
                    "event_id": "$root",
                    "m.in_reply_to": {"event_id": "$2"},
                }
            },
        )
    )
    assert thread is not None
    assert (thread.thread, thread.reply_to, thread.replaces) == ("$root", "$2", None)


@given(JSON)
def test_hostile_contents_do_no_harm(content: object) -> None:
    said(content)
    if isinstance(content, dict):
        said({"msgtype": "m.text", "body": "x", **content})
        said({"msgtype": "m.text", "body": "x", "m.relates_to": content, "m.new_content": content})


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_plain_text_survives_html(plain: str) -> None:
    assert html_text(escape(plain)).split() == plain.split()


@given(st.text())
def test_broken_html_does_no_harm(html: str) -> None:
    html_text(f"<p>{html}<a {html}")


@given(st.text())
def test_a_fallback_is_cut_only_where_something_follows(body: str) -> None:
    assert without_fallback(body).strip() or not body.strip()


def test_a_card_shows_no_harmful_text_until_asked_for() -> None:
    content = card_content(CARD, ENGLISH)
    assert "vermin" not in content["body"]
    assert content["body"].startswith("Case 7 · Garden <talk> · dehumanisation")
    assert "against people of colour" in content["body"]
    formatted = content["formatted_body"]
    before, _, after = formatted.partition("<details>")
    assert "vermin" not in before
    assert "&lt;b&gt;vermin&lt;/b&gt;<br>&amp; worse" in after
    assert "Garden &lt;talk&gt;" in formatted
    assert "claim 7 · not hate 7" in content["body"]


def test_a_card_says_in_english_what_it_always_said() -> None:
    content = card_content(CARD, ENGLISH)
    assert content["body"].splitlines() == [
        "Case 7 · Garden <talk> · dehumanisation",
        "serious · against people of colour · 93 % · English · said 3 times",
        "Why: dehumanisation; derogatory word",
        "Now: waiting for somebody",
        "Type: claim 7 · not hate 7",
    ]
    assert "<summary>The message (harmful text)</summary>" in content["formatted_body"]
    assert "<p>Type: <code>claim 7</code> · <code>not hate 7</code></p>" in content["formatted_body"]
    failed = card_content(replace(CARD, status="claimed", holder="Ann", note="no such room"), ENGLISH)["body"]
    assert "Now: Ann is on it\nthe reply could not be posted: no such room\n" in failed
    assert (
        "Now: answered by Ann" in card_content(replace(CARD, status="replied", holder="Ann"), ENGLISH)["body"]
    )
    assert gone_content(CARD, ENGLISH)["body"] == "Case 7 · Garden <talk>: waiting for somebody"


@given(st.text(min_size=1), st.text())
def test_people_cannot_put_markup_into_what_we_send(harmful: str, room: str) -> None:
    card = Card(
        1, 1, f"<script>{room}", "open", "none", 0, (), "en", 0.5, (), "counter", f"<img src=x>{harmful}"
    )
    for content in (card_content(card, ENGLISH), say_content(f"<a href=x>{harmful}", ENGLISH)):
        for tag in ("<script", "<img", "<a "):
            assert tag not in content["formatted_body"]


def test_a_reply_is_exactly_what_was_confirmed() -> None:
    content = reply_content("*stars* <b>&", "$1", None)
    assert content["body"] == "*stars* <b>&"
    assert "formatted_body" not in content
    assert content["m.relates_to"] == {"m.in_reply_to": {"event_id": "$1"}}
    assert content["m.mentions"] == {}


def test_edits_of_cards_carry_the_new_card_and_gone_ones_no_text() -> None:
    content = edit_content(card_content(CARD, ENGLISH), "$card")
    assert content["m.relates_to"] == {"rel_type": "m.replace", "event_id": "$card"}
    assert content["m.new_content"]["body"] == card_content(CARD, ENGLISH)["body"]
    assert "vermin" not in json.dumps(gone_content(CARD, ENGLISH))


def test_transaction_ids_are_steady_and_differ_by_key_and_database() -> None:
    assert transaction_id("a", "card:1") == transaction_id("a", "card:1")
    assert len({transaction_id(salt, key) for salt in "ab" for key in ("card:1", "card:2")}) == 4


@given(st.one_of(st.integers(), st.floats(), st.text(), st.none(), st.booleans()))
def test_impossible_times_become_now(stamp: object) -> None:
    moment = sent_at({"origin_server_ts": stamp})
    assert moment.tzinfo is not None
    assert (moment - utcnow()).total_seconds() < 2 * 86400


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"homeserver": "matrix.org"}, "https://"),
        ({"user_id": "courage"}, "@name:server"),
        ({"password": None}, "access token or a password"),
        ({"desk_room": "desk"}, "room id"),
    ],
)
def test_settings_that_cannot_work_are_refused(values: dict[str, str], says: str) -> None:
    good = {"homeserver": "https://x", "user_id": "@courage:x", "password": "secret"}
    assert "secret" not in repr(MatrixSettings(**good))  # type: ignore[arg-type]
    with pytest.raises(CourageError, match=says):
        MatrixSettings(**{**good, **values})  # type: ignore[arg-type]
