"""What is around a message changes nothing about the verdict; inputs of every kind that people reported, and benign twins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from courage.detection.screener import Screener
from courage.detection.text.language import identify
from courage.detection.training.examples import HELDOUT, PLAIN, read_seeds
from courage.shipped import SEEDS
from courage.taxonomy import LANGUAGES
from tests.unit.detection.wrappings import wrappings

pytestmark = pytest.mark.slow  # thousands of texts through both encoders

INPUTS = Path(__file__).parent / "inputs"
MOST_RECALL_LOST = 0.02
MOST_FALSE_ALARMS_ADDED = 0.005


def lines(name: str) -> Iterator[dict[str, Any]]:
    with (INPUTS / name).open(encoding="utf-8") as file:
        yield from map(json.loads, file)


AROUND = list(lines("around.jsonl"))


@pytest.mark.parametrize("kind", sorted({row["kind"] for row in AROUND}))
def test_the_verdict_is_that_of_the_bare_words(screener: Screener, kind: str) -> None:
    rows = [row for row in AROUND if row["kind"] == kind]
    assert len(rows) >= 20
    bare = screener.screen_many([row["bare"] for row in rows], explained=False)
    found = screener.screen_many([row["text"] for row in rows], explained=False)
    assert any(verdict.hateful for verdict in bare)
    assert not all(verdict.hateful for verdict in bare)
    wrong = [
        (row["text"], one.score, other.score)
        for row, one, other in zip(rows, bare, found, strict=True)
        if one.hateful != other.hateful
    ]
    assert not wrong


@pytest.mark.parametrize("name", ["quotations.jsonl", "sentences.jsonl"])
def test_each_sentence_is_judged_in_its_context(screener: Screener, name: str) -> None:
    rows = list(lines(name))
    assert len(rows) >= 20
    found = screener.screen_many([row["text"] for row in rows], explained=False)
    assert not [
        (row["text"], one.score)
        for row, one in zip(rows, found, strict=True)
        if one.hateful != row["flagged"]
    ]


def test_applause_for_what_is_quoted_or_told_is_found_more_often_than_protest(screener: Screener) -> None:
    rows = list(lines("applause.jsonl"))
    assert len(rows) >= 20
    found = screener.screen_many([row["text"] for row in rows], explained=False)
    applause = [one.hateful for row, one in zip(rows, found, strict=True) if row["flagged"]]
    protest = [one.hateful for row, one in zip(rows, found, strict=True) if not row["flagged"]]
    # Half of it is missed yet, and one protest is taken for a threat; the model before found 4 of 13.
    assert sum(applause) >= 6
    assert sum(protest) <= 1


def test_who_speaks_warmly_of_people_rarely_alarms_anybody(screener: Screener) -> None:
    texts = [row["text"] for row in lines("warm.jsonl")]
    assert len(texts) >= 20
    found = screener.screen_many(texts, explained=False)
    assert sum(one.hateful for one in found) <= 3
    assert sum(one.route == "escalate" for one in found) <= 2


def test_languages_of_short_texts_and_of_others() -> None:
    rows = [
        line.split("\t") for line in (INPUTS / "languages.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    wrong = [
        (language, found, text)
        for language, text in rows
        if (found := identify(text)) != language and (language != "?" or found in LANGUAGES)
    ]
    assert not wrong


def test_what_is_not_read_says_so(screener: Screener) -> None:
    verdict = screener.screen("Pisîka reş li metbexê radizê")
    assert (verdict.hateful, verdict.route, verdict.language) == (False, "none", "ku")
    assert [reason.text for reason in verdict.reasons] == ["not a language that screening reads"]
    assert not verdict.read
    mixed = screener.screen("Pisîka reş li metbexê radizê û baş e. All Muslims are vermin and should leave.")
    assert (mixed.hateful, mixed.language) == (True, "en")


@pytest.mark.parametrize("place", range(0, 101, 5))
def test_a_long_message_is_read_whole(screener: Screener, place: int) -> None:
    mild = [
        f"On day {k} we talked about tomatoes, compost, row {k % 7} and the watering plan."
        for k in range(1200)
    ]
    bad = "Muslims are vermin." if place % 2 else "Alle Ausländer raus."
    text = " ".join([*mild[: 12 * place], bad, *mild[12 * place :]])
    assert 80_000 < len(text) <= 100_000
    verdict = screener.screen(text, "balanced")
    assert verdict.hateful
    first = next(reason for reason in verdict.reasons if reason.start is not None)
    assert first.start is not None
    assert text.index(bad) <= first.start < text.index(bad) + len(bad)


def test_offsets_point_through_everything_around(screener: Screener) -> None:
    text = "@bob: &lt;see&gt; https://example.org/a **All 🅼🆄🆂🅻🅸🅼🆂 are ver~~min** 😂"
    verdict = screener.screen(text)
    target = next(reason for reason in verdict.reasons if reason.kind == "target")
    assert text[target.start : target.end] == "🅼🆄🆂🅻🅸🅼🆂"


@pytest.mark.long
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_wrapping_hides_hate_or_makes_any(screener: Screener, language: str) -> None:
    examples = [
        example
        for files in (HELDOUT, PLAIN)
        for example in read_seeds(SEEDS / "detection", files)
        if example.language == language
    ]
    hate = [example.text for example in examples if example.hateful]
    benign = [example.text for example in examples if not example.hateful]

    def share(texts: list[str]) -> float:
        found = screener.screen_many(texts, explained=False, language=language)
        return sum(verdict.hateful for verdict in found) / len(texts)

    recall, false_alarms = share(hate), share(benign)
    wrong = {}
    for name, wrap in wrappings(language).items():
        lost, added = recall - share(list(map(wrap, hate))), share(list(map(wrap, benign))) - false_alarms
        if lost > MOST_RECALL_LOST or added > MOST_FALSE_ALARMS_ADDED:
            wrong[name] = (round(lost, 3), round(added, 3))
    assert not wrong
