from __future__ import annotations

import time

import pytest

from courage.detection.model.encoder import minilm_folder
from courage.detection.text.normaliser import Normaliser
from courage.detection.text.vocabulary import load_vocabulary


@pytest.fixture(scope="module")
def normalise() -> Normaliser:
    return Normaliser(load_vocabulary(minilm_folder() / "vocab.txt"))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("I h a t e w o m e n", "i hate women"),
        ("i.h.a.t.e m-u-s-l-i-m-s", "i hate muslims"),
        ("#KillAllMen", "Kill All Men"),
        ("ihatewomen so much", "i hate women so much"),
        ("haaaate", "hate"),
        ("h4te musl1ms", "hate muslims"),
        ("fuсk аll muslims", "fuck all muslims"),
        ("ＨＡＴＥ", "HATE"),
        ("mus\u200blims", "muslims"),
        ("ارهاب‌يّــــون", "ارهابيون"),
        ("mus lims are vermin", "muslims are vermin"),
        ("!vermin, all of them", "vermin, all of them"),
        ("m;u.,s;l;i;m;s are v.e;r;m;i;n", "muslims are vermin"),
        ("wom3n belong in the k1tchen!!", "women belong in the kitchen!!"),
    ],
)
def test_disguises_are_undone(normalise: Normaliser, typed: str, meant: str) -> None:
    assert normalise(typed).text == meant


@pytest.mark.parametrize(
    "text",
    [
        "a b c d e", "1 2 3 4", "see https://example.org/a_b?x=1 and foo_bar(x)", "v1.2.3 on port 8080",
        "i cant get w3m to work, 3.2 p4 with 1gb ram", "can I msg you? No need to spam the channel :)",
        "well-known", "Frauen gehören dazu", "c'est l'heure", "print(x[0])",
        "retardation in fire safety", "the e.g. and the U.S. army", "re-sign the and/or w/out he/she km/h", "Сегодня хорошая погода",
        "Καλημέρα σε όλους", "therapist's island", "x-post r/worldnews u/someone",
    ],
)  # fmt: skip
def test_harmless_texts_stay_as_they_are(normalise: Normaliser, text: str) -> None:
    assert normalise(text).text == text


def test_offsets_point_into_the_original(normalise: Normaliser) -> None:
    text = "well, m\u200bu\u200bslims 🐀 are wom3n"
    normal = normalise(text)
    start = normal.text.index("muslims")
    first, last = normal.original(start, start + len("muslims"))
    assert text[first:last] == "m\u200bu\u200bslims"
    start = normal.text.index("women")
    assert text[slice(*normal.original(start, start + 5))] == "wom3n"


def test_anything_at_all_is_accepted(normalise: Normaliser) -> None:
    for text in ("", "\ud800", "\x00", "\u202e\u202c", "🙂", "َُِ", "\n\n", "a" * 5000):
        assert isinstance(normalise(text).text, str)
        normalise(text).text.encode("utf-8")


@pytest.mark.parametrize(
    "unit",
    [
        "x",
        "a.",
        "a ",
        "xy_",
        "@",
        "#a",
        "http://a ",
        "\u2800",
        "a\u2800",
        "e\u0301",
        "(",
        "*a",
        "&#97;",
        "ا",
        "_.",
        "A.B. ",
    ],
)
def test_ten_times_the_length_costs_about_ten_times(normalise: Normaliser, unit: str) -> None:
    def seconds(length: int) -> float:
        text, took = unit * (length // len(unit)), []
        for _ in range(3):
            begun = time.process_time()
            normalise(text)
            took.append(time.process_time() - begun)
        return min(took)

    # One that looks again from each letter takes a hundred times as long: the longest message took two minutes.
    assert seconds(40_000) < 30 * seconds(4_000) + 0.02
