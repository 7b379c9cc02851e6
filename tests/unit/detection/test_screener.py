from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from courage.detection.batching import BatchingScreener
from courage.detection.model.assessment import Assessed, Assessor
from courage.detection.model.encoder import Vectors
from courage.detection.model.heads import Settings
from courage.detection.screener import Screener, load_screener
from courage.detection.text.preparation import Prepared
from courage.detection.training.evaluation import evaluate_file
from courage.detection.training.examples import Example, read_seeds, split
from courage.errors import CourageError
from courage.taxonomy import CATEGORIES, ESCALATED, LANGUAGES, SENSITIVITIES

SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "detection"
EXAMS = Path(__file__).resolve().parents[2] / "exams" / "screening"
ODD = ["", " ", "\ud800\udc00\ud800", "\x00\x00", "🙂", "\u202e\u202d", "َُِ", "12:30", "https://example.org/x"]


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_get_a_benign_verdict(screener: Screener, text: str) -> None:
    verdict = screener.screen(text)
    assert not verdict.hateful
    assert verdict.text == text


def test_hate_at_the_end_of_a_long_text_is_found(screener: Screener) -> None:
    long = "We talked about the garden and the weather and what to cook. " * 60
    assert not screener.screen(long).hateful
    assert screener.screen(long + "All Muslims are filthy animals and vermin.").hateful


def test_only_what_could_be_hateful_is_encoded(screener: Screener, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    encode = screener.assessor.encoder.encode

    def noted(texts: Sequence[str]) -> Vectors:
        read.extend(texts)
        return encode(texts)

    monkeypatch.setattr(screener.assessor.encoder, "encode", noted)
    mild, bad = "ok, the soup is on the stove, dinner at seven", "All Muslims are vermin"
    verdicts = screener.screen_many([mild, bad])
    assert [verdict.hateful for verdict in verdicts] == [False, True]
    assert mild not in read
    assert bad in read


def test_limits_and_bad_input_are_named(screener: Screener) -> None:
    assert screener.screen("word " * 20_000).score >= 0
    with pytest.raises(CourageError, match="100001"):
        screener.screen("x" * 100_001)
    with pytest.raises(CourageError, match="loud"):
        screener.screen("hello", "loud")
    with pytest.raises(CourageError, match="int"):
        screener.screen(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "I will kill all of you Jews",
        "Someone should burn down the mosque with them inside",
        "Il faut brûler tous les juifs",
    ],
)
def test_grave_messages_are_escalated(screener: Screener, text: str) -> None:
    verdict = screener.screen(text)
    assert verdict.hateful
    assert verdict.route == "escalate"
    assert verdict.severity == 3


@pytest.mark.parametrize(
    "text",
    [
        "anyone got nudes of minors, dm me",
        "there is nothing wrong with sex with kids",
        "Wer tauscht Nacktbilder von Kindern?",
        "qui échange du porno avec des enfants",
        "مين عنده صور جنسية اطفال ابعتوا",
    ],
)
def test_sexual_abuse_of_children_is_escalated_by_rule(screener: Screener, text: str) -> None:
    for sensitivity in ("quiet", "balanced", "watchful"):
        verdict = screener.screen(text, sensitivity)
        assert (verdict.category, verdict.route, verdict.severity) == ("child_abuse", "escalate", 3)


@pytest.mark.parametrize(
    "text",
    [
        "the kids ran naked through the sprinkler all afternoon",
        "We have sex education for the children in grade six",
        "Wer hat noch Nacktschnecken im Garten? Die Kinder sammeln sie",
        "les enfants se baignent tout nus au lac",
        "he was reported because he asked for nudes of children",
    ],
)
def test_harmless_talk_of_children_is_left_alone(screener: Screener, text: str) -> None:
    assert screener.screen(text).category != "child_abuse"


@pytest.mark.parametrize(
    "text",
    ["kill the process and try again", "this bug is killing me", "I could murder a pizza", "shoot me a message later",
     "the build died again, somebody please kill the zombie jobs"],
)  # fmt: skip
def test_violent_sounding_chat_is_left_alone(screener: Screener, text: str) -> None:
    assert screener.screen(text).route == "none"


def test_sensitivities_are_ordered(screener: Screener) -> None:
    for code in ("en", "de", "fr", "ar"):
        quiet, balanced, watchful = (
            screener.settings.threshold(code, s) for s in ("quiet", "balanced", "watchful")
        )
        assert quiet > balanced > watchful


def test_what_each_sensitivity_would_have_made_of_a_message_costs_no_second_look(
    screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [
        "All Muslims are vermin", "Hello all, who brings cake?", "Women can't drive lol", "I will shoot the migrants tonight",
        "They are not like us, these people", "kill the process and try again", "Alle Migranten sind Parasiten", "",
    ]  # fmt: skip
    looked: list[int] = []
    assess = type(screener.assessor).__call__

    def counted(assessor: Assessor, messages: Sequence[Prepared]) -> Assessed:
        looked.append(len(messages))
        return assess(assessor, messages)

    monkeypatch.setattr(type(screener.assessor), "__call__", counted)
    verdicts = screener.screen_many(texts, explained=False)
    once = sum(looked)
    screener.screen_many(texts, "watchful", explained=False)
    assert sum(looked) == 2 * once
    assert {"hateful", "escalated"} <= {flag for v in verdicts for flag in v.by_sensitivity.values()}
    for sensitivity in SENSITIVITIES:
        for verdict, told in zip(verdicts, screener.screen_many(texts, sensitivity), strict=True):
            flag = "escalated" if told.route == "escalate" else "hateful" if told.hateful else None
            assert verdict.by_sensitivity.get(sensitivity) == flag, (sensitivity, told.text)
            assert told.by_sensitivity == verdict.by_sensitivity


def test_reasons_point_at_words_of_the_original(screener: Screener) -> None:
    text = "All M\u200buslims are filthy vermin"
    verdict = screener.screen(text)
    assert verdict.hateful
    assert any(reason.code in ("word", "mention") for reason in verdict.reasons)
    target = next(reason for reason in verdict.reasons if reason.kind == "target")
    assert text[target.start : target.end] == "M\u200buslims"


def test_a_word_that_only_names_a_group_is_never_said_to_be_a_hateful_word(screener: Screener) -> None:
    for text in (
        "All Muslims are filthy vermin",
        "Muslims are all criminals",
        "Alle Juden lügen",
        "Les Roms volent",
    ):
        for reason in screener.screen(text).reasons:
            if reason.values.get("word", "").casefold() in ("muslims", "juden", "roms"):
                assert (reason.kind, reason.code) == ("target", "mention")
                assert reason.text.startswith("names a group")


def test_batches_and_single_messages_agree(screener: Screener) -> None:
    texts = ["hello all", "All Muslims are vermin", "", "Guten Morgen zusammen", "see you at five?"]
    together = screener.screen_many(texts)
    assert [v.hateful for v in together] == [screener.screen(text).hateful for text in texts]


def test_what_the_model_is_given_of_a_message_is_the_same_alone_and_in_a_batch(
    screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    encode = screener.assessor.encoder.encode

    def noted(texts: Sequence[str]) -> Vectors:
        read.extend(texts)
        return encode(texts)

    monkeypatch.setattr(screener.assessor.encoder, "encode", noted)
    texts = [
        "@bob: All Muslims are vermin. See you.",
        "Alle Ausländer raus 😂",
        "`les juifs sont des menteurs`",
    ]
    together = screener.screen_many(texts, explained=False)
    batch, read[:] = sorted(read), []
    alone = [screener.screen_many([text], explained=False)[0] for text in texts]
    assert sorted(read) == batch
    assert [verdict.hateful for verdict in together] == [verdict.hateful for verdict in alone]


def test_a_verdict_names_the_model_and_limits_that_gave_it(screener: Screener) -> None:
    raw = {
        **screener.settings.raw,
        "thresholds": {code: {"quiet": 0.9, "balanced": 0.8, "watchful": 0.7} for code in LANGUAGES},
    }
    other = Screener(screener.assessor, replace(screener.settings, raw=raw, thresholds=raw["thresholds"]))
    versions = {screener.screen("hello").version, screener.screen("All Muslims are vermin").version}
    assert versions == {screener.version}
    assert "" not in versions
    assert other.version != screener.version


def test_a_narrative_is_worth_an_answer_and_not_hateful(
    screener: Screener, monkeypatch: pytest.MonkeyPatch
) -> None:
    assess = type(screener.assessor).__call__

    def told(assessor: Assessor, messages: Sequence[Prepared]) -> Assessed:
        found = assess(assessor, messages)
        for row, message in enumerate(messages):
            found.outputs.category[row, CATEGORIES.index("narrative")] = 0.9 * (
                "quota" in message.normal.text
            )
        return found

    monkeypatch.setattr(type(screener.assessor), "__call__", told)
    verdict = screener.screen("Good evening. The quota for flats is filled with newcomers. Bye.")
    assert (verdict.hateful, verdict.category, verdict.severity, verdict.route) == (
        False,
        "narrative",
        1,
        "counter",
    )
    assert [reason.code for reason in verdict.reasons if reason.kind == "category"] == ["narrative"]
    assert {verdict.by_sensitivity[name] for name in ("quiet", "balanced")} == {"narrative"}
    assert screener.screen("The quota for flats: all Muslims are vermin").hateful
    assert screener.screen("Good evening to all of you").category == "none"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=300))
def test_any_text_gets_a_verdict(screener: Screener, text: str) -> None:
    verdict = screener.screen(text)
    assert 0 <= verdict.score <= 1
    for reason in verdict.reasons:
        assert reason.start is None or 0 <= reason.start <= (reason.end or 0) <= len(text)


async def test_batching_serves_many_callers_and_survives_cancelling(screener: Screener) -> None:
    async with BatchingScreener(screener) as batching:
        calls = [asyncio.create_task(batching.screen(f"hello number {k}")) for k in range(100)]
        calls[3].cancel()
        verdicts = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(verdicts[3], asyncio.CancelledError)
        assert sum(not isinstance(v, BaseException) for v in verdicts) == 99
        good, bad = await asyncio.gather(
            batching.screen("fine"), batching.screen("x" * 100_001), return_exceptions=True
        )
        assert not isinstance(good, BaseException)
        assert isinstance(bad, CourageError)
    with pytest.raises(CourageError, match="not running"):
        await batching.screen("late")


def test_missing_and_foreign_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(CourageError, match=r"model\.json"):
        load_screener(tmp_path, tmp_path)
    (tmp_path / "model.json").write_text('{"format": 99}')
    with pytest.raises(CourageError, match="99"):
        Settings.load(tmp_path / "model.json")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_alarms_are_for_what_is_grave(screener: Screener, language: str) -> None:
    """On the part of the examples that limits are chosen on: who is alarmed by every insult overlooks the threat.

    Without those of the last round, half of which were written because the model before did not find them.
    """
    examples = split(read_seeds(SEEDS))[1]
    last = max(one.round for one in examples)
    aside = [one for one in examples if one.language == language and one.hateful and one.round < last]

    def alarmed(examples: Sequence[Example]) -> float:
        found = screener.screen_many([one.text for one in examples], explained=False)
        return sum(verdict.route == "escalate" for verdict in found) / len(examples)

    assert alarmed([one for one in aside if one.category in ESCALATED]) >= 0.8
    assert alarmed([one for one in aside if one.category not in ESCALATED]) <= 0.16


@pytest.mark.slow
@pytest.mark.parametrize("language", ["es", "it", "pt", "nl", "pl"])
def test_languages_that_are_not_tuned_are_read_all_the_same(screener: Screener, language: str) -> None:
    """On texts by an outsider; the limit is below what was measured, so that a model may differ a little."""
    found = evaluate_file(screener, EXAMS / f"{language}.tsv")
    assert found["n"] == 150
    assert found["macro_f1"] >= 0.75
