"""What the Slack gateway sends keeps within Slack's limits and shows a harmful text to nobody who did not ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from courage.cases.ports import Button, Card
from courage.cases.reasons import CaseReason
from courage.errors import CourageError
from courage.gateways.slack.cards import LIMIT, answer_messages, card_message, edit_form, reply_texts, size
from courage.gateways.slack.settings import SlackSettings
from courage.i18n.catalogue import default_voice
from courage.taxonomy import LANGUAGES

VOICE = default_voice()
CARD = Card(
    7, 1, "garden <!channel>", "open", "dehumanisation", 2, ("migrants",), "en", 0.93, (CaseReason("word"),), "counter",
    "something hateful", buttons=(Button("", "claim 7", "claim"), Button("", "show 7", "show")),
)  # fmt: skip


def values(blocks: tuple[dict[str, Any], ...]) -> list[str]:
    return [
        element["value"] for block in blocks if block["type"] == "actions" for element in block["elements"]
    ]


def test_a_card_shows_no_harmful_text_and_mentions_nobody() -> None:
    out = card_message(CARD, VOICE)
    assert "hateful" not in str(out)
    assert "<!channel>" not in out.text
    assert all(block["text"]["type"] == "plain_text" for block in out.blocks if "text" in block)
    assert values(out.blocks) == ["claim 7", "show 7"]


def test_a_card_that_is_withdrawn_has_no_buttons() -> None:
    assert values(card_message(replace(CARD, text=None, status="withdrawn"), VOICE).blocks) == []


def test_a_notification_never_quotes() -> None:
    (out,) = answer_messages("The message of case 7:\n> something hateful\nWhy: words", (), VOICE)
    assert out.quotes
    assert out.text == "The message of case 7:"
    (out,) = answer_messages("> something hateful", (), VOICE)
    assert "hateful" not in out.text


def test_long_answers_are_split_and_keep_their_marks() -> None:
    text = "before\n> " + "very long words " * 20_000
    parts = answer_messages(text, [Button("Claim", "claim 7")], VOICE)
    assert len(parts) > 1
    sections = [b["text"]["text"] for part in parts for b in part.blocks if b["type"] == "section"]
    assert all(len(section) <= 3000 for section in sections)
    lines = [line for section in sections for line in section.split("\n")]
    assert all(line == "before" or line.startswith("> ") for line in lines)
    assert [bool(values(part.blocks)) for part in parts] == [False] * (len(parts) - 1) + [True]
    assert "".join("".join(line[2:] for line in lines[1:]).split()) == "verylongwords" * 20_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_draft_goes_along_with_the_button_to_edit_it(language: str) -> None:
    voice = VOICE.to((language,))
    draft = "Not so.\n\nThey are neighbours."
    shown = voice.say("draft", case="7", version="2", text=draft, command="post 7 v2")
    (out,) = answer_messages(shown, [Button("Post", "post 7 v2")], voice)
    assert values(out.blocks) == ["post 7 v2", f"edit-form 7 v2\n{draft}"]
    long = voice.say("draft", case="7", version="2", text="x" * 2000, command="post 7 v2")
    assert "edit-form 7 v2" in values(answer_messages(long, [Button("Post", "post 7 v2")], voice)[0].blocks)
    form = edit_form("7 v2", draft, "C1", voice)
    assert form["blocks"][0]["element"]["initial_value"] == draft
    assert all(1 <= len(form[name]["text"]) <= 24 for name in ("title", "submit", "close"))


def test_a_command_that_is_too_long_for_a_button_is_to_be_typed() -> None:
    (out,) = answer_messages("hm", [Button("Do", "say " + "x" * 2000)], VOICE)
    assert values(out.blocks) == []
    assert "x" * 2000 in out.blocks[0]["text"]["text"]


def test_a_reply_is_cut_where_slack_would_and_what_is_escaped_counts() -> None:
    text = ("a & b <c>\n" * 4000).strip()
    parts = reply_texts(text)
    assert all(len(part) <= LIMIT for part in parts)
    assert len(parts) == -(-size(text) // LIMIT)
    assert "\n".join(parts) == text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"bot_token": "xapp-1"}, "xoxb-"),
        ({"app_token": ""}, "xapp-"),
        ({"desk_channel": "#desk"}, "#desk"),
        ({"desk_channels": ("xx yy C0123",)}, "xx yy C0123"),
        ({"desk_channels": ("de",)}, "language"),
        ({"channels": ("garden",)}, "garden"),
        ({"api": "slack.com"}, "https://"),
    ],
)
def test_a_setting_that_cannot_be_right_is_named(given: dict[str, Any], what: str) -> None:
    with pytest.raises(CourageError, match=what):
        SlackSettings(**{"bot_token": "xoxb-1", "app_token": "xapp-1", **given})
