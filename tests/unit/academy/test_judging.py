"""What was learnt from people's judgements, measured on replies that were kept out of the fitting, and its parts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from courage.academy import private
from courage.academy.agreement import Agreement, compare
from courage.academy.errors import AcademyError, FormError
from courage.academy.features import DENSE, hashed
from courage.academy.fitting import labelled_file
from courage.academy.judge_fitting import fit_judge, rows_of
from courage.academy.judging import load_judge
from courage.academy.labelled import LabelledReply, read_labelled
from courage.academy.likeness import DATA, load_head
from courage.academy.reply import Found, ReplyReading
from courage.cli.academy import academy
from courage.i18n.catalogue import default_catalogue
from courage.taxonomy import LANGUAGES


@pytest.mark.parametrize(
    ("language", "text", "cast", "cue"),
    [
        ("en", "Dave works at the tile shop, just so you know.", ["Dave"], "work.named"),
        ("en", "That's Dave Hollins for those who don't know.", ["Dave"], "full_name"),
        ("en", "She told me in confidence, she is on medication.", [], "confidence.someone"),
        ("en", "Let's all leave one star for the guy's shop.", [], "call"),
        ("de", "Dieter wohnt in der Lindenstraße 4.", ["Dieter"], "home.named"),
        ("de", "Schreibt mal alle seinem Chef.", [], "call"),
        ("fr", "Didier est en dépression depuis mars.", ["Didier"], "health.named"),
        ("fr", "Envoyez la capture à son patron.", [], "call"),
        ("ar", "رامي عنده اكتئاب من سنة.", ["رامي"], "health.named"),
        ("ar", "قيموا محله بنجمة واحدة.", [], "call"),
    ],
)
def test_what_is_private_of_a_person_is_seen(language: str, text: str, cast: list[str], cue: str) -> None:
    assert cue in private.cues(text, language, cast)


@pytest.mark.parametrize(
    "text",
    [
        "Asylum takes years. That is the law.",
        'Somebody said "he works at the garage" and that helps nobody.',
        "Flats are dear because hardly any get built.",
    ],
)
def test_a_matter_without_a_person_is_no_cue(text: str) -> None:
    assert not [cue for cue in private.cues(text, "en", ["Dave"]) if cue.split(".")[0] in private.MATTERS]


def test_a_name_is_the_same_word_whoever_has_it() -> None:
    one = hashed("Noor, I'm with you", "Noor", ["Noor", "Dave"])
    other = hashed("Imani, I'm with you", "Imani", ["Imani", "Keith"])
    assert np.array_equal(one, other)
    assert not np.array_equal(one, hashed("Dave, I'm with you", "Noor", ["Noor", "Dave"]))


@pytest.mark.slow
def test_what_was_fitted_tells_replies_apart_and_survives_being_kept(tmp_path: Path) -> None:
    good = [_reply(f"I see that differently, number {n} of us do", "counter", 2) for n in range(12)]
    bad = [_reply(f"you utter clown, go away for {n} days", "insults", 0) for n in range(12)]
    rng = np.random.default_rng(1)
    meaning = rng.normal(size=(24, 8)).astype(np.float32)
    judge = fit_judge(rows_of([*good, *bad], meaning))
    judge.save(tmp_path)
    kept = load_judge(tmp_path)
    new = rows_of(
        [_reply("what a clown, go away", "insults", 0), _reply("we see it differently", "counter", 2)],
        meaning[:2],
    )
    first, second = (kept.judge(np.zeros(8), new.seen[n], new.places[n]) for n in (0, 1))
    assert first.marks["insults"] > second.marks["insults"]
    assert first.grades["safe"]["not_good"] > second.grades["safe"]["not_good"]


def test_what_was_made_for_other_features_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    for file in ("judge.json", "judge.safetensors"):
        (tmp_path / file).write_bytes((DATA / file).read_bytes())
    facts = json.loads((tmp_path / "judge.json").read_text())
    (tmp_path / "judge.json").write_text(json.dumps({**facts, "seen": ["sign.insults"]}))
    with pytest.raises(AcademyError, match="courage academy fit"):
        load_judge(tmp_path)
    assert len(load_judge(DATA).seen) == len(DENSE)


def test_what_judges_is_small_enough_to_ship() -> None:
    assert load_head().judge is not None
    assert (DATA / "judge.safetensors").stat().st_size <= 2 << 20


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_labelled_replies_of_every_language_are_whole(language: str) -> None:
    replies = read_labelled(labelled_file(language))
    assert len(replies) >= 400
    assert {one.language for one in replies} == {language}
    assert all(one.safe == 0 for one in replies if one.does in ("insults", "exposes", "threatens"))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("nonsense", "line 2: is no JSON"),
        ('["a"]', "line 2: must be an object"),
        ('{"message": "x", "reply": "y"}', "line 2: does: is missing"),
        (
            '{"message": "x", "reply": "y", "does": "shouts", "safe": 2, "kind": 2, "point": 2, "true": 2}',
            "'shouts' is none",
        ),
        (
            '{"message": "x", "reply": "y", "does": "counter", "safe": 3, "kind": 2, "point": 2, "true": 2}',
            "2 \\(good\\)",
        ),
    ],
)
def test_a_wrong_line_is_named_with_what_is_allowed(tmp_path: Path, line: str, says: str) -> None:
    file = tmp_path / "mine-en.jsonl"
    file.write_text(_reply("No.", "counter", 2).model_dump_json() + "\n" + line + "\n", encoding="utf-8")
    with pytest.raises(FormError, match=says):
        read_labelled(file)


def test_a_file_saved_by_a_spreadsheet_program_is_read(tmp_path: Path) -> None:
    file = tmp_path / "de.jsonl"
    words = json.dumps(
        {"message": "x", "reply": "Nö.", "does": "counter", "safe": 2, "kind": 2, "point": 2, "true": 2}
    )
    file.write_bytes(b"\xef\xbb\xbf" + words.encode() + b"\r\n\r\n")
    assert [one.language for one in read_labelled(file)] == ["de"]


def test_a_language_that_is_not_told_is_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "mine.jsonl"
    words = json.dumps(
        {"message": "x", "reply": "y", "does": "counter", "safe": 2, "kind": 2, "point": 2, "true": 2}
    )
    file.write_text(words, encoding="utf-8")
    done = CliRunner().invoke(academy, ["evaluate", str(file)])
    assert isinstance(done.exception, FormError)
    assert "--language" in str(done.exception)


def test_agreement_counts_what_must_never_be_called_safe() -> None:
    counted = Agreement()
    counted.add(_reply("clown", "insults", 0), ReplyReading(kind="counter"))
    counted.add(_reply("no", "counter", 2), ReplyReading(kind="counter", insults=True))
    counted.add(_reply("no", "counter", 2), ReplyReading(kind="counter"))
    assert (len(counted.missed), counted.hurting, len(counted.reproached), counted.good) == (1, 1, 1, 2)
    assert counted.exact("safe") == pytest.approx(1 / 3)
    assert any("called safe: 1 of 1" in line for line in counted.lines())


def test_what_two_readers_grade_differently_is_left_out_and_counted() -> None:
    read = [_reply("clown", "insults", 0), _reply("no", "counter", 2)]
    second = [_reply("no", "counter", 2), _reply("clown", "insults", 1)]
    counted = compare(read, lambda _: ReplyReading(kind="counter"), second)
    assert (counted.exact("safe"), counted.disputed, counted.good) == (1.0, 1, 1)  # "clown" is not asked
    assert any("another grade: 1" in line for line in counted.lines())
    with pytest.raises(FormError, match="did not grade this reply: clown"):
        compare(read, lambda _: ReplyReading(kind="counter"), second[:1])


def test_every_private_matter_has_words_in_feedback() -> None:
    known = default_catalogue()
    codes = [*(f"exposes.{name}" for name in private.NAMED), "judged.could_be_better", "judged.not_good"]
    assert [code for code in codes if not known.knows(Found(code).key)] == []


def _reply(text: str, does: str, grade: int) -> LabelledReply:
    return LabelledReply(
        message="They are all the same.", reply=text, does=does, safe=grade, kind=2, point=2, true=2
    )
