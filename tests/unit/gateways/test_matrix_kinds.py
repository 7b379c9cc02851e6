"""Everything on Matrix in which people can write is read, whole, and charged to whoever wrote it."""

from __future__ import annotations

from typing import Any

import pytest

from courage.gateways.matrix.text import MAX_TEXT, html_text, said, state_said

POLL = "org.matrix.msc3381.poll.start"
PLAIN = "org.matrix.msc1767.text"


def poll(question: Any, *answers: Any, key: str = POLL) -> dict[str, Any]:
    return {key: {"question": question, "answers": list(answers)}}


@pytest.mark.parametrize(
    ("kind", "content", "wanted"),
    [
        ("m.sticker", {"body": "they are vermin", "url": "mxc://x/y"}, "they are vermin"),
        (POLL, {PLAIN: "they are vermin, agree?"}, "they are vermin, agree?"),
        (POLL, poll({PLAIN: "Who?"}, {"id": "1", PLAIN: "the vermin"}, {"id": "2", PLAIN: "nobody"}), "Who?\nthe vermin\nnobody"),
        ("m.poll.start", poll({"m.text": [{"body": "Who?"}]}, {"m.text": [{"body": "vermin"}]}, key="m.poll"), "Who?\nvermin"),
        ("m.reaction", {"m.relates_to": {"rel_type": "m.annotation", "event_id": "$1", "key": "vermin out"}}, "vermin out"),
        ("m.reaction", {"m.relates_to": {"key": "mxc://x/y"}, "shortcode": ":vermin_out:"}, "vermin out"),
        ("m.reaction", {"m.relates_to": {"key": "👍"}}, None),
        ("m.reaction", {"m.relates_to": {"key": "+1"}}, None),
        ("m.room.message", {"msgtype": "m.location", "body": "vermin", "geo_uri": "geo:1,1"}, "vermin"),
        ("m.room.message", {"msgtype": "m.location", "body": "x", "m.location": {"description": "vermin live here"}}, "x\nvermin live here"),
        ("m.room.message", {"msgtype": "org.example.gallery", "body": "they are vermin"}, "they are vermin"),
        ("m.room.message", {"msgtype": "m.file", "body": "they_are-vermin.pdf"}, "they are vermin"),
        ("m.room.message", {"msgtype": "m.image", "body": "IMG_2024.jpg"}, None),
        ("m.room.message", {"msgtype": "m.image", "body": "look", "filename": "they_are_vermin.png"}, "look\nthey are vermin"),
        ("m.room.message", {"msgtype": "m.notice", "body": "they are vermin"}, "they are vermin"),
        ("org.example.story", {"body": "they are vermin"}, "they are vermin"),
        ("m.call.invite", {"call_id": "1"}, None),
    ],
)  # fmt: skip
def test_each_kind_of_event_is_read(kind: str, content: dict[str, Any], wanted: str | None) -> None:
    what = said(content, kind)
    assert (None if what is None else what.text) == wanted


@pytest.mark.parametrize("filler", ["ok ", "\u200b", ".", "> "])
def test_the_end_of_a_long_message_is_read(filler: str) -> None:
    what = said({"msgtype": "m.text", "body": filler * (40_000 // len(filler)) + "\nthey are vermin"})
    assert what is not None
    assert what.text.endswith("they are vermin")
    assert MAX_TEXT == 100_000


def state(kind: str, content: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"type": kind, "state_key": "", "content": content, "unsigned": {"prev_content": before or {}}}


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (state("m.room.topic", {"topic": "they are vermin"}), "they are vermin"),
        (state("m.room.topic", {"topic": "same"}, {"topic": "same"}), ""),
        (state("m.room.name", {"name": "vermin"}), "vermin"),
        (state("m.room.member", {"membership": "join", "displayname": "Vermin out"}), "Vermin out"),
        (state("m.room.member", {"membership": "join", "displayname": "Ann", "avatar_url": "mxc://x/y"}, {"displayname": "Ann"}), ""),
        (state("m.room.member", {"membership": "leave", "displayname": "Ann", "reason": "you are vermin"}), "you are vermin"),
        (state("m.room.canonical_alias", {"alias": "#they-are-vermin:x"}), "they are vermin"),
        (state("m.room.power_levels", {"users": {}}), ""),
        (state("m.room.topic", {"topic": 3}), ""),
    ],
)  # fmt: skip
def test_names_topics_and_reasons_are_read_once(event: dict[str, Any], wanted: str) -> None:
    assert state_said(event) == wanted


QUOTED = "> <@ann:x> they are vermin\n\nI disagree"


def edit(new: dict[str, Any]) -> dict[str, Any]:
    return {
        "msgtype": "m.text",
        "body": f"* {new['body']}",
        "m.new_content": new,
        "m.relates_to": {"rel_type": "m.replace", "event_id": "$1"},
    }


def test_what_an_edit_of_a_reply_quotes_is_not_the_editors() -> None:
    formatted = "<mx-reply><blockquote>they are vermin</blockquote></mx-reply>I disagree"
    for new in (
        {"msgtype": "m.text", "body": QUOTED},
        {
            "msgtype": "m.text",
            "body": QUOTED,
            "format": "org.matrix.custom.html",
            "formatted_body": formatted,
        },
    ):
        what = said(edit(new), answers=True)
        assert what is not None
        assert what.text == "I disagree"


def test_what_only_looks_like_a_quote_counts_where_nobody_is_answered() -> None:
    what = said(edit({"msgtype": "m.text", "body": QUOTED}), answers=False)
    assert what is not None
    assert "vermin" in what.text
    assert "vermin" in html_text("<mx-reply>they are vermin</mx-reply>fine", is_reply=False)
