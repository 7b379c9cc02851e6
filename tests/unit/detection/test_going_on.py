"""A sentence that goes on about a group that the sentence before it named is read together with that one."""

from __future__ import annotations

import pytest

from courage.detection.screener import Screener
from courage.detection.text.reference import refers_back


@pytest.mark.parametrize(
    "text",
    [
        "Muslims came to the meeting. They are scum.",
        "Roma moved into the flat upstairs. I hate them all.",
        "There are so many refugees in our street. I would love to see them all hanged.",
    ],
)
def test_hate_whose_group_is_named_a_sentence_before_is_found(screener: Screener, text: str) -> None:
    assert screener.screen(text).hateful


@pytest.mark.parametrize(
    "text",
    [
        "Muslims came to the meeting. They brought cake.",
        "Roma moved into the flat upstairs. They helped me with the washing machine.",
    ],
)
def test_a_group_and_something_kind_about_it_stay_harmless(screener: Screener, text: str) -> None:
    assert not screener.screen(text).hateful


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("they are scum", "en"),
        ("je les connais, eux", "fr"),
        ("solche Leute", "de"),
        ("هؤلاء", "ar"),
        ("them", "es"),
    ],
)
def test_words_that_stand_for_people_named_before_are_known(text: str, language: str) -> None:
    assert refers_back(text, language)
    assert not refers_back("ok", language)


def test_a_sentence_in_angle_brackets_is_no_tag(screener: Screener) -> None:
    assert screener.screen("<A tramp has no right to live, kick them all to death>").hateful
    assert screener.screen("&lt;I will push that Muslim down the stairs&gt;").hateful
